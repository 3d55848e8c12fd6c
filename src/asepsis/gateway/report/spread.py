"""How a quantity is spread: percentiles from counts, in memory that does not grow with what was counted.

Values are kept to two significant digits, so a percentile is low by less than a tenth of itself.
"""

from collections import Counter
from typing import Final

__all__ = ["Spread"]

_EXACT: Final = 100


class Spread:
    """Counts whole numbers of at least 0 by their first two digits."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self.count = 0
        self.largest = 0

    def add(self, value: int, /) -> None:
        """Takes one value."""
        self._counts[_rounded(value)] += 1
        self.count += 1
        self.largest = max(self.largest, value)

    def percentile(self, per_mille: int, /) -> int:
        """Returns the value that so many per mille of all values do not pass; 0 when there are none."""
        rank = -(-self.count * per_mille // 1_000)
        for value in sorted(self._counts):
            rank -= self._counts[value]
            if rank <= 0:
                return value
        return 0


def _rounded(value: int) -> int:
    if value < _EXACT:
        return max(0, value)
    unit: int = 10 ** (len(str(value)) - 2)
    return value // unit * unit
