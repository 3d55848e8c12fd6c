import pytest

from asepsis.core.errors import InputError, NotTrusted
from asepsis.ledger.disk import OsDisk
from asepsis.ledger.log import Log
from asepsis.ledger.prove import find, prove
from asepsis.ledger.publish import Publisher
from asepsis.ledger.reader import LogReader
from asepsis.ledger.signing import VKEYS, read_vkeys
from asepsis.ledger.tlog import offline
from asepsis.testing.keys import NamedKeys


@pytest.fixture
def folder(tmp_path, events):
    folder = tmp_path / "acme"
    log = Log(folder, NamedKeys(), disk=OsDisk())
    log.append([events.plain(f"e{number}").encode() for number in range(300)])
    publisher = Publisher(folder, log.signers, LogReader(tmp_path, "acme"))
    publisher.catch_up(1000)
    publisher.publish(log.seal, time=1)
    log.append([events.plain("late").encode()])
    log.close()
    return folder


def test_an_event_is_found_by_its_id_and_its_index(folder, events):
    assert find(folder, "e7").index == 7
    assert find(folder, "299") == (299, events.plain("e299").encode())
    assert find(folder, "late").index == 300
    for nothing in ("301", "e", "e300", "process.stopped"):
        with pytest.raises(InputError):
            find(folder, nothing)


@pytest.mark.parametrize("which", ["0", "e255", "e256", "e299"])
def test_what_is_proven_holds_without_the_ledger(folder, which):
    proven = prove(folder, which)
    keys = read_vkeys(folder / VKEYS)
    read = offline.parse(proven.proof.render())
    assert read.check(proven.entry, keys=keys).size == 300
    with pytest.raises(NotTrusted):
        read.check(proven.entry + b" ", keys=keys)


def test_what_is_not_published_is_not_proven(folder, tmp_path, events):
    with pytest.raises(InputError, match="published"):
        prove(folder, "late")
    log = Log(tmp_path / "new", NamedKeys(), disk=OsDisk())
    log.append([events.plain("a", tenant="new").encode()])
    log.close()
    with pytest.raises(InputError, match="published"):
        prove(tmp_path / "new", "a")


def test_nothing_is_proven_from_tiles_that_do_not_hold(folder):
    (folder / "tile/0/000").write_bytes(bytes(256 * 32))
    with pytest.raises(NotTrusted):
        prove(folder, "e1")
