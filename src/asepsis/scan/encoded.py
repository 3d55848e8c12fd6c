"""What a scanner that reads plain text finds in text that is encoded.

1. Where the engine says that something is encoded, the decoded views of that segment (`decode`) go to the scanner
   beside the text as given, each as a part of its own.
2. What it finds in them where something was decoded is mapped back to the characters that say it, and comes apart from
   what it found in the text as given.

A view depends on its segment and the `CONTEXT` characters before it alone (`segments`), so a text that comes in pieces
still reads like the whole.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import msgspec

from asepsis.core.ports import OpenScan, Scanner
from asepsis.core.types import Finding, Part, PartKind
from asepsis.scan.breaks import last_break
from asepsis.scan.database import Prefilter
from asepsis.scan.decode import TRIGGERS, VIEWS, readings
from asepsis.scan.normalise import fold
from asepsis.scan.pipeline import kept, merged, uncut
from asepsis.scan.segments import HOLD, KEEP, Seen, Text, segments, unbroken
from asepsis.scan.views import View

__all__ = ["Encoded"]


class _Said(NamedTuple):
    """What a part says in a decoded view of one of its segments."""

    part: int
    seen: Seen
    view: View

    def back(self, findings: Sequence[Finding]) -> Iterator[Finding]:
        """Yields what of the view's findings lies in the segment, at its place in the text as given."""
        for one in findings:
            low, high = self.view.back(one.start, one.end)
            low = max(low, self.seen.since)
            if low < high and self._was_decoded(one.start, one.end):
                yield msgspec.structs.replace(one, start=low + self.seen.shift, end=high + self.seen.shift)

    def _was_decoded(self, start: int, end: int) -> bool:
        """Whether something of a range or right beside it was encoded; the rest is read as given, with more around."""
        first, last = max(0, start - 1), min(len(self.view.text), end + 1)
        low, high = self.view.back(first, last)
        return high - low != last - first


class Encoded:
    """Implements the port `Scanner` over one that reads plain text."""

    def __init__(self, inner: Scanner, *, cache: Path | None = None) -> None:
        self._inner = inner
        self._prefilter = Prefilter(TRIGGERS, cache=cache)

    def scan(self, parts: Sequence[Part], /) -> list[tuple[Finding, ...]]:
        """Returns the findings of each part."""
        return self._read(parts, self._inner.scan)

    def scan_document(self, parts: Sequence[Part], /) -> list[tuple[Finding, ...]]:
        """Returns the findings of each part of one document."""
        return self._read(parts, self._inner.scan_document)

    def scan_open(self, part: Part, /) -> OpenScan:
        """Scans a part whose text may go on."""
        plain = self._inner.scan_open(part)
        broken = last_break(part.text)
        said = list(self._said(0, part, broken))
        found = [*plain.findings]
        if said:
            for one, findings in zip(said, self._inner.scan([_part(part, one) for one in said]), strict=True):
                found += one.back(findings)
        settled = uncut(found, min(plain.settled, broken))
        # A segment of which a part is settled is read again, whole.
        begun = broken if settled == broken else last_break(part.text[:settled])
        keep = min(settled, kept(self._inner, part, plain, settled), max(0, begun - KEEP))
        return OpenScan(merged([one for one in found if one.start < settled], part), settled, keep)

    def _read(
        self, parts: Sequence[Part], scan: Callable[[Sequence[Part]], list[tuple[Finding, ...]]]
    ) -> list[tuple[Finding, ...]]:
        said = [one for number, part in enumerate(parts) for one in self._said(number, part, len(part.text))]
        if not said:
            return scan(parts)
        results = scan([*parts, *(_part(parts[one.part], one) for one in said)])
        found = [list(one) for one in results[: len(parts)]]
        for one, findings in zip(said, results[len(parts) :], strict=True):
            found[one.part] += one.back(findings)
        return [merged(one, part) for one, part in zip(found, parts, strict=True)]

    def _said(self, number: int, part: Part, upto: int) -> Iterator[_Said]:
        """Yields the decoded views of the segments before `upto`; rules say of one that is too long that it is."""
        if part.kind is not PartKind.TEXT or not upto:
            return
        text = Text(part.text, "", fold(part.text[:upto]))
        hits = self._prefilter.hits(text.view.text.encode("ascii", "replace"))
        if not hits:
            return
        marks = [(one, end - 1) for one, end in hits]
        for start, end, _ in segments(text, marks, upto, closed=list(unbroken(part.text, upto))):
            if end - start <= HOLD:
                seen = text.seen(start, end)
                for reading in islice(readings(seen.view, seen.inside), VIEWS):
                    if not reading.joined:
                        yield _Said(number, seen, reading.view)


def _part(part: Part, said: _Said) -> Part:
    return msgspec.structs.replace(part, text=said.view.text)
