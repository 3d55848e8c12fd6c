"""Units, boxes and military post by their form."""

import pytest

from asepsis.scan.names.lodgings import BEFORE, lodged
from asepsis.scan.names.runs import Run
from asepsis.scan.names.tokens import tokens


def found(text, *given):
    words = tokens(text)
    runs = []
    for kind, value in given:
        first = len(tokens(text[: text.index(value)]))
        runs.append(Run(first, first + len(tokens(value)), kind, 900))
    return [(run.kind, "".join(words[run.first : run.last]).strip()) for run in lodged(words, sorted(runs))]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("lives in\nApt. 033\nOslo", "Apt. 033"),
        ("at apt 4B, call first", "apt 4B"),
        ("Suite #200 on the left", "Suite #200"),
        ("SUITE 052", "SUITE 052"),
        ("send to P.O. Box 104.", "P.O. Box 104"),
        ("send to PO BOX 9, Tulsa", "PO BOX 9"),
        ("send to P. O. Box 175 now", "P. O. Box 175"),
        ("the Post Office Box 12", "Post Office Box 12"),
        ("PSC 7951, Box 9972\nAPO AA 69974", "PSC 7951, Box 9972"),
        ("unit 1009 box 0219", "unit 1009 box 0219"),
    ],
)
def test_places_of_a_form(text, place):
    assert found(text)[0] == ("GEO", place)


def test_military_post_has_its_region_and_code():
    assert found("to APO AA 69974, please") == [("GEO", "APO AA 69974")]
    assert found("APO AA") == found("apo b 48000") == found("APO AA 6997") == []


@pytest.mark.parametrize(
    "text",
    [
        "an apt remark", "the suite was full", "box 4 of the form", "a box 12 inches wide", "Suite", "Apt.", "Box 7",
        "see table 2, box 3", "black box 2", "give PO\nBox 5", "apt. to fall 3 times", "apo b of 90", "P.O. Box",
        "Suite !!",
    ],
)  # fmt: skip
def test_words_that_are_no_places(text):
    assert found(text) == []


def test_what_a_run_has_of_a_place_is_a_part_of_it():
    assert found("12 Oak St Apt. 4", ("GEO", "12 Oak St Apt")) == [("GEO", "12 Oak St Apt. 4")]
    assert found("P.O. Box 104", ("ID", "104")) == [("GEO", "P.O. Box 104")]
    assert found("Ann Box 104", ("NAME", "Ann Box")) == [("NAME", "Ann Box")]
    assert found("Ms. Po Box 9", ("NAME", "Ms. Po")) == [("NAME", "Ms. Po")]
    assert found("Ann came", ("NAME", "Ann")) == [("NAME", "Ann")]


def test_no_more_than_so_many_tokens_stand_before_the_word():
    assert len(tokens("P. O. ")) == BEFORE
