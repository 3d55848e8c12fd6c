"""Numbers and days in the forms that other systems read, where only one of them would be taken for the user's.

A value is held against what the user said as whoever gets it may read it: `1.000.000` is no 1, and `20270101` is a day.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from asepsis.tools.flow import texts

__all__ = ["amount", "days", "tells_day"]

_AMOUNT: Final = re.compile(r"[-+]?[$€£]? ?[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)? ?[$€£%]?")
_YEAR_FIRST: Final = re.compile(r"\b(\d{4})[/.](\d{1,2})[/.](\d{1,2})\b")
_YEAR_LAST: Final = re.compile(r"\b(\d{1,2})-(\d{1,2})-(\d{4})\b")
_BASIC: Final = re.compile(r"\b((?:19|20)\d\d)(\d\d)(\d\d)(?:t|\b)")
_PACKED: Final = re.compile(r"\b(\d\d)(\d\d)((?:19|20)\d\d)(?:t|\b)")
_EPOCH: Final = re.compile(r"(\d{10})(?:\d{3})?(?:\.\d+)?")
_TOLD: Final = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|tonight|tomorrow|yesterday|next|last|coming|following|ago"
    r"|later|earlier|\d{4}-?w\d\d(?:-?\d)?|\d{4}-\d\d|\d{4}-?\d{3})\b"
)
_Day = tuple[int, int, int]


def amount(text: str, /) -> float | None:
    """Returns the number that a normal text is, in whichever currency; None for any other text."""
    return float(re.sub(r"[^\d.+-]", "", text)) if _AMOUNT.fullmatch(text) else None


def days(text: str, /) -> frozenset[_Day]:
    """Returns the days in a normal text that is a time, in all forms that are written for machines."""
    found = set(texts.dates(text))
    for pattern in (_YEAR_FIRST, _BASIC):
        found |= {(int(year), int(month), int(day)) for year, month, day in pattern.findall(text)}
    for one, two, year in (*_YEAR_LAST.findall(text), *_PACKED.findall(text)):
        found |= {(int(year), int(one), int(two)), (int(year), int(two), int(one))}
    if seconds := _EPOCH.fullmatch(text):
        at = datetime.fromtimestamp(int(seconds[1]), UTC)
        found |= {(one.year, one.month, one.day) for one in (at + timedelta(hours=hours) for hours in (-12, 0, 14))}
    return frozenset(one for one in found if texts.possible(*one))


def tells_day(text: str, /) -> bool:
    """Whether a normal text says a day in words, or as the number of a week or of a day of its year."""
    return _TOLD.search(text) is not None
