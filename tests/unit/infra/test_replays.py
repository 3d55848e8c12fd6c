"""What was shown once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from asepsis.core.errors import Unavailable
from asepsis.infra.replays import Replays, mend
from asepsis.testing.clock import ManualClock


def test_a_value_is_first_once_until_its_time_is_up(tmp_path):
    clock = ManualClock()
    seen = Replays(tmp_path / "r.db", clock=clock)
    assert seen.first(b"a", seconds=10)
    assert not seen.first(b"a", seconds=10)
    assert seen.first(b"b", seconds=10)
    clock.advance(milliseconds=9_999)
    assert not seen.first(b"a", seconds=10)
    clock.advance(milliseconds=1)
    assert seen.first(b"a", seconds=10)


def test_of_several_who_ask_at_once_one_is_first(tmp_path):
    values = [f"{number}".encode() for number in range(200)]

    def show(_):
        seen = Replays(tmp_path / "r.db", clock=ManualClock())
        return [seen.first(value, seconds=60) for value in values]

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(show, range(3)))
    assert [sum(each) for each in zip(*answers, strict=True)] == [1] * len(values)


def test_where_nobody_can_say_it_is_unavailable(tmp_path):
    with pytest.raises(Unavailable):
        Replays(tmp_path / "none" / "r.db", clock=ManualClock()).first(b"a", seconds=1)


def test_what_was_shown_is_remembered_over_a_restart_and_a_spoilt_file_is_taken_away(tmp_path):
    path = tmp_path / "r.db"
    mend(path)
    assert Replays(path, clock=ManualClock()).first(b"a", seconds=60)
    mend(path)
    assert not Replays(path, clock=ManualClock()).first(b"a", seconds=60)
    for left in tmp_path.iterdir():
        left.write_bytes(b"nothing" * 1000)
    mend(path)
    assert Replays(path, clock=ManualClock()).first(b"a", seconds=60)
