import pytest

from asepsis.core.errors import ConfigError
from asepsis.ledger.format import Seal, Start, pack, pack_seal, pack_start, start_size
from asepsis.ledger.scan import batches, start_of
from asepsis.ledger.tlog.tree import CompactRange, leaf_hashes

EMPTY = CompactRange()
START = start_size(0)
BATCHES = [[b"one", b"two"], [b"three"], []]


def sealed(entries, before):
    after = before.copy()
    after.extend(leaf_hashes(entries))
    return pack(entries) + pack_seal(Seal(after.size, after.root(), b"s" * 64)), after


@pytest.fixture
def path(tmp_path):
    data, after = pack_start(Start(EMPTY, b"s" * 64)), EMPTY
    for entries in BATCHES:
        more, after = sealed(entries, after)
        data += more
    (tmp_path / "f").write_bytes(data)
    return tmp_path / "f"


def read(path, before=EMPTY, offset=START, **more):
    return list(batches(path, before, offset=offset, **more))


def test_all_batches_are_read(path):
    found = read(path)
    assert [one.entries for one in found] == BATCHES
    assert [one.first for one in found] == [0, 2, 3]
    assert [one.after.size for one in found] == [2, 3, 3]
    assert found[-1].end == path.stat().st_size
    assert found[0].leaves == leaf_hashes([b"one", b"two"])
    assert start_of(path).range.size == 0


def test_reading_can_start_behind_any_batch(path):
    first = read(path)[0]
    assert [one.entries for one in read(path, first.after, first.end)] == BATCHES[1:]


def test_nothing_is_read_beyond_the_limit(path):
    assert [one.entries for one in read(path, limit=read(path)[1].end)] == BATCHES[:2]


def test_reading_stops_at_the_first_byte_that_was_changed(path):
    """But for the signatures, which are not for a scan to check."""
    one, two, _ = read(path)
    data = path.read_bytes()
    for place in range(one.end, two.end - 64):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        assert [found.entries for found in read(path)] == BATCHES[:1], place


def test_reading_stops_where_the_bytes_break_off(path):
    one, two, _ = read(path)
    data = path.read_bytes()
    for size in range(one.end, two.end):
        path.write_bytes(data[:size])
        assert [found.entries for found in read(path)] == BATCHES[:1], size


def test_a_batch_behind_another_tree_does_not_hold(path):
    other = CompactRange()
    other.extend(leaf_hashes([b"zero"]))
    assert read(path, other) == []


def test_a_header_cut_short_is_none_and_an_older_one_is_told(path):
    path.write_bytes(path.read_bytes()[: start_size(0) - 1])
    assert start_of(path) is None
    path.write_bytes(b"ASEPLOG1")
    with pytest.raises(ConfigError):
        start_of(path)


def test_the_rows_that_a_part_of_a_batch_fills(tmp_path):
    before = CompactRange()
    before.extend(leaf_hashes([b"x"] * 200))
    data, _ = sealed([b"y"] * 700, before)
    (tmp_path / "f").write_bytes(data)
    (found,) = read(tmp_path / "f", before, 0)
    assert len(found.rows) == 3
    cuts = [len(found.rows_from(index)) for index in (200, 255, 256, 511, 512, 767, 768, 900)]
    assert cuts == [3, 3, 2, 2, 1, 1, 0, 0]
