from pathlib import Path

import pytest

from asepsis.testing.desk import play

MANIFESTS = Path(__file__).parents[3] / "examples" / "manifests" / "plan.toml"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_on_an_ordinary_day_somebody_is_asked_once_in_two_hundred_calls_at_most():
    day = play(5, 7_500, confirmed=MANIFESTS)
    assert day.calls >= 7_500
    assert day.asks * 200 <= day.calls, day
    assert day.denied == 0
    assert sum(day.rules.values()) >= day.asks > 0


def test_the_same_seed_is_the_same_day():
    assert play(5, 60, confirmed=MANIFESTS) == play(5, 60, confirmed=MANIFESTS)
