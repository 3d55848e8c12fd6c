"""Notices of processes: those that live are read, and no others."""

import os
import subprocess
import sys

from asepsis.infra.notices import Notices


def test_a_notice_is_replaced_as_a_whole_and_taken_down(tmp_path):
    notices = Notices(tmp_path / "n")
    assert list(notices.read()) == []
    notices.put(b"one")
    notices.put(b"two")
    assert list(Notices(tmp_path / "n").read()) == [b"two"]
    assert [path.name for path in (tmp_path / "n").iterdir()] == [f"{os.getpid()}.json"]
    assert (tmp_path / "n").stat().st_mode & 0o777 == 0o700
    notices.take_down()
    notices.take_down()
    assert list(notices.read()) == []


def test_what_a_process_said_that_is_gone_does_not_count(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    other = tmp_path / f"{process.pid}.json"
    other.write_bytes(b"other")
    (tmp_path / "1.json").write_bytes(b"of another user's process")
    (tmp_path / f"{10**30}.json").write_bytes(b"of none that there could be")
    (tmp_path / "notes.json").write_bytes(b"of no process")
    assert sorted(Notices(tmp_path).read()) == [b"of another user's process", b"other"]
    process.communicate()
    notices = Notices(tmp_path)
    assert list(notices.read()) == [b"of another user's process"]
    notices.put(b"own")
    assert not other.exists()


def test_a_notice_that_can_not_be_written_is_logged(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    Notices(tmp_path / "file").put(b"one")
    assert "a notice can't be written" in caplog.text
