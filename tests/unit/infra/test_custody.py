"""The keys of owners and the holds on them: what is held is never destroyed, whoever asks."""

import msgspec
import pytest

from asepsis.core.errors import Unavailable
from asepsis.core.events import BodiesErased, BodiesExpired, HoldReleased, HoldSet
from asepsis.infra import database
from asepsis.infra.custody import CustodyRows, Destroyed
from asepsis.infra.histories import HistoryRows
from asepsis.infra.outbox import Outbox
from asepsis.infra.records import ALL, Hold, OwnerKey, ToolSession
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds


def key(name, owner, *, day=10, tenant="t", record="content"):
    return OwnerKey(tenant, name * 16, owner, record, day, b"wrapped" + name, b"via")


ANN, BOB, EVE, OLD = key(b"a", "ann"), key(b"b", "bob"), key(b"e", "eve"), key(b"o", "ann", day=5)


@pytest.fixture
def outbox(tmp_path):
    url = f"sqlite:///{tmp_path}/control.db"
    database.upgrade(url)
    engine = database.connect(url)
    yield Outbox(engine, clock=ManualClock(), ids=SequentialIds())
    engine.dispose()


@pytest.fixture
def rows(outbox):
    made = CustodyRows(outbox._engine, outbox)
    made.add([ANN, BOB, EVE, OLD, key(b"x", "ann", tenant="u")], [("t", (ANN.key, BOB.key))])
    return made


def told(outbox):
    found = []
    while waiting := outbox.first():
        found += [one.payload for one in waiting]
        for one in waiting:
            outbox.done(one)
    return found


def erase(rows, owner):
    return rows.erase(owner, BodiesErased(owner, 0, 0, "asked", "by"), tenant="t")


def hold(rows, owner, name="h1"):
    rows.hold(Hold("t", name, owner, "suit", 1), HoldSet(name, owner, "suit", "by", "case"))


def left(rows, tenant="t"):
    return set(rows.get([one * 16 for one in (b"a", b"b", b"e", b"o", b"x")], tenant=tenant))


def test_keys_come_back_by_their_tenant(rows):
    assert rows.get([ANN.key, b"z" * 16], tenant="t") == {ANN.key: ANN}
    assert left(rows, "u") == {b"x" * 16}


def test_erasing_destroys_all_keys_of_one_owner_and_no_others(rows, outbox):
    assert rows.count("ann", tenant="t") == Destroyed(2, 0)
    assert erase(rows, "ann") == Destroyed(2, 0)
    assert left(rows) == {BOB.key, EVE.key}
    assert left(rows, "u") == {b"x" * 16}
    assert told(outbox) == [BodiesErased("ann", 2, 0, "asked", "by")]


def test_what_was_destroyed_is_not_in_the_file(rows, outbox, tmp_path):
    erase(rows, "eve")
    outbox._engine.dispose()
    assert not any(EVE.wrapped in path.read_bytes() for path in tmp_path.iterdir())


def test_what_is_held_stays_and_so_does_what_it_wraps_together_with(rows, outbox):
    hold(rows, "ann")
    assert rows.count("bob", tenant="t") == Destroyed(0, 1)
    assert erase(rows, "ann") == Destroyed(0, 2)
    assert erase(rows, "bob") == Destroyed(0, 1)
    assert erase(rows, "eve") == Destroyed(1, 0)
    assert rows.expire("content", 99, tenant="t") == Destroyed(0, 3)
    assert left(rows) == {ANN.key, BOB.key, OLD.key}
    assert told(outbox)[1:] == [
        BodiesErased("ann", 0, 2, "asked", "by"),
        BodiesErased("bob", 0, 1, "asked", "by"),
        BodiesErased("eve", 1, 0, "asked", "by"),
    ]


def test_a_hold_on_all_holds_all_of_its_tenant(rows):
    hold(rows, ALL)
    assert rows.expire("content", 99, tenant="t") == Destroyed(0, 4)
    assert rows.expire("content", 99, tenant="u") == Destroyed(1, 0)


def test_after_its_release_it_goes(rows, outbox):
    hold(rows, "ann")
    hold(rows, "ann", "h2")
    assert [one.hold for one in rows.holds(tenant="t")] == ["h1", "h2"]
    assert rows.holds(tenant="u") == ()
    assert not rows.release("h1", HoldReleased("h1", "", "by", "case"), tenant="u")
    assert rows.release("h1", HoldReleased("h1", "over", "by", "case"), tenant="t")
    assert erase(rows, "ann").keys == 0
    assert rows.release("h2", HoldReleased("h2", "over", "by", "case"), tenant="t")
    assert erase(rows, "ann") == Destroyed(2, 0)
    assert [type(one) for one in told(outbox)] == [
        HoldSet,
        HoldSet,
        HoldReleased,
        BodiesErased,
        HoldReleased,
        BodiesErased,
    ]


