"""Dates and numbers of templates."""

from asepsis.scan.train import numbers
from asepsis.scan.train.draw import Draw


def test_dates_in_many_forms(world):
    draw = Draw(1)
    assert (
        len(
            {
                "".join("9" if one.isdigit() else "a" if one.isalpha() else one for one in numbers.date(draw, world))
                for _ in range(2000)
            }
        )
        > 60
    )
    assert all(any(one.isdigit() for one in numbers.birth_date(draw, world)) for _ in range(200))


def test_ages_are_over_89(world):
    draw = Draw(2)
    ages = {numbers.age90(draw, world) for _ in range(300)}
    assert all(int(one) > 89 for one in ages if one.isdigit())
    assert "ninety-two" in ages


def test_days_months_and_holidays_hold_no_open_slot(world):
    draw = Draw(3)
    for maker in (numbers.month_day, numbers.month_year, numbers.ordinal, numbers.spoken, numbers.holiday):
        assert all("{" not in maker(draw, world) for _ in range(100))
