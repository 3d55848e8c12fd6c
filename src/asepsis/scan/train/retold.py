"""Texts about health retold with identifiers where they speak of somebody, some place or some time in general."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from asepsis.scan.train.draw import Draw
from asepsis.scan.train.fillers import LABELS, Fillers
from asepsis.scan.train.generate import Document, Span
from asepsis.scan.train.world import World, toml

__all__ = ["Phrase", "phrases", "retold"]

_SLOT: Final = re.compile(r"\{([A-Za-z_0-9]+)\}")


class Phrase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is looked for, and what may be said instead of so many of a hundred matches."""

    pattern: str
    share: int
    instead: tuple[str, ...]


def phrases() -> tuple[tuple[re.Pattern[str], Phrase], ...]:
    """Returns the phrases of `templates/anonymous.toml`."""
    found = msgspec.convert(toml("anonymous")["phrase"], tuple[Phrase, ...])
    return tuple((re.compile(one.pattern, re.IGNORECASE), one) for one in found)


def retold(document: Document, told: Sequence[tuple[re.Pattern[str], Phrase]], world: World, draw: Draw, /) -> Document:
    """Returns the document with some of its general words replaced."""
    fillers = Fillers(draw, world)
    taken = [(span.start, span.end) for span in document.spans]
    chosen: list[tuple[int, int, str]] = []
    for regex, phrase in told:
        for match in regex.finditer(document.text):
            low, high = match.span()
            if draw.chance(phrase.share) and all(high <= start or end <= low for start, end in taken):
                taken.append((low, high))
                chosen.append((low, high, draw.pick(phrase.instead)))
    pieces = sorted([*((low, high, form) for low, high, form in chosen), *document.spans])
    out: list[str] = []
    spans: list[Span] = []
    at = size = 0
    for low, high, form in pieces:
        kept = (document.text[at:low], "")
        # A span of the document keeps its text; its third part is a label, and no label holds a slot.
        new = (
            _said(form, fillers, (world, draw))
            if (low, high, form) in chosen
            else iter([(document.text[low:high], form)])
        )
        for text, label in (kept, *new):
            if label and text:
                spans.append(Span(size, size + len(text), label))
            out.append(text)
            size += len(text)
        at = high
    out.append(document.text[at:])
    return document._replace(text="".join(out), spans=tuple(spans))


def _said(form: str, fillers: Fillers, told: tuple[World, Draw]) -> Iterator[tuple[str, str]]:
    world, draw = told
    for number, piece in enumerate(_SLOT.split(form)):
        if number % 2 == 0:
            yield piece, ""
        else:
            yield fillers.value(piece) or draw.pick(world.lexicon[piece]), LABELS.get(piece, "")
