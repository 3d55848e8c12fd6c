"""Numbers and days in the forms that other systems read, where only one of them would be taken for the user's.

A value is held against what the user said as whoever gets it may read it: `1.000.000` is no 1, and `20270101` is a day.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from asepsis.tools.flow import texts

__all__ = ["Told", "amount", "days", "tells_no_day", "told"]

_AMOUNT: Final = re.compile(r"[-+]?[$€£]? ?[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)? ?[$€£%]?")
_THOUSANDS: Final = re.compile(r"[-+$\u20ac\u00a3 ]*[1-9]\d{0,2}\.\d{3} ?[$\u20ac\u00a3%]?")
"""What is a thousand times as much to every other reader."""

_YEAR_FIRST: Final = re.compile(r"\b(\d{4})[/.](\d{1,2})[/.](\d{1,2})\b")
_YEAR_LAST: Final = re.compile(r"\b(\d{1,2})-(\d{1,2})-(\d{4})\b")
_BASIC: Final = re.compile(r"\b((?:19|20)\d\d)(\d\d)(\d\d)(?:t|\b)")
_PACKED: Final = re.compile(r"\b(\d\d)(\d\d)((?:19|20)\d\d)(?:t|\b)")
_EPOCH: Final = re.compile(r"(\d{10})(?:\d{3})?(?:\.\d+)?")
_NO_DAY: Final = re.compile(
    r"(?:t|at |by )?\d{1,2}(?::\d\d){0,2}(?:\.\d+)?(?: ?[ap]\.?m\.?)?"
    r"(?: ?(?:z|utc|gmt|[a-z]{1,2}[ds]?t|[+-]\d\d:?\d\d))?"
    r"|\d{1,4}(?:\.\d+)?(?: ?(?:s|m|h|sec|min|hr)[a-z]*)?|pt[\dhms.]+|asap|now|immediately"
    r"|(?:in the )?(?:early |late |mid-?)?(?:morning|noon|afternoon|evening|night|midday|midnight)"
    r"|(?:[a-z_]+/[a-z_]+)+|utc|gmt|once|daily|weekly|monthly|yearly|annually|quarterly"
)
"""What says an hour, how long, how often, or where the clock stands: whatever else is no such thing may say a day."""

_MEASURE: Final = re.compile(
    r"(?<![\w.])(?:(?P<sign>[$\u20ac\u00a3]) ?)?(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?: ?(?P<unit>[$\u20ac\u00a3%]|[a-z\u00b5]{1,12})(?![\w']))?"
)
_MONEY: Final = frozenset({*"$\u20ac\u00a3", "dollar", "dollars", "euro", "euros", "usd", "eur", "bucks", "cents"})
_UNITS: Final = frozenset(
    {
        "mg",
        "g",
        "mcg",
        "\u00b5g",
        "kg",
        "ml",
        "l",
        "iu",
        "meq",
        "mmol",
        "milligrams",
        "grams",
        "micrograms",
        "mgs",
        "puffs",
    }
)
_WORKING: Final = re.compile(
    r"\b(?:differences?|different|half|double|twice|triple|each|per|percent|more|less|plus|minus|rest|remain\w*|total\w*|sum|average"
    r"|split|share\w*|by|increased?|decreased?|raised?|reduced?|lower|lowered|times|tax\w*|tips?|fees?|addition\w*|extra|add\w*"
    r"|every|again|another|all|both|instead|balance|over|under)\b|[%+*]"
)
_MOST: Final = re.compile(
    r"\b(?:at (?:the )?most|up to|no more than|not more than|never more than"
    r"|(?:not |n['\u2019]t )(?:to )?exceed(?:ing)?|max(?:imum)?(?: of)?|less than|a limit of|capped at)"
    r" [$\u20ac\u00a3]?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
)
_Day = tuple[int, int, int]


def amount(text: str, /) -> float | None:
    """Returns the number that a normal text is, in whichever currency; None for any other text."""
    plain = _AMOUNT.fullmatch(text) and not _THOUSANDS.fullmatch(text)
    return float(re.sub(r"[^\d.+-]", "", text)) if plain else None


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


def tells_no_day(text: str, /) -> bool:
    """Whether a normal text that is a time says an hour or how long, and no day in whichever words."""
    return _NO_DAY.fullmatch(text) is not None


class Told(NamedTuple):
    """How much a text speaks of: all its numbers, those of money, those by their units, and the most that may be."""

    numbers: frozenset[float]
    money: frozenset[float]
    units: tuple[tuple[str, float], ...]
    most: float | None
    works: bool

    def fits(self, value: str, /) -> bool:
        """Whether a normal value is within it: another amount of money, or of the same unit, is not what was said.

        Where a text says that something is to be worked out, its amounts are only what it is worked out from.
        """
        found = amount(value)
        if found is not None:
            exceeds = self.most is not None and found > self.most
            free = self.works or self.most is not None or not self.money
            return not exceeds and (free or abs(found) in self.numbers)
        measured = _MEASURE.fullmatch(value)
        if measured is None or measured["unit"] not in _UNITS:
            return True
        said = {number for unit, number in self.units if unit == measured["unit"]}
        return not said or float(measured["number"].replace(",", "")) in said


def told(text: str, /) -> Told:
    """Returns how much a normal text speaks of."""
    text = texts.anglicised(text)
    found = [
        (float(one["number"].replace(",", "")), one["sign"] or one["unit"] or "") for one in _MEASURE.finditer(text)
    ]
    most = [float(one.replace(",", "")) for one in _MOST.findall(text)]
    return Told(
        frozenset(number for number, _ in found) | frozenset(texts.numbers(text)),
        frozenset(number for number, unit in found if unit in _MONEY),
        tuple((unit, number) for number, unit in found if unit in _UNITS),
        max(most, default=None),
        _WORKING.search(text) is not None,
    )
