"""Calls in words."""

import pytest

from asepsis.console.rows import clock, day, duration, left, moment, row, seen, topic, use
from asepsis.core.events import Mode, Outcome
from asepsis.core.types import Coverage, Verdict


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [
        (0, "0 µs"),
        (999, "999 µs"),
        (1_000, "1.0 ms"),
        (99_949, "99.9 ms"),
        (100_000, "100 ms"),
        (999_999, "999 ms"),
        (1_250_000, "1.2 s"),
    ],
)
def test_durations_are_short(microseconds, text):
    assert duration(microseconds) == text


def test_times_are_utc():
    assert moment(1_700_000_000_123) == "2023-11-14T22:13:20.123Z"
    assert clock(1_700_000_000_999) == "22:13:20"


@pytest.mark.parametrize(
    ("coverages", "text"),
    [
        ((Coverage(),), "nothing to scan"),
        ((Coverage(1, 9, 1),), "1 part"),
        ((Coverage(8, 90, 8), Coverage(4, 9, 4)), "12 parts"),
        ((Coverage(8, 90, 7), Coverage(4, 9, 4)), "11 of 12 parts"),
    ],
)
def test_what_was_seen(coverages, text):
    assert seen(*coverages) == text


@pytest.mark.parametrize(
    ("verdict", "mode", "text"),
    [
        (Verdict.ALLOW, Mode.ENFORCE, "Allowed"),
        (Verdict.ALLOW, Mode.OBSERVE, "Allowed"),
        (Verdict.TRANSFORM, Mode.ENFORCE, "Masked"),
        (Verdict.ASK, Mode.ENFORCE, "Held"),
        (Verdict.DENY, Mode.ENFORCE, "Denied"),
        (Verdict.DENY, Mode.OBSERVE, "Would deny"),
    ],
)
def test_verdicts_say_whether_they_were_carried_out(desk, verdict, mode, text):
    opened = desk.calls.opened(verdict=verdict, mode=mode)
    desk.write(opened)
    assert row(desk.board.call(opened.id)).verdict_text == text


def test_outcomes(desk):
    opened = [desk.calls.opened() for _ in range(len(Outcome) + 2)]
    desk.write(*opened, desk.calls.unclosed(opened[-1]))
    for one, outcome in zip(opened, Outcome, strict=False):
        desk.write(desk.calls.closed(one, outcome=outcome))
    texts = [row(desk.board.call(one.id)).outcome_text for one in opened]
    assert texts == ["completed", "denied", "cut", "failed", "client left", "running", "never closed"]


def test_a_part_that_could_not_be_read_marks_the_row(desk):
    events = list(desk.calls.story(60))
    desk.write(*events)
    rows = [row(call) for call in desk.board.latest("all", count=99)]
    assert {one.partial for one in rows} == {True, False}
    assert all(one.partial == (" of " in one.seen) for one in rows)


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (-5, "0 s"),
        (59_999, "59 s"),
        (61_000, "1 min 01 s"),
        (900_000, "15 min"),
        (3_660_000, "1 h 01 min"),
        (90_000_000, "1 d 1 h"),
    ],
)
def test_time_that_is_left(milliseconds, text):
    assert left(milliseconds) == text


def test_words_for_people():
    assert (topic("hiv"), topic("substance_use"), use("HPAYMT"), use("X")) == ("HIV", "substance use", "payment", "X")
    assert day(1_700_000_000_000) == "2023-11-14"
