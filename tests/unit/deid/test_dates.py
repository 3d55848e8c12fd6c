"""Dates keep their form when they move; what is no whole date does not move."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.deid.dates import read, shifted, year_of

FORMS = {
    "2024-03-03": "2024-04-17",
    "2024-03-03T10:00:00.123Z": "2024-04-17T10:00:00.123Z",
    "20240303": "20240417",
    "202403031200-0500": "202404171200-0500",
    "03/04/61": "04/18/61",
    "3/4/2024": "4/18/2024",
    "13.02.2024": "29.03.2024",
    "03032024": "04172024",
    "March 3rd, 1961": "April 17th, 1961",
    "3 Mar 1961": "17 Apr 1961",
    "SEPT. 3, 2024": "OCT. 18, 2024",
    "june 3 2024": "july 18 2024",
    "May 5, 2020": "June 19, 2020",
    "3rd of March, 1961": "17th of April, 1961",
    "30-Dec-2024": "13-Feb-2025",
    "Mon, 3 Mar 2025": "Thu, 17 Apr 2025",
    "Thursday, March 6, 2025": "Sunday, April 20, 2025",
    "1/2/2024 3:45 pm": "2/16/2024 3:45 pm",
}


@pytest.mark.parametrize("text", FORMS)
def test_a_date_moves_in_its_form(text):
    assert shifted(text, 45) == FORMS[text]
    if text[:4] != "SEPT":  # an abbreviation has three letters on its way back
        assert shifted(FORMS[text], -45) == text


@pytest.mark.parametrize("text", ["2024", "2024-03", "March 3", "2024-13-01", "02/30/2024", "soon", "", "9999-12-31"])
def test_what_is_no_whole_date_does_not_move(text):
    assert shifted(text, 45) is None


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("03/04/1931", 1931),
        ("2024-03", 2024),
        ("2024", 2024),
        ("June 1999", 1999),
        ("03/04/61", 1961),
        ("3/4/24", 2024),
    ],
)
def test_the_year_of_a_date(text, year):
    assert year_of(text) == year


@pytest.mark.parametrize("text", ["March 3", "1999 to 2001", "soon", "120/80"])
def test_no_year_is_guessed(text):
    assert year_of(text) is None


DAYS = st.dates(date(1901, 1, 1), date(2098, 12, 31))
WRITTEN = ["%Y-%m-%d", "%m/%d/%Y", "%B %d, %Y", "%d %b %Y", "%Y%m%d", "%A, %B %d, %Y", "%Y-%m-%dT%H:%M:%SZ"]


@given(one=DAYS, other=DAYS, days=st.integers(-400, 400), form=st.sampled_from(WRITTEN))
def test_intervals_between_dates_are_kept_in_every_form(one, other, days, form):
    first, second = (read(shifted(day.strftime(form), days) or "") for day in (one, other))
    assert first is not None
    assert second is not None
    assert second.day - first.day == other - one
    assert first.day == one + timedelta(days=days)


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_none(text):
    shifted(text, 3)
    year_of(text)
