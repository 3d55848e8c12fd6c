"""The rows of grants."""

import msgspec
import pytest
import sqlalchemy as sa

from asepsis.core.events import GrantIssued, GrantRevoked
from asepsis.core.types import Purpose
from asepsis.infra import database
from asepsis.infra.grants import GrantRows
from asepsis.infra.outbox import Outbox
from asepsis.infra.records import GrantRow
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds


@pytest.fixture
def rows(tmp_path):
    url = f"sqlite:///{tmp_path}/c.db"
    database.upgrade(url)
    engine = database.connect(url)
    yield GrantRows(engine, Outbox(engine, clock=ManualClock(), ids=SequentialIds()))
    engine.dispose()


def row(name, parent="", **changes):
    return msgspec.structs.replace(GrantRow("t", name, f"h-{name}", parent, "ann", b"s", 10, 100), **changes)


def told(one):
    return GrantIssued(one.grant, one.parent, (), Purpose.UNSTATED, (), 0, bound=False, expires=one.expires)


def add(rows, *names, **changes):
    for name in names:
        parent = name.rpartition(".")[0]
        assert rows.add(row(name, parent, **changes), told(row(name, parent)))


def revoke(rows, *names, now=20, tenant="t"):
    return rows.revoke(names, GrantRevoked(names[0], "", 0, "operator"), now, tenant=tenant)


def events(rows):
    found = []
    while waiting := rows._outbox.first():
        found += [one.payload for one in waiting]
        for one in waiting:
            rows._outbox.done(one)
    return found


def test_a_grant_is_found_by_its_handle(rows):
    add(rows, "a")
    assert rows.held("h-a") == row("a")
    assert rows.held("h-b") is None
    assert events(rows) == [told(row("a"))]


def test_whoever_takes_one_back_takes_back_all_below_it(rows):
    add(rows, "a", "a.b", "a.b.c", "d")
    events(rows)
    assert revoke(rows, "a") == 3
    assert [rows.held(f"h-{name}").revoked for name in ("a", "a.b", "a.b.c", "d")] == [20, 20, 20, 0]
    assert events(rows) == [GrantRevoked("a", "", 3, "operator")]
    assert revoke(rows, "a") == 0
    assert events(rows) == []


def test_one_with_more_below_it_than_a_query_has_values_is_taken_back(rows):
    add(rows, "a", "b", "b.c", *(f"a.{number}" for number in range(1_300)))
    add(rows, "a.1299.x")
    statements = []
    sa.event.listen(rows._engine, "before_cursor_execute", lambda *given: statements.append(len(given[3])))
    assert revoke(rows, "a", "b") == 1_304
    assert max(statements) < 1_100


def test_nothing_is_added_below_what_was_taken_back_or_is_past_its_time(rows):
    add(rows, "a", "b")
    revoke(rows, "a")
    assert not rows.add(row("a.x", "a"), told(row("a.x", "a")))
    assert not rows.add(row("b.x", "b", issued=100), told(row("b.x", "b")))
    assert not rows.add(row("c.x", "c"), told(row("c.x", "c")))
    assert rows.held("h-a.x") is rows.held("h-b.x") is None


def test_another_tenants_grants_stay(rows):
    add(rows, "a")
    add(rows, "a", tenant="u", handle="other")
    assert revoke(rows, "a", tenant="u") == 1
    assert rows.held("h-a").revoked == 0


def test_the_living_are_listed_newest_first(rows):
    add(rows, "a")
    add(rows, "b", issued=11, principal="bob")
    add(rows, "c", expires=15)
    assert [one.grant for one in rows.living(15, tenant="t")] == ["b", "a"]
    assert [one.grant for one in rows.living(15, tenant="t", principal="ann")] == ["a"]
    revoke(rows, "b")
    assert [one.grant for one in rows.living(15, tenant="t")] == ["a"]


def test_what_is_long_past_is_forgotten(rows):
    add(rows, "a")
    add(rows, "b", expires=200)
    assert rows.sweep(150, tenant="t") == 1
    assert rows.held("h-a") is None
    assert rows.held("h-b") is not None
