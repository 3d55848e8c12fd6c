import shutil

import pytest

from asepsis.core.errors import NotTrusted
from asepsis.ledger.disk import OsDisk
from asepsis.ledger.log import Log
from asepsis.ledger.publish import CHECKPOINT, Publisher
from asepsis.ledger.published import Tiles
from asepsis.ledger.reader import LogReader
from asepsis.ledger.signing import VKEYS, read_vkeys
from asepsis.testing.keys import NamedKeys


def fill(folder, count, keys, entry=b"entry"):
    log = Log(folder, keys, disk=OsDisk())
    log.append([entry] * count)
    publisher = Publisher(folder, log.signers, LogReader(folder.parent, folder.name))
    publisher.catch_up(10_000)
    publisher.publish(log.seal, time=1)
    log.append([entry] * 3)  # durable, not published
    log.close()
    return folder


@pytest.fixture
def folder(tmp_path):
    return fill(tmp_path / "acme", 300, NamedKeys())


def check(folder):
    tiles = Tiles(folder, read_vkeys(folder / VKEYS))
    for batch in LogReader(folder.parent, folder.name).batches(0):
        tiles.take(batch)
    tiles.finish()


def test_what_was_published_holds(folder):
    check(folder)
    (folder / CHECKPOINT).unlink()
    check(folder)


def test_each_byte_of_it_counts(folder):
    for path in [folder / CHECKPOINT, *(path for path in (folder / "tile").rglob("*") if path.is_file())]:
        data = path.read_bytes()
        for place in range(0, len(data), max(1, len(data) // 40)):
            path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
            with pytest.raises(NotTrusted):
                check(folder)
        path.unlink()
        if path.name != CHECKPOINT:
            with pytest.raises(NotTrusted):
                check(folder)
        path.write_bytes(data)
    check(folder)


def test_a_full_tile_and_bundle_may_have_taken_the_place_of_partial_ones(folder):
    before = (folder / CHECKPOINT).read_bytes()
    fill(folder, 300, NamedKeys())
    (folder / CHECKPOINT).write_bytes(before)
    assert not (folder / "tile/0/001.p").exists()
    check(folder)
    (folder / "tile/entries/001").write_bytes(b"\0\1x" * 256)
    with pytest.raises(NotTrusted):
        check(folder)


def test_another_logs_tiles_or_checkpoint_do_not_hold(folder, tmp_path):
    other = fill(tmp_path / "other" / "acme", 300, NamedKeys(), b"another")
    shutil.copy(other / CHECKPOINT, folder / CHECKPOINT)
    with pytest.raises(NotTrusted):
        check(folder)
    stranger = fill(tmp_path / "third" / "acme", 300, NamedKeys("other"))
    shutil.copy(stranger / CHECKPOINT, folder / CHECKPOINT)
    with pytest.raises(NotTrusted):
        check(folder)


def test_a_checkpoint_of_more_than_the_log_holds_is_refused(folder, tmp_path):
    longer = fill(tmp_path / "longer" / "acme", 600, NamedKeys())
    for name in (CHECKPOINT, "tile"):
        place = folder / name
        shutil.rmtree(place) if place.is_dir() else place.unlink()
        shutil.copytree(longer / name, place) if name == "tile" else shutil.copy(longer / name, place)
    with pytest.raises(NotTrusted, match="published checkpoint of this log"):
        check(folder)
