"""The features of words of ASCII letters, all at once: checksums by arithmetic instead of a string for each feature.

A checksum is linear: each letter adds to it, by its distance from the end, what no other letter changes, and a family's
letter in front adds what depends on the length alone. So all checksums of all words are a few operations on arrays of
their letters. They are those of the strings that `features` makes: that function says what a feature is, and a property
test holds the two together. Words of other letters, numbers and marks take the way through strings.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

__all__ = ["FAMILIES", "LOOKS", "Spelled", "all_plain", "plain", "spelled"]

LOOKS: Final = "ltuix"
"""How a word can be written: lower, Title, UPPER, Initial, miXed; their order numbers them."""

FAMILIES: Final = "wWsqtp"
"""The families of features that hold letters of a word, in the order of the rows of `Spelled.sums`."""

# The form of a longer word is cut.
_SHORTEST: Final = 2
_LONGEST: Final = 24
_TITLE: Final = LOOKS.index("t")
_CAPITALS: Final = np.array([LOOKS.index("l"), LOOKS.index("x"), LOOKS.index("u")])
_BEFORE_LOWER: Final = ord("a")
_LOWER: Final = np.uint8(0x20)

Sums = NDArray[np.uint32]


class Spelled(NamedTuple):
    """Words' numbers of letters, how they are written, the checksums of their forms, and those of their features.

    The features of the families `s`, `p` and `q` are a word's only where it is long enough.
    """

    sizes: NDArray[np.intp]
    looks: NDArray[np.intp]
    forms: Sums
    sums: Sums


def _added() -> Sums:
    """What a byte adds to a checksum at each distance from the end: row by distance, column by byte."""
    return np.array(
        [[crc32(bytes([byte, *bytes(far)])) ^ crc32(bytes(far + 1)) for byte in range(256)] for far in range(_LONGEST)],
        np.uint32,
    )


def _begun(family: str) -> Sums:
    """The checksum of a family's letter, or of nothing, before so many zeros."""
    return np.array([crc32(family.encode() + bytes(size)) for size in range(_LONGEST + 1)], np.uint32)


_ADDED: Final = _added().ravel()
_FORM, _WORD, _WRITTEN = _begun(""), _begun("w"), _begun("W")
_ENDS: Final = {family: _begun(family)[size] for family, size in {"t": 2, "s": 3, "p": 3, "q": 4}.items()}
# The last four letters, from the end; the first three, and how far each stands from the end of its feature.
_BACK: Final = np.arange(1, 5)[:, None]
_AHEAD: Final = np.arange(3)[:, None]
_FAR: Final = np.arange(2, -1, -1)[:, None] * 256


def plain(words: Sequence[str], /) -> list[bool]:
    """Returns for each word, without blanks around it, whether it takes this way."""
    return [_SHORTEST <= len(one) <= _LONGEST and one.isascii() and one.isalpha() for one in words]


def all_plain(words: Sequence[str], /) -> bool:
    """Whether all words, without blanks around them, take this way."""
    together = "".join(words)
    sizes = list(map(len, words))
    return together.isascii() and together.isalpha() and min(sizes) >= _SHORTEST and max(sizes) <= _LONGEST


def spelled(words: Sequence[str], /) -> Spelled:
    """Returns what is known of words, at least one and all of them plain."""
    letters = np.frombuffer("".join(words).encode(), np.uint8)
    sizes = np.fromiter(map(len, words), np.intp, len(words))
    ends = sizes.cumsum()
    starts = ends - sizes
    far = (ends.repeat(sizes) - np.arange(1, len(letters) + 1)) * 256
    small = letters | _LOWER
    capital = letters < _BEFORE_LOWER
    added = _ADDED.take(far + small)
    whole = written = np.bitwise_xor.reduceat(added, starts)
    looks = np.zeros(len(words), np.intp)
    if capital.any():
        written = np.bitwise_xor.reduceat(_ADDED.take(far + letters), starts)
        capitals = np.add.reduceat(capital, starts, dtype=np.intp)
        looks = _CAPITALS.take((capitals > 0).astype(np.intp) + (capitals == sizes))
        looks[capital.take(starts) & (capitals == 1)] = _TITLE
    last = added.take(ends - _BACK)
    first = _ADDED.take(small.take(starts + _AHEAD, mode="clip") + _FAR)
    two = last[0] ^ last[1]
    three = last[2] ^ two
    sums = np.empty((len(FAMILIES), len(words)), np.uint32)
    sums[0] = whole ^ _WORD.take(sizes)
    sums[1] = written ^ _WRITTEN.take(sizes)
    sums[2] = three ^ _ENDS["s"]
    sums[3] = last[3] ^ three ^ _ENDS["q"]
    sums[4] = two ^ _ENDS["t"]
    sums[5] = first[0] ^ first[1] ^ first[2] ^ _ENDS["p"]
    return Spelled(sizes, looks, whole ^ _FORM.take(sizes), sums)
