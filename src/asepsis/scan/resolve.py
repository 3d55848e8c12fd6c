"""Overlapping findings come apart: the stronger keeps what both cover, the weaker what is left of it.

So all that was found stays covered. What comes out depends on findings that overlap, directly or over others, and on
nothing else.
"""

from bisect import bisect_left
from collections.abc import Iterable
from typing import NamedTuple

from asepsis.core.types import Kind

__all__ = ["Hit", "resolve"]


class Hit(NamedTuple):
    """A match in the text as given; `value` is the matched text as the rule read it."""

    start: int
    end: int
    score: int
    rule: str
    kind: Kind
    value: str


def resolve(hits: Iterable[Hit], text: str, /) -> list[Hit]:
    """Returns hits that are sorted and apart: by score, then the longer, then the earlier; marks alone are not kept."""
    ranked = sorted(set(hits), key=_rank)
    if len(ranked) < 2:
        return ranked
    kept: list[Hit] = []
    for hit in ranked:
        at = hit.start
        free: list[Hit] = []
        for place in range(_first(kept, hit.start), len(kept)):
            other = kept[place]
            if other.start >= hit.end:
                break
            if at < other.start:
                free.append(hit._replace(start=at, end=other.start))
            at = max(at, other.end)
        if at < hit.end:
            free.append(hit._replace(start=at))
        for piece in free:
            if (piece.start, piece.end) == (hit.start, hit.end) or any(map(str.isalnum, text[piece.start : piece.end])):
                kept.insert(_first(kept, piece.start), piece)
    return kept


def _rank(hit: Hit) -> tuple[int, int, int, str, str]:
    return (-hit.score, hit.start - hit.end, hit.start, hit.rule, hit.value)


def _first(kept: list[Hit], start: int) -> int:
    """The place of the first kept hit that ends after `start`; kept hits are sorted and apart."""
    return bisect_left(kept, start + 1, key=lambda one: one.end)
