"""Folding: what characters read as, and where they stood."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.scan.normalise import fold, fold_one


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("１２３－４５", "123-45"),
        ("1\u200b2\u200d3\ufeff", "123"),
        ("1\u202e2\u2066", "12"),
        ("1\u00ad2", "12"),
        ("1\U000e0031", "1"),
        ("1\u03362\u0336", "12"),
        ("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-" * 10),
        ("1\u00a02\u20093\u3000", "1 2 3 "),
        ("١٢٣ १२३ 𝟏𝟐", "123 123 12"),
        ("②❷", "22"),
        ("ЅЅN Мrn", "SSN Mrn"),
        ("a＠b．org", "a@b.org"),
        ("“ssn”", '"ssn"'),
        ("café 日本", "café 日本"),
        ("\ud800", "\ud800"),
    ],
)
def test_what_a_text_reads_as(text, folded):
    assert fold(text).text == folded


def test_ascii_is_its_own_view():
    text = "plain"
    view = fold(text)
    assert view.text is text
    assert view.starts is None


def test_a_text_that_keeps_its_places_needs_no_map():
    assert fold("está １").starts is None


@given(st.text())
def test_each_code_point_folds_on_its_own(text):
    assert fold(text).text == "".join(one if one.isascii() else fold_one(one) for one in text)


@given(st.text(), st.integers(0, 40))
def test_where_a_text_is_cut_does_not_matter(text, at):
    assert fold(text).text == fold(text[:at]).text + fold(text[at:]).text


@given(st.text())
def test_every_folded_character_is_one_of_its_source(text):
    view = fold(text)
    for place, character in enumerate(view.text):
        start, end = view.back(place, place + 1)
        assert end == start + 1
        assert character in fold(text[start:end]).text


@given(st.characters(categories=["Nd"]))
def test_decimal_digits_of_all_scripts_are_digits(character):
    assert fold(character).text == str(unicodedata.decimal(character))
