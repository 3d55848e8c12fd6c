"""The page of figures: what it names, and what it does not."""

import pytest

from asepsis.scan.measuring import Annotated, Mark, outcome
from asepsis.scan.scorecard import FEWEST, Head, _percent, render, scores

HEAD = Head("Rules", "0.1", "2026-11-26 02:00 UTC", 0)


def texts(count, *slices, kind="NAME"):
    text = Annotated("1", "Maria Gonzalez and more", (Mark(0, 14, kind),), slices)
    return [outcome(text, text.marks)] * count


def test_a_slice_of_few_texts_and_a_kind_of_ones_own_with_few_ranges_are_counted_and_not_named():
    some = [*texts(FEWEST, "unit=icu"), *texts(FEWEST - 1, "patient=Gonzalez", kind="Maria"), *texts(1, kind="MRN")]
    told = scores(some, fewest=FEWEST)
    assert [name for name, _ in told.slices] == ["unit=icu"]
    assert (told.unnamed_slices, told.unnamed_kinds) == (1, 1)
    assert {one.kind for one in told.kinds} == {"MRN", "NAME"}
    page = render(HEAD, some)
    assert "unit=icu" in page
    assert "Gonzalez" not in page
    assert "Maria" not in page


def test_a_finding_does_not_name_a_kind_that_few_ranges_have():
    assert [one.kind for one in scores(texts(FEWEST, kind="doctor"), fewest=FEWEST).kinds] == ["doctor"]


def test_what_a_user_names_is_no_markup():
    page = render(HEAD, texts(FEWEST, "unit=<b>icu</b>"))
    assert "<b>icu" not in page
    assert "&lt;b&gt;icu" in page


@pytest.mark.parametrize(
    ("value", "shown"), [(1, "100.0"), (0.9999, "> 99.9"), (0, "0.0"), (0.0001, "< 0.1"), (0.9876, "98.8")]
)
def test_nearly_all_is_not_all(value, shown):
    assert _percent(value) == shown


def test_a_page_of_nothing_says_so():
    assert "there is nothing to tell" in render(HEAD, [])


def test_nothing_is_fetched_and_nothing_runs():
    page = render(HEAD, texts(20, "unit=icu"))
    for word in ("<script", "http://", "https://", "src=", "@import", "url("):
        assert word not in page
