import sqlite3
import stat

import pytest

from asepsis.core.errors import InputError, NotTrusted
from asepsis.infra import copies


def test_a_copy_is_whole_or_not_trusted(tmp_path):
    folder = copies.fresh(tmp_path / "copy")
    (tmp_path / "a").write_bytes(b"0123456789")
    copies.copy(tmp_path / "a", folder / "in" / "a")
    copies.copy(tmp_path / "a", folder / "b", size=4)
    assert copies.finish(folder) == 2
    assert (folder / "b").read_bytes() == b"0123"
    assert stat.S_IMODE((folder / "in" / "a").stat().st_mode) == 0o600
    copies.check(folder)
    (folder / "b").write_bytes(b"0124")
    with pytest.raises(NotTrusted):
        copies.check(folder)
    (folder / "b").write_bytes(b"0123")
    (folder / "more").write_bytes(b"")
    with pytest.raises(NotTrusted):
        copies.check(folder)


def test_a_file_that_is_too_short_is_not_copied(tmp_path):
    (tmp_path / "a").write_bytes(b"0123")
    with pytest.raises(InputError, match="longer"):
        copies.copy(tmp_path / "a", tmp_path / "b", size=5)
    assert not (tmp_path / "b").exists()


def test_a_folder_in_use_is_refused(tmp_path):
    (tmp_path / "x").touch()
    for wrong in (tmp_path, tmp_path / "x"):
        with pytest.raises(InputError):
            copies.fresh(wrong)
    with pytest.raises(InputError):
        copies.check(tmp_path)


def test_a_database_is_copied_as_it_is_at_one_moment(tmp_path):
    source = tmp_path / "a.db"
    with sqlite3.connect(source) as base:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("CREATE TABLE t (n INTEGER)")
        base.execute("INSERT INTO t VALUES (1)")
        base.commit()
        copies.copy_database(source, tmp_path / "b.db")
    base.close()
    with sqlite3.connect(tmp_path / "b.db") as base:
        assert base.execute("SELECT n FROM t").fetchall() == [(1,)]
    base.close()
    assert not list(tmp_path.glob("b.db-*"))


def test_what_is_no_database_is_refused(tmp_path):
    (tmp_path / "a.db").write_bytes(b"no database" * 100)
    for source in ("a.db", "none.db"):
        with pytest.raises(InputError):
            copies.copy_database(tmp_path / source, tmp_path / "b.db")
