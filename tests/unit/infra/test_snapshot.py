"""Snapshots: whole or not at all, noticed once, and never the end of a watcher."""

import threading

import msgspec
import pytest

from asepsis.core.errors import Unavailable
from asepsis.infra.snapshot import Fault, Watcher, publish


def decode(data):
    return msgspec.json.decode(data, type=int)


def test_a_change_is_seen_once(tmp_path):
    path = tmp_path / "snapshot"
    watcher = Watcher(path, decode)
    assert watcher.poll() is None
    for number in (1, 2):
        publish(path, b"%d" % number)
        assert watcher.poll() == number
        assert watcher.poll() is None


def test_the_same_bytes_published_again_are_a_change(tmp_path):
    path = tmp_path / "snapshot"
    watcher = Watcher(path, decode)
    publish(path, b"1")
    assert watcher.poll() == 1
    publish(path, b"1")
    assert watcher.poll() == 1


def test_a_broken_snapshot_is_a_fault_once_and_the_next_one_is_taken(tmp_path):
    path = tmp_path / "snapshot"
    watcher = Watcher(path, decode)
    publish(path, b"078-05-1120")
    fault = watcher.poll()
    assert isinstance(fault, Fault)
    assert "078" not in fault.reason
    assert watcher.poll() is None
    publish(path, b"3")
    assert watcher.poll() == 3


def test_a_vanished_snapshot_is_a_fault_once(tmp_path):
    path = tmp_path / "snapshot"
    publish(path, b"1")
    watcher = Watcher(path, decode)
    watcher.poll()
    path.unlink()
    assert watcher.poll() == Fault("the snapshot is gone")
    assert watcher.poll() is None


def test_a_reader_never_sees_a_mixture(tmp_path):
    path = tmp_path / "snapshot"
    publish(path, b"0" * 100_000)
    stop = threading.Event()
    mixed = []

    def read():
        while not stop.is_set():
            data = path.read_bytes()
            if len(set(data)) != 1 or len(data) != 100_000:
                mixed.append(len(data))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(50):
        publish(path, b"%d" % (number % 10) * 100_000)
    stop.set()
    reader.join()
    assert mixed == []


def test_a_disk_that_refuses_is_unavailable_and_leaves_nothing(tmp_path):
    with pytest.raises(Unavailable):
        publish(tmp_path / "none" / "snapshot", b"1")


def test_a_snapshot_is_for_its_owner_only(tmp_path):
    publish(tmp_path / "snapshot", b"1")
    assert (tmp_path / "snapshot").stat().st_mode & 0o777 == 0o600
