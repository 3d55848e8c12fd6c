"""The rows of agents' sessions: of two who add the same entry one is told no, and what ended is gone."""

import sqlite3

import pytest

from asepsis.core.errors import Unavailable
from asepsis.infra import database
from asepsis.infra.histories import HistoryRows, NewEntry, forget, histories
from asepsis.infra.records import ToolSession
from asepsis.infra.state import Paths
from asepsis.testing.histories import MemoryHistories


@pytest.fixture(params=["database", "memory"])
def store(request, tmp_path):
    if request.param == "memory":
        yield MemoryHistories()
        return
    url = f"sqlite:///{tmp_path / 'control.db'}"
    database.upgrade(url)
    engine = database.connect(url)
    yield HistoryRows(lambda: engine)
    engine.dispose()


def row(session="s", log="l", expires=100, tenant="t", mark=0):
    return ToolSession(tenant, session, log, b"wrapped-key-bytes", expires, mark)


def test_entries_come_back_in_their_order_and_only_those_that_are_asked_for(store):
    assert store.begin(row(), 0, most=9) == row()
    assert store.since("s", 0, tenant="t") == ("l", 100, [])
    for number, sealed in enumerate((b"b", b"a", b"c"), 1):
        assert store.add([NewEntry("t", "l", number, sealed)]) == [True]
    assert store.since("s", 1, tenant="t").entries == [(2, b"a"), (3, b"c")]


def test_of_two_who_add_the_same_number_one_is_told_no(store):
    store.begin(row(), 0, most=9)
    assert store.add([NewEntry("t", "l", 1, b"first")]) == [True]
    assert store.add([NewEntry("t", "l", 1, b"second")]) == [False]
    assert store.since("s", 0, tenant="t").entries == [(1, b"first")]


def test_of_several_that_are_added_at_once_each_is_told_by_itself(store):
    store.begin(row(), 0, most=9)
    store.begin(row(session="other", log="m"), 0, most=9)
    entries = [NewEntry("t", log, number, b"x") for log, number in (("m", 1), ("l", 1), ("l", 1), ("m", 2), ("l", 2))]
    assert store.add(entries) in ([True, True, False, True, True], [True, False, True, True, True])
    assert [len(store.since(name, 0, tenant="t").entries) for name in ("s", "other")] == [2, 2]


def test_a_log_that_ended_takes_no_others_entries_along(store):
    store.begin(row(), 0, most=9)
    entries = [NewEntry("t", "gone", 1, b"x"), NewEntry("t", "l", 1, b"y"), NewEntry("t", "l", 1, b"z")]
    assert store.add(entries) == [False, True, False]
    assert store.since("s", 0, tenant="t").entries == [(1, b"y")]


def test_reading_waits_for_nobody_who_writes(tmp_path):
    url = f"sqlite:///{tmp_path / 'control.db'}"
    database.upgrade(url)
    engine = database.connect(url)
    store = HistoryRows(lambda: engine)
    store.begin(row(), 0, most=9)
    assert store.near
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM tool_session")
        assert store.since("s", 0, tenant="t") == ("l", 100, [])
    assert store.since("s", 0, tenant="t") is None
    engine.dispose()


def test_of_two_who_begin_a_session_both_have_the_first(store):
    assert store.begin(row(), 0, most=9).log == "l"
    assert store.begin(row(log="other"), 0, most=9).log == "l"


def test_a_session_that_ended_is_begun_anew_and_nothing_is_added_to_the_old_one(store):
    store.begin(row(), 0, most=9)
    store.add([NewEntry("t", "l", 1, b"x")])
    assert store.begin(row(log="new", expires=300), 100, most=9).log == "new"
    assert store.add([NewEntry("t", "l", 2, b"y")]) == [False]
    assert store.since("s", 0, tenant="t") == ("new", 300, [])


def test_no_more_than_so_many_live_and_those_that_do_are_found(store):
    store.begin(row(), 0, most=1)
    assert store.begin(row(session="other", log="m"), 0, most=1) is None
    assert store.begin(row(), 0, most=1) == row()
    assert store.begin(row(session="other", log="m", expires=300), 100, most=1).log == "m"


def test_what_is_used_ends_later_and_never_sooner(store):
    store.begin(row(), 0, most=9)
    store.renew("l", 200, tenant="t")
    store.renew("l", 200, tenant="other")
    assert store.sweep(150, tenant="t") == 0
    assert store.since("s", 0, tenant="t").expires == 200


def test_what_ended_is_swept_with_its_entries_and_nobody_elses(store):
    for at, tenant in enumerate(("t", "other")):
        store.begin(row(log=f"l{at}", tenant=tenant), 0, most=9)
        store.add([NewEntry(tenant, f"l{at}", 1, b"x")])
    assert store.sweep(100, tenant="t") == 1
    assert store.since("s", 0, tenant="t") is None
    assert store.since("s", 0, tenant="other").entries == [(1, b"x")]


@pytest.mark.parametrize("ending", ["begin", "sweep"])
def test_the_name_of_what_ended_is_remembered_for_as_long_as_it_was_said_and_its_log_is_not(store, ending):
    store.begin(row(mark=50), 0, most=9)
    store.add([NewEntry("t", "l", 1, b"x")])
    if ending == "sweep":
        assert store.sweep(100, tenant="t") == 1
    left = store.begin(row(log="new", expires=200), 100, most=9)
    assert (left.wrapped, left.log, left.expires) == (b"", "ended l", 150)
    assert store.since("s", 0, tenant="t") == ("ended l", 150, [])
    assert not store.add([NewEntry("t", "l", 2, b"y")])[0]
    assert store.sweep(149, tenant="t") == 0
    assert store.begin(row(log="new", expires=300), 150, most=9) == row(log="new", expires=300)


