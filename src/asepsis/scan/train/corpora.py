"""Documents of the shared data: labelled texts, and texts about health that carry generated identifiers.

The carriers are not labelled, but their publisher lists what may be an identifier in them. What is one for sure gives
way to a generated one and is labelled; a sentence with something doubtful is left out; the rest has none. The list has
gaps: so months of a year are labelled as dates (in numbers, they are doubtful), and a sentence with a word that people
or towns are called, and that is no ordinary word, is doubtful as well, in training and in measuring alike. No model
has a say in that.
"""

import gzip
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from asepsis.scan.names.tokens import word
from asepsis.scan.train import people
from asepsis.scan.train.draw import Draw
from asepsis.scan.train.generate import Document, Span
from asepsis.scan.train.world import World, borne

__all__ = ["CARRIERS", "LABELLED", "carried", "labelled_texts"]

LABELLED: Final = ("presidio-synth-v2", "presidio-generated-large", "kiji-samples")
CARRIERS: Final = ("carriers-mts-dialog", "carriers-aci-bench")

_LABELS: Final = {"NAME": "NAME", "GEO": "GEO", "DATE": "DATE", "AGE_OVER_89": "AGE"}
_WIDER: Final = frozenset({"state", "country"})
_WEEKDAY: Final = re.compile(r"(?:mon|tues|wednes|thurs|fri|satur|sun)day", re.IGNORECASE)
_SENTENCE: Final = re.compile(r"(?<=[.?!])\s+|\n+")
_SURE: Final = frozenset({"metadata", "title"})
_MONTH: Final = re.compile(r"[a-z]{3}|\d+[-/]\d+[-/]\d+", re.IGNORECASE)
_MORE: Final = re.compile(
    r"\s+(?:the\s+)?(?:[0-9]|[a-z]+(?:th|first|second|third)\b|first|second|third|twenty|thirty)", re.IGNORECASE
)
"""How a date goes on whose end the publisher's hint does not cover."""

_WIDE: Final = re.compile(r"^[A-Z]")
_MONTHS: Final = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?"
)
_YEARLY: Final = re.compile(
    rf"\b(?:(?:{_MONTHS})\.?,?\s+(?:of\s+)?"
    r"(?:(?:19|20)[0-9]{2}|two thousand(?: and)?(?: [a-z]+)?|nineteen [a-z]+(?:[ -][a-z]+)?)"
    r"|(?:0?[1-9]|1[0-2])/(?:(?:19|20)[0-9]{2}|[0-9]{2}(?=[.,;]?\s+(?:he|she|the|for|with|and|when))))\b",
    re.IGNORECASE,
)
_SPOKEN: Final = re.compile(r"[^\W\d_]{4,}")


class _Span(msgspec.Struct, frozen=True):
    start: int
    end: int
    kind: str
    level: str = ""
    how: str = ""


class _Text(msgspec.Struct, frozen=True):
    id: str
    text: str
    source: str
    template: str = ""
    type: str = ""
    spans: tuple[_Span, ...] = ()
    suspects: tuple[_Span, ...] = ()


def labelled_texts(folder: Path, name: str, /) -> Iterator[Document]:
    """Yields the texts of a labelled file, each text once; states, countries and weekdays are no identifiers."""
    seen: set[str] = set()
    for row in _rows(folder / f"{name}.jsonl.gz"):
        if row.text in seen:
            continue
        seen.add(row.text)
        spans = tuple(
            Span(one.start, one.end, _LABELS.get(one.kind, "ID"))
            for one in row.spans
            if one.level not in _WIDER and not _WEEKDAY.fullmatch(row.text[one.start : one.end])
        )
        yield Document(row.text, spans, name, row.template, "corpus")


def carried(folder: Path, name: str, world: World, draw: Draw, /, *, most: int = 500) -> Iterator[Document]:
    """Yields pieces of the carriers, of at most about `most` characters, with the ranges of what was put in."""
    doubtful = _doubtful(world)
    for row in _rows(folder / f"{name}.jsonl.gz"):
        limit = draw.between(60, most)
        text = ""
        spans: list[Span] = []
        for start, end in _sentences(row.text):
            inside = [one for one in row.suspects if one.start < end and one.end > start]
            inside += _months(row.text, start, end, inside)
            sentence = _replaced(row.text, start, end, inside, (world, draw))
            if sentence is not None and _doubts(sentence, doubtful):
                sentence = None
            if sentence is None or len(text) > limit:
                if text.strip():
                    yield Document(text, tuple(spans), name, row.id, row.type)
                text, spans = "", []
                limit = draw.between(60, most)
            if sentence is not None:
                spans += [Span(low + len(text), high + len(text), label) for low, high, label in sentence[1]]
                text += sentence[0]
        if text.strip():
            yield Document(text, tuple(spans), name, row.id, row.type)


def _rows(path: Path) -> Iterator[_Text]:
    decoder = msgspec.json.Decoder(_Text)
    with gzip.open(path, "rb") as file:
        for line in file:
            yield decoder.decode(line)


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for match in _SENTENCE.finditer(text):
        yield at, match.end()
        at = match.end()
    yield at, len(text)


def _doubtful(world: World) -> frozenset[str]:
    """Words that people or towns are called, and that are no ordinary words."""
    called = {word(part).form for some in borne() for one in some for part in one.split()}
    towns = {word(one.name).form for one in world.large if " " not in one.name}
    return frozenset(called | towns).difference(world.common)


def _months(text: str, start: int, end: int, known: Sequence[_Span]) -> list[_Span]:
    """The months of a year that nobody listed."""
    found = (match.span() for match in _YEARLY.finditer(text, start, end))
    return [
        _Span(low, high, "DATE", how="month")
        for low, high in found
        if all(high <= one.start or one.end <= low for one in known)
    ]


def _doubts(sentence: tuple[str, list[Span]], doubtful: frozenset[str]) -> bool:
    """Whether a word outside identifiers may be a name."""
    text, spans = sentence
    return any(
        word(match[0]).form in doubtful and all(match.end() <= one.start or one.end <= match.start() for one in spans)
        for match in _SPOKEN.finditer(text)
    )


def _replaced(
    text: str, start: int, end: int, suspects: Sequence[_Span], told: tuple[World, Draw]
) -> tuple[str, list[Span]] | None:
    """The sentence with new identifiers for those that are sure; None where something is doubtful."""
    world, draw = told
    out: list[str] = []
    spans: list[Span] = []
    at, size = start, 0
    for one in sorted(suspects, key=lambda span: span.start):
        value = text[one.start : one.end]
        if one.start < at or one.end > end:
            return None
        if one.kind == "NAME" and one.how in _SURE:
            who = people.person(draw, world)
            new = " ".join((who.first, who.last)[-len(value.split()) :])
            value, label = (new if _WIDE.match(value) else new.lower()), "NAME"
        elif one.kind == "DATE" and _MONTH.search(value) and not _MORE.match(text, one.end):
            label = "DATE"
        elif one.how == "placeholder":
            label = ""
        else:
            return None
        out += (text[at : one.start], value)
        size += one.start - at
        if label:
            spans.append(Span(size, size + len(value), label))
        size += len(value)
        at = one.end
    out.append(text[at:end])
    return "".join(out), spans
