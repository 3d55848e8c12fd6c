"""Hard breaks: the places of a text that no finding crosses.

A text falls into segments between hard breaks, and what is found in a segment depends on that segment and on a bounded
piece of text before it, on nothing else. That is what makes a text that comes in chunks read like the whole one.

A hard break is decided from `LEFT` characters of the text as given before it and `RIGHT` after it:

1. after a double quote, for no value holds one;
2. between two letters of scripts that are written without spaces and take part in no rule;
3. between two numbers of a list, as in `[0.25,-1.5,7]`;
4. after white space whose two sides do not link. Sides link where a value may go on: digits to digits, codes in capitals
   to digits and back, months and days to the rest of a date, a number to its extension or unit of age, escapes, lines of base64, the
   header and footer of a key, and wherever one side cannot be seen.
"""

import re
from typing import Final

from asepsis.scan.normalise import fold

__all__ = ["LEFT", "RIGHT", "break_after", "break_before", "is_break", "last_break"]

LEFT: Final = 64
RIGHT: Final = 8

_SPACELESS: Final = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u1000-\u103f\u1780-\u17dd\u3005\u3041-\u3096\u30a1-\u30fa"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
)
_CANDIDATE: Final = re.compile(rf'[",\s{_SPACELESS}](?=\S)')
_LISTED: Final = re.compile(r"[\[,] ?-?[0-9][0-9.eE+-]{0,24},\Z")
_PAIR: Final = re.compile(rf"[{_SPACELESS}]{{2}}")
_WINDOW: Final = 96
_LOWER: Final = frozenset("abcdefghijklmnopqrstuvwxyz")
_WORD_START: Final = frozenset("abcdefghijklmnpqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
"""What begins an ordinary word: not o, which begins the `old` of an age."""
_UPPER: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_DIGITS: Final = frozenset("0123456789")
_PLAIN_END: Final = frozenset("abcefgijklmnopqrsuvwxyz.:!?")
"""What ends an ordinary word: not t, d and h, which end `1st`, `2nd` and `4th`."""
_JOINTS: Final = frozenset("0123456789)-./+_")
_MONTH: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FOLLOWS_NUMBER: Final = (*_MONTH, "ext", "x", "y")
_BEFORE_DIGIT: Final = re.compile(
    r"(?:[0-9)\-./+_(]|(?<![A-Za-z0-9])[A-Z0-9]{1,6}|(?<![0-9])[0-9]{1,2}(?:st|nd|rd|th)?,"
    r"|(?i:(?<![a-z])(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}[.,]?|(?<![a-z])(?:ext|extn|extension|x)\.?))\Z"
)
_ENCODED_END: Final = re.compile(
    r"(?:\\u\{?[0-9a-fA-F]{4,6}\}?|\\x[0-9a-fA-F]{2}|%[0-9a-fA-F]{2}|&#?[0-9A-Za-z]{1,8};|=[0-9A-Fa-f]{2})\Z"
)
_ENDS_ENCODED: Final = frozenset("0123456789abcdefABCDEF;}")
_ENCODED_START: Final = re.compile(r"\\{1,7}[uxUX]|\\{8}|%[0-9a-fA-F]{2}|&#|=[0-9A-Fa-f]{2}")
_LINE_END: Final = re.compile(r"[A-Za-z0-9+/=_-]{60}\Z")
_ARMOUR: Final = re.compile(r"-----(?:(?:BEGIN|END)(?: [A-Z0-9]+){0,3}|BEGIN[A-Z0-9 ]*-----)\Z")
_ORDINAL: Final = re.compile(r"[0-9](?:st|nd|rd|th)\Z")
_YEARS: Final = re.compile(r"[0-9][ -]?y(?:ea)?rs?\Z")
_NUMBER_END: Final = re.compile(r"[0-9](?:st|nd|rd|th)?,?\Z")
_ENCODED_OPEN: Final = re.compile(r"\\{1,7}|%[0-9a-fA-F]?|&|=[0-9a-fA-F]?")
_TOKEN: Final = re.compile(r'[^\s"]{0,8}')
_BASE64: Final = frozenset("+/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")


def is_break(text: str, place: int, /) -> bool | None:
    """Whether there is a hard break before the character at `place`; None where a longer text could say otherwise."""
    if place <= 0:
        return place == 0
    left = text[place - 1]
    if left == '"':
        return True
    if place >= len(text):
        return None
    if left == ",":
        return text[place] in "-[0123456789" and _LISTED.search(text[max(0, place - 32) : place]) is not None
    if not left.isspace():
        return left > "\u0e00" and _PAIR.match(text, place - 1) is not None
    if text[place].isspace():
        return False
    return _apart(text, place)


def last_break(text: str, /) -> int:
    """Returns a late hard break that stays one however the text goes on; 0 where there is none."""
    place = max(text.rfind(" "), text.rfind("\n")) + 1
    if 0 < place < len(text) and is_break(text, place):
        return max(place, text.rfind('"') + 1)
    return _back(text, len(text), certain=True)


def break_before(text: str, place: int, /) -> int:
    """Returns the last hard break at or before `place` of a whole text."""
    return _back(text, place, certain=False)


def break_after(text: str, place: int, /) -> int:
    """Returns the first hard break after `place` of a whole text; its end at the latest."""
    for match in _CANDIDATE.finditer(text, place):
        if is_break(text, match.end()) is not False:
            return match.end()
    return len(text)


def _back(text: str, place: int, *, certain: bool) -> int:
    if place >= len(text) and text.endswith('"'):
        return len(text)
    high = place
    while high > 0:
        low = max(0, high - _WINDOW)
        for match in reversed(list(_CANDIDATE.finditer(text, low, high + 1))):
            at = match.end()
            if low < at <= high:
                verdict = is_break(text, at)
                if verdict or (verdict is None and not certain):
                    return at
        high = low
    return 0


def _apart(text: str, place: int) -> bool | None:
    """Whether the sides of the white space before `place` do not link."""
    right = text[place]
    if text[place - 1] == " " and text[place - 2 : place - 1] in _PLAIN_END and right in _WORD_START:
        return True
    if right == '"':
        return True
    if right in _DIGITS and text[place - 2 : place - 1] in _DIGITS:
        return False
    given = text[max(0, place - LEFT) : place]
    left = (given if given.isascii() else fold(given).text).rstrip()
    if not left:
        return given.isspace()
    token = _TOKEN.match(text, place)
    assert token is not None
    links = _links(left, fold(token[0]).text, wrapped="\n" in given[len(given.rstrip()) :])
    if links is None and (token.end() < len(text) or len(token[0]) == RIGHT):
        return False
    return None if links is None else not links


def _links(left: str, right: str, *, wrapped: bool) -> bool | None:  # noqa: PLR0911, C901 the cases of rule 4, one by one
    """Whether two sides link; None where it takes more of the right side to say, or nothing of it can be seen."""
    if not right:
        return None
    first, last = right[0], left[-1]
    if (last in _ENDS_ENCODED and _ENCODED_END.search(left)) or ("-----" in left and _ARMOUR.search(left)):
        return True
    if wrapped and (last == "=" or (first in _BASE64 and _LINE_END.search(left))):
        return True
    if first in _DIGITS:
        return _BEFORE_DIGIT.search(left) is not None
    if first in "\\%&=":
        return _ENCODED_START.match(right) is not None or (None if _ENCODED_OPEN.fullmatch(right) else False)
    if wrapped and first == "-" and "-----E".startswith(right[:6]):
        return True if len(right) >= 6 else None  # noqa: PLR2004 the length of the mark
    if first in "(+-./":
        return last in _JOINTS
    if first in _UPPER:
        return last in _DIGITS or (_ORDINAL.search(left) is not None and _one_of(right, _MONTH))
    if first == "o" and _YEARS.search(left):
        return _one_of(right, ("old",))
    if first in _LOWER:
        return _NUMBER_END.search(left) is not None and _one_of(right, _FOLLOWS_NUMBER)
    return False


def _one_of(right: str, words: tuple[str, ...]) -> bool | None:
    lower = right.lower()
    if lower.startswith(words):
        return True
    return None if any(word.startswith(lower) for word in words) else False
