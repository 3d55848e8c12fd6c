"""Documents as people and machines spoil them: without capitals, all in capitals, without marks, misspelt, misread.

Each change keeps the ranges of identifiers.
"""

from collections.abc import Callable
from typing import Final

from asepsis.scan.train.draw import Draw
from asepsis.scan.train.generate import Document, Span

__all__ = ["disturbed"]

_KEYS: Final = "abcdefghijklmnopqrstuvwxyz"
_MISREAD: Final = {"l": "1", "O": "0", "rn": "m", "I": "l", "S": "5", "B": "8", "o": "0"}
_SHORT: Final = {
    "patient": "pt", "with": "w/", "without": "w/o", "please": "pls", "you": "u", "are": "r", "your": "ur", "and": "&",
    "history": "hx", "treatment": "tx", "because": "bc", "tomorrow": "tmrw", "about": "abt",
}  # fmt: skip


def disturbed(document: Document, draw: Draw, /) -> Document:
    """Returns the document, or one of its spoilt forms."""
    way = draw.below(100)
    for share, change in _WAYS:
        way -= share
        if way < 0:
            return change(document, draw)
    return document


def _letters(document: Document, change: Callable[[str], str]) -> Document:
    text = "".join(changed if len(changed := change(one)) == 1 else one for one in document.text)
    return document._replace(text=text)


def _edited(document: Document, draw: Draw, change: Callable[[str, Draw], str]) -> Document:
    """Changes the text between identifiers, and in identifiers where that leaves something."""
    out: list[str] = []
    spans: list[Span] = []
    at = size = 0
    for start, end, label in document.spans:
        out.append(change(document.text[at:start], draw))
        size += len(out[-1])
        value = document.text[start:end]
        if change in (_typo, _spaced) and label == "NAME":
            value = change(value, draw).strip() or value
        spans.append(Span(size, size + len(value), label))
        out.append(value)
        size += len(value)
        at = end
    out.append(change(document.text[at:], draw))
    return document._replace(text="".join(out), spans=tuple(spans))


def _bare(text: str, draw: Draw) -> str:  # noqa: ARG001 one signature for all
    return "".join(one for one in text if one not in ",.;:!?()\"'")


def _typo(text: str, draw: Draw) -> str:
    out = list(text)
    for at in range(len(out) - 1):
        if out[at].isalpha() and draw.chance(2.5):
            way = draw.below(3)
            if way == 0:
                out[at] = ""
            elif way == 1:
                out[at] = draw.pick(_KEYS)
            elif out[at + 1].isalpha():
                out[at], out[at + 1] = out[at + 1], out[at]
    return "".join(out)


def _shortened(text: str, draw: Draw) -> str:
    return " ".join(_SHORT.get(one, one) if draw.chance(80) else one for one in text.split(" "))


def _spaced(text: str, draw: Draw) -> str:
    return "".join(one + " " if one == " " and draw.chance(20) else one for one in text)


def _misread(text: str, draw: Draw) -> str:
    for one, other in _MISREAD.items():
        if draw.chance(40):
            text = text.replace(one, other, 1)
    return text


def _curled(text: str, draw: Draw) -> str:  # noqa: ARG001 one signature for all
    return text.replace("'", "\u2019").replace('"', "\u201d")


def _one_line(text: str, draw: Draw) -> str:  # noqa: ARG001 one signature for all
    return text.replace("\n", " ")


_WAYS: Final[tuple[tuple[int, Callable[[Document, Draw], Document]], ...]] = (
    (12, lambda document, _: _letters(document, str.lower)),
    (5, lambda document, _: _letters(document, str.upper)),
    (6, lambda document, draw: _edited(_letters(document, str.lower), draw, _bare)),
    (5, lambda document, draw: _edited(document, draw, _typo)),
    (3, lambda document, draw: _edited(document, draw, _shortened)),
    (3, lambda document, draw: _edited(document, draw, _curled)),
    (3, lambda document, draw: _edited(document, draw, _one_line)),
    (2, lambda document, draw: _edited(document, draw, _spaced)),
    (1, lambda document, draw: _edited(document, draw, _misread)),
)
"""So many of a hundred documents are changed that way."""
