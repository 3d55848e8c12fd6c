"""The features of words of ASCII letters, all at once: checksums by arithmetic instead of a string for each feature.

A checksum is linear: each letter adds to it, by its distance from the end, what no other letter changes, and a family's
letter in front adds what depends on the length alone. So the checksums of all beginnings and ends are a few operations
on arrays of letters, and those of whole words follow from that of the word alone. They are those of the strings that
`features` makes: that function says what a feature is, and a property test holds the two together. Words of other
letters, numbers and marks take the way through strings.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

__all__ = ["FAMILIES", "LOOKS", "Letters", "Spelled", "letters", "plain", "spelled"]

LOOKS: Final = "ltuix"
"""How a word can be written: lower, Title, UPPER, Initial, miXed; their order numbers them."""

FAMILIES: Final = "wWksqpt"
"""The families of a word's features, in the order of the rows of `Spelled.sums`; that of `k`, without letters, is 0."""

# The form of a longer word is cut.
_SHORTEST: Final = 2
_LONGEST: Final = 24
_TITLE: Final = LOOKS.index("t")
_CAPITALS: Final = np.array([LOOKS.index("l"), LOOKS.index("x"), LOOKS.index("u")])
_BEFORE_LOWER: Final = ord("a")

Sums = NDArray[np.intp]


class Letters(NamedTuple):
    """Words of letters alone, one by one and put together, and how many letters each has."""

    words: list[bytes]
    together: bytes
    sizes: list[int]


class Spelled(NamedTuple):
    """Words' numbers of letters, how they are written, the checksums of their forms, and those of their features.

    The features of the families `s`, `p` and `q` are a word's only where it is long enough.
    """

    sizes: NDArray[np.intp]
    looks: NDArray[np.intp]
    forms: Sums
    sums: Sums


def _added() -> Sums:
    """What a byte adds to a checksum at each of the last distances from the end: row by distance, column by byte."""
    return np.array(
        [[crc32(bytes([byte, *bytes(far)])) ^ crc32(bytes(far + 1)) for byte in range(256)] for far in range(4)]
    )


def _begun(family: str) -> Sums:
    """What a family's letter, or nothing, before so many letters adds to their checksum."""
    return np.array([crc32(family.encode() + bytes(size)) ^ crc32(bytes(size)) for size in range(_LONGEST + 1)])


_ADDED: Final = _added().ravel()
_WORDS: Final = (_begun("w"), _begun("W"))
_ENDS: Final = np.array([[crc32(family.encode() + bytes(size))] for family, size in (("s", 3), ("q", 4))])
_TWO: Final = crc32(b"t\0\0")
_BEGIN: Final = crc32(b"p\0\0\0")
# The last four letters, from the end; the first three, and how far each stands from the end of its feature.
_BACK: Final = np.arange(1, 5)[:, None]
_NEAR: Final = np.arange(4)[:, None] * 256
_AHEAD: Final = np.arange(3)[:, None]
_FAR: Final = np.arange(2, -1, -1)[:, None] * 256


def plain(words: Sequence[str], /) -> list[bool]:
    """Returns for each word, without blanks around it, whether it takes this way."""
    return [_SHORTEST <= len(one) <= _LONGEST and one.isascii() and one.isalpha() for one in words]


def letters(words: Sequence[str], /) -> Letters | None:
    """Returns the letters of words, at least one; None where one of them does not take this way.

    Blanks around a word are no part of it.
    """
    bare = " ".join(words).encode("utf-8", "surrogatepass").split()
    together = b"".join(bare)
    sizes = list(map(len, bare))
    # Letters are those of ASCII where bytes are asked.
    if len(bare) == len(words) and together.isalpha() and min(sizes) >= _SHORTEST and max(sizes) <= _LONGEST:
        return Letters(bare, together, sizes)
    return None


def spelled(given: Letters, /) -> Spelled:
    """Returns what is known of plain words."""
    words = given.words
    count = len(words)
    lower = given.together.lower()
    small = np.frombuffer(lower, np.uint8)
    sizes = np.array(given.sizes)
    ends = sizes.cumsum()
    starts = ends - sizes
    forms = written = _whole(words if lower == given.together else b" ".join(words).lower().split())
    looks = np.zeros(count, np.intp)
    if lower != given.together:
        written = _whole(words)
        capital = np.frombuffer(given.together, np.uint8) < _BEFORE_LOWER
        capitals = np.add.reduceat(capital, starts, dtype=np.intp)
        looks = _CAPITALS.take((capitals > 0).astype(np.intp) + (capitals == sizes))
        looks[capital.take(starts) & (capitals == 1)] = _TITLE
    sums = np.zeros((len(FAMILIES), count), np.intp)
    np.bitwise_xor(forms, _WORDS[0].take(sizes), out=sums[0])
    np.bitwise_xor(written, _WORDS[1].take(sizes), out=sums[1])
    last = np.bitwise_xor.accumulate(_ADDED.take(small.take(ends - _BACK) + _NEAR))
    np.bitwise_xor(last[2:], _ENDS, out=sums[3:5])
    np.bitwise_xor(last[1], _TWO, out=sums[6])
    first = _ADDED.take(small.take(starts + _AHEAD, mode="clip") + _FAR)
    np.bitwise_xor(np.bitwise_xor.reduce(first), _BEGIN, out=sums[5])
    return Spelled(sizes, looks, forms, sums)


def _whole(words: Sequence[bytes]) -> Sums:
    return np.fromiter(map(crc32, words), np.intp, len(words))
