import errno

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asepsis.core.errors import ConfigError, InputError, NotTrusted, Unavailable
from asepsis.ledger.disk import OsDisk
from asepsis.ledger.format import LIMIT, segment_name, segments, start_size
from asepsis.ledger.log import Log
from asepsis.ledger.reader import LogReader
from asepsis.ledger.signing import signed_by
from asepsis.ledger.tlog.tree import CompactRange, leaf_hashes
from asepsis.testing.keys import NamedKeys

KEYS = NamedKeys()


def stored(folder):
    return [entry.data for entry in LogReader(folder.parent, folder.name).entries(0)]


def reopen(folder, **more):
    log = Log(folder, KEYS, disk=OsDisk(), **more)
    log.close()
    return log


def test_what_was_appended_is_there_after_opening_again(tmp_path):
    log = Log(tmp_path / "acme", KEYS, disk=OsDisk())
    assert log.append([b"a", b"b"]) == (0, leaf_hashes([b"a", b"b"]), [])
    assert log.append([b"c"]).first == 2
    log.close()
    assert (reopen(tmp_path / "acme").count, stored(tmp_path / "acme")) == (3, [b"a", b"b", b"c"])


def test_segments_end_by_size_and_are_named_by_their_first_entry(tmp_path):
    log = Log(tmp_path / "acme", KEYS, disk=OsDisk(), segment_bytes=500)
    for number in range(30):
        log.append([b"%03d" % number * 30])
    log.close()
    assert len(segments(tmp_path / "acme")) > 5
    assert stored(tmp_path / "acme") == [b"%03d" % number * 30 for number in range(30)]
    assert reopen(tmp_path / "acme", segment_bytes=500).count == 30


def test_an_append_is_written_and_then_synced_before_it_is_published(tmp_path, disk):
    log = Log(tmp_path / "acme", KEYS, disk=disk)
    disk.calls.clear()
    log.append([b"a", b"b", b"c"])
    assert disk.calls == ["write", "sync", "write"]


def test_a_head_that_was_lost_is_made_again_and_its_name_is_durable_before_anything_else(tmp_path, disk):
    log = Log(tmp_path / "acme", KEYS, disk=disk)
    log.append([b"a"])
    log.close()
    (tmp_path / "acme" / "head").unlink()
    disk.calls.clear()
    log = Log(tmp_path / "acme", KEYS, disk=disk)
    assert (log.count, "sync_folder" in disk.calls) == (1, True)
    log.close()
    disk.calls.clear()
    Log(tmp_path / "acme", KEYS, disk=disk).close()
    assert "sync_folder" not in disk.calls


def test_a_new_segment_is_synced_with_its_folder_before_it_is_used(tmp_path, disk):
    log = Log(tmp_path / "acme", KEYS, disk=disk, segment_bytes=100)
    log.append([b"a" * 100])
    disk.calls.clear()
    log.append([b"b"])
    assert disk.calls == ["create", "write", "sync", "sync_folder", "write", "sync", "write"]


@pytest.mark.parametrize("entry", [b"", b"x" * (LIMIT + 1)])
def test_an_entry_of_no_size_is_refused_and_harms_nothing(tmp_path, entry):
    log = Log(tmp_path / "acme", KEYS, disk=OsDisk())
    with pytest.raises(InputError):
        log.append([b"good", entry])
    assert log.append([b"later"]).first == 0


@pytest.mark.parametrize("operation", ["write", "sync"])
@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
def test_after_a_failure_nothing_is_taken_until_it_is_opened_again(tmp_path, disk, operation, number):
    log = Log(tmp_path / "acme", KEYS, disk=disk)
    log.append([b"durable"])
    disk.fail[operation] = number
    with pytest.raises(Unavailable):
        log.append([b"lost"])
    disk.fail.clear()
    disk.calls.clear()
    with pytest.raises(Unavailable):
        log.append([b"later"])
    assert not log.sound
    assert disk.calls == []  # above all no second sync
    assert stored(tmp_path / "acme") == [b"durable"]