def test_what_goes_on_under_a_remembered_name_is_remembered_again(store):
    store.begin(row(mark=50), 0, most=9)
    ended = store.begin(row(log="new"), 100, most=9).log
    again = row(log="new", expires=200, mark=50)
    assert store.begin_anew(ended, again, NewEntry("t", "new", 1, b"x"))
    assert store.begin(row(log="other"), 110, most=9) == again
    assert store.begin(row(log="other"), 200, most=9).log == "ended new"


def test_what_is_remembered_takes_no_place_and_who_goes_on_with_it_does(store):
    store.begin(row(mark=50), 0, most=1)
    store.sweep(100, tenant="t")
    assert store.begin(row(session="other", log="m", expires=120), 100, most=1).log == "m"
    assert store.begin(row(log="new", expires=300), 110, most=1) is None
    assert store.begin(row(log="new", expires=300), 120, most=1).log == "ended l"


def test_a_swept_key_is_in_the_file_no_more(tmp_path):
    file = tmp_path / "control.db"
    database.upgrade(f"sqlite:///{file}")
    engine = database.connect(f"sqlite:///{file}")
    store = HistoryRows(lambda: engine)
    store.begin(row(), 0, most=9)
    store.add([NewEntry("t", "l", 1, b"sealed-entry-bytes")])
    store.sweep(100, tenant="t")
    engine.dispose()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"wrapped-key-bytes" not in file.read_bytes()
    assert b"sealed-entry-bytes" not in file.read_bytes()


@pytest.mark.parametrize(
    "ask",
    [
        lambda store: store.begin(row(), 0, most=1),
        lambda store: store.since("s", 0, tenant="t"),
        lambda store: store.add([NewEntry("t", "l", 1, b"x")]),
        lambda store: store.renew("l", 1, tenant="t"),
        lambda store: store.note("l", ["subject:ann"], tenant="t"),
        lambda store: store.begin_anew("l", row(), NewEntry("t", "l", 1, b"x")),
        lambda store: store.sweep(1, tenant="t"),
    ],
    ids=["begin", "since", "add", "renew", "note", "begin_anew", "sweep"],
)
def test_a_database_without_the_tables_is_told_by_name(tmp_path, ask):
    engine = database.connect(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(Unavailable) as caught:
        ask(HistoryRows(lambda: engine))
    assert caught.value.code == "tools.session"
    engine.dispose()


def test_before_another_process_made_the_database_nobody_answers_and_none_is_made(tmp_path):
    paths = Paths(tmp_path)
    store = histories(paths)
    with pytest.raises(Unavailable):
        store.since("s", 0, tenant="t")
    assert not paths.database.exists()
    database.upgrade(paths.database_url)
    assert store.since("s", 0, tenant="t") is None
    store._engine.dispose()


@pytest.fixture
def erase(store):
    """Erases what sessions know of an owner; returns how many there were."""
    if isinstance(store, MemoryHistories):
        return lambda owner, tenant="t": store.forget(owner, tenant=tenant)

    def done(owner, tenant="t"):
        with store._engine.begin() as connection:
            return forget(connection, owner, tenant=tenant)

    return done


def test_a_session_about_somebody_who_is_erased_is_gone_and_its_place_says_so(store, erase):
    for name, tenant in (("s", "t"), ("other", "t"), ("s", "u")):
        store.begin(row(session=name, log=f"{tenant}-{name}", tenant=tenant), 0, most=9)
        store.add([NewEntry(tenant, f"{tenant}-{name}", 1, b"x")])
    for _ in range(2):
        assert store.note("t-s", ["subject:ann", "subject:bob"], tenant="t")
        assert store.note("u-s", ["subject:ann"], tenant="u")
    assert (erase("subject:cy"), erase("subject:ann"), erase("subject:ann"), erase("subject:bob")) == (0, 1, 0, 0)
    left = store.begin(row(log="new", expires=900), 0, most=9)
    assert (left.wrapped, left.expires, left.log != "t-s") == (b"", 100, True)
    assert store.since("s", 0, tenant="t").entries == []
    assert not store.note("t-s", ["subject:ann"], tenant="t")
    assert store.add([NewEntry("t", "t-s", 2, b"y")]) == [False]
    assert [len(store.since(*one, 0, tenant=at).entries) for *one, at in (("other", "t"), ("s", "u"))] == [1, 1]


def test_who_begins_in_the_place_of_what_was_erased_is_one_and_says_first_that_it_was(store, erase):
    store.begin(row(), 0, most=9)
    store.note("l", ["subject:ann"], tenant="t")
    erase("subject:ann")
    ended = store.begin(row(log="new"), 0, most=9).log
    first = [store.begin_anew(ended, row(log=log), NewEntry("t", log, 1, log.encode())) for log in ("m", "n")]
    assert first == [True, False]
    assert store.begin(row(log="new"), 0, most=9) == row(log="m")
    assert store.since("s", 0, tenant="t") == ("m", 100, [(1, b"m")])


def test_what_was_erased_is_remembered_as_long_as_what_ended(store, erase):
    store.begin(row(mark=50), 0, most=9)
    store.note("l", ["subject:ann"], tenant="t")
    erase("subject:ann")
    assert store.begin(row(log="new"), 149, most=9).log == "erased l"
    assert erase("session:s") == 0
    assert store.begin(row(log="new", expires=300), 150, most=9).log == "new"


def test_a_session_can_be_erased_by_its_name(store, erase):
    store.begin(row(), 0, most=9)
    assert (erase("session:other"), erase("session:s"), erase("session:s")) == (0, 1, 0)
    assert store.begin(row(log="new"), 0, most=9).wrapped == b""
