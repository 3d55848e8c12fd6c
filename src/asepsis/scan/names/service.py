"""The scanner of names, places, dates and codes: everything without a form of its own.

1. A text, folded, falls into tokens; the model scores them, the chain marks those inside identifiers.
2. Marked tokens side by side and of one kind are a run, unless one is more likely to begin an identifier than to go on.
3. What is no identifier by itself is left: a year alone, a lone mark, a mask or token. What remains is a finding.

INVARIANT: what is said of a token depends on the `REACH + NEAR + SPAN` tokens before and behind it alone. Hence a text
that comes in pieces reads like the whole, and so many tokens are held back, and those that a run grows by.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

import numpy as np

from asepsis.core.ports import Digester, OpenScan
from asepsis.core.types import Finding, Kind, Part, PartKind, Role
from asepsis.scan.names.chain import NEAR, REACH, marked
from asepsis.scan.names.clinical import CERTAIN, is_clinical, is_medicine
from asepsis.scan.names.companions import accompanied, headed
from asepsis.scan.names.doubles import HALF, doubled
from asepsis.scan.names.doubts import MOST, is_any_place, is_doubtful, is_heading
from asepsis.scan.names.edges import GROWS, contact, trimmed
from asepsis.scan.names.ends import counted
from asepsis.scan.names.features import SPAN
from asepsis.scan.names.general import is_country, is_general
from asepsis.scan.names.kinds import is_led, of_code, of_name, of_place
from asepsis.scan.names.lists import FLAGS
from asepsis.scan.names.lodgings import lodged
from asepsis.scan.names.marks import apart
from asepsis.scan.names.measures import is_measure
from asepsis.scan.names.model import Model
from asepsis.scan.names.numerals import is_numeral
from asepsis.scan.names.recall import Known, known, repeated
from asepsis.scan.names.reread import LEAST, Reader, Said, reread
from asepsis.scan.names.runs import LIKELY, NO_RUN, Run, titled, whole
from asepsis.scan.names.scales import is_scored
from asepsis.scan.names.spared import spared
from asepsis.scan.names.tokens import LONGEST, OPEN, PAD, tokens
from asepsis.scan.normalise import fold
from asepsis.scan.views import View

__all__ = ["HOLD", "THRESHOLD", "NameScanner"]

THRESHOLD: Final = 0.07
"""How likely a word has to be inside an identifier."""

HOLD: Final = REACH + NEAR + SPAN + GROWS + HALF + 1
"""How many tokens of a stream are held back, and how many are kept before those that are decided."""

_AT_ONCE: Final = 8192
_EDGE: Final = [PAD] * (SPAN + 1)
_APART: Final = [PAD] * HOLD
_KINDS: Final = {"GEO": Kind.GEO, "DATE": Kind.DATE, "AGE": Kind.AGE_OVER_89}
_NOTHING: Final = re.compile(r"['’]?(?:(?:18|19|20)\d\d|\d\d)s?|(?:18|19|20)\d\d\s?[-–]\s?(?:18|19|20)\d\d|[\W_]*")  # noqa: RUF001 both apostrophes
_MARKS: Final = re.compile(r"[\W_]+")
_AS_WRITTEN: Final = frozenset({Kind.EMAIL, Kind.IP, Kind.URL})
_OUTER: Final = " \t\r\n,;:.-_/\\|()[]{}<>\"'*=#"


class _Text(NamedTuple):
    """A part's folded view, its tokens, and the runs in them."""

    view: View
    words: Sequence[str]
    runs: Sequence[Run]


_STAMPS: Final = frozenset({"created", "created_at", "completed_at", "expires_at", "updated_at"})

_LAST: Final = 1 << FLAGS.index("last")
_AROUND: Final = 5
"""How many tokens beside a place are looked at for the rest of a country's name."""


