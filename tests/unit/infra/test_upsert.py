"""Inserts that say what happens where a row is there already."""

import pytest

from asepsis.infra.tables import CURSOR
from asepsis.infra.upsert import insert


class Connection:
    """As much of a connection as is looked at."""

    def __init__(self, name):
        self.dialect = type("Dialect", (), {"name": name})


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_each_database_gets_its_own(name):
    statement = insert(Connection(name), CURSOR).values(tenant="t", consumer="c", next_index=1)
    assert name in type(statement).__module__
    assert statement.on_conflict_do_nothing() is not None
