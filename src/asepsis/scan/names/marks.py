"""What stands for an identifier already: masks such as `[NAME]` and tokens such as `[NAME_kqzwb]`.

Nothing is found in them, so that a text that was guarded once reads the same a second time, and a token comes back as
it went. They hold the name of a kind in capitals and, in tokens, a code without vowels or digits: nobody's name.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from asepsis.core.types import Finding, Kind

__all__ = ["apart"]

_LABELS: Final = "|".join(sorted({*(kind.value for kind in Kind), "AGE", "PLAN_ID", "ID"}, key=len, reverse=True))
_CODE: Final = "[bcdfghjkmnpqrstvwxz]"
_MARK: Final = re.compile(rf"\[(?:{_LABELS})(?:_{_CODE}{{5,8}}(?:_{_CODE})?)?\]")
_LETTER: Final = re.compile(r"[^\W_]")


def apart(findings: Iterable[Finding], text: str, /) -> Iterator[Finding]:
    """Yields the findings without what of them lies in a mask or token."""
    marks = [found.span() for found in _MARK.finditer(text)] if "[" in text else []
    for one in findings:
        at = one.start
        for start, end in marks:
            if end <= at or one.end <= start:
                continue
            yield from _piece(one, text, at, start)
            at = max(at, end)
        if at == one.start:
            yield one
        else:
            yield from _piece(one, text, at, one.end)


def _piece(one: Finding, text: str, start: int, end: int) -> Iterator[Finding]:
    """The piece of a finding between marks, where it holds a letter or digit; without the marks around it."""
    letters = [found.start() for found in _LETTER.finditer(text, start, max(start, end))]
    if letters:
        yield msgspec.structs.replace(one, start=letters[0], end=letters[-1] + 1)
