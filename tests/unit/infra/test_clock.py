"""The system's clocks."""

import time

from asepsis.infra.clock import SystemClock


def test_now_is_the_wall_clock_in_milliseconds():
    before = time.time() * 1000
    now = SystemClock().now()
    assert before - 1 <= now <= time.time() * 1000 + 1


def test_monotonic_never_goes_back():
    clock = SystemClock()
    readings = [clock.monotonic() for _ in range(1000)]
    assert readings == sorted(readings)
    assert readings[-1] > readings[0]
