"""Dates, ages and other numbers of templates in the ways people write them (`templates/forms.toml`)."""

from asepsis.scan.train.draw import Draw
from asepsis.scan.train.world import World

__all__ = [
    "age90",
    "birth_date",
    "date",
    "holiday",
    "month",
    "month_day",
    "month_said",
    "month_year",
    "number",
    "ordinal",
    "spoken",
]


def date(draw: Draw, world: World, /) -> str:
    """Returns a whole date, or at times one without its year or day."""
    form = draw.below(100)
    return _written(
        draw, world, "days" if form < 9 else "month_years" if form < 14 else "clocks" if form < 18 else "whole_dates"
    )


def birth_date(draw: Draw, world: World, /) -> str:
    """Returns a date with its year."""
    return _written(draw, world, "whole_dates", low=1925)


def month_day(draw: Draw, world: World, /) -> str:
    """Returns a day without its year."""
    return _written(draw, world, "days")


def month_year(draw: Draw, world: World, /) -> str:
    """Returns a month with its year."""
    return _written(draw, world, "month_years")


def ordinal(draw: Draw, world: World, /) -> str:
    """Returns a day of a month, in words."""
    return _written(draw, world, "ordinals")


def spoken(draw: Draw, world: World, /) -> str:
    """Returns a birth date as one says it."""
    return _written(draw, world, "spoken_dates", low=1930).lower()


def month_said(draw: Draw, world: World, /) -> str:
    """Returns a month with its year as one says it."""
    return _written(draw, world, "months_said", low=1950)


def month(draw: Draw, world: World, /) -> str:
    """Returns a month alone; not May, which is a verb more often."""
    name = draw.pick(world.forms["months"])
    return name if name != "May" else "June"


def holiday(draw: Draw, world: World, /) -> str:
    """Returns a holiday that is a date."""
    return draw.pick(world.forms["holidays"]).format(y=draw.between(2010, 2026))


def age90(draw: Draw, world: World, /) -> str:
    """Returns an age over 89, in words now and then."""
    return draw.pick(world.forms["age_words"]) if draw.chance(20) else str(draw.between(90, 106))


def number(draw: Draw, world: World, slot: str, /) -> str | None:
    """Returns a number or code for a slot; None for a slot that is none."""
    patterns = world.numbers.get(slot)
    if patterns is None:
        return None
    filled = draw.digits(draw.pick(patterns))
    return filled.lower() if draw.chance(6) else filled


def _written(draw: Draw, world: World, form: str, *, low: int = 1995) -> str:
    forms = world.forms
    high = 2026 if low > 1990 else 1999 if low > 1925 else 2024
    at, day, year = draw.below(12), draw.between(1, 28), draw.between(low, high)
    short = forms["short_months"][at]
    said = f"{forms['tens'][year % 100 // 10]} {forms['ones'][year % 10]}".strip() or "hundred"
    return draw.pick(forms[form]).format(
        m=at + 1, mm=f"{at + 1:02}", d=day, dd=f"{day:02}", y=year, yy=f"{year % 100:02}", th=_ending(day), said=said,
        name=forms["months"][at] if draw.chance(75) else short, short=short, cap=short[:3].upper(),
        small=draw.pick(forms["ones"][1:]), word=forms["day_words"][day], tt=draw.between(10, 59), o=draw.between(1, 9),
    )  # fmt: skip


def _ending(day: int) -> str:
    return "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