def test_a_tail_left_by_a_failed_sync_is_written_again_before_it_counts(tmp_path, disk):
    log = Log(tmp_path / "acme", KEYS, disk=disk)
    disk.fail["sync"] = errno.EIO
    with pytest.raises(Unavailable):
        log.append([b"unsure"])
    log.close()
    disk.fail.clear()
    disk.calls.clear()
    again = Log(tmp_path / "acme", KEYS, disk=disk)
    assert again.count == 1
    assert disk.calls[:2] == ["write", "sync"]


def test_a_write_torn_by_a_full_disk_is_cut(tmp_path, disk):
    log = Log(tmp_path / "acme", KEYS, disk=disk)
    log.append([b"durable"])
    disk.room = 50
    with pytest.raises(Unavailable):
        log.append([b"x" * 100])
    log.close()
    disk.room = None
    again = Log(tmp_path / "acme", KEYS, disk=disk)
    assert (again.count, again.cut) == (1, 50)
    assert again.append([b"next"]).first == 1
    assert stored(tmp_path / "acme") == [b"durable", b"next"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_tail_torn_anywhere_is_cut_back_to_the_last_whole_entry(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("torn") / "acme"
    log = Log(folder, KEYS, disk=OsDisk())
    log.append([b"durable"])
    path = folder / segment_name(0)
    durable = path.stat().st_size
    head = (folder / "head").read_bytes()
    log.append([b"two" * 10, b"three" * 10])
    log.close()
    whole = path.read_bytes()
    size = data.draw(st.integers(durable, len(whole)))
    path.write_bytes(whole[:size] + data.draw(st.binary(max_size=40)))
    (folder / "head").write_bytes(head)
    again = reopen(folder)
    assert again.count == (3 if size == len(whole) else 1)  # a batch counts whole or not at all
    assert path.stat().st_size + again.cut >= size
    assert stored(folder) == [b"durable", b"two" * 10, b"three" * 10][: again.count]


def test_a_tail_of_zeros_is_cut(tmp_path):
    Log(tmp_path / "acme", KEYS, disk=OsDisk()).append([b"durable"])
    with (tmp_path / "acme" / segment_name(0)).open("ab") as file:
        file.write(b"\0" * 4096)
    assert reopen(tmp_path / "acme").cut == 4096
    assert stored(tmp_path / "acme") == [b"durable"]


def test_durable_entries_that_do_not_hold_are_never_cut(tmp_path):
    log = Log(tmp_path / "acme", KEYS, disk=OsDisk())
    log.append([b"first", b"second"])
    log.close()
    path = tmp_path / "acme" / segment_name(0)
    data = path.read_bytes()
    for place in (-1, -70, -140):  # the signature, the root, an entry
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[len(data) + place + 1 :])
        with pytest.raises(NotTrusted):
            Log(tmp_path / "acme", KEYS, disk=OsDisk())
        assert len(path.read_bytes()) == len(data)


def test_a_last_segment_that_was_taken_away_is_noticed(tmp_path):
    log = Log(tmp_path / "acme", KEYS, disk=OsDisk(), segment_bytes=100)
    for _ in range(3):
        log.append([b"x" * 100])
    log.close()
    (tmp_path / "acme" / segment_name(2)).unlink()
    with pytest.raises(NotTrusted):
        Log(tmp_path / "acme", KEYS, disk=OsDisk(), segment_bytes=100)


def test_all_segments_taken_away_is_noticed(tmp_path):
    log = Log(tmp_path / "acme", KEYS, disk=OsDisk())
    log.append([b"x"])
    log.close()
    (tmp_path / "acme" / segment_name(0)).unlink()
    with pytest.raises(NotTrusted):
        Log(tmp_path / "acme", KEYS, disk=OsDisk())


@pytest.mark.parametrize("header", [b"", b"ASEPLOG2", b"\0" * 48])
def test_a_segment_whose_creation_was_cut_short_is_made_again(tmp_path, header):
    log = Log(tmp_path / "acme", KEYS, disk=OsDisk(), segment_bytes=100)
    log.append([b"x" * 100])
    log.close()
    (tmp_path / "acme" / segment_name(1)).write_bytes(header)
    again = Log(tmp_path / "acme", KEYS, disk=OsDisk(), segment_bytes=100)
    assert again.append([b"y"]).first == 1
    assert stored(tmp_path / "acme") == [b"x" * 100, b"y"]


def test_a_crash_between_a_new_segment_and_its_first_entry_loses_nothing(tmp_path, disk):
    log = Log(tmp_path / "acme", KEYS, disk=disk, segment_bytes=100)
    log.append([b"x" * 100])
    disk.room = start_size(1)  # the header still fits, the entry does not
    with pytest.raises(Unavailable):
        log.append([b"y" * 100])
    log.close()
    disk.room = None
    again = Log(tmp_path / "acme", KEYS, disk=disk, segment_bytes=100)
    assert again.append([b"z"]).first == 1
    assert stored(tmp_path / "acme") == [b"x" * 100, b"z"]


def test_a_folder_that_cannot_be_written_is_unavailable(tmp_path, disk):
    disk.fail["create"] = errno.EACCES
    with pytest.raises(Unavailable):
        Log(tmp_path / "acme", KEYS, disk=disk)


def test_files_are_for_their_owner_only(tmp_path):
    reopen(tmp_path / "acme")
    assert [path.stat().st_mode & 0o077 for path in (tmp_path / "acme").iterdir()] == [0, 0, 0]


def test_a_folder_with_no_tenants_name_is_no_log(tmp_path):
    with pytest.raises(InputError):
        Log(tmp_path / "A.B", KEYS, disk=OsDisk())


def test_each_append_is_sealed_by_a_signed_checkpoint(tmp_path):
    log = Log(tmp_path / "acme", KEYS, disk=OsDisk())
    assert log.seal.size == 0
    log.append([b"a", b"b"])
    log.append([b"c"])
    row = CompactRange()
    row.extend(leaf_hashes([b"a", b"b", b"c"]))
    assert (log.seal.size, log.seal.root) == (3, row.root())
    assert signed_by(log.signers.commit.verifier, log.seal)
    log.close()
    assert reopen(tmp_path / "acme").seal == log.seal


def test_a_batch_beyond_the_head_counts_only_with_the_logs_own_signature(tmp_path):
    """Somebody without the key, who can append to the file, adds a batch whose tree is right."""
    log = Log(tmp_path / "acme", KEYS, disk=OsDisk())
    log.append([b"a"])
    head = (tmp_path / "acme" / "head").read_bytes()
    path = tmp_path / "acme" / segment_name(0)
    durable = path.stat().st_size
    log.append([b"b"])
    log.close()
    (tmp_path / "acme" / "head").write_bytes(head)
    path.write_bytes(path.read_bytes()[:-64] + bytes(64))
    again = reopen(tmp_path / "acme")
    assert (again.count, again.cut) == (1, path.stat().st_size + again.cut - durable)
    assert stored(tmp_path / "acme") == [b"a"]


def test_a_log_is_not_opened_with_other_keys(tmp_path):
    reopen(tmp_path / "acme")
    with pytest.raises(ConfigError, match="expected the keys"):
        Log(tmp_path / "acme", NamedKeys("other"), disk=OsDisk())


def test_a_log_keeps_its_name(tmp_path):
    assert reopen(tmp_path / "acme", name="example.org/logs").signers.origin == "example.org/logs/acme"
    assert reopen(tmp_path / "acme", name="another").signers.origin == "example.org/logs/acme"


def test_a_log_of_the_format_before_is_refused_and_left_as_it_is(tmp_path):
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / segment_name(0)).write_bytes(b"ASEPLOG1" + bytes(40))
    (folder / "head").write_bytes(b"ASEPLOG1" + bytes(88))
    with pytest.raises(ConfigError, match="expected a log of format 2"):
        Log(folder, KEYS, disk=OsDisk())
    (folder / "head").unlink()
    with pytest.raises(ConfigError, match="expected a log of format 2"):
        Log(folder, KEYS, disk=OsDisk())
    assert (folder / segment_name(0)).read_bytes() == b"ASEPLOG1" + bytes(40)


def test_a_head_that_covers_more_than_there_is_in_an_empty_segment_is_noticed(tmp_path):
    log = Log(tmp_path / "acme", KEYS, disk=OsDisk(), segment_bytes=100)
    log.append([b"x" * 100])
    log.append([b"y" * 100])
    log.close()
    path = tmp_path / "acme" / segment_name(1)
    path.write_bytes(path.read_bytes()[: start_size(1)])
    with pytest.raises(NotTrusted):
        reopen(tmp_path / "acme", segment_bytes=100)
