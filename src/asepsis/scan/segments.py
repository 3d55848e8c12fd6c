"""Segments: the pieces of a text between two hard breaks (`breaks`) in which something may be found.

INVARIANT: what is found in a segment depends on the segment and the `CONTEXT` characters before it alone. Hence a text
that comes in pieces, decided segment by segment, reads like the whole.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from asepsis.scan.breaks import LEFT, break_after, break_before
from asepsis.scan.normalise import fold
from asepsis.scan.views import View

__all__ = ["CONTEXT", "HOLD", "KEEP", "Seen", "Text", "segments", "unbroken"]

CONTEXT: Final = 96
"""How many characters of the text as given before a segment may be read with it."""

HOLD: Final = 4096
"""A segment of more characters is not read: it could not be held back in a stream."""

KEEP: Final = CONTEXT + LEFT // 2
"""How many characters before what is decided a stream keeps, so that the next segment is read with its context."""


class Seen(NamedTuple):
    """A segment with what stands before it, folded.

    The segment begins at `inside` of the view and at `since` of the text behind it, which stands `shift` characters
    further on in the text as given.
    """

    view: View
    inside: int
    since: int
    shift: int


class Text(NamedTuple):
    """A text as given, what its key puts before it, its folded view, and the year of its document."""

    given: str
    lead: str
    view: View
    year: int = 0

    def seen(self, start: int, end: int, /) -> Seen:
        """Returns the segment `[start, end)` as it is read."""
        low = start - CONTEXT if start > CONTEXT else 0
        lead = self.lead if not low else ""
        view = fold(lead + self.given[low:end])
        shift = low - len(lead)
        since = start - shift
        inside = since if view.starts is None else bisect_left(view.starts, since)
        return Seen(view, inside, since, shift)


def segments(
    text: Text, marks: Sequence[tuple[int, int]], upto: int, /, *, closed: Sequence[tuple[int, int]] = ()
) -> Iterator[tuple[int, int, set[int]]]:
    """Yields the segments before `upto` in which triggers end, with their numbers.

    `marks` are the triggers and where in the folded view they end, in that order. What ends in a range of `closed`, as
    `unbroken` yields them, is left: to find the borders of a long segment for each of its marks would take long.
    """
    ahead = iter((*closed, (len(text.given), len(text.given))))
    shut, open_ = next(ahead)
    given, view = text.given, text.view
    start = end = 0
    numbers: set[int] = set()
    for number, place in marks:
        at = place if view.starts is None else view.starts[place] if 0 <= place < len(view.starts) else -1
        if at < 0 or at >= upto:
            continue
        while at >= open_ and open_ < len(text.given):
            shut, open_ = next(ahead)
        if shut <= at < open_:
            continue
        if at >= end:
            if numbers:
                yield start, end, numbers
            start, end = break_before(given, at), min(upto, break_after(given, at))
            numbers = set()
        numbers.add(number)
    if numbers:
        yield start, end, numbers


def unbroken(given: str, upto: int, /) -> Iterator[tuple[int, int]]:
    """Yields the segments that are longer than HOLD, without the white space and quotes they end with."""
    at = 0
    while upto - at > HOLD:
        near = break_before(given, at + HOLD)
        if near > at:
            at = near
            continue
        end = min(upto, break_after(given, at + HOLD))
        last = at + len(given[at:end].rstrip(' \t\r\n"'))
        if last > at:
            yield at, last
        at = end
