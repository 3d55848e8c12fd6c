"""Seeded choices that come out the same on every machine and in every version."""

from collections.abc import Sequence
from typing import Final, TypeVar

__all__ = ["Draw"]

Item = TypeVar("Item")

_MASK: Final = (1 << 64) - 1


class Draw:
    """SplitMix64 (Steele, Lea, Flood 2014): small, fast and good enough to choose words."""

    __slots__ = ("_state",)

    def __init__(self, seed: int) -> None:
        self._state = seed & _MASK

    def below(self, count: int, /) -> int:
        """Returns a number from 0 on, below `count`."""
        self._state = state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        return ((state ^ (state >> 31)) * count) >> 64

    def between(self, low: int, high: int, /) -> int:
        """Returns a number from `low` to `high`, both of them possible."""
        return low + self.below(high - low + 1)

    def chance(self, percent: float, /) -> bool:
        """Returns True in so many of a hundred draws."""
        return self.below(1_000_000) < percent * 10_000

    def pick(self, items: Sequence[Item], /) -> Item:
        """Returns one of the items."""
        return items[self.below(len(items))]

    def digits(self, pattern: str, /) -> str:
        """Returns the pattern with a digit for each `#`, one from 1 for `%`, a capital for `?`."""
        return "".join(
            str(self.below(10))
            if one == "#"
            else str(1 + self.below(9))
            if one == "%"
            else chr(65 + self.below(26))
            if one == "?"
            else one
            for one in pattern
        )
