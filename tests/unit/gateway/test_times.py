"""The moments of a call."""

import pytest

from asepsis.gateway.times import Times
from asepsis.testing.clock import ManualClock


def test_moments_are_told_in_microseconds_from_the_beginning():
    clock = ManualClock()
    times = Times(clock)
    for moment in ("sent", "answered", "first"):
        clock.advance(milliseconds=2)
        times.mark(moment)
    assert (times.upstream_us, times.first_us, times.total_us) == (2000, 6000, 6000)


def test_what_did_not_come_took_no_time():
    times = Times(ManualClock())
    times.mark("sent")
    assert (times.upstream_us, times.first_us, times.guard_us) == (0, 0, 0)


def test_the_guards_work_adds_up_also_when_it_raises():
    clock = ManualClock()
    times = Times(clock)
    assert times.timed(lambda: clock.advance(milliseconds=3) or "done") == "done"
    with pytest.raises(ValueError, match="odd"):
        times.timed(lambda: clock.advance(milliseconds=4) or [].pop(int("odd")))
    assert times.guard_us == 7000
