"""Which word lists a word is on: first names, last names, common words, places, streets.

The lists are one sorted array of 32-bit checksums with a byte of flags each, read-only and mapped into memory: all
workers share its pages. A word that is on no list has the checksum of one that is once in ten thousand; the model
takes a flag for a hint, never for a fact.

Most words that are new are on none. A table of bits, one for each beginning of a checksum, says so of nineteen in
twenty of them, in a third of the time that a search of the lists takes.
"""

import zlib
from collections.abc import Sequence
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from asepsis.core.errors import ConfigError

__all__ = ["FLAGS", "Lists", "checksum"]

FLAGS: Final = ("first", "last", "common", "city", "street", "state", "frequent", "place")
"""The lists, in the order of their bits; `place` are the words in names of more than one word."""


_BITS: Final = 23
_SHIFT: Final = 32 - _BITS
_BIT: Final = np.array([1 << at for at in range(8)], np.uint8)
# So few are sooner searched for.
_SOME: Final = 16


def checksum(text: str, /) -> int:
    """Returns the checksum words and features are looked up by."""
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


class Lists:
    """Looks words up."""

    def __init__(self, keys: NDArray[np.uint32], flags: NDArray[np.uint8]) -> None:
        if len(keys) != len(flags) or not len(keys):
            raise ConfigError("expected as many flags as words, and at least one", place="scan.names")
        self._keys = keys
        self._flags = flags
        begins = (keys >> np.uint32(_SHIFT)).astype(np.intp)
        self._begun = np.zeros(1 << _BITS - 3, np.uint8)
        np.bitwise_or.at(self._begun, begins >> 3, _BIT.take(begins & 7))

    @classmethod
    def of(cls, words: dict[str, int], /) -> Self:
        """Returns lists made of words and their flags."""
        merged: dict[int, int] = {}
        for one, bits in words.items():
            key = checksum(one)
            merged[key] = merged.get(key, 0) | bits
        ordered = sorted(merged)
        return cls(np.array(ordered, np.uint32), np.array([merged[key] for key in ordered], np.uint8))

    @property
    def arrays(self) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
        """The checksums and the flags."""
        return self._keys, self._flags

    def flags(self, words: Sequence[str], /) -> list[int]:
        """Returns each word's flags, 0 for a word on no list."""
        found: list[int] = self.flagged(np.fromiter(map(checksum, words), np.intp, len(words))).tolist()
        return found

    def flagged(self, keys: NDArray[np.intp], /) -> NDArray[np.uint8]:
        """Returns the flags of the words with these checksums."""
        if len(keys) < _SOME:
            return self._searched(keys)
        begun = self._begun.take(keys >> _SHIFT + 3)
        begun &= _BIT.take(keys >> _SHIFT & 7)
        likely = begun.nonzero()[0]
        flags = np.zeros(len(keys), np.uint8)
        if len(likely):
            flags[likely] = self._searched(keys.take(likely))
        return flags

    def _searched(self, keys: NDArray[np.intp]) -> NDArray[np.uint8]:
        sought = keys.astype(np.uint32)
        at = self._keys.searchsorted(sought)
        # Behind the last there is none, and the last is not it.
        flags: NDArray[np.uint8] = self._flags.take(at, mode="clip")
        flags *= self._keys.take(at, mode="clip") == sought
        return flags
