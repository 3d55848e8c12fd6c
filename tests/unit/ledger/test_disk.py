import os

import pytest

from asepsis.ledger.disk import OsDisk


def test_a_short_write_is_gone_on_with(tmp_path, monkeypatch):
    real = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda file, data, offset: real(file, bytes(data)[:3], offset))
    disk = OsDisk()
    file = disk.create(tmp_path / "f")
    disk.write(file, b"abcdefgh", offset=2)
    disk.close(file)
    assert (tmp_path / "f").read_bytes() == b"\0\0abcdefgh"


def test_a_file_is_created_once(tmp_path):
    disk = OsDisk()
    disk.close(disk.create(tmp_path / "f"))
    with pytest.raises(FileExistsError):
        disk.create(tmp_path / "f")


def test_opening_keeps_what_is_there(tmp_path):
    disk = OsDisk()
    (tmp_path / "f").write_bytes(b"abc")
    file = disk.open(tmp_path / "f")
    disk.truncate(file, 2)
    disk.sync(file)
    disk.close(file)
    disk.sync_folder(tmp_path)
    assert (tmp_path / "f").read_bytes() == b"ab"
    disk.remove(tmp_path / "f")
    assert not (tmp_path / "f").exists()
