"""Percentiles from counts: near the exact ones, whatever is counted."""

from hypothesis import given
from hypothesis import strategies as st

from asepsis.gateway.report.spread import Spread


def spread_of(values):
    spread = Spread()
    for value in values:
        spread.add(value)
    return spread


def test_nothing_counted_is_nothing():
    assert (Spread().percentile(500), Spread().largest) == (0, 0)


@given(st.lists(st.integers(0, 10**9), min_size=1), st.integers(1, 1000))
def test_a_percentile_is_low_by_less_than_a_tenth(values, share):
    exact = sorted(values)[-(-len(values) * share // 1000) - 1]
    found = spread_of(values).percentile(share)
    assert exact * 0.9 < found <= exact or found == exact


def test_memory_does_not_grow_with_what_is_counted():
    spread = spread_of(range(0, 3_000_000, 7))
    assert len(spread._counts) < 100 + 90 * 6
    assert spread.count == len(range(0, 3_000_000, 7))
