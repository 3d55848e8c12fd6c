"""Values that were worked out: sums, differences, shares and counts of what the user named and the system says.

What can be reached from few numbers in one step is a derivation; what takes a search is none.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from asepsis.tools.flow.seen import Record, Result

__all__ = ["reckoned"]

_MOST: Final = 64
_CLOSE: Final = 0.006
_WHOLE: Final = 100
"""The most per cent that are a share."""


def reckoned(
    value: float,
    said: frozenset[float],
    records: Iterable[Record],
    /,
    *,
    whole: Callable[[Result], bool],
    chosen: Callable[[Record], bool],
) -> bool:
    """Whether a number is a count, a sum, a difference or a share of what the user said and the system's numbers.

    A list's numbers are summed as a whole, where it is `whole`, and by what their records have in common, such as all
    to one recipient. By itself counts what is in a `chosen` record: of any other its author may have set the number.
    """
    columns: dict[tuple[int, str, str], list[float]] = {}
    picked: set[int] = set()
    singles: list[float] = []
    for record in records:
        if not record.counted:
            continue
        if id(record.result) not in picked and not whole(record.result):
            picked.add(id(record.result))
        if len(singles) < _MOST and chosen(record):
            singles += [spot.number for spot in record.counted if spot.number]
        groups = {f"{spot.field}={spot.text}" for spot in record.spots if spot.identifying}
        for spot in record.counted:
            for group in ("", *groups):
                columns.setdefault((id(record.result), spot.field, group), []).append(spot.number or 0.0)
    totals = [
        total
        for (result, _, group), column in columns.items()
        if len(column) > 1 and (group or result not in picked)
        for total in (sum(column), sum(column) / len(column))
    ]
    counts = [float(len(column)) for column in columns.values()]
    if any(_near(value, one) for one in (*totals, *counts)):
        return True
    singles = singles[:_MOST]
    known = (*singles, *filter(None, totals[:_MOST]))
    # What the user said once is reckoned with other numbers, never with itself.
    pairs = itertools.chain(itertools.product(known, said), itertools.permutations(said, 2))
    steps = (step for one, other in pairs for step in _steps(one, other))
    spans = (one - other for one, other in itertools.permutations(singles, 2))
    return any(_near(value, one) for one in (*steps, *spans))


def _steps(one: float, other: float) -> Iterator[float]:
    """Yields what two numbers make; what leaves the first as it is (times 1, all of it) was not worked out."""
    if not other:
        return
    share = other / 100 if 0 <= other <= _WHOLE else 0.0
    yield from (one + other, one - other, other - one, one + one * share, one - one * share)
    if other != 1:
        yield from (one * other, one / other)
    if other != _WHOLE:
        yield one * share


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= _CLOSE
