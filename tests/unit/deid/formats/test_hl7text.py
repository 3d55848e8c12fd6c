"""Marks and escapes of HL7 v2."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.core.errors import InputError
from asepsis.deid.formats.hl7text import Marks, Piece

MARKS = Marks.of("MSH|^~\\&|A|B", place="segment 1")


def test_marks_are_those_of_the_header():
    assert MARKS == ("|", "^", "~", "\\", "&")
    assert Marks.of("MSH#*+?!#A#B", place="") == ("#", "*", "+", "?", "!")
    assert Marks.of("MSH|^~|AAA|B", place="") == ("|", "^", "~", "", "")


@pytest.mark.parametrize("header", ["MSH", "MSH|", "MSHA^~\\&|x", "MSH|^^\\&|xx", "MSH||||||||"])
def test_a_header_without_marks_is_refused(header):
    with pytest.raises(InputError) as refused:
        Marks.of(header, place="segment 7")
    assert refused.value.place == "segment 7"


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("Smith \\T\\ Jones", "Smith & Jones"),
        ("a\\F\\b\\S\\c\\R\\d\\E\\e", "a|b^c~d\\e"),
        ("\\X41\\\\X0A\\", "A\\X0A\\"),
        ("one\\.br\\two \\H\\x\\N\\", "one\\.br\\two \\H\\x\\N\\"),
        ("open \\ end", "open \\ end"),
        ("", ""),
    ],
)
def test_escapes_are_read(raw, plain):
    text = MARKS.text(raw)
    assert text.plain == plain
    assert len(text.starts) == len(plain) + 1
    assert text.starts[-1] == len(raw)


@given(st.text(max_size=30))
def test_what_is_written_reads_the_same_and_adds_no_field(plain):
    raw = MARKS.written(plain)
    assert not set(raw) & {"|", "^", "~", "&"}
    assert MARKS.text(raw).plain == plain


@given(st.text(alphabet="ab\\FTX41.|&", max_size=30))
def test_places_rise_and_cover_the_text(raw):
    text = MARKS.text(raw)
    assert text.starts[0] == 0
    assert text.starts[-1] == len(raw)
    assert all(a <= b for a, b in pairwise(text.starts))


def test_without_an_escape_marks_become_spaces():
    assert Marks.of("MSH|^~|AAA|B", place="").written("a|b") == "a b"


def test_parts_know_where_they_begin():
    assert list(Piece(5, "a^bc^").split("^")) == [(5, "a"), (7, "bc"), (10, "")]
    assert list(Piece(5, "a^b").split("")) == [(5, "a^b")]
    assert Piece(5, "abc").end == 8
