import fcntl

import pytest

from asepsis.core.errors import InputError, NotTrusted
from asepsis.ledger.disk import OsDisk
from asepsis.ledger.log import Log
from asepsis.ledger.store import LOCK
from asepsis.ledger.verify import Checkpoint, checkpoints, verify


@pytest.fixture
def folder(tmp_path, events):
    log = Log(tmp_path / "acme", disk=OsDisk(), segment_bytes=350)
    for number in range(6):
        log.append([events.plain(f"e{number}").encode()])
    log.close()
    return tmp_path / "acme"


def grow(folder, entry):
    log = Log(folder, disk=OsDisk(), segment_bytes=350)
    log.append([entry])
    log.close()


def test_a_whole_log_holds(folder):
    assert verify(folder).size == 6
    assert len(list(folder.glob("*.log"))) > 2


def test_bytes_anywhere_count(folder):
    for path in [*sorted(folder.glob("*.log")), folder / "head"]:
        data = path.read_bytes()
        for place in range(0, len(data), 3):
            path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
            with pytest.raises(NotTrusted):
                verify(folder)
        path.write_bytes(data)
    verify(folder)


def test_cutting_the_end_is_noticed_byte_for_byte(folder):
    path = max(folder.glob("*.log"))
    data = path.read_bytes()
    for size in range(len(data)):
        path.write_bytes(data[:size])
        with pytest.raises(NotTrusted):
            verify(folder)


def test_a_segment_taken_away_is_noticed(folder):
    for path in folder.glob("*.log"):
        data = path.read_bytes()
        path.unlink()
        with pytest.raises(NotTrusted):
            verify(folder)
        path.write_bytes(data)


def test_a_log_that_grew_extends_its_checkpoint(folder, events):
    seen = checkpoints(verify(folder).render())
    grow(folder, events.plain("more").encode())
    assert verify(folder, seen).size == 7


def test_a_log_written_anew_does_not_extend_the_checkpoint(folder, events, tmp_path):
    seen = checkpoints(verify(folder).render())
    other = tmp_path / "other" / "acme"
    for number in range(13):
        grow(other, events.plain(f"x{number}").encode())
    verify(other)
    with pytest.raises(NotTrusted):
        verify(other, seen)


def test_a_log_shorter_than_the_checkpoint_is_refused(folder, events, tmp_path):
    seen = checkpoints(verify(folder).render())
    other = tmp_path / "other" / "acme"
    grow(other, events.plain("e0").encode())
    with pytest.raises(NotTrusted):
        verify(other, seen)


def test_the_checkpoint_of_an_empty_log_is_extended_by_any(folder, tmp_path):
    Log(tmp_path / "e" / "acme", disk=OsDisk()).close()
    empty = verify(tmp_path / "e" / "acme")
    assert empty.size == 0
    assert verify(folder, (empty,)).size == 6


def test_two_checkpoints_of_one_size_that_differ_are_refused(folder):
    found = verify(folder)
    with pytest.raises(NotTrusted):
        verify(folder, (found, found._replace(digest="0" * 64)))


@pytest.mark.parametrize("entry", [b"no event", b"{}"])
def test_an_entry_that_is_no_event_is_refused(folder, entry):
    grow(folder, entry)
    with pytest.raises(NotTrusted):
        verify(folder)


def test_another_tenants_event_is_refused(folder, events):
    grow(folder, events.plain("x", tenant="beta").encode())
    with pytest.raises(NotTrusted):
        verify(folder)


def test_a_torn_tail_is_told_unless_a_writer_is_at_work(folder):
    with max(folder.glob("*.log")).open("ab") as file:
        file.write(b"torn")
    with pytest.raises(NotTrusted, match="4 bytes do not hold: a torn tail"):
        verify(folder)
    with (folder.parent / LOCK).open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert verify(folder).size == 6


def test_nothing_is_no_log(tmp_path):
    with pytest.raises(NotTrusted):
        verify(tmp_path / "nothing")


def test_checkpoints_come_back_from_their_text():
    made = (Checkpoint("acme", 3, "ab"), Checkpoint("beta", 0, "cd"))
    assert checkpoints("".join(one.render() for one in made)) == made


@pytest.mark.parametrize("text", ["", "x", "asepsis ledger 1\nacme\n3\n", "asepsis ledger 1\nacme\n-3\nab\n"])
def test_text_that_is_no_checkpoint_is_refused(text):
    with pytest.raises(InputError):
        checkpoints(text)
