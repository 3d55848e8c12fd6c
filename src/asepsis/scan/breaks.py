"""Hard breaks: the places of a text that no finding crosses.

A text falls into segments between hard breaks, and what is found in a segment depends on that segment and on a bounded
piece of text before it, on nothing else. That is what makes a text that comes in pieces read like the whole one.

Whether a place is a hard break is decided from `LEFT` characters of the text as given before it and `RIGHT` after it:

1. After a double quote there is one, for no value holds a quote.
2. Between two characters of scripts that take part in no rule there is one, unless they stand in a web address.
3. Between two numbers of a list, as in `[0.25,-1.5,7]`, there is one.
4. In white space there is one after `WIDE` characters of it, and at its end if its sides do not link. Sides link where
   a value may go on: digits to digits, codes in capitals to digits and back, months and days to the rest of a date, a
   number to its extension or unit of age, digits said in words, an at or a dot in brackets, escapes, lines of base64,
   the header and footer of a key, and wherever one side cannot be seen.
"""

import re
from typing import Final

from asepsis.scan.normalise import fold, fold_one

__all__ = ["LEFT", "RIGHT", "WIDE", "break_after", "break_before", "is_break", "last_break"]

LEFT: Final = 80
RIGHT: Final = 8
WIDE: Final = 12

_CANDIDATE: Final = re.compile(r'[",\s\x80-\U0010ffff]')
_WINDOW: Final = 48
_GAP: Final = 3
"""The most blanks between two sides that link on one line."""

_LOWER: Final = frozenset("abcdefghijklmnopqrstuvwxyz")
_UPPER: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_DIGITS: Final = frozenset("0123456789")
_PLAIN_END: Final = frozenset("abcegijklmnopqrsuvwxz.:!?")
"""What ends an ordinary word: not t, d and h, which end `1st`, `2nd` and `4th`, nor f, of `3rd of March`, nor y, of
`ninety four`."""
_PLAIN_START: Final = frozenset("abcdefghijklmnpqrstuvwxzABCDEFGHIJKLMNOPQRSTUVWXYZ")
"""What begins an ordinary word: not o and y, which begin the `old` and the `years` of an age."""
_JOINTS: Final = frozenset("0123456789)-./+_")
_BASE64: Final = _LOWER | _UPPER | _DIGITS | frozenset("+/")
_ENDS_ENCODED: Final = frozenset("0123456789abcdefABCDEF;}")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_UNITS: Final = ("day", "deg", "hour", "min", "month", "week")
_FOLLOWS_NUMBER: Final = (*_MONTHS, *_UNITS, "and", "ext", "of", "or", "percent", "x", "y")
_COUNTED: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_FOLLOWS_SAID: Final = (*_COUNTED, *_UNITS, "and", "birth", "odd", "or", "percent", "plus", "y")

_DIGITS_SAID: Final = (
    "zero",
    "oh",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "dash",
    "hyphen",
)
_SAID_ENDS: Final = frozenset(("ero", "one", "two", "ree", "our", "ive", "six", "ven", "ine", "hen"))
"""The last three letters of those that end as an ordinary word may."""
_SAID_STARTS: Final = frozenset("zotfsendhZOTFSENDH")

_TAIL: Final = 16
"""The most characters at the end of a side that say whether words link."""