def test_time_takes_what_is_older_and_tells_of_it_if_there_was_any(rows, outbox):
    assert rows.days(99, tenant="t") == [5, 10]
    assert rows.due("content", 6, tenant="t") == Destroyed(1, 0)
    assert rows.expire("content", 6, tenant="t") == Destroyed(1, 0)
    assert rows.expire("content", 6, tenant="t") == Destroyed(0, 0)
    assert rows.expire("document", 99, tenant="t") == Destroyed(0, 0)
    assert rows.days(99, tenant="t") == [10]
    assert rows.days(10, tenant="t") == rows.days(99, tenant="nobody") == []
    assert told(outbox) == [BodiesExpired("content", 6, 1, 0)]


def test_each_type_of_record_is_told_once_and_goes_by_itself(rows):
    rows.add([key(b"k", "ann", day=5, record="content.1d"), key(b"l", "bob", day=5, record="content.1d")], [])
    assert rows.records(tenant="t") == ["content", "content.1d"]
    assert rows.records(tenant="nobody") == []
    hold(rows, "bob")
    assert rows.expire("content.1d", 6, tenant="t") == Destroyed(1, 1)
    assert left(rows) == {ANN.key, BOB.key, EVE.key, OLD.key}
    assert rows.release("h1", HoldReleased("h1", "over", "by", "case"), tenant="t")
    assert rows.expire("content.1d", 6, tenant="t") == Destroyed(1, 0)
    assert rows.records(tenant="t") == ["content"]


def test_openings_are_counted_up_to_the_quota(rows):
    assert [rows.opens("r", 1, tenant="t", most=2) for _ in range(3)] == [True, True, False]
    assert rows.opens("r", 2, tenant="t", most=2)
    assert rows.opens("other", 1, tenant="t", most=2)
    assert not rows.opens("new", 1, tenant="t", most=0)


def test_it_is_said_whether_keys_are_still_there(rows, outbox):
    assert not rows.lacks({"t": {ANN.key, BOB.key}, "u": {b"x" * 16}})
    assert rows.lacks({"u": {ANN.key}})
    many = [
        OwnerKey("t", number.to_bytes(16, "big"), "ann", "content", 10, b"wrapped", b"via") for number in range(1100)
    ]
    rows.add(many, [])
    assert not rows.lacks({"t": {one.key for one in many}})
    assert rows.lacks({"t": {one.key for one in many} | {b"n" * 16}})
    erase(rows, "bob")
    assert rows.lacks({"t": {ANN.key, BOB.key}})
    outbox._engine.dispose()
    with outbox._engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE owner_key")
    with pytest.raises(Unavailable, match="cannot look"):
        rows.lacks({"t": {ANN.key}})


def test_keys_are_added_whole_or_not_at_all(rows):
    with pytest.raises(Unavailable):
        rows.add([key(b"n", "new"), ANN], [])
    assert rows.get([b"n" * 16], tenant="t") == {}
    rows.add([], [("t", (ANN.key, BOB.key))])


def test_an_erasure_reaches_sessions_of_agents_unless_it_is_held(rows, outbox):
    sessions = HistoryRows(lambda: rows._engine)
    for at, owner in enumerate(("subject:ann", "subject:bob")):
        sessions.begin(ToolSession("t", f"s{at}", f"l{at}", b"wrapped", 100), 0, most=9)
        assert sessions.note(f"l{at}", [owner], tenant="t")
    rows.hold(Hold("t", "h1", "subject:bob", "suit", 1), HoldSet("h1", "subject:bob", "suit", "by", "c"))
    for owner in ("subject:ann", "subject:bob"):
        rows.erase(owner, BodiesErased(owner, 0, 0, "asked", "by"), tenant="t")
    erased = [one for one in told(outbox) if isinstance(one, BodiesErased)]
    assert [(one.owner, one.sessions) for one in erased] == [("subject:ann", 1), ("subject:bob", 0)]
    left = [sessions.begin(ToolSession("t", f"s{at}", "n", b"new", 100), 0, most=9).wrapped for at in range(2)]
    assert left == [b"", b"wrapped"]
    rows.release("h1", HoldReleased("h1", "subject:bob", "by", "c"), tenant="t")
    rows.again(msgspec.structs.replace(erased[0], owner="subject:bob"), 1, tenant="t")
    assert sessions.begin(ToolSession("t", "s1", "n", b"new", 100), 0, most=9).wrapped == b""