class NameScanner:
    """Implements the port `Scanner` with the model of names."""

    def __init__(
        self,
        model: Model,
        *,
        digester: Digester | None = None,
        tenant: str = "",
        threshold: float = THRESHOLD,
        reader: Reader | None = None,
        windows: int = 8,
    ) -> None:
        self._model = model
        self._reader = reader
        self._windows = windows
        self._digester = digester
        self._tenant = tenant
        self._outside = 1.0 - threshold
        self._kinds = [label[2:] for label in model.labels]
        self._begins = [label.startswith("B") for label in model.labels]

    def scan(self, parts: Sequence[Part], /) -> list[tuple[Finding, ...]]:
        """Returns the findings of each part."""
        return [self._findings(text, part) for text, part in zip(self._texts(parts), parts, strict=True)]

    def scan_document(self, parts: Sequence[Part], /) -> list[tuple[Finding, ...]]:
        """Returns the findings of each part; a name that is likely in one is found in all of them.

        What the model doubts is read again, where there is a reader. Raises Unavailable when that one cannot read.
        """
        texts = self._texts(parts)
        if self._reader is not None:
            texts = [text._replace(runs=self._reread(text.words, self._reader)) for text in texts]
        texts = [self._headed(text) for text in texts]
        names = [one for text in texts for one in _names(text)]
        if names and any(_may_repeat(text, names) for text in texts):
            remembered = known(names, self._model.flags(names))
            texts = [text._replace(runs=_with_repeated(text, remembered)) for text in texts]
        return [self._findings(text, part) for text, part in zip(texts, parts, strict=True)]

    def scan_open(self, part: Part, /) -> OpenScan:
        """Scans a part whose text may go on."""
        (text,) = self._texts([part])
        settled = len(text.words) - HOLD - OPEN
        for run in reversed(text.runs):
            goes_on = run.last == settled and text.words[settled] == ", "
            if run.first < settled < run.last or goes_on:
                settled = run.first
        if settled <= 0:
            return OpenScan((), 0, 0)
        ends = list(accumulate(map(len, text.words)))
        final = text._replace(runs=[run for run in text.runs if run.last <= settled])
        findings = self._findings(final, part)
        keep = ends[settled - HOLD - 1] if settled > HOLD else 0
        return OpenScan(findings, text.view.origin(ends[settled - 1]), text.view.origin(keep) if keep else 0)

    def runs(self, words: Sequence[str], /) -> list[Run]:
        """Returns the runs of tokens inside identifiers."""
        return self._joined(words, self._inside(words, self._outside))

    def _headed(self, text: _Text) -> _Text:
        runs = headed(text.words, text.runs, self._model.flags)
        return text if runs is text.runs else text._replace(runs=runs)

    def _reread(self, words: Sequence[str], reader: Reader) -> list[Run]:
        """The runs of tokens once those in doubt are read again."""
        said = [Said(*one) for one in self._inside(words, 1.0 - LEAST / 1000)]
        least = int(1000 - 1000 * self._outside)
        again = reread(words, said, reader, most=self._windows)
        return self._joined(words, (one for one in again if one.likely >= least))

    def _joined(self, words: Sequence[str], inside: Iterable[tuple[int, int, int]]) -> list[Run]:
        found: list[Run] = []
        kinds, begins = self._kinds, self._begins
        first, last, kind, most = NO_RUN
        for place, label, likely in inside:
            other = kinds[label]
            if kind == other and (
                (last == place and not begins[label]) or (kind == "GEO" and _listed(words, last, place))
            ):
                last = place + 1
                if likely > most:  # noqa: PLR1730 a call for each token takes longer
                    most = likely
            else:
                found.append(Run(first, last, kind, most))
                first, last, kind, most = place, place + 1, other, likely
        if found:
            runs = doubled(words, [*found[1:], Run(first, last, kind, most)], self._model.flags)
            found = whole(words, runs)
        return accompanied(words, self._contacts(words, lodged(words, titled(words, found))), self._model.flags)

    def _contacts(self, words: Sequence[str], runs: list[Run]) -> list[Run]:
        """The runs, with names that nothing but a number behind them tells from other words: `will young 555-0199`."""
        found: list[Run] = []
        for run in runs:
            low = contact(words, run.first) if run.kind == "ID" else run.first
            free = low < run.first and (not found or found[-1].last <= low)
            if free and self._model.flags(words[run.first - 1 : run.first])[0] & _LAST:
                found.append(Run(low, run.first, "NAME", LIKELY))
            found.append(run)
        return found

    def _inside(self, words: Sequence[str], limit: float) -> Iterator[tuple[int, int, int]]:
        """Yields the tokens that are outside by less than `limit`, with their labels and how likely they are inside."""
        short = [one[:LONGEST] for one in words] if max(map(len, words), default=0) > LONGEST else words
        padded = [*_EDGE, *short, *_EDGE]
        halo = HOLD
        for at in range(0, len(words) + 2, _AT_ONCE):
            low = max(0, at - halo)
            scores = self._model.scores(padded[low : at + _AT_ONCE + halo + SPAN])
            places, labels = marked(scores, self._model.moves)
            chosen = (labels[:, 0] < limit).nonzero()[0]
            if not len(chosen):
                continue
            # A place of the whole text, where the edge before it has place 0.
            places = places.take(chosen) + low
            first, last = max(at, 1), min(at + _AT_ONCE, len(words) + 1)
            if places[0] < first or places[-1] >= last:
                mine = (places >= first) & (places < last)
                chosen, places = chosen[mine], places[mine]
            labels = labels.take(chosen, axis=0)
            best = labels[:, 1:].argmax(axis=1) + 1
            likely = (1000 - 1000 * labels[:, 0]).astype(np.intp)
            yield from zip((places - 1).tolist(), best.tolist(), likely.tolist(), strict=True)

    def _texts(self, parts: Sequence[Part]) -> list[_Text]:
        """The texts of parts with the runs in them, found in one go: so much stands between that none hears another."""
        views = [fold(part.text if _is_prose(part) else "") for part in parts]
        words = [tokens(view.text) for view in views]
        if len(words) == 1:
            return [_Text(views[0], words[0], self.runs(words[0]))]
        starts = list(accumulate((len(one) + HOLD for one in words), initial=0))
        runs = self.runs([one for some in words for one in (*some, *_APART)][:-HOLD])
        edges = [bisect_left(runs, (start,)) for start in starts]
        return [
            _Text(view, some, [Run(run.first - start, run.last - start, *run[2:]) for run in runs[low:high]])
            for view, some, start, (low, high) in zip(views, words, starts[:-1], pairwise(edges), strict=True)
        ]

    def _findings(self, text: _Text, part: Part) -> tuple[Finding, ...]:
        if not text.runs:
            return ()
        whole = list(apart(self._found(text, part), part.text))
        if not whole:
            return ()
        given = {(one.start, one.end) for one in whole}
        found = spared(whole, part.text)
        return tuple(one for one in found if (one.start, one.end) in given or not _is_cut_off(one, part.text))

    def _found(self, text: _Text, part: Part) -> Iterator[Finding]:
        view = text.view
        ends = list(accumulate(map(len, text.words)))
        for given in text.runs:
            run = _settled(text.words, given)
            if run.first >= run.last:
                continue
            start, end = ends[run.first - 1] if run.first else 0, ends[run.last - 1]
            value = view.text[start:end].rstrip(_OUTER)
            clean = value.lstrip(_OUTER)
            nothing = not clean or (_NOTHING.fullmatch(clean) is not None and run.kind != "AGE")
            if nothing or is_general(clean, run.kind) or is_clinical(text.words, run) or is_measure(text.words, run):
                continue
            if is_scored(text.words, run) or is_numeral(text.words, run) or self._is_doubtful(text.words, run):
                continue
            low, high = view.back(start + len(value) - len(clean), start + len(value))
            rule, kind = self._named(run, clean, text.words)
            digest = ""
            if self._digester is not None:
                # As rules do: equal values of a kind have equal digests, whoever found them.
                plain = clean if kind in _AS_WRITTEN else _MARKS.sub("", clean)
                digest = self._digester.digest(kind.value, plain.lower(), tenant=self._tenant)
            yield Finding(rule, kind, part.place, low, high, run.likely * 7 // 10, digest)

    def _is_doubtful(self, words: Sequence[str], run: Run) -> bool:
        """Whether a run of ordinary words is too little likely; a heading before a colon is no place however likely."""
        if run.kind == "GEO" and is_any_place(words, run.first, run.last):
            return True
        if run.kind in ("GEO", "NAME") and is_country(
            "".join(words[run.first : run.last]), "".join(words[max(0, run.first - _AROUND) : run.last + _AROUND])
        ):
            return True
        heading = run.kind == "GEO" and is_heading(words, run.first, run.last)
        if run.likely >= MOST and not heading:
            return False
        own = words[run.first : run.last]
        likely = 0 if heading else run.likely
        if run.kind == "NAME" and _is_named(words, run):
            return False
        return is_doubtful(own, self._model.flags(own), "NAME" if heading else run.kind, likely)

    def _named(self, run: Run, value: str, words: Sequence[str]) -> tuple[str, Kind]:
        """The rule and the kind of a run."""
        if run.kind == "ID":
            return "names.id", of_code(value, words, run.first)
        if run.kind == "NAME":
            return of_name(words, run.first, run.last), Kind.NAME
        if run.kind == "GEO" and of_place(words, run.first, run.last) is Kind.NAME:
            return of_name(words, run.first, run.last), Kind.NAME
        return f"names.{run.kind.lower()}", _KINDS[run.kind]


def _is_named(words: Sequence[str], run: Run) -> bool:
    """Whether a title or a label stands before a name of more than a letter, or a name behind an initial."""
    if len("".join(words[run.first : run.last]).strip()) > 1:
        return is_led(words, run.first)
    stop, behind = (*words[run.last : run.last + 2], "", "")[:2]
    return stop == ". " and behind[:1].isalpha()


def _settled(words: Sequence[str], run: Run) -> Run:
    """A run without words at its edges that belong to no name; a date that is nothing else is none."""
    if run.kind in ("ID", "AGE") or (
        run.last - run.first == 1 and run.likely >= LIKELY and "'" not in words[run.first]
    ):
        return run
    first, last = trimmed(words, run.first, run.last)
    if run.kind == "GEO":
        last = counted(words, first, last)
    if (run.kind == "DATE" and first < last) or (first == run.first and last == run.last):
        return run
    return Run(first, last, run.kind, run.likely)


def _is_cut_off(one: Finding, text: str) -> bool:
    """Whether what was left of a name, once doses and the like were cut out of it, is medicine."""
    return one.kind is Kind.NAME and one.score < CERTAIN * 7 // 10 and is_medicine(tokens(text[one.start : one.end]))


def _is_prose(part: Part) -> bool:
    """Whether a part can be about somebody; numbers, keys, stamps, model names and schemas are for rules."""
    if part.kind is not PartKind.TEXT or part.role is Role.PROTOCOL or part.key in _STAMPS:
        return False
    return part.role is not Role.DEFINITION or " " in part.text


def _names(text: _Text) -> Iterator[str]:
    """Yields the words of likely names."""
    for run in text.runs:
        if run.kind == "NAME" and run.likely >= LIKELY:
            yield from text.words[run.first : run.last]


def _may_repeat(text: _Text, names: Sequence[str]) -> bool:
    """Whether a word of names stands outside of findings; cheap, for in most documents none does."""
    outside: list[str] = []
    at = 0
    for run in text.runs:
        outside += text.words[at : run.first]
        at = run.last
    rest = "".join((*outside, *text.words[at:])).lower()
    return any(one in rest for one in {one.rstrip().lower() for one in names})


def _with_repeated(text: _Text, remembered: Known) -> list[Run]:
    taken = frozenset(place for run in text.runs for place in range(run.first, run.last))
    more = [Run(first, last, "NAME", LIKELY) for first, last in repeated(text.words, remembered, taken)]
    return sorted([*text.runs, *more]) if more else list(text.runs)


def _listed(words: Sequence[str], end: int, place: int) -> bool:
    """Whether a place's name goes on behind a comma: a street, its city, the state with its code."""
    return place - end == 1 and words[end] == ", "