_LISTED: Final = re.compile(r"[\[,] ?-?[0-9][0-9.eE+-]{0,24},\Z")
_ADDRESS: Final = re.compile(r'(?::/|www\.)[^\s"]*\Z', re.IGNORECASE)
_BEFORE_DIGIT: Final = re.compile(
    r"(?:\(|(?<![A-Za-z0-9])[A-Z0-9]{1,6}"
    r"|(?i:(?<![a-z])(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}[.,]?|(?<![a-z])(?:ext|extn|extension|x)\.?))\Z"
)
_DAY: Final = re.compile(r"(?<![0-9])[0-9]{1,2}(?:st|nd|rd|th)?(?:=\r?\n)?,\Z")
_YEAR: Final = re.compile(r"(?:18|19|20)[0-9]{2}")
_YEAR_OPEN: Final = re.compile(r"1|18|18[0-9]|19|19[0-9]|2|20|20[0-9]")
_ENCODED_END: Final = re.compile(
    r"(?:\\u\{?[0-9a-fA-F]{4,6}\}?|\\x[0-9a-fA-F]{2}|%[0-9a-fA-F]{2}|&#?[0-9A-Za-z]{1,8};|=[0-9A-Fa-f]{2})\Z"
)
_ENCODED_START: Final = re.compile(r"\\{1,7}[uxUX]|\\{8}|%[0-9a-fA-F]{2}|&#|=[0-9A-Fa-f]{2}")
_ENCODED_OPEN: Final = re.compile(r"\\{1,7}|%[0-9a-fA-F]?|&|=[0-9a-fA-F]?")
_LINE_END: Final = re.compile(r"[A-Za-z0-9+/=_-]{60}\Z")
_ARMOUR: Final = re.compile(r"-----(?:(?:BEGIN|END)(?: [A-Z0-9]+){0,3}|BEGIN[A-Z0-9 ]*-----)\Z")
_ORDINAL: Final = re.compile(r"[0-9](?:st|nd|rd|th)\Z")
_SAID: Final = re.compile(
    r"(?:ninet(?:y|ieth)|ndred(?:th)?)(?:[ -](?:and[ -])?(?:[a-z]{3,7}))?\Z|ninety-[a-z]{5,7}\Z", re.IGNORECASE
)
_DIGIT_SAID: Final = re.compile(rf"(?<![A-Za-z])(?:{'|'.join(_DIGITS_SAID)})[,-]?\Z", re.IGNORECASE)
_YEARS: Final = re.compile(r"(?:[0-9]|[ -])(?:years?|yrs?)\Z", re.IGNORECASE)
_YEARS_OF: Final = re.compile(r"years? of\Z", re.IGNORECASE)
_OR: Final = re.compile(r"(?:[0-9]|nety) (?:and|or)\Z", re.IGNORECASE)
_SEX: Final = re.compile(r"[0-9][ /-]{0,2}[FM],?\Z")
_DAY_OF: Final = re.compile(r"[0-9](?:st|nd|rd|th)? of\Z")
_AT: Final = re.compile(r"[(\[{](?:at|dot)[)\]}]", re.IGNORECASE)
_AT_OPEN: Final = re.compile(r"[(\[{](?:at?|d|do|dot)?", re.IGNORECASE)
_AT_END: Final = re.compile(r"[(\[{](?:at|dot)[)\]}]\Z", re.IGNORECASE)
_NUMBER_END: Final = re.compile(r"[0-9](?:st|nd|rd|th)?,?\Z")
_TOKEN: Final = re.compile(r'[^\s"]{0,8}')


def is_break(text: str, place: int, /) -> bool | None:  # noqa: PLR0911 the rules, one by one
    """Whether there is a hard break before the character at `place`; None where a longer text could say otherwise."""
    if place <= 0:
        return place == 0
    left = text[place - 1]
    if left == '"':
        return True
    if place >= len(text):
        return None
    right = text[place]
    if left.isspace():
        if place >= WIDE and text[place - WIDE : place].isspace():
            return True
        return False if right.isspace() else _apart(text, place)
    if left == ",":
        return right in "-[0123456789" and _LISTED.search(text[max(0, place - 32) : place]) is not None
    if left < "\x80" or right < "\x80" or fold_one(left) != left or fold_one(right) != right:
        return False
    return _ADDRESS.search(text[max(0, place - LEFT) : place]) is None


def last_break(text: str, /) -> int:
    """Returns a late hard break that stays one however the text goes on; 0 where there is none."""
    # White space at the very end is no break yet: what follows it is not there.
    place = max(text.rfind(" ", 0, -1), text.rfind("\n", 0, -1)) + 1
    if place > 1 and text[place - 1] == " " and _are_words(text, place):
        return max(place, text.rfind('"') + 1)  # between two ordinary words, as `is_break` would say
    if place and is_break(text, place):
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
    high = min(place, len(text))
    while high > 0:
        low = max(0, high - _WINDOW)
        for match in reversed(list(_CANDIDATE.finditer(text, low, high))):
            verdict = is_break(text, match.end())
            if verdict or (verdict is None and not certain):
                return match.end()
        high = low
    return 0


