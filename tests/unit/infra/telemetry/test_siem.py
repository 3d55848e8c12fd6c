"""Lines of JSON for a SIEM."""

import json
import os

import pytest

from asepsis.core.errors import Unavailable
from asepsis.infra.telemetry.siem import SiemSink, line


def read(path):
    return [json.loads(text) for text in path.read_text().splitlines()]


def test_a_line_is_the_event_behind_its_place_and_time(calls, items):
    (item,) = items(calls.opened())
    said = json.loads(line(item))
    assert (said.pop("index"), said.pop("at")) == (0, "2023-11-14T22:13:20.000Z")
    assert said == json.loads(item.entry.data)


async def test_lines_are_appended_in_order_for_the_owner_only(tmp_path, calls, items):
    path = tmp_path / "new" / "events.jsonl"
    sink = SiemSink(path, size=1 << 20, files=2)
    made = items(*calls.story(20))
    await sink.deliver(made[:7])
    await sink.deliver(made[7:])
    await sink.close()
    assert [one["index"] for one in read(path)] == list(range(len(made)))
    assert path.stat().st_mode & 0o777 == 0o600


async def test_files_are_renamed_away_by_size_and_the_oldest_goes(tmp_path, calls, items):
    path = tmp_path / "events.jsonl"
    sink = SiemSink(path, size=1, files=2)
    for item in items(*[calls.opened() for _ in range(5)]):
        await sink.deliver([item])
    indexes = {one.name: [event["index"] for event in read(one)] for one in tmp_path.iterdir()}
    assert indexes == {"events.jsonl": [4], "events.jsonl.1": [3], "events.jsonl.2": [2]}


async def test_half_a_line_from_before_a_crash_is_cut_off(tmp_path, calls, items):
    path = tmp_path / "events.jsonl"
    sink = SiemSink(path, size=1 << 20, files=2)
    made = items(calls.opened(), calls.opened())
    await sink.deliver(made[:1])
    with path.open("ab") as file:
        file.write(line(made[1])[:40] + b"x" * 70_000)
    await sink.deliver(made[1:])
    assert [one["index"] for one in read(path)] == [0, 1]


async def test_a_disk_that_fails_is_told(tmp_path, calls, items):
    path = tmp_path / "events.jsonl"
    path.mkdir()
    with pytest.raises(Unavailable, match=os.strerror(21)):
        await SiemSink(path, size=1 << 20, files=2).deliver(items(calls.opened()))
