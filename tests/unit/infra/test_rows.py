"""Rows of a real database, and of one that isn't."""

import sqlite3

import pytest

from asepsis.core.errors import ConfigError
from asepsis.infra.rows import rows


@pytest.fixture
def uri(tmp_path):
    with sqlite3.connect(tmp_path / "members.db") as database:
        database.execute("create table members (member_id text, mrn integer)")
        database.executemany("insert into members values (?, ?)", [(f"m{number}", number) for number in range(2500)])
    database.close()
    secret = tmp_path / "url"
    secret.write_text(f"sqlite:///{tmp_path}/members.db")
    secret.chmod(0o600)
    return f"file:{secret}"


def test_all_rows_come_in_order(uri):
    found = list(rows(uri, "select member_id, mrn from members order by mrn"))
    assert len(found) == 2500
    assert found[-1] == {"member_id": "m2499", "mrn": 2499}


def test_a_database_that_does_not_answer_is_told_without_its_words(uri, tmp_path):
    with pytest.raises(ConfigError) as told:
        list(rows(uri, "select secret_word from nowhere"))
    assert "secret_word" not in str(told.value)
