"""The files of a bundle and their digest."""

import os

import pytest

from asepsis.core.errors import ConfigError
from asepsis.policy.folder import digest, read_files


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "tests").mkdir()
    for name in ("bundle.toml", "p.cedar", "tests/t.toml"):
        (tmp_path / name).write_text(name)
    return tmp_path


def test_files_have_their_names(folder):
    assert read_files(folder) == {name: name.encode() for name in ("bundle.toml", "p.cedar", "tests/t.toml")}


@pytest.mark.parametrize("name", ["notes.txt", "deep/p.cedar", "tests/t.cedar", "entities.toml"])
def test_a_strange_file_is_refused(folder, name):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("")
    with pytest.raises(ConfigError, match="expected one of"):
        read_files(folder)


def test_a_link_is_refused(folder):
    (folder / "q.cedar").symlink_to(folder / "p.cedar")
    with pytest.raises(ConfigError, match="files and folders only"):
        read_files(folder)


def test_a_big_file_is_refused(folder):
    (folder / "q.cedar").write_bytes(b" " * ((1 << 20) + 1))
    with pytest.raises(ConfigError, match="at most"):
        read_files(folder)


def test_no_folder_is_no_bundle(tmp_path):
    with pytest.raises(ConfigError, match="expected a folder"):
        read_files(tmp_path / "nothing")


def test_the_digest_follows_names_and_bytes_and_no_signature():
    files = {"a.cedar": b"1", "b.cedar": b"2"}
    assert digest(files) == digest({**files, "signatures/x.json": b"3"})
    assert len({digest(files), digest({"a.cedar": b"2", "b.cedar": b"1"}), digest({"a.cedar": b"1"})}) == 3


@pytest.mark.parametrize("name", [b"\xff.cedar", b"a\nb.cedar", b"\x1b[2J.cedar"])
def test_a_name_that_is_no_text_is_refused(tmp_path, name):
    with (tmp_path / os.fsdecode(name)).open("wb"):
        pass
    with pytest.raises(ConfigError, match="names of files in plain text"):
        read_files(tmp_path)
