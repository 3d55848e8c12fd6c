"""Dates as they are written: moved by days or cut to the year, in the form they had.

What is not sure to be a whole date is not moved: a wrong interval is a fault that a mask is not. Known are ISO 8601 and
FHIR dates and times, HL7 v2 and X12 dates, and the American and written-out forms. A time of day stays as it is.
"""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final, NamedTuple

__all__ = ["Written", "read", "shifted", "year_of"]

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTH: Final = r"(?P<word>(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6})\.?"
_MARK: Final = r" ?[-/.] ?"
_DAY: Final = r"(?P<day>[0-9]{1,2})(?P<nth>st|nd|rd|th)?"
_TIME: Final = r"(?:[ T,]{1,2}(?:at )?[0-9]{1,2}:[0-9]{2}\S{0,20}(?: ?[ap]\.?m\.?)?)?"
_WEEKDAY: Final = r"(?:(?P<weekday>(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6})\.?,? )?"

_FORMS: Final = tuple(
    re.compile(_WEEKDAY + form + _TIME, re.IGNORECASE | re.ASCII)
    for form in (
        r"(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})",
        rf"(?P<first>[0-9]{{1,2}}){_MARK}(?P<second>[0-9]{{1,2}}){_MARK}(?P<year>[0-9]{{4}}|[0-9]{{2}})",
        rf"{_MONTH}[ ]?{_DAY},?[ ]?(?P<year>[0-9]{{4}})",
        rf"{_DAY}[ -]?(?:of )?{_MONTH},?[ -]?(?P<year>[0-9]{{4}}|[0-9]{{2}})",
    )
)
_PACKED: Final = re.compile(
    r"(?P<year>(?:18|19|20)[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"
    r"(?P<rest>(?:[0-9]{2}){0,3}(?:\.[0-9]{1,6})?(?:[+-][0-9]{4})?)",
    re.ASCII,
)
_TURNED: Final = re.compile(r"(?P<month>[0-9]{2})(?P<day>[0-9]{2})(?P<year>(?:19|20)[0-9]{2})", re.ASCII)
_YEAR: Final = re.compile(r"(?<![0-9])(?:18|19|20)[0-9]{2}(?![0-9])", re.ASCII)
_PARTIAL: Final = re.compile(r"(?P<year>(?:18|19|20)[0-9]{2})(?:-?(?:0[1-9]|1[0-2]))?", re.ASCII)
_WHOLE: Final = frozenset({"may", "june", "july"})
"""Names that are short and yet no abbreviations."""
_NTH: Final = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}
_PIVOT: Final = 30
"""Two digits below this are years of this century."""


class Written(NamedTuple):
    """A date read from text, and how to write another one the same way."""

    day: date
    write: Callable[[date], str]


def read(text: str, /) -> Written | None:
    """Returns the whole date that a text is, None where it is none or less than a day is said."""
    packed = _PACKED.fullmatch(text)
    if packed:
        day = _date(packed["year"], packed["month"], packed["day"])
        rest = packed["rest"]
        return Written(day, lambda other: f"{other:%Y%m%d}{rest}") if day else None
    turned = _TURNED.fullmatch(text)
    if turned:
        day = _date(turned["year"], turned["month"], turned["day"])
        return Written(day, lambda other: f"{other:%m%d%Y}") if day else None
    for form in _FORMS:
        found = form.fullmatch(text)
        if found:
            return _written(found)
    return None


def shifted(text: str, days: int, /) -> str | None:
    """Returns the date `days` later in the same form, None where the text is no whole date or leaves the calendar."""
    written = read(text)
    if written is None:
        return None
    try:
        return written.write(written.day + timedelta(days=days))
    except OverflowError:
        return None


def year_of(text: str, /) -> int | None:
    """Returns the year that a date says, None where it says none, or more than one."""
    written = read(text)
    if written is not None:
        return written.day.year
    partial = _PARTIAL.fullmatch(text)
    if partial:
        return int(partial["year"])
    years = set(_YEAR.findall(text))
    return int(years.pop()) if len(years) == 1 else None


def _date(year: str, month: str, day: str) -> date | None:
    number = int(year)
    if len(year) == 2:
        number += 2000 if number < _PIVOT else 1900
    try:
        return date(number, int(month), int(day))
    except ValueError:
        return None


def _written(found: re.Match[str]) -> Written | None:
    groups = found.groupdict()
    swapped = False
    if "first" in groups:
        # Month first, as Americans write it, unless it can't be one.
        swapped = int(groups["first"]) > 12
        groups["month"], groups["day"] = groups["first"], groups["second"]
        if swapped:
            groups["month"], groups["day"] = groups["second"], groups["first"]
    elif "word" in groups:
        names = [name[:3].lower() for name in _MONTHS]
        groups["month"] = str(names.index(groups["word"].lower()[:3]) + 1)
    day = _date(groups["year"], groups["month"], groups["day"])
    if day is None:
        return None
    places = {name: found.span(name) for name in found.groupdict() if found[name] is not None}
    return Written(day, lambda other: _rewrite(found[0], places, other, swapped=swapped))


def _rewrite(text: str, places: dict[str, tuple[int, int]], other: date, *, swapped: bool) -> str:
    """Writes `other` over the numbers and words of a date, each in its form."""
    # Two digits for both day and month are a habit; for one of them alone they may be chance.
    wide = "word" not in places and all(end - start != 1 for start, end in places.values())
    parts = {
        "year": lambda old: f"{other.year:04d}"[-len(old) :],
        "month": lambda old: _number(other.month, old, wide=wide),
        "first": lambda old: _number(other.day if swapped else other.month, old, wide=wide),
        "second": lambda old: _number(other.month if swapped else other.day, old, wide=wide),
        "day": lambda old: _number(other.day, old, wide=wide),
        "nth": lambda old: _like(old, _NTH.get(other.day, "th")),
        "word": lambda old: _name(_MONTHS[other.month - 1], old, short=4),
        "weekday": lambda old: _name(_DAYS[other.weekday()], old, short=5),
    }
    for name, (start, end) in sorted(places.items(), key=lambda item: item[1], reverse=True):
        if name in parts:
            text = text[:start] + parts[name](text[start:end]) + text[end:]
    return text


def _number(number: int, old: str, *, wide: bool) -> str:
    return f"{number:02d}" if wide or old[0] == "0" else str(number)


def _name(name: str, old: str, *, short: int) -> str:
    """A month or day in the length and case of the one it replaces."""
    abbreviated = len(old) <= short and old.lower() not in _WHOLE
    return _like(old, name[:3] if abbreviated else name)


def _like(old: str, new: str) -> str:
    return new.upper() if old.isupper() else new.lower() if old.islower() else new.capitalize()
