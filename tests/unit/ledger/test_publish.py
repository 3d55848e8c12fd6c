import shutil

import pytest

from asepsis.ledger.disk import OsDisk
from asepsis.ledger.log import Log
from asepsis.ledger.publish import ANCHORED, CHECKPOINT, Publisher, claimed, published, read_row
from asepsis.ledger.reader import LogReader
from asepsis.ledger.signing import VKEYS, keep, read_vkeys
from asepsis.ledger.tlog import offline
from asepsis.ledger.tlog.proofs import check_inclusion, prove_inclusion
from asepsis.ledger.tlog.tiles import ENTRIES, Tile, bundle_entries, node_reader, partial_tiles, path
from asepsis.ledger.tlog.tree import leaf_hash
from asepsis.testing.keys import NamedKeys


class Published:
    """A log with its publisher, as the store keeps them."""

    def __init__(self, folder):
        self.folder = folder
        self.log = Log(folder, NamedKeys(), disk=OsDisk(), segment_bytes=4096)
        self.again()

    def again(self):
        self.publisher = Publisher(self.folder, self.log.signers, LogReader(self.folder.parent, self.folder.name))

    def append(self, count):
        entries = [b"entry %d" % (self.log.count + number) for number in range(count)]
        appended = self.log.append(entries)
        self.publisher.take(entries, appended.leaves, appended.rows)

    def publish(self):
        self.publisher.publish(self.log.seal, time=7)

    def check(self):
        """Reads the log as a stranger would: checkpoint, bundles, and a proof of each entry from the tiles."""
        data = (self.folder / CHECKPOINT).read_bytes()
        checkpoints = [offline.open_checkpoint(data, keys=[key]) for key in read_vkeys(self.folder / VKEYS)]
        size, root = checkpoints[0].size, checkpoints[0].root
        node = node_reader(size, lambda tile: read_row(self.folder, tile))
        for number in range(0, size, 256):
            width = min(256, size - number)
            data = (self.folder / path(Tile(ENTRIES, number // 256, width))).read_bytes()
            for index, entry in enumerate(bundle_entries(data, width=width), number):
                assert entry == b"entry %d" % index
                if index % 37 == 0 or index == size - 1:
                    proof = prove_inclusion(index, size=size, node=node)
                    check_inclusion(leaf_hash(entry), index, size=size, root=root, proof=proof)
        return size


@pytest.fixture
def log(tmp_path):
    made = Published(tmp_path / "acme")
    yield made
    made.log.close()


def test_a_stranger_can_read_what_is_published(log):
    for count in (1, 3, 252, 1, 600):
        log.append(count)
        log.publish()
        assert log.check() == log.log.count == published(log.folder)


def test_full_tiles_take_the_place_of_partial_ones(log):
    log.append(255)
    log.publish()
    assert (log.folder / path(Tile(0, 0, 255))).exists()
    log.append(2)
    log.publish()
    assert not (log.folder / path(Tile(0, 0, 255))).exists()
    assert read_row(log.folder, Tile(0, 0, 255)) == read_row(log.folder, Tile(0, 0))[: 255 * 32]
    with pytest.raises(FileNotFoundError):
        read_row(log.folder, Tile(0, 9))


def test_publishing_goes_on_where_it_stood(log):
    log.append(700)
    log.publish()
    log.append(100)  # taken, not published
    written = {place: place.stat().st_mtime_ns for place in (log.folder / "tile" / "0").glob("00?")}
    log.again()
    assert log.publisher.size == 512
    assert log.publisher.catch_up(1000)
    log.publish()
    assert log.check() == 800
    assert {place: place.stat().st_mtime_ns for place in written} == written


@pytest.mark.parametrize("harm", ["all", "checkpoint", "tile/1/000.p/2", "changed"])
def test_tiles_that_are_lost_are_made_again(log, harm):
    log.append(700)
    log.publish()
    if harm == "all":
        shutil.rmtree(log.folder / "tile")
    elif harm == "changed":
        (log.folder / "tile/1/000.p/2").write_bytes(bytes(64))
        (log.folder / "tile/0/001").write_bytes(b"torn")
    else:
        (log.folder / harm).unlink()
    log.again()
    assert log.publisher.size == 0
    assert not log.publisher.catch_up(500)
    assert log.publisher.catch_up(500)
    log.publish()
    assert log.check() == 700


def test_a_checkpoint_ahead_of_the_log_is_not_gone_on_from(log, tmp_path):
    log.append(600)
    log.publish()
    other = Published(tmp_path / "other" / "acme")
    other.append(10)
    shutil.copy(log.folder / CHECKPOINT, other.folder / CHECKPOINT)
    other.again()
    other.publisher.catch_up(100)
    other.publish()
    assert other.check() == 10
    other.log.close()


def test_an_empty_log_is_published(log):
    log.publish()
    assert log.check() == 0
    assert partial_tiles(0) == []
    assert published(log.folder / "nowhere") == 0


def test_what_a_log_claimed_counts_with_its_own_signature(log, tmp_path):
    keys = read_vkeys(log.folder / VKEYS)
    assert claimed(log.folder, keys) == 0
    log.append(5)
    log.publish()
    shutil.copy(log.folder / CHECKPOINT, log.folder / ANCHORED)
    log.append(3)
    log.publish()
    assert claimed(log.folder, keys) == 8
    (log.folder / CHECKPOINT).write_bytes(b"nonsense")
    assert claimed(log.folder, keys) == 5
    (tmp_path / "other").mkdir()
    assert claimed(log.folder, [key.verifier for key in keep(tmp_path / "other", NamedKeys("other"))]) == 0
