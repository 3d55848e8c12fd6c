r"""The marks of an HL7 v2 message, and text as it is written between them (HL7 v2.5.1, 2.7).

Escapes for the marks themselves and for characters in hexadecimal are read; those for layout (`\.br\`, `\H\`) stay
as they stand. What is written anew is escaped for the marks of its message.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from asepsis.core.errors import InputError

__all__ = ["Marks", "Piece", "Text"]

_HEXADECIMAL: Final = re.compile(r"X[0-9A-Fa-f]{2}", re.ASCII)


class Text(NamedTuple):
    """A text without escapes, and where each of its characters begins in the raw one (and the last one ends)."""

    plain: str
    starts: list[int] | range


class Piece(NamedTuple):
    """A part of a message: where it begins and how it is written."""

    start: int
    raw: str

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.raw)

    def split(self, mark: str, /) -> Iterator["Piece"]:
        """Yields the parts between marks; the whole where a message has no such mark."""
        at = self.start
        for part in self.raw.split(mark) if mark else [self.raw]:
            yield Piece(at, part)
            at += len(part) + 1


class Marks(NamedTuple):
    """The five marks, in the order of MSH-1 and MSH-2; empty for one that the message does without."""

    field: str
    component: str
    repetition: str
    escape: str
    subcomponent: str

    @classmethod
    def of(cls, segment: str, /, *, place: str) -> "Marks":
        """Returns the marks that a header segment names; raises InputError when it names none."""
        field = segment[3:4]
        given = segment[4 : segment.find(field, 4) if field and field in segment[4:] else len(segment)]
        if len(segment) < 8 or field.isalnum() or not 2 <= len(given) <= 5 or len({field, *given}) != len(given) + 1:
            raise InputError("expected the marks of a message behind its header", place=place)
        return cls(field, *(given[at : at + 1] for at in range(4)))

    def text(self, raw: str, /) -> Text:
        """Returns a text as it reads."""
        if not self.escape or self.escape not in raw:
            return Text(raw, range(len(raw) + 1))
        signs: list[str] = []
        starts: list[int] = []
        at = 0
        for found in _pattern(self.escape).finditer(raw):
            signs += raw[at : found.start()]
            starts += range(at, found.start())
            read = self._read(found[1])
            signs += read if read is not None else found[0]
            starts += [found.start()] * len(read) if read is not None else range(found.start(), found.end())
            at = found.end()
        signs += raw[at:]
        starts += range(at, len(raw) + 1)
        return Text("".join(signs), starts)

    def written(self, plain: str, /) -> str:
        """Returns a text with the marks in it escaped."""
        if not self.escape:
            return "".join(" " if sign in self else sign for sign in plain)
        names = {mark: name for mark, name in zip(self, "FSRET", strict=True) if mark}
        return "".join(f"{self.escape}{names[sign]}{self.escape}" if sign in names else sign for sign in plain)

    def _read(self, name: str) -> str | None:
        """What an escape stands for, None where it is layout."""
        place = "FSRET".find(name)
        if len(name) == 1 and place >= 0:
            return self[place]
        if _HEXADECIMAL.fullmatch(name):
            sign = chr(int(name[1:], 16))
            return sign if sign.isascii() and sign.isprintable() else None
        return None


@lru_cache(maxsize=16)
def _pattern(escape: str) -> re.Pattern[str]:
    mark = re.escape(escape)
    return re.compile(rf"{mark}([A-Z.][^{mark}]{{0,40}}){mark}")
