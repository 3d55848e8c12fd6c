"""Where the weights of a feature stand: a sorted array of checksums with an index over their first bits.

The index says where the checksums begin that have the same first bits. They are few, so that a few steps for all
features together find what a binary search finds, in a third of its time.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Rows"]

_BITS: Final = 17
_SHIFT: Final = np.uint32(32 - _BITS)
# So few are found sooner by halves, in a single call.
_FEW: Final = 64


class Rows:
    """Finds rows by checksums."""

    def __init__(self, keys: NDArray[np.uint32]) -> None:
        self._keys = keys
        begins = np.arange(1 << _BITS, dtype=np.uint32) << _SHIFT
        self._first = keys.searchsorted(begins).astype(np.int32)
        self._steps = int(np.diff(self._first, append=len(keys)).max())

    def of(self, sums: NDArray[np.uint32], /) -> NDArray[np.intp]:
        """Returns the row of each checksum, counted from 1; 0 for one that is not there."""
        if len(sums) < _FEW:
            at = self._keys.searchsorted(sums).astype(np.int32)
        else:
            at = self._first.take(sums >> _SHIFT)
            for _ in range(self._steps):
                at += self._keys.take(at, mode="clip") < sums
        # Behind the last there is none, and the last is not it.
        rows: NDArray[np.intp] = (at + 1) * (self._keys.take(at, mode="clip") == sums)
        return rows
