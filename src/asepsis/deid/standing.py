"""Stand-ins: what stands for a value where a format asks for a form that no token has, and can be turned back.

| form | what stands there | why nobody takes it for real |
| --- | --- | --- |
| `date` | a date as it was written, some day between 1800 and 1899; its time of day stays | nobody alive has one |
| `age` | a number from 200 to 999 | nobody is that old |
| `number` | a number of as many digits, the first of them a 1; longer ones once those are used up | a code |
| `zip` | nine digits that begin with 000 | there is no such area |
| `code` | an identifier in the shape of the one that others refer to | a code |

A stand-in says nothing of its value. It is turned back only where it is the whole of a place that asks for its form.
"""

import re
from datetime import date, timedelta
from typing import Final, Literal

from asepsis.core.types import Kind
from asepsis.deid import dates
from asepsis.deid.dice import Dice

__all__ = ["FORMS", "Form", "key", "made", "split"]

Form = Literal["date", "age", "number", "zip", "code"]

FORMS: Final[dict[Form, Kind]] = {
    "date": Kind.DATE,
    "age": Kind.AGE_OVER_89,
    "number": Kind.OTHER_ID,
    "zip": Kind.GEO,
    "code": Kind.OTHER_ID,
}
"""The forms, with the kind that is counted where one is turned back."""

_DIGITS: Final = "0123456789"
_FIRST: Final = date(1800, 1, 1)
_DAYS: Final = (date(1899, 12, 31) - _FIRST).days + 1
_MONTH: Final = re.compile(r"[12][0-9]{3}(?P<mark>-?)(?:0[1-9]|1[0-2])", re.ASCII)
_YEAR: Final = re.compile(r"[12][0-9]{3}", re.ASCII)
_WHOLE: Final = re.compile(r"(?P<sign>-?)(?P<digits>[0-9]+)(?P<rest>(?:\.[0-9]+)?)", re.ASCII)
_MARK: Final = ":"


def made(form: Form, text: str, dice: Dice, /, *, longer: int = 0) -> str | None:
    """Returns a stand-in for a value, None where it has none of that form; numbers may be `longer` by some digits."""
    match form:
        case "date":
            return _date(text, dice)
        case "age":
            return f"{200 + dice.below(800)}{'.0' if '.' in text else ''}"
        case "zip":
            return "000" + dice.text(_DIGITS, 6)
        case "number":
            found = _WHOLE.fullmatch(text.strip())
            if found is None:
                return None
            rest = "".join(dice.pick("123456789") if one in "123456789" else one for one in found["rest"])
            return f"{found['sign']}1{dice.text(_DIGITS, len(found['digits']) - 1 + longer)}{rest}"
        case "code":
            return None


def key(form: Form, stand_in: str, /) -> str:
    """Returns the name under which a stand-in is kept beside tokens."""
    return f"{form}{_MARK}{stand_in}"


def split(name: str, /) -> tuple[Form, str] | None:
    """Returns the form and the stand-in that a name says, None for a token's."""
    form, mark, stand_in = name.partition(_MARK)
    return next(((one, stand_in) for one in FORMS if mark and one == form), None)


def _date(text: str, dice: Dice) -> str | None:
    day = _FIRST + timedelta(days=dice.below(_DAYS))
    month = _MONTH.fullmatch(text)
    if month:
        return f"{day.year}{month['mark']}{day.month:02d}"
    if _YEAR.fullmatch(text):
        return str(day.year)
    written = dates.read(text)
    new = written.write(day) if written is not None else ""
    again = dates.read(new)
    # With two digits of a year it would be a date of this century.
    return new if again is not None and again.day == day else None
