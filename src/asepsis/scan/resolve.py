"""Overlapping findings become one: it covers all of them and is named after the strongest.

What overlaps is decided by the findings alone, so the result does not depend on how a text was cut.
"""

from collections.abc import Iterable
from typing import NamedTuple

from asepsis.core.types import Kind

__all__ = ["Hit", "resolve"]


class Hit(NamedTuple):
    """A match in the text as given."""

    start: int
    end: int
    score: int
    rule: str
    kind: Kind
    value: str


def resolve(hits: Iterable[Hit], /) -> list[Hit]:
    """Returns hits that are sorted and apart."""
    apart: list[Hit] = []
    for hit in sorted(hits):
        if apart and hit.start < apart[-1].end:
            apart[-1] = _joined(apart[-1], hit)
        else:
            apart.append(hit)
    return apart


def _joined(one: Hit, other: Hit) -> Hit:
    lead = max(one, other, key=lambda hit: (hit.score, hit.end - hit.start, hit.rule))
    return lead._replace(start=min(one.start, other.start), end=max(one.end, other.end))
