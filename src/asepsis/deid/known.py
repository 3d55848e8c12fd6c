"""Values that fields of a document name, found again in its free text.

A field that holds a name says what rules can't: that these letters are someone's. So each value of an identifying field
is looked for in every free text of the same document, in any case, as a whole word. A name that is an ordinary word, or
a month, is one only beside another word of the document's names: `Jan Tomaszewski`, `Grant, Will`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from asepsis.core.types import Finding, Kind

__all__ = ["Known"]

_SHORTEST: Final = 3
_MOST: Final = 4000
_FEW: Final = 64
_RULE: Final = "deid.known"
_SCORE: Final = 900
_GAP: Final = r"[\s,]{1,3}"
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
        self._ordinary: set[str] = set()
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
        if len(self._kinds) + len(self._ordinary) <= _FEW:
            # For a row of a table, looking costs less than making a pattern that is used once.
            lower = text.lower()
            if not any(value.partition(" ")[0] in lower for value in (*self._kinds, *self._ordinary)):
                return ()
        if self._pattern is None:
            self._pattern = _pattern(self._kinds, self._ordinary)
        return tuple(
            Finding(_RULE, self._kind(one[0]), place, one.start(), one.end(), _SCORE)
            for one in self._pattern.finditer(text)
        )

    def _kind(self, found: str) -> Kind:
        """The kind of what was found: a value, or names side by side."""
        return self._kinds.get(" ".join(found.split()).lower(), Kind.NAME)

    def _note(self, value: str, kind: Kind) -> None:
        lower = value.lower()
        if lower in self._common:
            if kind is Kind.NAME and lower not in self._ordinary:
                self._ordinary.add(lower)
                self._pattern = None
        elif lower not in self._kinds:
            self._kinds[lower] = kind
            self._pattern = None


def _pattern(kinds: Mapping[str, Kind], ordinary: Iterable[str]) -> re.Pattern[str]:
    names = _any(value for value, kind in kinds.items() if kind is Kind.NAME)
    others, beside = _any(value for value, kind in kinds.items() if kind is not Kind.NAME), _any(ordinary)
    around = rf"(?:{beside}{_GAP})*{names}(?:{_GAP}{beside})*|{beside}(?:{_GAP}{beside})+"
    return re.compile(rf"(?<!\w)(?:{others}|{around})(?!\w)", re.IGNORECASE)


def _any(values: Iterable[str]) -> str:
    """What matches one of the values, the longest first, and nothing where there are none."""
    longest_first = sorted(values, key=lambda value: (-len(value), value))
    # A space of the value may be any white space of the text.
    spelled = ("\\s+".join(map(re.escape, value.split())) for value in longest_first)
    return f"(?:{'|'.join(spelled)})" if longest_first else "(?!)"
