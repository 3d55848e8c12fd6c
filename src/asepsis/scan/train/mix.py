"""The mixture that is trained on: generated documents alone and within texts about health, and the corpora."""

import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from asepsis.scan.train.corpora import CARRIERS, LABELLED, carried, labelled_texts
from asepsis.scan.train.disturb import disturbed
from asepsis.scan.train.draw import Draw
from asepsis.scan.train.generate import FILES, Composer, Document, Span
from asepsis.scan.train.retold import phrases, retold
from asepsis.scan.train.world import World

__all__ = ["held_back", "joined", "mixture", "strange"]

_STRANGE: Final = 30
_SWAPPED: Final = 18
"""How many of a hundred documents have other words in place of so many of a hundred of theirs."""

_WORD: Final = re.compile(r"(?<!\S)[A-Za-z]?[a-z]{3,}(?![^\s.,;:!?])")


def mixture(
    data: Path,
    world: World,
    draw: Draw,
    /,
    *,
    count: int,
    files: Sequence[str] = FILES,
    sources: Sequence[str] = (*LABELLED, *CARRIERS),
) -> Iterator[Document]:
    """Yields documents to train on: `count` generated ones, and those of the sources."""
    composer = Composer(world, draw)
    told = phrases()
    for document in composer.documents(count, files=files):
        more = [document]
        while len(more) < 4 and draw.chance(18):
            more += composer.documents(1, files=files)
        whole = joined(more, draw)
        yield disturbed(strange(whole, world.common, draw) if draw.chance(_STRANGE) else whole, draw)
    for name in sources:
        texts: Iterable[Document]
        texts = (
            labelled_texts(data / "phi-train", name)
            if name in LABELLED
            else carried(data / "phi-train", name, world, draw)
        )
        for document in texts:
            if name in CARRIERS:
                # Told once as it is and once about somebody.
                yield disturbed(retold(document, told, world, draw), draw)
            if name in CARRIERS and draw.chance(35):
                more = [document, *composer.documents(1, files=files)]
                yield disturbed(joined(more if draw.chance(60) else more[::-1], draw), draw)
            elif name not in CARRIERS or draw.chance(40):
                yield disturbed(strange(document, world.common, draw) if draw.chance(_STRANGE) else document, draw)


def strange(document: Document, words: Sequence[str], draw: Draw, /) -> Document:
    """Returns the document as if it were of another field: with others in place of some words outside identifiers."""
    out: list[str] = []
    spans: list[Span] = []
    at = size = 0
    for start, end, label in (*document.spans, Span(len(document.text), len(document.text), "")):
        between = _WORD.sub(lambda found: _other(found[0], words, draw), document.text[at:start])
        out += (between, document.text[start:end])
        size += len(between)
        if label:
            spans.append(Span(size, size + end - start, label))
        size += end - start
        at = end
    return document._replace(text="".join(out), spans=tuple(spans))


def _other(word: str, words: Sequence[str], draw: Draw) -> str:
    if not draw.chance(_SWAPPED):
        return word
    new = draw.pick(words)
    return new.capitalize() if word[0].isupper() else new


def held_back(document: Document, /) -> bool:
    """Whether a document's template or text is among the fifth that is held back for tests."""
    return zlib.crc32(document.template.encode()) % 5 == 0


def joined(documents: Sequence[Document], draw: Draw, /) -> Document:
    """Returns documents one after another as one."""
    text, spans = "", []
    for one in documents:
        if text:
            text += draw.pick((" ", "\n", " ", "\n\n", ". ")) if not text[-1].isspace() else ""
        spans += [Span(start + len(text), end + len(text), label) for start, end, label in one.spans]
        text += one.text
    return documents[0]._replace(text=text, spans=tuple(spans))
