"""Views of a text in which obfuscated identifiers read as themselves, each with its way back.

A view is a text and, for each of its characters, the range of characters of the text as given that it stands for.
Findings in a view are mapped back over these ranges, so that a hit in decoded base64 covers the encoded characters.
"""

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Piece", "View", "compose"]


class View(NamedTuple):
    """A text with the range each character stands for; None for a view that is the text as given."""

    text: str
    starts: Sequence[int] | None = None
    ends: Sequence[int] | None = None

    def back(self, start: int, end: int, /) -> tuple[int, int]:
        """Returns the range of the text as given behind `[start, end)` of the view, which is not empty."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], max(self.ends[start:end])

    def cut(self, start: int, end: int, /) -> "View":
        """Returns the part `[start, end)` of the view."""
        if self.starts is None or self.ends is None:
            return View(self.text[start:end], range(start, end), range(start + 1, end + 1))
        return View(self.text[start:end], self.starts[start:end], self.ends[start:end])

    def origin(self, at: int, /) -> int:
        """Returns where in the text as given the view's character `at` begins; its end for the end of the view."""
        if self.starts is None or self.ends is None:
            return at
        return self.starts[at] if at < len(self.starts) else (self.ends[-1] if self.ends else 0)


class Piece(NamedTuple):
    """A replacement in a text: `[start, end)` reads as `text`."""

    start: int
    end: int
    text: str


def compose(view: View, pieces: Sequence[Piece], /) -> View:
    """Returns the view in which the pieces, sorted and apart, are replaced; each of their characters stands for all."""
    if not pieces:
        return view
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for piece in pieces:
        _keep(view, at, piece.start, starts, ends)
        out += (view.text[at : piece.start], piece.text)
        if piece.text:
            low, high = view.back(piece.start, piece.end)
            starts += [low] * len(piece.text)
            ends += [high] * len(piece.text)
        at = piece.end
    _keep(view, at, len(view.text), starts, ends)
    out.append(view.text[at:])
    return View("".join(out), starts, ends)


def _keep(view: View, start: int, end: int, starts: list[int], ends: list[int]) -> None:
    if view.starts is None or view.ends is None:
        starts += range(start, end)
        ends += range(start + 1, end + 1)
    else:
        starts += view.starts[start:end]
        ends += view.ends[start:end]
