"""The normal forms in which values of a roster and values in a text are the same: identifiers, names, dates of birth.

Dates are read as they are written in the United States; what could be another date is none.
"""

import datetime as dt
import re
import unicodedata
from typing import Final

__all__ = ["birth_date", "identifier", "names"]

_MARKS: Final = re.compile(r"[\W_]+")
_RECORD: Final = re.compile(r"(?:MRN)+(?=[0-9])")
_NOT_LETTERS: Final = re.compile(r"[^a-z]+")
_TITLES: Final = frozenset({"dr", "mr", "mrs", "ms", "miss", "jr", "sr", "ii", "iii", "iv", "md", "rn", "np", "pa"})
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO: Final = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?![0-9])")
_US: Final = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4}|[0-9]{2})(?![0-9])")
_DAY_FIRST: Final = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?[ -](?:of )?([a-z]{3})[a-z]*\.?,?[ -]([0-9]{4})")
_MONTH_FIRST: Final = re.compile(r"([a-z]{3})[a-z]*\.? ([0-9]{1,2})(?:st|nd|rd|th)?,? ([0-9]{4})")
_PIVOT: Final = 30
"""Two digits up to this are of this century."""


def identifier(text: str, /) -> str:
    """Returns an identifier without marks and without the `MRN` that is written to one, in capitals."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKC", text)).upper()
    return plain[found.end() :] if (found := _RECORD.match(plain)) else plain


def names(text: str, /) -> tuple[str, str]:
    """Returns given and family name in small letters without accents; empty where the text has fewer than two words."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    before, comma, after = plain.partition(",")
    left, right = _words(before), _words(after)
    if comma and left and right:
        return right[0], "".join(left)
    words = left + right
    return (words[0], words[-1]) if len(words) > 1 else ("", "")


def birth_date(text: str, /) -> str:
    """Returns a whole date as `1961-05-03`, an empty string for anything else."""
    plain = text.strip().lower()
    for pattern, order in ((_ISO, "ymd"), (_US, "mdy"), (_DAY_FIRST, "dmy"), (_MONTH_FIRST, "mdy")):
        found = pattern.search(plain)
        if found is not None:
            parts = dict(zip(order, found.groups(), strict=True))
            return _date(parts["y"], parts["m"], parts["d"])
    return ""


def _words(text: str) -> list[str]:
    words = (_NOT_LETTERS.sub("", word) for word in text.split())
    return [word for word in words if word and word not in _TITLES]


def _date(year: str, month: str, day: str) -> str:
    number = _MONTHS.index(month) + 1 if month in _MONTHS else int(month) if month.isdecimal() else 0
    whole = int(year) if len(year) == 4 else int(year) + (2000 if int(year) <= _PIVOT else 1900)
    try:
        return dt.date(whole, number, int(day)).isoformat()
    except ValueError:
        return ""
