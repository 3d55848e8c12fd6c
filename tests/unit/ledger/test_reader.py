import asyncio

import pytest

from asepsis.core.errors import Bug, InputError, NotTrusted
from asepsis.ledger.disk import OsDisk
from asepsis.ledger.format import segment_name, segments
from asepsis.ledger.log import Log
from asepsis.ledger.reader import LogReader, logs, tenants
from asepsis.ledger.tlog.tree import CompactRange
from asepsis.testing.keys import NamedKeys

KEYS = NamedKeys()

COUNT = 60


@pytest.fixture
def log(tmp_path):
    log = Log(tmp_path / "acme", KEYS, disk=OsDisk(), segment_bytes=700)
    for number in range(COUNT):
        log.append([b"entry %d" % number])
    yield log
    log.close()


@pytest.fixture
def reader(log, tmp_path):
    return LogReader(tmp_path, "acme")


@pytest.mark.parametrize("start", [0, 1, 13, 14, 15, COUNT - 1, COUNT, COUNT + 5])
def test_reading_starts_anywhere_and_crosses_segments(reader, start):
    found = list(reader.entries(start))
    assert [entry.index for entry in found] == list(range(start, COUNT))
    assert all(entry.data == b"entry %d" % entry.index for entry in found)


def test_one_reader_can_go_back_and_forth(reader):
    for start in (50, 3, 59, 0, 20, 20):
        assert next(reader.entries(start)).index == start
    assert len(list(reader.entries(0))) == COUNT


def test_a_far_start_goes_by_its_segment(tmp_path):
    log = Log(tmp_path / "far", KEYS, disk=OsDisk(), segment_bytes=50_000)
    for _ in range(5):
        log.append([b"x" * 20] * 1000)
    reader = LogReader(tmp_path, "far")
    assert next(reader.entries(1)).index == 1
    assert next(reader.entries(4_321)).index == 4_321


def test_what_is_not_synced_is_not_shown(log, reader, tmp_path):
    last = max((tmp_path / "acme").glob("*.log"))
    head = (tmp_path / "acme" / "head").read_bytes()
    log.append([b"unpublished"])
    (tmp_path / "acme" / "head").write_bytes(head)
    assert last.exists()
    assert reader.size() == COUNT
    assert len(list(reader.entries(0))) == COUNT


def test_a_log_that_was_never_written_is_empty(tmp_path):
    reader = LogReader(tmp_path, "nobody")
    assert (reader.size(), reader.tail_start(5), list(reader.entries(0))) == (0, 0, [])


def test_the_tail_starts_where_its_length_says(reader):
    assert (reader.tail_start(10), reader.tail_start(COUNT + 1), reader.tail_start(0)) == (COUNT - 10, 0, COUNT)


@pytest.mark.parametrize("victim", [0, 14])
def test_a_changed_entry_stops_the_reader(reader, tmp_path, victim):
    path = next(path for path in (tmp_path / "acme").glob("*.log") if b"entry %d" % victim in path.read_bytes())
    path.write_bytes(path.read_bytes().replace(b"entry %d" % victim, b"ENTRY %d" % victim, 1))
    with pytest.raises(NotTrusted):
        list(reader.entries(0))


def test_a_segment_that_is_gone_stops_the_reader(reader, tmp_path):
    found = sorted((tmp_path / "acme").glob("*.log"))
    found[1].unlink()
    with pytest.raises(NotTrusted):
        list(reader.entries(0))
    found[0].unlink()
    with pytest.raises(NotTrusted):
        list(LogReader(tmp_path, "acme").entries(0))


def test_a_head_that_was_changed_stops_the_reader(reader, tmp_path):
    (tmp_path / "acme" / "head").write_bytes(b"x" * 96)
    with pytest.raises(NotTrusted):
        reader.size()


async def test_following_shows_entries_as_they_become_durable(log, reader):
    stop = asyncio.Event()
    seen = []

    async def follow():
        async for entry in reader.follow(COUNT - 2, stop=stop):
            seen.append(entry.index)
            if entry.index == COUNT + 1:
                stop.set()

    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(follow())
        await asyncio.sleep(0.01)
        assert seen == [COUNT - 2, COUNT - 1]
        log.append([b"entry %d" % COUNT])
        log.append([b"entry %d" % (COUNT + 1)])
    assert seen == list(range(COUNT - 2, COUNT + 2))


async def test_following_ends_when_it_is_told_to(reader):
    stop = asyncio.Event()
    stop.set()
    assert [entry async for entry in reader.follow(0, stop=stop)] == []


async def test_following_a_log_waits_for_its_first_entry(tmp_path):
    stop = asyncio.Event()

    async def first():
        async for entry in LogReader(tmp_path, "later").follow(0, stop=stop):
            return entry.data
        return None

    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        waiting = group.create_task(first())
        await asyncio.sleep(0.01)
        log = Log(tmp_path / "later", KEYS, disk=OsDisk())
        log.append([b"here"])
    assert waiting.result() == b"here"
    log.close()


def test_tenants_are_the_folders_with_a_log(log, tmp_path):
    (tmp_path / "Not-A-Tenant").mkdir()
    (tmp_path / "empty").mkdir()
    (tmp_path / "writer.lock").touch()
    assert tenants(tmp_path) == ("acme",)
    assert tenants(tmp_path / "nowhere") == ()
    assert (tmp_path / "acme" / segment_name(0)).exists()


def test_another_reader_goes_on_from_a_place(log, reader, tmp_path):
    batch = next(reader.batches(20))
    place = reader.behind(batch)
    (tmp_path / "acme" / segment_name(0)).unlink()
    later = LogReader(tmp_path, "acme", place)
    assert [entry.index for entry in later.entries(21)] == list(range(21, COUNT))
    other = CompactRange(21, [bytes(32)] * 3)
    for wrong in (place._replace(before=other), place._replace(segment=0)):
        with pytest.raises((NotTrusted, FileNotFoundError)):
            list(LogReader(tmp_path, "acme", wrong).entries(21))


def test_there_is_no_place_before_anything_was_read(log, reader, tmp_path):
    batch = next(reader.batches(0))
    with pytest.raises(Bug):
        LogReader(tmp_path, "acme").behind(batch)


def test_how_far_a_log_goes_is_told_with_its_root(log, reader, tmp_path):
    assert reader.durable() == (COUNT, log.seal.root)
    assert LogReader(tmp_path, "none").durable() == (0, CompactRange().root())


def test_logs_are_the_one_given_or_those_in_it(log, tmp_path):
    assert logs(tmp_path) == (tmp_path / "acme",)
    assert logs(tmp_path / "acme") == (tmp_path / "acme",)
    with pytest.raises(InputError):
        logs(tmp_path / "none")


def test_reading_all_looks_for_segments_as_often_as_there_are_new_ones(log, reader, monkeypatch):
    looks = []
    listed = segments

    def looking(folder):
        looks.append(folder)
        return listed(folder)

    monkeypatch.setattr("asepsis.ledger.reader.segments", looking)
    found = reader.batches(0)
    next(found)
    log.append([b"more"] * 30)
    assert sum(len(batch.entries) for batch in found) == COUNT - 1
    assert len(listed(log._folder)) > 10
    assert len(looks) <= 3
