"""What a backup would bring back: nothing of it that was given for a time."""

import pytest
import sqlalchemy as sa

from asepsis.core.events import KillCleared, KillSet
from asepsis.infra import database
from asepsis.infra.authority import Authority
from asepsis.infra.tables import APPROVAL, CONSOLE_SESSION, DELEGATION, ELEVATION, GRANT, KILL, STANDING


class PlainDigester:
    def digest(self, kind, value, /, *, tenant):
        return f"{tenant}|{value[::-1]}"


@pytest.fixture
def engine(tmp_path):
    url = f"sqlite:///{tmp_path}/control.db"
    database.upgrade(url)
    made = database.connect(url)
    yield made
    made.dispose()


@pytest.fixture
def authority(engine):
    return Authority(engine, PlainDigester())


def put(engine, table, **said):
    plain = {sa.Text: "x", sa.BigInteger: 1, sa.LargeBinary: b"x"}
    row = {column.name: plain[type(column.type)] for column in table.columns} | {"tenant": "t"} | said
    with engine.begin() as connection:
        connection.execute(sa.insert(table).values(row))


def states(engine, table):
    with engine.connect() as connection:
        return sorted(connection.scalars(sa.select(table.c.state)))


def test_all_that_was_given_for_a_time_ends(engine, authority):
    for table in (GRANT, CONSOLE_SESSION, DELEGATION):
        put(engine, table)
    for state in ("open", "approved", "used", "denied"):
        put(engine, APPROVAL, case=state, state=state)
    for state in ("proposed", "active", "ended"):
        put(engine, STANDING, rule=state, state=state)
    for kind, state in (("grant", "asked"), ("grant", "active"), ("glass", "active"), ("glass", "closed")):
        put(engine, ELEVATION, link=kind + state, kind=kind, state=state)
    authority.end_all()
    with engine.connect() as connection:
        for table in (GRANT, CONSOLE_SESSION, DELEGATION):
            assert connection.scalar(sa.select(sa.func.count()).select_from(table)) == 0
    assert states(engine, APPROVAL) == ["denied", "used"]
    assert states(engine, STANDING) == ["ended"] * 3
    assert states(engine, ELEVATION) == ["closed", "ended", "ended", "review"]


def test_switches_are_thrown_and_cleared_as_it_was_told(engine, authority):
    def thrown():
        with engine.connect() as connection:
            return {tuple(row) for row in connection.execute(sa.select(KILL.c.target, KILL.c.name, KILL.c.reason))}

    def switch(told):
        return authority.switch(told, 5, tenant="t")

    put(engine, KILL, target="principal", name="ann", reason="before")
    assert switch(KillSet("model", "m", "why"))
    assert switch(KillSet("model", "m", "more"))
    assert switch(KillSet("principal", "*", "all"))
    assert switch(KillSet("principal", "t|nna", "again"))
    assert not switch(KillSet("principal", "t|bob", "unknown"))
    assert thrown() == {("model", "m", "more"), ("principal", "*", "all"), ("principal", "ann", "again")}
    for told in (KillCleared("model", "m"), KillCleared("principal", "*"), KillCleared("principal", "t|nna")):
        assert switch(told)
    assert switch(KillCleared("principal", "t|bob"))
    assert thrown() == set()
