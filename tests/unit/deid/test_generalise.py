"""Saying less, as the paragraphs allow."""

import pytest

from asepsis.core.types import Kind
from asepsis.deid.generalise import SPARSE, generalised, place_without_street, reveals_age, sparser, zip3


@pytest.mark.parametrize(
    ("code", "area"), [("62704", "627"), ("62704-1234", "627"), ("03601", "000"), ("1234", "000"), ("x", "000")]
)
def test_a_zip_code_becomes_its_area_or_none(code, area):
    assert zip3(code) == area


def test_the_areas_that_hhs_names_are_sparse():
    named = "036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893"
    assert set(named.split()) <= SPARSE


@pytest.mark.parametrize(
    ("text", "less"),
    [
        ("12 Main St, Springfield, IL 62704", "IL 627"),
        ("Springfield, IL 62704-1234", "IL 627"),
        ("Woodsville, NH 03785", "NH 037"),
        ("Lamoine, WY 82101", "WY 000"),
        ("62704", "627"),
        ("Springfield, IL", "IL"),
        ("Springfield", None),
        ("room 62704 of the ward", None),
    ],
)
def test_a_place_becomes_state_and_area(text, less):
    assert generalised(Kind.GEO, text, today=2026) == less


@pytest.mark.parametrize(
    ("text", "less"), [("03/04/1961", "1961"), ("03/04/1936", "90+"), ("1937-05-01", "1937"), ("March 3", None)]
)
def test_a_date_becomes_its_year_unless_that_shows_an_age(text, less):
    assert generalised(Kind.DATE, text, today=2026) == less


def test_an_age_over_89_falls_into_one_category():
    assert {generalised(Kind.AGE_OVER_89, age, today=2026) for age in ("90", "93", "107")} == {"90+"}
    assert not reveals_age(1937, today=2026)
    assert reveals_age(1936, today=2026)


def test_what_has_no_less_is_masked_by_the_caller():
    assert generalised(Kind.SSN, "123-45-6789", today=2026) is None


@pytest.mark.parametrize(
    ("text", "town"),
    [
        ("12 Main St, Springfield, IL 62704", "Springfield, IL 62704"),
        ("PO Box 7, Ames, IA", "Ames, IA"),
        ("12 Main St", None),
        ("Springfield", "Springfield"),
    ],
)
def test_a_limited_data_set_keeps_the_town_and_not_the_street(text, town):
    assert place_without_street(text) == town


@pytest.mark.parametrize(("place", "less"), [("IL 627", "IL 000"), ("627", "000"), ("IL 600", "IL 600"), ("IL", "IL")])
def test_areas_of_one_s_own_are_sparse_too(place, less):
    assert sparser(place, ("627",)) == less
