"""Segments: where they begin and end, what is read with them, and what is too long."""

import pytest

from asepsis.scan.normalise import fold
from asepsis.scan.segments import CONTEXT, HOLD, Text, segments, unbroken


def text(given: str, lead: str = "") -> Text:
    return Text(given, lead, fold(given))


def test_marks_in_one_segment_come_together_and_others_apart():
    given = "said 12 34 to them, and \u200bso 56"
    marks = [(1, 7), (2, 9), (3, len(given) - 2)]
    found = [(given[start:end], numbers) for start, end, numbers in segments(text(given), marks, len(given))]
    assert found == [("12 34 ", {1, 2}), ("56", {3})]


def test_what_ends_behind_the_place_to_stop_at_is_left():
    assert list(segments(text("one 12 two 34"), [(1, 5), (1, 12)], 6)) == [(4, 6, {1})]


def test_marks_in_what_is_closed_are_left():
    long = "x" * (HOLD + 1)
    given = f'so {long}" and {long}" 12 34'
    closed = list(unbroken(given, len(given)))
    marks = [(1, 10), (1, HOLD), (1, HOLD + 30), (2, len(given) - 1)]
    found = list(segments(text(given), marks, len(given), closed=closed))
    assert [(given[start:end], numbers) for start, end, numbers in found] == [("12 34", {2})]


@pytest.mark.parametrize("before", [0, 10, CONTEXT, 3 * CONTEXT])
def test_a_segment_is_seen_with_its_context_and_the_key_before_a_text_that_begins_there(before):
    given = "\u200bx" * (before // 2) + "12 34"
    seen = text(given, "ssn: ").seen(before, len(given))
    assert seen.view.text[seen.inside :] == "12 34"
    assert seen.since + seen.shift == before
    assert seen.view.text.startswith("ssn: ") is (before <= CONTEXT)
    assert seen.view.back(seen.inside, seen.inside + 1)[0] + seen.shift == before


def test_a_segment_that_is_too_long_is_named_without_the_quote_behind_it():
    long = "x" * (HOLD + 1)
    assert list(unbroken(f'so {long}" now', HOLD + 9)) == [(3, HOLD + 4)]
    assert list(unbroken("so it is " * HOLD, 9 * HOLD)) == []
