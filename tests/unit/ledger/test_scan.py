import pytest

from asepsis.ledger.format import HEADER_SIZE, RECORD_SIZE, pack, pack_header, seed
from asepsis.ledger.scan import header, records

START = seed("acme")
ENTRIES = [b"one", b"two", b"three"]


@pytest.fixture
def path(tmp_path):
    (tmp_path / "f").write_bytes(pack_header(0, START) + pack(ENTRIES, START)[0])
    return tmp_path / "f"


def test_all_records_are_read(path):
    found = list(records(path, START))
    assert [one.entry for one in found] == ENTRIES
    assert found[-1].end == path.stat().st_size
    assert header(path) == (0, START)


def test_reading_can_start_behind_any_record(path):
    first = next(records(path, START))
    assert [one.entry for one in records(path, first.digest, offset=first.end)] == [b"two", b"three"]


def test_nothing_is_read_beyond_the_limit(path):
    assert [one.entry for one in records(path, START, limit=HEADER_SIZE + 2 * (RECORD_SIZE + 3))] == [b"one", b"two"]


@pytest.mark.parametrize("place", range(RECORD_SIZE + 3))
def test_reading_stops_at_the_first_byte_that_was_changed(path, place):
    data = bytearray(path.read_bytes())
    data[HEADER_SIZE + RECORD_SIZE + 3 + place] ^= 1
    path.write_bytes(data)
    assert [one.entry for one in records(path, START)] == [b"one"]


def test_a_record_behind_another_digest_does_not_hold(path):
    assert list(records(path, seed("other"))) == []


def test_a_header_cut_short_is_none(path):
    path.write_bytes(path.read_bytes()[: HEADER_SIZE - 1])
    assert header(path) is None
