"""The system's clocks."""

import time

from asepsis.infra.clock import SystemClock, written


def test_now_is_the_wall_clock_in_milliseconds():
    before = time.time() * 1000
    now = SystemClock().now()
    assert before - 1 <= now <= time.time() * 1000 + 1


def test_monotonic_never_goes_back():
    clock = SystemClock()
    readings = [clock.monotonic() for _ in range(1000)]
    assert readings == sorted(readings)
    assert readings[-1] > readings[0]


def test_a_time_that_no_calendar_has_is_written_as_a_number():
    assert written(1_700_000_000_123) == "2023-11-14T22:13:20.123+00:00"
    assert written(2**63) == str(2**63)
    assert written(-(2**63)) == str(-(2**63))
