"""Durable files: their mode, their content, and no link followed."""

import pytest

from asepsis.infra import durable


def test_a_file_is_for_its_owner_only_and_replaces_what_stood_there(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old and longer")
    path.chmod(0o644)
    durable.write(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_link_is_replaced_and_not_followed(tmp_path):
    (tmp_path / "target").write_bytes(b"untouched")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    durable.write(tmp_path / "link", b"new")
    assert (tmp_path / "target").read_bytes() == b"untouched"


def test_a_temporary_name_is_beside_and_hidden(tmp_path):
    name = durable.temporary(tmp_path / "file")
    assert name.parent == tmp_path
    assert name.name.startswith(".file.")


def test_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(OSError, match="none"):
        durable.sync_folder(tmp_path / "none")


def test_a_file_takes_its_place_once_all_went_well(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with durable.replacing(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_a_file_stays_as_it_was_when_something_goes_wrong(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def break_off():
        with durable.replacing(path) as file:
            file.write(b"half")
            raise ValueError

    with pytest.raises(ValueError):
        break_off()
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_a_file_that_is_written_again_stays_whose_it_was_and_where_it_was(tmp_path):
    path, link = tmp_path / "file", tmp_path / "link"
    path.write_bytes(b"old")
    path.chmod(0o640)
    link.symlink_to(path)
    durable.rewrite(link, b"new")
    assert (path.read_bytes(), path.stat().st_mode & 0o777, link.is_symlink()) == (b"new", 0o640, True)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "link"]


def test_a_file_that_is_written_again_has_to_be_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        durable.rewrite(tmp_path / "none", b"new")
