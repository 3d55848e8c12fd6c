"""Normal forms: what is the same in a roster and in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.scan.subjects.values import birth_date, identifier, names


@pytest.mark.parametrize(
    "text", ["1961-05-03", "5/3/1961", "05-03-61", "3 May 1961", "May 3rd, 1961", "3rd of May 1961"]
)
def test_a_day_is_the_same_however_it_is_written(text):
    assert birth_date(text) == "1961-05-03"


@pytest.mark.parametrize("text", ["", "May 1961", "1961", "13/13/1961", "2/30/1961", "5/3", "3 Xyz 1961", "0000-00-00"])
def test_what_is_no_whole_day_is_none(text):
    assert birth_date(text) == ""


@pytest.mark.parametrize(
    "text", ["Maria González", "GONZALEZ, MARIA", "gonzález, maria l.", "Mrs. Maria L. Gonzalez", "Maria Gonzalez, RN"]
)
def test_a_name_is_the_same_however_it_is_written(text):
    assert names(text) == ("maria", "gonzalez")


@pytest.mark.parametrize("text", ["", "Maria", "Mrs. Gonzalez", "123"])
def test_one_word_is_no_whole_name(text):
    assert names(text) == ("", "")


def test_an_identifier_has_no_marks():
    assert identifier(" 1eg4-te5 mk73") == identifier("１EG4TE5MK73") == "1EG4TE5MK73"


def test_a_record_number_is_the_same_with_and_without_the_letters_before_it():
    assert identifier("MRN-411223") == identifier("mrn 411223") == identifier("411223") == "411223"
    assert identifier("MRNA1273") == "MRNA1273"


@given(st.text())
def test_any_text_has_a_form(text):
    assert birth_date(text) == "" or len(birth_date(text)) == 10
    assert all(isinstance(one, str) for one in names(text))
    assert identifier(text) == identifier(identifier(text))
