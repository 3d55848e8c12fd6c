"""Where the weights of a feature stand: a sorted array of checksums with an index over their first bits.

The index says where the checksums begin that have the same first bits. They are few, and stand side by side, so that a
look at that many for all features together finds what a binary search finds, in a third of its time.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Rows"]

_BITS: Final = 17
_SHIFT: Final = 32 - _BITS
# So few are found sooner by halves, in a single call.
_FEW: Final = 12
# More with the same first bits are not to be expected of checksums.
_MOST: Final = 8

Numbers = NDArray[np.intp]


class Rows:
    """Finds rows by checksums."""

    def __init__(self, keys: NDArray[np.uint32]) -> None:
        first = keys.searchsorted(np.arange(1 << _BITS, dtype=np.uint32) << np.uint32(_SHIFT))
        self._first = first.astype(np.min_scalar_type(len(keys)))
        most = int(np.diff(first, append=len(keys)).max())
        self._beside = np.arange(most)[:, None] if most <= _MOST else None
        self._sorted = keys
        # Behind the last there is none.
        self._keys = np.concatenate((keys, np.full(most, -1)), dtype=np.intp)

    def of(self, sums: Numbers, /) -> Numbers:
        """Returns the row of each checksum, counted from 1; 0 for one that is not there."""
        rows: Numbers
        if len(sums) < _FEW or self._beside is None:
            rows = self._sorted.searchsorted(sums.astype(np.uint32)) + 1
            rows *= self._keys.take(rows - 1) == sums
            return rows
        at = self._first.take(sums >> _SHIFT) + self._beside
        found = self._keys.take(at) == sums
        at += 1
        at *= found
        rows = np.add.reduce(at, axis=0)
        return rows
