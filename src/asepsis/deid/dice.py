"""Draws for codes and surrogates: random ones, and keyed ones for consistent codes.

45 CFR 164.514(c) asks of a code that it be derived from nothing about the individual: `RandomDraws` knows nothing of
the value it draws for. `KeyedDraws` derives from the value under a secret key, the same in every run; that is a method
for an expert to determine (164.514(b)(1)), never for Safe Harbor, and callers label it so.
"""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final, Protocol, TypeVar

from asepsis.core.ports import Randomness

__all__ = ["Dice", "Draws", "KeyedDraws", "RandomDraws"]

T = TypeVar("T")

_SEED: Final = 32
_WIDTH: Final = 8


class Dice:
    """A stream of numbers from one seed. Eight bytes a throw keep the bias of a modulus below 2^-40."""

    __slots__ = ("_block", "_seed", "_used")

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._block = hashlib.shake_256(seed).digest(256)
        self._used = 0

    def below(self, limit: int, /) -> int:
        """Returns a number from 0 to `limit` - 1."""
        if self._used + _WIDTH > len(self._block):
            self._block = hashlib.shake_256(self._seed + len(self._block).to_bytes(8, "big")).digest(
                2 * len(self._block)
            )
            self._used = 0
        raw = self._block[self._used : self._used + _WIDTH]
        self._used += _WIDTH
        return int.from_bytes(raw, "big") % limit

    def pick(self, among: Sequence[T], /) -> T:
        """Returns one of a sequence, which is not empty."""
        return among[self.below(len(among))]

    def text(self, alphabet: str, count: int, /) -> str:
        """Returns `count` characters of an alphabet."""
        return "".join(self.pick(alphabet) for _ in range(count))


class Draws(Protocol):
    """Where codes come from."""

    def dice(self, kind: str, value: str, attempt: int, /) -> Dice:
        """Returns the dice for a value; each attempt has other ones."""


class RandomDraws:
    """Draws that nothing about the value goes into."""

    def __init__(self, randomness: Randomness) -> None:
        self._randomness = randomness

    def dice(self, kind: str, value: str, attempt: int, /) -> Dice:  # noqa: ARG002 derived from nothing is the point
        """Returns fresh dice."""
        return Dice(self._randomness.bytes(_SEED))


class KeyedDraws:
    """Draws that are the same for a key, kind and value each time: HMAC-SHA256 (RFC 2104)."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.new(key, digestmod="sha256")

    def dice(self, kind: str, value: str, attempt: int, /) -> Dice:
        """Returns the dice of a value."""
        keyed = self._key.copy()
        # No kind holds a NUL and the attempt is a number, so the three cannot run into each other.
        keyed.update(f"{kind}\0{attempt}\0{value}".encode("utf-8", "surrogatepass"))
        return Dice(keyed.digest())
