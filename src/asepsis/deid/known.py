"""Values that fields of a document name, found again in its free text.

A field that holds a name says what rules can't: that these letters are someone's. So each value of an identifying field
is looked for in every free text of the same document, in any case, as a whole word.
"""

import re
from collections.abc import Iterable
from typing import Final

from asepsis.core.types import Finding, Kind

__all__ = ["Known"]

_SHORTEST: Final = 3
_MOST: Final = 4000
_FEW: Final = 64
_RULE: Final = "deid.known"
_SCORE: Final = 900
_WORD: Final = re.compile(r"[^\W\d_]{3,}(?:[-'\u2019][^\W\d_]+)*")
_COMMON: Final = (
    "and are dr for her his jan jr male md miss mr mrs ms not old prof sr the von van was will with may mark grant "
    "rose grace hope faith joy young white black brown green gray long short rich day hill bell page wise home left "
    "right normal general health hospital clinic center medical unknown none other self"
)


class Known:
    """The values of one document."""

    def __init__(self) -> None:
        self._kinds: dict[str, Kind] = {}
        self._pattern: re.Pattern[str] | None = None
        self._common = frozenset(_COMMON.split())

    def add(self, kind: Kind, value: str, /) -> None:
        """Takes note of a field's value, of each word of it where it is a name."""
        if len(self._kinds) >= _MOST:
            return
        whole = " ".join(value.split())
        if len(whole) >= _SHORTEST + (kind is not Kind.NAME):
            self._note(whole, kind)
        if kind is Kind.NAME:
            for word in _WORD.findall(value):
                self._note(word, kind)

    def found(self, text: str, place: str, /) -> tuple[Finding, ...]:
        """Returns where the values stand in a text."""
        if not self._kinds:
            return ()
        if len(self._kinds) <= _FEW:
            # For a row of a table, looking costs less than making a pattern that is used once.
            lower = text.lower()
            if not any(value.partition(" ")[0] in lower for value in self._kinds):
                return ()
        if self._pattern is None:
            self._pattern = _pattern(self._kinds)
        return tuple(
            Finding(_RULE, self._kinds[" ".join(one[0].split()).lower()], place, one.start(), one.end(), _SCORE)
            for one in self._pattern.finditer(text)
        )

    def _note(self, value: str, kind: Kind) -> None:
        lower = value.lower()
        if lower not in self._common and lower not in self._kinds:
            self._kinds[lower] = kind
            self._pattern = None


def _pattern(values: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(values, key=lambda value: (-len(value), value))
    # A space of the value may be any white space of the text.
    spelled = ("\\s+".join(map(re.escape, value.split())) for value in longest_first)
    return re.compile(rf"(?<!\w)(?:{'|'.join(spelled)})(?!\w)", re.IGNORECASE)
