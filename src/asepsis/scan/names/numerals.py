"""Numbers in words and in digits that are readings, years or counts, and times that name none.

INVARIANT: no more than `AROUND` tokens before a run and two behind it are looked at.
"""

import re
from collections.abc import Sequence
from typing import Final

from asepsis.scan.names.tokens import Word, form_of, word

__all__ = ["AROUND", "is_numeral"]

AROUND: Final = 6

_CARDINALS: Final = frozenset(
    """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million point half and a
    """.split()  # noqa: SIM905 a list of words reads better so
)
_OLD: Final = frozenset({"ninety", "hundred", "nineties"})
_UNITS: Final = frozenset(
    """
    percent % over mg milligram milligrams mcg g gram grams degrees pounds lbs kg mmhg beats point hundred units ml cc
    bpm miles feet minutes hours days weeks months times systolic diastolic
    """.split()  # noqa: SIM905 as above
)
_SPELLED: Final = (["m", "g"], ["m", "l"], ["c", "c"])
_READINGS: Final = frozenset(
    """
    rate pressure pressures saturation saturations sat sats saturating satting oxygenation oxygen temperature temp bp
    hr pulse level levels sugar sugars glucose reading readings between over systolic diastolic weight weighs spo2 o2
    ejection fraction hundred percent normal ldl hdl a1c creatinine cholesterol range ranges ranging x room bed na ana
    psa wbc platelets ferritin titer score scores iq average averages averaging fever percentile percentiles
    calories steps
    """.split()  # noqa: SIM905 as above
)
_MONTHS: Final = frozenset(
    """
    january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec
    """.split()  # noqa: SIM905 as above
)
_DAYS: Final = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thurs fri sat sun
    christmas xmas thanksgiving easter halloween hanukkah chanukah passover ramadan eid diwali kwanzaa juneteenth labor
    memorial independence valentine valentines mother mothers father fathers veterans columbus presidents patrick
    patricks mlk eve lent purim yom rosh mardi boxing ash good palm holy groundhog fools new cinco nye fourth
    """.split()  # noqa: SIM905 as above
)
_SEASONS: Final = frozenset(
    "spring summer fall autumn winter early late mid middle beginning start end quarter semester term season".split()  # noqa: SIM905 as above
)
_OF_YEAR: Final = frozenset(
    """
    act acts law rule rules code criteria guideline guidelines edition version amendment amendments study trial survey
    census reform standard standards
    """.split()  # noqa: SIM905 as above
)
"""What is called by its year."""

_ORDINAL: Final = ("first", "second", "third", "fifth", "ninth", "twelfth", "th", "st", "nd", "rd")
_TENS: Final = frozenset("thirty forty fifty sixty seventy eighty ninety".split())  # noqa: SIM905 as above
_OF_YEARS: Final = (["nineteen"], ["'"], ["’"])  # noqa: RUF001 both apostrophes
"""What stands before the last two digits of a year."""

_YEARS: Final = frozenset({"year", "years", "yr", "yrs", "yo", "y", "old"})
# Between 90 and 120 it may be an age, whatever it was taken for.
_BARE: Final = re.compile(r"(?!9[0-9]\Z|1[01][0-9]\Z|120\Z)[0-9]{1,4}|[0-9]{1,3}(?:,[0-9]{3})+")
_DIGIT: Final = re.compile(r"[0-9]")
_SURE: Final = 950


def is_numeral(words: Sequence[str], run: tuple[int, int, str, int], /) -> bool:
    """Whether a run (first token, the one behind the last, kind, likelihood) is a number and no identifier."""
    first, last, kind, likely = run
    if kind in ("NAME", "ID"):
        return False
    own = "".join(words[first:last])
    if kind == "GEO" and own.isascii() and _DIGIT.search(own) is None:  # most are none by their first word
        forms = (look.form for look in map(word, words[first:last]) if look.plain)
        return next(forms, "") in _CARDINALS and all(form in _CARDINALS for form in forms)
    looks = [word(one) for one in words[first:last]]
    said = [look.form for look in looks if look.plain]
    if kind == "AGE":
        return _is_reading(words, first, last, (looks, said))
    if any(look.look == "d" for look in looks):
        given, behind = own, "".join(words[last : last + 1])
        if kind == "DATE":
            number = given.strip(" -/,.")
            lone = number.isdecimal() and len(number) < 3 and likely < _SURE
            return lone or (not given[-1:].isspace() and behind.startswith("+")) or _is_year_of(looks, likely)
        # At the beginning of a line it may be a house's.
        within = first > 0 and any(map(str.isalnum, words[first - 1]))
        return kind == "GEO" and within and _BARE.fullmatch(given.strip()) is not None
    counted = bool(said) and all(one in _CARDINALS for one in said)
    timeless = kind == "DATE" and bool(said) and likely < _SURE and not any(map(_is_time, said))
    return counted or timeless


def _is_reading(words: Sequence[str], first: int, last: int, told: tuple[list[Word], list[str]]) -> bool:
    """Whether what reads like an age over 89 is a pressure, a rate, a dose, or a smaller number."""
    looks, said = told
    digits = any(look.look == "d" for look in looks)
    if not digits and _OLD.isdisjoint(one.removesuffix("s") if one != "nineties" else one for one in said):
        return any(one in _CARDINALS for one in said)
    behind = [form_of(one) for one in words[last : last + 2]]
    before = [form_of(one) for one in words[max(0, first - AROUND) : first]]
    larger = "hundred" in said and not _TENS.isdisjoint(said)
    larger = larger or (said[-1:] == ["hundred"] and behind[:1] == ["and"] and not _TENS.isdisjoint(behind))
    counted = any(one in _UNITS and one != "hundred" for one in said) or any(one in _UNITS for one in behind[:1])
    if larger or counted or behind in _SPELLED or before[-1:] in _OF_YEARS:
        return True
    if behind and behind[0] in _CARDINALS - {"and", "a"}:
        return True
    return not _READINGS.isdisjoint(before) and _YEARS.isdisjoint(behind)


def _is_year_of(looks: Sequence[Word], likely: int) -> bool:
    """Whether what has no number but a year says what is of that year: an act, a guideline, a decade's music."""
    said = [look.form for look in looks if look.plain]
    if not said or any(look.look == "d" and look.form != "#year" for look in looks):
        return False
    if any(one in _SEASONS or _is_time(one) for one in said):
        return False
    return likely < _SURE or not _OF_YEAR.isdisjoint(said)


def _is_time(form: str) -> bool:
    """Whether a word of a date names a day, a month or a feast."""
    return form in _MONTHS or form.removesuffix("'s") in _DAYS or form.endswith(_ORDINAL)
