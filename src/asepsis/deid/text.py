"""De-identification of texts and of single values: a scanner finds, a profile says what to do, a scope's memory does.

Texts are scanned until nothing more is found, for what was replaced may have stood between a word and a value that it
points to. So a second run changes nothing. What a scanner sees inside a token of the scope is no finding.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from asepsis.core.errors import Unavailable
from asepsis.core.ports import Scanner
from asepsis.core.types import Finding, Kind, ObligationKind, Part, PartKind
from asepsis.deid import generalise, tokens
from asepsis.deid.known import Known
from asepsis.deid.profiles import Profile
from asepsis.deid.risk import Risk
from asepsis.deid.scope import Memory
from asepsis.deid.standing import Form
from asepsis.scan.resolve import Hit, resolve

__all__ = ["Clean", "Deidentifier", "Span"]

_ROUNDS: Final = 8
_FEW: Final = 7
_DONE: Final = re.compile(rf"\[(?:{'|'.join(Kind)})\]|{tokens.PATTERN.pattern}", re.IGNORECASE | re.ASCII)
"""Masks and tokens: what they stand for is gone already."""


class Span(NamedTuple):
    """Where in a clean text something was replaced; it is empty where something was left out."""

    start: int
    end: int
    kind: Kind


class Clean(NamedTuple):
    """A text without what was found, the findings with their offsets in the text as given, and where they were."""

    text: str
    findings: tuple[Finding, ...]
    spans: tuple[Span, ...]


class _Edit(NamedTuple):
    start: int
    end: int
    instead: str
    finding: Finding


class Deidentifier:
    """Carries out one profile in one scope.

    `counts` tells what was replaced so far, by kind, `rules` by the rule that found it, `risk` what is left in a table.
    `watch` is shown each clean text.
    """

    def __init__(self, scanner: Scanner, profile: Profile, memory: Memory) -> None:
        self._scanner = scanner
        self.profile = profile
        self.memory = memory
        self.counts: Counter[Kind] = Counter()
        self.rules: Counter[str] = Counter()
        self.risk: Risk | None = None
        self.watch: Callable[[Clean], None] | None = None
        self._year = 0
        self._today = memory.today

    def written_in(self, year: int, /) -> None:
        """Says in which year the next document was written, in which ages are reckoned; 0 for that of the run."""
        self._year = year
        self.memory.today = year or self._today

    def texts(
        self, texts: Sequence[str], /, *, keys: Sequence[str] = (), known: Known | None = None, subject: str = ""
    ) -> list[Clean]:
        """Returns the texts without what is found in them; `keys` are the names of the fields that they stand in."""
        parts = [
            Part(PartKind.TEXT, "text", text, key=keys[number] if keys else "", year=self._year)
            for number, text in enumerate(texts)
        ]
        return self._rest(parts, self._scanner.scan([_neutral(part, part.text) for part in parts]), known, subject)

    def piece(self, text: str, findings: Sequence[Finding], /, *, subject: str = "") -> Clean:
        """Returns a piece of a text, in which these were found already, without them and what else is found in it."""
        return self._rest([Part(PartKind.TEXT, "text", text)], [tuple(findings)], None, subject)[0]

    def _rest(
        self, parts: Sequence[Part], found: list[tuple[Finding, ...]], known: Known | None, subject: str
    ) -> list[Clean]:
        """Replaces what was found, and scans again until nothing is."""
        texts = [part.text for part in parts]
        edits: list[list[_Edit]] = [[] for _ in parts]
        clean = list(texts)
        open_ = list(range(len(parts)))
        for round_ in range(_ROUNDS):
            if round_:
                found = self._scanner.scan([_neutral(parts[at], clean[at]) for at in open_])
            again: list[int] = []
            for at, findings in zip(open_, found, strict=True):
                named = known.found(clean[at], "text") if known is not None and not round_ else ()
                new = self._new(edits[at], _joined((*findings, *named), clean[at]), clean[at], subject)
                if new:
                    edits[at] = sorted([*edits[at], *new])
                    clean[at] = _applied(texts[at], [_shadow(edit) for edit in edits[at]])
                    again.append(at)
            if not again:
                return [self._clean(texts[at], edits[at]) for at in range(len(parts))]
            open_ = again
        raise Unavailable(
            "expected a text that comes to rest; findings go on in what replaced them", code="deid_rounds"
        )

    def value(
        self, kind: Kind, text: str, /, *, subject: str = "", part: str = "", do: ObligationKind | None = None
    ) -> str:
        """Returns what stands for a whole value; `do` wins over the profile, a name may be `part` of one only."""
        due = do or self.profile.do(kind)
        if due is None or not text.strip() or self.memory.is_token(text):
            return text
        self.count(kind)
        return self._instead(kind, text, due, subject, part)

    def code(self, text: str, /) -> str:
        """Returns what stands for an identifier that others refer to."""
        self.count(Kind.OTHER_ID)
        return self.memory.coded(text)

    def stand_in(self, form: Form, kind: Kind, text: str, /) -> str | None:
        """Returns what stands for a value of a kind in a place of a form, None where nothing can that comes back.

        What is a stand-in itself gets one, too: a value of another document may look like it.
        """
        new = self.memory.stand_in(form, text)
        if new is not None:
            self.count(kind)
        return new

    def count(self, kind: Kind, /) -> None:
        """Counts a field whose whole value was replaced."""
        self.counts[kind] += 1
        self.rules["deid.field"] += 1

    def _instead(self, kind: Kind, text: str, do: ObligationKind, subject: str, part: str = "") -> str:
        if do is ObligationKind.GENERALISE and kind is Kind.GEO and self.profile.places == "town":
            return generalise.place_without_street(text) or f"[{kind.value}]"
        new = self.memory.instead(kind, text, do=do, subject=subject, part=part)
        return generalise.sparser(new, self.profile.sparse) if do is ObligationKind.GENERALISE else new

    def _new(self, edits: list[_Edit], findings: Sequence[Finding], clean: str, subject: str) -> list[_Edit]:
        """The edits that findings in a clean text ask for, in the text as given; those in replacements are none."""
        new: list[_Edit] = []
        shifts = _shifts([_shadow(edit) for edit in edits])
        closed = [one.span() for one in _DONE.finditer(clean)] if findings and "[" in clean else []
        for finding in _standing(findings, clean):
            do = self.profile.do(finding.kind)
            if do is None:
                continue
            for low, high in _open(finding.start, finding.end, closed):
                # What a stronger finding left of a weaker ends with the blank that stood between them.
                start, end = _trimmed(clean, low, high)
                text = clean[start:end]
                whole = high - low == finding.end - finding.start
                if text and (whole or any(map(str.isalnum, text))):
                    instead = self._instead(finding.kind, text, do, subject)
                    if instead != text:
                        new.append(_Edit(*_given(start, end, shifts), instead, finding))
        return new

    def _clean(self, text: str, edits: list[_Edit]) -> Clean:
        spans: list[Span] = []
        findings: list[Finding] = []
        shift = 0
        for edit in edits:
            start = edit.start + shift
            shift += len(edit.instead) - (edit.end - edit.start)
            one = edit.finding
            spans.append(Span(start, start + len(edit.instead), one.kind))
            findings.append(Finding(one.rule, one.kind, one.place, edit.start, edit.end, one.score, one.digest))
            self.counts[one.kind] += 1
            self.rules[one.rule] += 1
        clean = Clean(_applied(text, edits), tuple(findings), tuple(spans))
        if self.watch is not None:
            self.watch(clean)
        return clean


def _joined(findings: Sequence[Finding], text: str) -> tuple[Finding, ...]:
    if len(findings) < 2:
        return tuple(findings)
    hits = resolve((Hit(one.start, one.end, one.score, one.rule, one.kind, one.digest) for one in findings), text)
    return tuple(Finding(hit.rule, hit.kind, "text", hit.start, hit.end, hit.score, hit.value) for hit in hits)


def _shadow(edit: _Edit) -> _Edit:
    """The edit as the next scan sees it: what could be taken for an identifier again is a mask."""
    return edit if _DONE.fullmatch(edit.instead) else edit._replace(instead=f"[{edit.finding.kind.value}]")


def _applied(text: str, edits: Sequence[_Edit]) -> str:
    out: list[str] = []
    at = 0
    for edit in edits:
        out += (text[at : edit.start], edit.instead)
        at = edit.end
    out.append(text[at:])
    return "".join(out)


def _shifts(edits: Sequence[_Edit]) -> list[tuple[int, int, int]]:
    """For each edit where its replacement stands in the clean text, and how much what follows has moved."""
    out: list[tuple[int, int, int]] = []
    shift = 0
    for edit in edits:
        start = edit.start + shift
        shift += len(edit.instead) - (edit.end - edit.start)
        out.append((start, start + len(edit.instead), shift))
    return out


def _neutral(part: Part, text: str) -> Part:
    """The part for the scanner: masks and tokens hold words such as MRN, which must not point to what follows them."""
    if "[" in text:
        text = _DONE.sub(lambda done: f"[{'x' * (len(done[0]) - 2)}]", text)
    return msgspec.structs.replace(part, text=text)


def _standing(findings: Sequence[Finding], text: str) -> Iterator[Finding]:
    """Yields the findings without those few digits that a stronger one beside them has left of a weaker.

    They may be a dose or a reading that a rule took along. If they are an identifier on their own, the next round says
    so, for then the stronger one is gone.
    """
    few = [_is_few(text[one.start : one.end]) for one in findings]
    for at, one in enumerate(findings):
        beside = [two for two in (at - 1, at + 1) if 0 <= two < len(findings) and not few[two]]
        stronger = [findings[two] for two in beside if findings[two].score >= one.score]
        if not (few[at] and any(two.end == one.start or two.start == one.end for two in stronger)):
            yield one


def _is_few(text: str) -> bool:
    return sum(map(str.isdigit, text)) < _FEW and not any(map(str.isalpha, text))


def _open(start: int, end: int, closed: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yields what is left of a range without the closed ones."""
    at = start
    for low, high in closed:
        if high <= at or low >= end:
            continue
        if low > at:
            yield at, low
        at = max(at, high)
    if at < end:
        yield at, end


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A range without the white space that it begins and ends with."""
    inside = text[start:end]
    return end - len(inside.lstrip()), start + len(inside.rstrip())


def _given(start: int, end: int, shifts: Sequence[tuple[int, int, int]]) -> tuple[int, int]:
    """The place in the text as given of a range of the clean one that touches no replacement."""
    moved = 0
    for low, high, shift in shifts:
        if high <= start and low <= start:
            moved = shift
    return start - moved, end - moved
