"""Documents made of templates, each with the ranges of its identifiers.

A template may also be told as its *twin*: the same sentence with `the patient`, `last month` and the like in the slots
of identifiers. The twin has none, so that what teaches is the identifier and not the sentence around it.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from asepsis.scan.train.draw import Draw
from asepsis.scan.train.fillers import LABELS, Fillers
from asepsis.scan.train.world import World, toml

__all__ = ["FILES", "Composer", "Document", "Span"]

FILES: Final = (
    "queries", "questions", "clean", "messages", "notes", "letters", "records", "general", "dialogues", "sheets",
    "remarks", "asides",
)  # fmt: skip

_SLOT: Final = re.compile(r"(\{\{|\}\}|\{[A-Za-z_0-9]+\})")
_DEPTH: Final = 8


class Span(NamedTuple):
    """An identifier in a document."""

    start: int
    end: int
    label: str


class Document(NamedTuple):
    """A text with its identifiers, and where it comes from."""

    text: str
    spans: tuple[Span, ...]
    source: str
    template: str
    kind: str = ""
    origin: str = ""


class _NoTwin(Exception):
    pass


class Composer:
    """Composes documents from the template files."""

    def __init__(self, world: World, draw: Draw) -> None:
        self._world = world
        self._draw = draw
        self._phrases = _lists(toml("phrases"))
        self._generic = _lists(toml("generic"))
        self._files = {name: toml(name) for name in FILES}

    def documents(self, count: int, /, *, files: Sequence[str] = FILES, twins: float = 30) -> Iterator[Document]:
        """Yields documents; so many of a hundred are twins."""
        weights = [name for name in files for _ in range(int(str(self._files[name]["weight"])))]
        made = 0
        while made < count:
            name = self._draw.pick(weights)
            document = self.document(name, twin=self._draw.chance(twins))
            if document is not None and document.text.strip():
                made += 1
                yield document

    def document(self, name: str, /, *, twin: bool = False) -> Document | None:
        """Returns a document of a file; None when what was drawn has no twin."""
        texts = self._files[name]["text"]
        assert isinstance(texts, list)
        number = self._draw.below(len(texts))
        fillers = Fillers(self._draw, self._world)
        local = _lists(self._files[name])
        pieces: list[tuple[str, str]] = []
        try:
            self._expand(str(texts[number]).replace("\\n", "\n"), (local, fillers, twin), pieces, 0)
        except _NoTwin:
            return None
        text, spans = _joined(pieces)
        return Document(text, spans, f"generated.{name}", f"{name}.{number}", name, fillers.patient.origin)

    def _expand(
        self,
        template: str,
        told: tuple[dict[str, Sequence[str]], Fillers, bool],
        out: list[tuple[str, str]],
        depth: int,
    ) -> None:
        local, fillers, twin = told
        if depth > _DEPTH:
            raise _NoTwin
        for piece in _SLOT.split(template):
            if piece in ("{{", "}}"):
                out.append((piece[0], ""))
            elif not piece.startswith("{"):
                out.append((piece, ""))
            else:
                self._fill(piece[1:-1], (local, fillers, twin), out, depth)

    def _fill(
        self, slot: str, told: tuple[dict[str, Sequence[str]], Fillers, bool], out: list[tuple[str, str]], depth: int
    ) -> None:
        local, fillers, twin = told
        generic = self._generic.get(slot) if twin else None
        if generic is not None:
            self._expand(self._draw.pick(generic), told, out, depth + 1)
            return
        choices = local.get(slot) or self._phrases.get(slot) or self._world.lexicon.get(slot)
        if choices is not None and slot != "text":
            self._expand(self._draw.pick(choices), told, out, depth + 1)
            return
        value = fillers.value(slot)
        if value is None or (twin and LABELS.get(slot)):
            raise _NoTwin
        out.append((value, LABELS.get(slot, "")))


def _lists(table: dict[str, object]) -> dict[str, Sequence[str]]:
    return {name: [str(one) for one in values] for name, values in table.items() if isinstance(values, list)}


def _joined(pieces: list[tuple[str, str]]) -> tuple[str, tuple[Span, ...]]:
    out: list[str] = []
    spans: list[Span] = []
    at = 0
    for text, label in pieces:
        if label and text:
            spans.append(Span(at, at + len(text), label))
        out.append(text)
        at += len(text)
    return "".join(out), tuple(spans)
