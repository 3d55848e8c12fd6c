"""The vault's rows: all or nothing, of one tenant, and gone when erased."""

import sqlite3

import pytest

from asepsis.deid.stores import MemoryStore
from asepsis.infra import database
from asepsis.infra.records import SealedScope, SealedValue
from asepsis.infra.vault import VaultRows

SCOPE = SealedScope("t", "s", b"wrapped-key-bytes", 1, 100)


def value(token, scope="s", tenant="t"):
    return SealedValue(tenant, scope, token, b"sealed-" + token.encode(), 1)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "control.db"


@pytest.fixture(params=["database", "memory"])
def store(request, file):
    if request.param == "memory":
        yield MemoryStore()
        return
    url = f"sqlite:///{file}"
    database.upgrade(url)
    engine = database.connect(url)
    yield VaultRows(engine)
    engine.dispose()


def test_values_come_back_in_their_order(store):
    store.add_scope(SCOPE)
    assert store.add([value("b"), value("a")], expires=50)
    assert store.add([value("c")], expires=200)
    assert [one.token for one in store.values("s", tenant="t")] == ["a", "b", "c"]
    assert store.scope("s", tenant="t").expires == 200
    assert store.add([], expires=1)


def test_of_two_who_add_a_scope_the_first_wins(store):
    assert store.add_scope(SCOPE) == SCOPE
    assert store.add_scope(SealedScope("t", "s", b"other", 2, 3)) == SCOPE


def test_a_token_is_taken_once_and_all_or_none_are_added(store):
    store.add_scope(SCOPE)
    store.add([value("a")], expires=50)
    assert not store.add([value("b"), value("a")], expires=50)
    assert [one.token for one in store.values("s", tenant="t")] == ["a"]


def test_a_scope_that_is_gone_takes_no_values(store):
    assert not store.add([value("a")], expires=50)
    store.add_scope(SCOPE)
    store.add([value("a")], expires=50)
    assert store.erase("s", tenant="t") == 1
    assert store.scope("s", tenant="t") is None
    assert store.values("s", tenant="t") == ()
    assert not store.add([value("b")], expires=50)
    assert store.erase("s", tenant="t") == 0


def test_tenants_do_not_see_each_other(store):
    store.add_scope(SCOPE)
    store.add([value("a")], expires=50)
    assert store.scope("s", tenant="u") is None
    assert store.values("s", tenant="u") == ()
    assert store.erase("s", tenant="u") == 0
    assert store.expired(1000, tenant="u") == ()
    assert store.values("s", tenant="t")


def test_what_is_shown_is_counted(store):
    store.add_scope(SCOPE)
    store.add([value("a"), value("b")], expires=50)
    store.count("s", {"a": 2, "gone": 1}, tenant="t")
    store.count("s", {"a": 1}, tenant="t")
    store.count("s", {}, tenant="t")
    assert {one.token: one.revealed for one in store.values("s", tenant="t")} == {"a": 3, "b": 0}


def test_scopes_expire_the_oldest_first(store):
    for name, expires in (("x", 30), ("y", 10), ("z", 99)):
        store.add_scope(SealedScope("t", name, b"w", 1, expires))
    assert store.expired(30, tenant="t") == ("y", "x")


def test_an_erased_key_is_not_left_on_the_disk(file):
    url = f"sqlite:///{file}"
    database.upgrade(url)
    engine = database.connect(url)
    rows = VaultRows(engine)
    rows.add_scope(SCOPE)
    rows.erase("s", tenant="t")
    engine.dispose()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    left = b"".join(one.read_bytes() for one in file.parent.iterdir())
    assert SCOPE.wrapped not in left