def _apart(text: str, place: int) -> bool | None:  # noqa: PLR0911 the cheap cases first
    """Whether the sides of the white space before `place` do not link."""
    right = text[place]
    if text[place - 1] == " ":
        before = text[place - 2 : place - 1]
        if _are_words(text, place):
            return True
        if before in _DIGITS and right in _DIGITS:
            # A time of day is no part of a longer number.
            return place > 4 and text[place - 4] == ":" and text[place - 5] in _DIGITS
    if right == '"':
        return True
    given = text[max(0, place - LEFT) : place]
    seen = given.rstrip()
    gap = given[len(seen) :]
    left = (seen if seen.isascii() else fold(seen).text).rstrip()
    if not left:
        return not seen
    wrapped = "\n" in gap
    if gap.count("\n") > 1 or (not wrapped and len(gap) > _GAP):
        return True
    token = _TOKEN.match(text, place)
    assert token is not None
    right = token[0]
    links = _links(left, right if right.isascii() else fold(right).text, wrapped=wrapped)
    if links is None and (token.end() < len(text) or len(right) == RIGHT):
        return False
    return None if links is None else not links


def _are_words(text: str, place: int) -> bool:
    """Whether the sides of the one blank before `place` are ordinary words, not digits said one by one."""
    right = text[place]
    if text[place - 2 : place - 1] not in _PLAIN_END or right not in _PLAIN_START:
        return False
    return right not in _SAID_STARTS or text[place - 4 : place - 1].lower() not in _SAID_ENDS


def _links(left: str, right: str, *, wrapped: bool) -> bool | None:
    """Whether two sides link; None where it takes more of the right side to say, or nothing of it can be seen."""
    if not right:
        return None
    if left[-1] in _ENDS_ENCODED and _ENCODED_END.search(left[-_TAIL:]):
        return True
    if "-----" in left and _ARMOUR.search(left):
        return True
    if right[0] in "\\%&=":
        return _ENCODED_START.match(right) is not None or (None if _ENCODED_OPEN.fullmatch(right) else False)
    return _lines_link(left, right) if wrapped else _words_link(left[-_TAIL:], right)


def _lines_link(left: str, right: str) -> bool | None:
    """Whether two sides link over the end of a line: base64, keys, soft line ends, numbers cut after a dash."""
    first, last = right[0], left[-1]
    if last == "=" or (first in _BASE64 and _LINE_END.search(left)):
        return True
    if first == "-" and "-----E".startswith(right[:6]):
        return True if len(right) >= 6 else None
    return last == "-" and first in _DIGITS


def _words_link(left: str, right: str) -> bool | None:  # noqa: PLR0911 the cases, one by one
    """Whether two sides link on a line."""
    first, last = right[0], left[-1]
    if first in "([{" and last not in _JOINTS:
        return _AT.match(right) is not None or (None if _AT_OPEN.fullmatch(right) else False)
    if last in ")]}" and _AT_END.search(left):
        return True
    if first in _DIGITS:
        if last == ",":
            return bool(_DAY.search(left) or _BEFORE_DIGIT.search(left)) and _begins_with_year(right)
        return last in _JOINTS or _BEFORE_DIGIT.search(left) is not None
    if first in "(+-./":
        return last in _JOINTS
    if first in _UPPER and last in _DIGITS:
        return True
    if _DIGIT_SAID.search(left) and (said := _begins_with(right, _DIGITS_SAID)) is not False:
        return said
    if _ORDINAL.search(left) or _DAY_OF.search(left):
        return _begins_with(right, (*_MONTHS, "of", "birth"))
    if (age := _age_goes_on(left, right)) is not False:
        return age
    return first in _LOWER and _NUMBER_END.search(left) is not None and _begins_with(right, _FOLLOWS_NUMBER)


def _age_goes_on(left: str, right: str) -> bool | None:
    """Whether two sides link as an age may: `ninety|four|years|old`, `90|or|over`, `94 F|with`."""
    first = right[0]
    if first in "oO":
        if _YEARS.search(left):
            return _begins_with(right, ("of", "old"))
        if _OR.search(left):
            return _begins_with(right, ("old", "over"))
    if first in "aA" and _YEARS_OF.search(left):
        return _begins_with(right, ("age",))
    if _SAID.search(left):
        return _begins_with(right, _FOLLOWS_SAID)
    return first in _LOWER and _SEX.search(left) is not None


def _begins_with_year(right: str) -> bool | None:
    return True if _YEAR.match(right) else None if _YEAR_OPEN.fullmatch(right) else False


def _begins_with(right: str, words: tuple[str, ...]) -> bool | None:
    lower = right.lower()
    if lower.startswith(words):
        return True
    return None if any(word.startswith(lower) for word in words) else False
