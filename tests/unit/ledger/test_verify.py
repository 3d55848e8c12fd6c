import fcntl

import pytest

from asepsis.core.errors import ConfigError, InputError, NotTrusted
from asepsis.ledger.disk import OsDisk
from asepsis.ledger.log import Log
from asepsis.ledger.publish import CHECKPOINT, Publisher
from asepsis.ledger.reader import LogReader
from asepsis.ledger.signing import VKEYS, read_vkeys
from asepsis.ledger.store import LOCK
from asepsis.ledger.tlog import notes
from asepsis.ledger.tlog.checkpoints import Checkpoint
from asepsis.ledger.tlog.tree import CompactRange, leaf_hashes
from asepsis.ledger.verify import tenant_of, verify, witnessed_notes
from asepsis.testing.keys import NamedKeys

KEYS = NamedKeys()


@pytest.fixture
def folder(tmp_path, events):
    log = Log(tmp_path / "acme", KEYS, disk=OsDisk(), segment_bytes=500)
    for number in range(6):
        log.append([events.plain(f"e{number}").encode()])
    log.close()
    return tmp_path / "acme"


def grow(folder, entry, keys=KEYS):
    log = Log(folder, keys, disk=OsDisk(), segment_bytes=500)
    log.append([entry])
    log.close()


def test_a_whole_log_holds(folder):
    assert verify(folder).checkpoint.size == 6
    assert len(list(folder.glob("*.log"))) > 2


def test_bytes_anywhere_count(folder):
    for path in [*sorted(folder.glob("*.log")), folder / "head", folder / VKEYS]:
        data = path.read_bytes()
        for place in range(0, len(data), 7):
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
    seen = witnessed_notes(verify(folder).note)
    grow(folder, events.plain("more").encode())
    assert verify(folder, seen).checkpoint.size == 7


def test_a_checkpoint_of_any_size_is_extended(folder, events):
    """Also one inside a batch, as somebody with the key may have signed it."""
    log = Log(folder, KEYS, disk=OsDisk())
    log.append([events.plain(f"m{number}").encode() for number in range(5)])
    row = CompactRange()
    row.extend(leaf_hashes(entry.data for entry in LogReader(folder.parent, folder.name).entries(0)))
    within = CompactRange()
    within.extend(leaf_hashes(entry.data for entry in list(LogReader(folder.parent, folder.name).entries(0))[:8]))
    good = Checkpoint(log.signers.origin, 8, within.root()).render()
    assert verify(folder, [notes.render(good, [log.signers.commit.sign(good)])]).checkpoint.root == row.root()
    bad = Checkpoint(log.signers.origin, 8, row.root()).render()
    with pytest.raises(NotTrusted, match="differs from the checkpoint seen at 8"):
        verify(folder, [notes.render(bad, [log.signers.commit.sign(bad)])])
    log.close()


def anew(folder, events, count, keys=KEYS):
    other = folder.parent / "other" / "acme"
    for number in range(count):
        grow(other, events.plain(f"x{number}").encode(), keys)
    verify(other)
    return other


def test_a_log_written_anew_does_not_extend_the_checkpoint(folder, events):
    seen = witnessed_notes(verify(folder).note)
    with pytest.raises(NotTrusted, match="differs from the checkpoint"):
        verify(anew(folder, events, 13), seen)


def test_a_log_written_anew_with_other_keys_does_not_either(folder, events):
    seen = witnessed_notes(verify(folder).note)
    with pytest.raises(NotTrusted, match="signed with the log's key"):
        verify(anew(folder, events, 13, NamedKeys("other")), seen)


def test_a_log_shorter_than_the_checkpoint_is_refused(folder, events):
    seen = witnessed_notes(verify(folder).note)
    with pytest.raises(NotTrusted, match="expected the 6 witnessed entries, got 1"):
        verify(anew(folder, events, 1), seen)


def test_keys_kept_elsewhere_are_the_ones_that_count(folder, events):
    mine = read_vkeys(folder / VKEYS)
    assert verify(folder, keys=mine).checkpoint.size == 6
    with pytest.raises(NotTrusted, match="to be those given"):
        verify(anew(folder, events, 2, NamedKeys("other")), keys=mine)


def test_the_checkpoint_of_an_empty_log_is_extended_by_any(folder, tmp_path):
    Log(tmp_path / "e" / "acme", KEYS, disk=OsDisk()).close()
    empty = verify(tmp_path / "e" / "acme")
    assert empty.checkpoint.size == 0
    assert verify(folder, [empty.note]).checkpoint.size == 6


def test_two_checkpoints_of_one_size_that_differ_are_refused(folder, events):
    with pytest.raises(NotTrusted, match="two checkpoints of one size"):
        verify(folder, [verify(folder).note, verify(anew(folder, events, 6)).note])


def test_checkpoints_of_another_tenant_are_ignored(folder, tmp_path, events):
    grow(tmp_path / "beta", events.plain("x", tenant="beta").encode())
    other = verify(tmp_path / "beta").note
    assert tenant_of(other) == "beta"
    assert verify(folder, [other]).checkpoint.size == 6


def test_a_checkpoint_whose_signature_was_changed_is_refused(folder):
    note = verify(folder).note
    with pytest.raises(NotTrusted):
        verify(folder, [note.replace(b"\n6\n", b"\n5\n")])
    assert note.partition(b"\n")[0].endswith(b"/acme")


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
        assert verify(folder).checkpoint.size == 6


def test_nothing_is_no_log(tmp_path):
    with pytest.raises(NotTrusted):
        verify(tmp_path / "nothing")


def test_checkpoints_one_behind_the_other_come_apart(folder, tmp_path):
    note = verify(folder).note
    assert witnessed_notes(note) == (note,)
    assert witnessed_notes(note + note) == (note, note)


@pytest.mark.parametrize("text", [b"", b"x", b"asepsis ledger 1\nacme\n3\nab\n", "— a b\nc\n".encode()])
def test_text_that_is_no_checkpoint_is_refused(text):
    with pytest.raises(InputError):
        witnessed_notes(text)


def test_a_log_of_the_format_before_is_told_as_such(folder):
    path = min(folder.glob("*.log"))
    path.write_bytes(b"ASEPLOG1" + path.read_bytes()[8:])
    with pytest.raises(ConfigError, match="expected a log of format 2"):
        verify(folder)


def test_what_is_published_is_checked_as_well(folder):
    keys, reader = KEYS, LogReader(folder.parent, folder.name)
    log = Log(folder, keys, disk=OsDisk())
    publisher = Publisher(folder, log.signers, reader)
    publisher.catch_up(100)
    publisher.publish(log.seal, time=1)
    log.close()
    assert verify(folder).checkpoint.size == 6
    (folder / CHECKPOINT).write_bytes((folder / CHECKPOINT).read_bytes().replace(b"\n6\n", b"\n5\n"))
    with pytest.raises(NotTrusted, match="published checkpoint signed"):
        verify(folder)
