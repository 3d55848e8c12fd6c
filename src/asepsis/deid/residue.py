"""What free text still holds after a run: figures for whoever signs that it may go out.

Rules can't tell a name; so the report counts what looks like one and is still there, and long numbers. None of these
has to be an identifier: they say where to look. Only the de-identified text is looked at, never the original.
"""

import re
from typing import Final

import msgspec

from asepsis.deid.text import Clean

__all__ = ["SHOWN", "Figures", "Residue"]

SHOWN: Final = 40_000
"""The most characters of de-identified text that a report shows of one file."""

_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z])[0-9](?:[ -]?[0-9]){6,}(?![0-9A-Za-z])", re.ASCII)
_NAME: Final = re.compile(r"(?<![\w.])[A-Z][a-z]{2,}(?:[ ,]{1,2}[A-Z][a-z]{2,})+")


class Figures(msgspec.Struct, frozen=True):
    """How much free text there was, in how much of it something was found, and what is left that may identify."""

    texts: int = 0
    characters: int = 0
    touched: int = 0
    numbers: int = 0
    names: int = 0


class Residue:
    """Looks at clean texts as they come; `shown` holds the first of them for the report where that is wanted.

    Of texts that are pieces of one (`continuous`) all are shown, of others those in which something was replaced.
    """

    def __init__(self, *, show: int = 0) -> None:
        self._room = show
        self._figures = Figures()
        self.shown: list[Clean] = []
        self.continuous = False

    @property
    def figures(self) -> Figures:
        """The figures so far."""
        return self._figures

    def add(self, clean: Clean, /) -> None:
        """Looks at one clean text."""
        text, had = clean.text, self._figures
        self._figures = Figures(
            texts=had.texts + 1,
            characters=had.characters + len(text),
            touched=had.touched + bool(clean.spans),
            numbers=had.numbers + len(_NUMBER.findall(text)),
            names=had.names + len(_NAME.findall(text)),
        )
        if (clean.spans or self.continuous) and len(text) <= self._room:
            self._room -= len(text)
            self.shown.append(clean)
