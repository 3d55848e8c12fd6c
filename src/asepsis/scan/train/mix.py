"""The mixture that is trained on: generated documents alone and within texts about health, and the corpora."""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from asepsis.scan.train.corpora import CARRIERS, LABELLED, carried, labelled_texts
from asepsis.scan.train.disturb import disturbed
from asepsis.scan.train.draw import Draw
from asepsis.scan.train.generate import FILES, Composer, Document, Span
from asepsis.scan.train.retold import phrases, retold
from asepsis.scan.train.world import World

__all__ = ["held_back", "joined", "mixture"]


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
        yield disturbed(joined(more, draw), draw)
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
                yield disturbed(document, draw)


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
