"""What is left of risk in a table: how many rows share what identifies nobody alone and many together.

Rows that agree in all such columns form a class; a person of many rows counts once in each, where a column says who
is who. The smallest class is the k of k-anonymity (Sweeney 2002); a class of one is unique. One over the size of a
class is the chance to pick its row right for someone who knows all of the columns (the prosecutor's risk of the HHS
guidance of 2012). It is a figure for an expert, not a finding.
"""

from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

import msgspec

__all__ = ["MOST_CLASSES", "Risk", "Rows"]

MOST_CLASSES: Final = 2_000_000
"""Beyond so many classes rows are only counted: nearly all of them are unique by then."""

_SIZE: Final = 12


class Risk(msgspec.Struct, frozen=True):
    """The figures of one table. Risks are per mille; `k` is 0 for a table without rows or without such columns.

    `people` says whether classes count persons rather than rows, `whole` whether all classes were held.
    """

    columns: tuple[str, ...]
    rows: int
    classes: int
    k: int
    unique: int
    highest: int
    average: int
    whole: bool = True
    people: bool = False


class Rows:
    """Counts the rows of a table by the columns that identify together."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = tuple(columns)
        self._classes: Counter[bytes] = Counter()
        self._persons: set[bytes] = set()
        self._rows = 0
        self._whole = True

    def add(self, values: Sequence[str], /, *, person: str = "") -> None:
        """Counts a row by its values in those columns. Only digests are held, never the values or who it is about."""
        self._rows += 1
        if not self._columns:
            return
        name = _digest("\0".join(values))
        if person:
            pair = _digest(f"{name.hex()}{person}")
            if pair in self._persons:
                return
            if len(self._persons) < MOST_CLASSES:
                self._persons.add(pair)
            else:
                self._whole = False
        if name in self._classes or len(self._classes) < MOST_CLASSES:
            self._classes[name] += 1
        else:
            self._whole = False

    def risk(self) -> Risk:
        """Returns the figures so far."""
        sizes = self._classes.values()
        k = min(sizes, default=0)
        unique = sum(size == 1 for size in sizes)
        rows = sum(sizes)
        average = 1000 * len(sizes) // rows if rows else 0
        highest = 1000 // k if k else 0
        return Risk(
            self._columns, self._rows, len(sizes), k, unique, highest, average, self._whole, bool(self._persons)
        )


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_SIZE).digest()
