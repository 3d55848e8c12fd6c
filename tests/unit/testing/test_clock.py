"""The clock that stands still."""

import pytest

from asepsis.testing.clock import ManualClock


def test_it_moves_only_when_told():
    clock = ManualClock(now=5)
    assert (clock.now(), clock.now(), clock.monotonic()) == (5, 5, 0)
    clock.advance(milliseconds=2)
    assert (clock.now(), clock.monotonic()) == (7, 2_000_000)


def test_it_does_not_go_back():
    with pytest.raises(ValueError, match="back"):
        ManualClock().advance(milliseconds=-1)
