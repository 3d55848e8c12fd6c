"""What is too general to identify anybody, and what is not."""

import pytest

from asepsis.scan.names.general import is_country, is_general


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("Ohio", "GEO"),
        ("the UK", "GEO"),
        ("rhode island", "GEO"),
        ("TX", "GEO"),
        ("MD", "GEO"),
        ("Burkina Faso", "GEO"),
        ("Timor-Leste", "GEO"),
        ("the United States of America", "GEO"),
        ("Slovak Republic", "NAME"),
        ("Peru", "NAME"),
        ("10th", "NAME"),
        ("late 2003", "DATE"),
        ("Act of 1996", "DATE"),
        ("12 of 60", "DATE"),
        ("7:00-8:00", "DATE"),
        ("80yo", "AGE"),
        ("10th", "AGE"),
        ("250", "AGE"),
        ("at", "GEO"),
    ],
)
def test_states_countries_times_and_ages_under_90(value, kind):
    assert is_general(value, kind)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("Columbus, Ohio", "GEO"),
        ("New York", "GEO"),
        ("Washington", "GEO"),
        ("Ohio", "ID"),
        ("Jordan", "NAME"),
        ("The", "NAME"),
        ("the", "DATE"),
        ("March 2003", "DATE"),
        ("3 of May", "DATE"),
        ("96", "AGE"),
        ("101-year-old", "AGE"),
        ("ninety-six", "AGE"),
    ],
)
def test_cities_people_days_and_ages_over_89(value, kind):
    assert not is_general(value, kind)


@pytest.mark.parametrize(
    ("value", "around", "found"),
    [
        ("Bosnia", "from Bosnia and Herzegovina in", True),
        ("Herzegovina ", "from Bosnia and Herzegovina in", True),
        ("Republic", "the Democratic Republic of\nthe Congo", True),
        ("Saint Vincent", "to Saint Vincent and the Grenadines", True),
        ("Saint Vincent", "to Saint Vincent Hospital", False),
        ("Vincent", "Vincent called", False),
        ("Tulsa", "in Tulsa, OK", False),
        ("", "", False),
    ],
)
def test_a_part_of_a_country_s_name_is_that_country(value, around, found):
    assert is_country(value, around) is found
