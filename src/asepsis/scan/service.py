"""The rule scanner: all parts of a document in one pass, and text that goes on.

1. All texts of a batch, folded, go through Hyperscan at once, each behind its object key. It says where rules may match
   and where a text is encoded; where it says nothing, nothing is found.
2. Such a place belongs to a segment between two hard breaks (`breaks`). The rules that may match there, and only those,
   read the segment with `CONTEXT` characters before it, and so do all rules its decoded views.
3. What they find in the segment comes apart (`resolve`).

What is found in a segment depends on nothing but it and the `CONTEXT` characters before it (`segments`).
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from asepsis.core.errors import ConfigError
from asepsis.core.ports import Digester, OpenScan
from asepsis.core.types import Finding, Kind, Part, PartKind
from asepsis.scan.breaks import last_break
from asepsis.scan.config import ScanConfig
from asepsis.scan.database import Prefilter
from asepsis.scan.decode import TRIGGERS, VIEWS, readings
from asepsis.scan.normalise import fold
from asepsis.scan.resolve import Hit, resolve
from asepsis.scan.rules import Rule, compiled, read_packs, this_year
from asepsis.scan.segments import HOLD, KEEP, Seen, Text, segments, unbroken
from asepsis.scan.views import View

__all__ = ["HIDDEN", "TANGLED", "UNBROKEN", "RuleScanner", "build"]

UNBROKEN: Final = "scan.unbroken"
"""The rule of a segment of more than HOLD characters: what cannot be read in bounds does not pass."""

TANGLED: Final = "scan.tangled"
"""The rule of a segment that has more decoded views than `VIEWS`: it is found as a whole, too."""

HIDDEN: Final = "scan.hidden"
"""The rule of tag characters that are no part of a flag: nobody sees them, and models read them as letters."""

_BETWEEN: Final = "\n"
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_-]+")
_KEYS: Final = 4096
_KEY_LENGTH: Final = 64
_MARKS: Final = re.compile(r"[\W_]+")
_TAGS: Final = re.compile("(?<!\U0001f3f4)(?<![\U000e0001-\U000e007f])[\U000e0001-\U000e007f]+")
_AS_WRITTEN: Final = frozenset({Kind.EMAIL, Kind.IP, Kind.SECRET, Kind.URL})


class RuleScanner:
    """Implements the port `Scanner` with rules."""

    def __init__(
        self, rules: Sequence[Rule], *, digester: Digester | None = None, tenant: str = "", cache: Path | None = None
    ) -> None:
        self._rules = tuple(rules)
        self._prefilter = Prefilter([*(rule.trigger for rule in rules), *TRIGGERS], cache=cache)
        self._late = frozenset(number for number, rule in enumerate(rules) if rule.joined)
        self._digester = digester
        self._tenant = tenant
        self._leads: dict[str, str] = {}

    def scan(self, parts: Sequence[Part], /) -> list[tuple[Finding, ...]]:
        """Returns the findings of each part."""
        pieces: list[str] = []
        starts: list[int] = []
        due: set[int] = set()
        at = 0
        for place, part in enumerate(parts):
            text = "" if part.kind is PartKind.OPAQUE else part.text
            if not text.isascii():
                due.add(place)
                text = fold(text).text
            elif len(text) > HOLD:
                due.add(place)
            if part.key:
                lead = self._lead(part.key)
                pieces.append(lead)
                at += len(lead)
            pieces.append(text)
            pieces.append(_BETWEEN)
            starts.append(at)
            at += len(text) + 1
        marks: dict[int, list[tuple[int, int]]] = {}
        for number, end in self._prefilter.hits("".join(pieces).encode("ascii", "replace")):
            place = bisect_left(starts, end) - 1
            if place >= 0 and number not in self._late:
                marks.setdefault(place, []).append((number, end - starts[place] - 1))
        found: list[tuple[Finding, ...]] = [()] * len(parts)
        for place in due.union(marks):
            found[place] = self._of_part(parts[place], marks.get(place, ()))
        return found

    def scan_document(self, parts: Sequence[Part], /) -> list[tuple[Finding, ...]]:
        """Returns the findings of each part: rules remember nothing from part to part."""
        return self.scan(parts)

    def scan_open(self, part: Part, /) -> OpenScan:
        """Scans a part whose text may go on."""
        given = part.text
        settled = last_break(given)
        if not settled:
            return OpenScan((), 0, 0)
        keep = settled - KEEP if settled > KEEP else 0
        lead = self._lead(part.key) if part.key else ""
        view = fold(given[:settled])
        hits = self._prefilter.hits((lead + view.text).encode("ascii", "replace"))
        if not hits and settled <= HOLD and not _hides(given):
            return OpenScan((), settled, keep)
        shift = len(lead) + 1
        marks = [(number, end - shift) for number, end in hits if number not in self._late]
        return OpenScan(self._findings(Text(given, lead, view, part.year), marks, part, settled), settled, keep)

    def _of_part(self, part: Part, marks: Sequence[tuple[int, int]]) -> tuple[Finding, ...]:
        if part.kind is PartKind.OPAQUE or not (marks or len(part.text) > HOLD or _hides(part.text)):
            return ()
        lead = self._lead(part.key) if part.key else ""
        return self._findings(Text(part.text, lead, fold(part.text), part.year), marks, part, len(part.text))

    def _findings(self, text: Text, marks: Sequence[tuple[int, int]], part: Part, upto: int) -> tuple[Finding, ...]:
        """What is found in `text` before `upto`, a hard break; `marks` are triggers and where in the view they end."""
        found: list[Hit] = [
            Hit(start, end, 500, UNBROKEN, Kind.OTHER_ID, text.given[start:end])
            for start, end in unbroken(text.given, upto)
        ]
        closed = [(hit.start, hit.end) for hit in found]
        for start, end, numbers in segments(text, marks, upto, closed=closed):
            place = bisect_right(closed, (start, len(text.given))) - 1
            if place < 0 or start >= closed[place][1]:
                found += resolve(self._segment(text, start, end, numbers), text.given)
        if _hides(text.given):
            taken = tuple((hit.start, hit.end) for hit in found)
            found += [
                Hit(run.start(), run.end(), 900, HIDDEN, Kind.OTHER_ID, run[0])
                for run in _TAGS.finditer(text.given, 0, upto)
                if not any(start < run.end() and run.start() < end for start, end in taken)
            ]
        found.sort()
        return tuple(self._finding(hit, part) for hit in found)

    def _segment(self, text: Text, start: int, end: int, numbers: set[int]) -> Iterator[Hit]:
        """Yields the matches in the segment `[start, end)` whose triggers are `numbers`."""
        seen = text.seen(start, end)
        encoded = False
        for number in numbers:
            if number >= len(self._rules):
                encoded = True
            else:
                yield from _matches(self._rules[number], seen.view, seen, text.year)
        if not encoded:
            return
        for count, reading in enumerate(readings(seen.view, seen.inside)):
            if count >= VIEWS:
                yield Hit(start, end, 500, TANGLED, Kind.OTHER_ID, text.given[start:end])
                return
            # A trigger ends inside a value or right behind it: one that ends in the context has none in the segment.
            first = bisect_left(reading.view.starts or (), seen.since)
            hits = self._prefilter.hits(reading.view.text.encode("ascii", "replace"))
            for number in {number for number, end in hits if end > first}:
                if number < len(self._rules) and (reading.joined or not self._rules[number].joined):
                    yield from _matches(self._rules[number], reading.view, seen, text.year)

    def _lead(self, key: str) -> str:
        """An object key as words before its value, as if it were written so."""
        known = self._leads.get(key)
        if known is None:
            known = fold(_HUMP.sub(" ", key[-_KEY_LENGTH:])).text + ": "
            if len(self._leads) >= _KEYS:
                self._leads.clear()
            self._leads[key] = known
        return known

    def _finding(self, hit: Hit, part: Part) -> Finding:
        digest = ""
        if self._digester is not None:
            value = hit.value.lower() if hit.kind in _AS_WRITTEN else _MARKS.sub("", hit.value).lower()
            digest = self._digester.digest(hit.kind.value, value, tenant=self._tenant)
        return Finding(hit.rule, hit.kind, part.place, hit.start, hit.end, hit.score, digest)


def build(
    config: ScanConfig, *, digester: Digester | None = None, tenant: str = "", cache: Path | None = None
) -> RuleScanner:
    """Returns the scanner of a configuration; raises ConfigError for packs that can't be used."""
    sources = read_packs([Path(one) for one in config.packs])
    known = {source.id for source in sources}
    for name in config.disabled:
        if name not in known:
            raise ConfigError(f"expected the id of a rule, got `{name}`", place="scan.disabled")
    year = (lambda: config.year) if config.year else this_year
    rules = [compiled(source, year=year) for source in sources if source.id not in config.disabled]
    return RuleScanner(rules, digester=digester, tenant=tenant, cache=cache)


def _hides(text: str) -> bool:
    """Whether a text has tag characters outside of a flag's."""
    return not text.isascii() and _TAGS.search(text) is not None


def _matches(rule: Rule, view: View, seen: Seen, year: int) -> Iterator[Hit]:
    """Yields a rule's matches in a view of a segment whose values begin in it."""
    text = view.text
    at = 0
    while (found := rule.regex.search(text, at)) is not None:
        start, end = found.span("v")
        low, high = view.back(start, end)
        value = found["v"]
        if low >= seen.since and rule.passes(value, year=year) and (not rule.joined or high - low > end - start):
            yield Hit(low + seen.shift, high + seen.shift, rule.score, rule.id, rule.kind, value)
            at = max(end, found.start() + 1)
        else:
            at = found.start() + 1
