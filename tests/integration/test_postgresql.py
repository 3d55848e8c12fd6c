"""The control database on a real PostgreSQL: the same code, and what many do at the same time."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
import sqlalchemy as sa

from asepsis.core.errors import ConfigError, InputError
from asepsis.core.events import (
    BodiesErased,
    ConsoleLeft,
    ConsoleSignedIn,
    GrantIssued,
    GrantRevoked,
    HoldReleased,
    HoldSet,
    KillSet,
)
from asepsis.core.types import Action, Decision, DecisionInput, Outline, Purpose, Verdict
from asepsis.infra import database
from asepsis.infra.approvals import ApprovalRows
from asepsis.infra.budgets import BudgetRows
from asepsis.infra.custody import CustodyRows
from asepsis.infra.grants import GrantRows
from asepsis.infra.histories import HistoryRows, NewEntry, forget
from asepsis.infra.ids import SystemIds
from asepsis.infra.outbox import Outbox
from asepsis.infra.records import (
    ConsoleSession,
    GrantRow,
    Hold,
    KillSwitch,
    OwnerKey,
    Purse,
    SealedScope,
    SealedValue,
    ToolSession,
)
from asepsis.infra.sessions import SessionRows
from asepsis.infra.spent import Spent
from asepsis.infra.tables import METADATA
from asepsis.infra.vault import VaultRows
from asepsis.policy.answers import Rules, Teller
from asepsis.policy.approvals import Approvals, Tools
from asepsis.policy.rota import Rota
from asepsis.policy.standing import Terms
from asepsis.testing.clock import ManualClock
from asepsis.testing.starts import recorded

QUESTION = DecisionInput("t", Action.MODEL_INVOKE, "p", "demo", Purpose.TREATMENT, "chat")
ASK = Decision(Verdict.ASK, "why", ("limits.topics",), "b", duties=("ask:privacy 2",), approvable=True)
SUE, TOM, ANN = (Teller(f"corp:{name}", ("privacy",)) for name in ("sue", "tom", "ann"))
AT_ONCE = 8


class PlainDigester:
    def digest(self, kind, value, /, *, tenant):
        return f"{kind}-{value}-{tenant}"


class PlainKeys:
    def key(self, name, /, *, tenant):
        return hashlib.sha256(f"{name}-{tenant}".encode()).digest()


@pytest.fixture
def url(postgresql):
    """A database of its own, on the server."""
    base = postgresql
    admin = sa.create_engine(base.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE IF EXISTS control WITH (FORCE)")
        connection.exec_driver_sql("CREATE DATABASE control")
    admin.dispose()
    made = sa.make_url(base).set(database="control").render_as_string(hide_password=False)
    database.upgrade(made)
    return made


@pytest.fixture
def engine(url):
    made = database.connect(url)
    yield made
    made.dispose()


@pytest.fixture
def outbox(engine):
    return Outbox(engine, clock=ManualClock(), ids=SystemIds(ManualClock()))


@pytest.fixture
def make(engine, outbox, tmp_path):
    """Makes the approvals of one worker; all share the database and the machine."""

    def made(*, minutes=15):
        clock = ManualClock()
        tools = Tools(clock, SystemIds(clock), PlainDigester(), PlainKeys(), Spent(tmp_path / "spent"))
        return Approvals(lambda: ApprovalRows(engine, outbox), Rules((), Rota(())), tools, minutes=minutes)

    return made


def at_once(what, *arguments):
    """Has as many threads as there are arguments do something at the same moment; returns what came of each."""
    start = threading.Barrier(len(arguments))

    def one(argument):
        start.wait()
        try:
            return what(argument)
        except InputError as error:
            return error

    with ThreadPoolExecutor(len(arguments)) as pool:
        return list(pool.map(one, arguments))


def test_the_schema_is_the_one_of_the_tables(engine, url):
    assert database.holds(url)
    found = sa.inspect(engine)
    assert set(METADATA.tables) <= set(found.get_table_names())
    for name, table in METADATA.tables.items():
        assert {column["name"] for column in found.get_columns(name)} == set(table.columns.keys()), name


def test_switches_sessions_and_the_vault_work_as_on_sqlite(engine, outbox):
    clock = ManualClock()
    switches = database.KillSwitches(engine, clock=clock, outbox=outbox)
    one = KillSwitch("t", "model", "gpt", "why", "me")
    assert [switches.set(one), switches.set(one)] == [1, 2]
    assert switches.thrown() == (("t", "model", "gpt"),)
    cursors = database.Cursors(engine)
    for at in (5, 3, 7):
        cursors.advance("siem", at, tenant="t")
    assert cursors.get("siem", tenant="t") == 7
    sessions = SessionRows(engine, outbox)
    row = ConsoleSession("t", "s", "corp:ann", "corp", "ann", "1", b"{}", 0, 0, 10)
    sessions.begin(row, ConsoleSignedIn("x"))
    assert sessions.get("s", tenant="t") == row
    assert sessions.end("s", ConsoleLeft("x", "left"), tenant="t")
    vault = VaultRows(engine)
    scope = SealedScope("t", "s", b"\x00\xff", 1, 5)
    assert vault.add_scope(scope) == vault.add_scope(msgspec.structs.replace(scope, wrapped=b"x")) == scope
    assert vault.add([SealedValue("t", "s", "tok", b"\x00", 1)], expires=9)
    assert vault.scope("s", tenant="t").expires == 9
    assert vault.erase("s", tenant="t") == 1
    assert [type(told) for told in recorded(outbox)] == [KillSet, KillSet, ConsoleSignedIn, ConsoleLeft]


def test_events_of_many_at_once_have_an_order_and_none_is_lost(engine, outbox):
    def put(number):
        for _ in range(10):
            outbox.put("t", KillSet("model", f"{number}", ""))

    at_once(put, *range(AT_ONCE))
    names = [told.name for told in recorded(outbox)]
    assert sorted(names) == sorted(f"{number}" for number in range(AT_ONCE) for _ in range(10))


def approved(make, action="a" * 32):
    approvals = make()
    case = approvals.approval(QUESTION, ASK, action, Outline()).case
    for who in (SUE, TOM):
        approvals.answer_at_desk(case, who, tenant="t", answer="approve", reason="")
    return case


def test_of_many_calls_at_once_one_uses_an_approval(make):
    for turn in range(5):
        action = f"{turn}" * 32
        approved(make, action)
        workers = [make() for _ in range(AT_ONCE)]
        found = at_once(lambda worker, of=action: worker.approval(QUESTION, ASK, of, Outline()), *workers)
        assert sum(one.approved for one in found) == 1


def test_of_many_calls_at_once_one_asks(make):
    workers = [make() for _ in range(AT_ONCE)]
    found = at_once(lambda worker: worker.approval(QUESTION, ASK, "a" * 32, Outline()), *workers)
    assert len({one.case for one in found}) == 1
    assert len(workers[0].waiting(tenant="t")) == 1


def test_of_many_answers_at_once_none_is_lost_and_each_counts_once(make):
    for turn in range(5):
        action = f"{turn}" * 32
        approvals = make()
        case = approvals.approval(QUESTION, ASK, action, Outline()).case
        answer = lambda who, of=case: make().answer_at_desk(  # noqa: E731 it is short
            of, who, tenant="t", answer="approve", reason=""
        )
        left = [SUE, SUE, TOM, TOM]
        while left:
            came = at_once(answer, *left)
            again = [who for who, said in zip(left, came, strict=True) if "same time" in str(said)]
            assert len(again) < len(left)
            left = again
        row = approvals.cases.get(case, tenant="t")
        assert row.state == "approved"
        assert len(msgspec.json.decode(row.answers)) == 2


def test_a_standing_approval_is_used_no_more_than_it_says(make):
    case = approved(make)
    standing = make().standing
    rule = standing.propose(case, SUE, Terms(1, 5, ""), tenant="t")
    standing.second(rule.rule, ANN, tenant="t", reason="")
    workers = [(make(), f"{number}" * 8) for number in range(AT_ONCE)]
    for _ in range(2):
        at_once(lambda one: one[0].standing.use(QUESTION, ASK, one[1]), *workers)
    assert standing._rows().rule(rule.rule, tenant="t").used == 5


def test_a_database_that_is_away_is_said():
    with pytest.raises(ConfigError, match="can be opened"):
        database.check("postgresql://nobody@127.0.0.1:1/none?connect_timeout=2")


PURSE = Purse("t", "few", "ann", 0, 10)


def test_no_more_of_a_budget_is_leased_than_there_is_whoever_asks_at_once(engine):
    rows = BudgetRows(engine)
    for _ in range(5):
        given = at_once(lambda _: sum(rows.lease(PURSE, 3, most=100) for _ in range(10)), *range(AT_ONCE))
    assert sum(row.leased for row in rows.rows(5, tenant="t")) == 100
    assert sum(given) == 0


def test_a_purse_that_many_begin_at_once_is_one(engine):
    rows = BudgetRows(engine)
    given = at_once(lambda _: rows.lease(PURSE, 1, most=5), *range(AT_ONCE))
    assert sum(given) == 5


def test_a_member_is_counted_once_whoever_counts_at_once(engine):
    rows = BudgetRows(engine)
    rows.lease(PURSE, 100, most=100)
    again = at_once(lambda number: rows.count(PURSE, ["a", "b", f"own-{number}"]), *range(AT_ONCE))
    assert sum(again) == 2 * (AT_ONCE - 1)
    assert len(rows.members(PURSE)) == 2 + AT_ONCE
    rows.give_back(PURSE, sum(again))
    assert rows.lease(PURSE, 100, most=100) == sum(again)


def grant(name, parent=""):
    return GrantRow("t", name, f"h-{name}", parent, "ann", b"s", 10, 100)


def told(one):
    return GrantIssued(one.grant, one.parent, (), Purpose.UNSTATED, (), 0, bound=False, expires=one.expires)


def test_no_grant_outlives_what_it_was_narrowed_from_though_both_happen_at_once(engine, outbox):
    rows = GrantRows(engine, outbox)
    for number in range(15):
        root = grant(f"r{number}")
        below = grant(f"r{number}.b", root.grant)
        assert rows.add(root, told(root))
        assert rows.add(below, told(below))

        def act(which, root=root, below=below):
            if which == 0:
                return rows.revoke([root.grant], GrantRevoked(root.grant, "", 0, "operator"), 20, tenant="t")
            child = grant(f"{root.grant}.{which}", below.grant if which % 2 else root.grant)
            return rows.add(child, told(child))

        at_once(act, *range(6))
    assert rows.living(20, tenant="t") == ()


def test_holds_and_erasures_at_once_leave_no_held_key_destroyed(engine, outbox):
    rows = CustodyRows(engine, outbox)
    keys = [OwnerKey("t", bytes([number]) * 16, f"o{number}", "content", 1, b"w", b"v") for number in range(AT_ONCE)]
    rows.add(keys, [("t", (keys[0].key, keys[1].key))])
    rows.hold(Hold("t", "h", "o1", "suit", 1), HoldSet("h", "o1", "suit", "by", "c"))

    def act(number):
        if number % 2:
            rows.hold(Hold("t", f"h{number}", f"o{number}", "suit", 1), HoldSet("h", "o", "suit", "by", "c"))
        else:
            rows.expire("content", 9, tenant="t")

    at_once(act, *range(AT_ONCE))
    left = set(rows.get([one.key for one in keys], tenant="t"))
    assert {keys[0].key, keys[1].key} <= left
    assert rows.expire("content", 9, tenant="t").held == len(left)
    assert [rows.erase(one.owner, BodiesErased(one.owner, 0, 0, "", ""), tenant="t").keys for one in keys] == [
        0
    ] * AT_ONCE
    assert {one.owner for one in rows.holds(tenant="t")} >= {f"o{number}" for number in range(1, AT_ONCE, 2)}
    assert [rows.opens("r", 1, tenant="t", most=1) for _ in range(2)] == [True, False]
    assert rows.release("h", HoldReleased("h", "", "by", "c"), tenant="t")
    assert rows.again(HoldSet("h9", "o", "suit", "by", "c"), 1, tenant="t") == 0


def test_what_is_about_a_held_one_too_is_sealed_by_keys_that_stay_or_by_none(engine, outbox):
    rows, told = CustodyRows(engine, outbox), BodiesErased("bob", 0, 0, "", "")
    rows.hold(Hold("seal", "h", "ann", "suit", 1), HoldSet("h", "ann", "suit", "by", "c"))
    for number in range(40):
        ann, bob = (
            OwnerKey("seal", bytes([number, at]) * 8, owner, "content", 1, b"w", b"v")
            for at, owner in enumerate(("ann", "bob"))
        )
        rows.add([ann, bob], [])

        def act(which, ann=ann, bob=bob):
            if which:
                return rows.erase("bob", told, tenant="seal").keys
            rows.add([], [("seal", (ann.key, bob.key))])
            return not rows.lacks({"seal": {ann.key, bob.key}})

        sealed, gone = at_once(act, 0, 1)
        assert (bool(sealed), gone) in ((True, 0), (False, 1))
        rows.release("h", HoldReleased("h", "", "by", "c"), tenant="seal")
        rows.erase("bob", told, tenant="seal")
        rows.hold(Hold("seal", "h", "ann", "suit", 1), HoldSet("h", "ann", "suit", "by", "c"))


def test_of_many_who_add_to_an_agents_session_at_once_one_is_first_each_time(engine):
    rows = HistoryRows(lambda: engine)
    row = ToolSession("t", "s", "l", b"wrapped", 100)
    assert rows.begin(row, 0, most=9) == row
    assert rows.begin(msgspec.structs.replace(row, log="m"), 0, most=9) == row
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for number in (1, 2, 3):
            added = list(
                pool.map(lambda at, number=number: rows.add([NewEntry("t", "l", number, bytes([at]))]), range(AT_ONCE))
            )
            assert added.count([True]) == 1
    assert [number for number, _ in rows.since("s", 1, tenant="t").entries] == [2, 3]
    rows.renew("l", 200, tenant="t")
    assert (rows.since("s", 3, tenant="t"), rows.sweep(150, tenant="t")) == (("l", 200, []), 0)
    assert rows.sweep(200, tenant="t") == 1
    assert rows.add([NewEntry("t", "l", 4, b"x")]) == [False]
    assert rows.since("s", 0, tenant="t") is None


def test_many_who_add_to_several_agents_sessions_at_once_wait_for_nobody_in_a_circle(engine):
    rows = HistoryRows(lambda: engine)
    logs = [f"together-{number}" for number in range(8)]
    for log in logs:
        rows.begin(ToolSession("t", log, log, b"wrapped", 100), 0, most=20)
    batches = [[NewEntry("t", log, 1, bytes([at])) for log in (logs[at:] + logs[:at])] for at in range(8)]
    with ThreadPoolExecutor(8) as pool:
        added = [told for batch in pool.map(rows.add, batches) for told in batch]
    assert added.count(True) == len(logs)
    gone = [NewEntry("t", "no-such-log", 1, b"x"), NewEntry("t", logs[0], 2, b"y"), NewEntry("t", logs[0], 1, b"z")]
    assert rows.add(gone) == [False, True, False]
    assert rows.sweep(100, tenant="t") >= len(logs)


def test_of_many_who_go_on_with_a_session_that_ended_one_begins_and_all_find_its_mark(engine):
    rows = HistoryRows(lambda: engine)
    assert rows.begin(ToolSession("t", "named", "n", b"wrapped", 100, 50), 0, most=99)
    later = ToolSession("t", "named", "later", b"wrapped", 300, 50)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(lambda _: rows.begin(later, 120, most=99), range(AT_ONCE)))
    assert {(one.log, one.wrapped, one.expires) for one in found} == {("ended n", b"", 150)}
    assert rows.begin_anew("ended n", later, NewEntry("t", "later", 1, b"first"))
    assert rows.begin(msgspec.structs.replace(later, log="x"), 130, most=99) == later


def test_an_erasure_beside_many_who_add_leaves_nothing_and_each_is_told(engine):
    rows = HistoryRows(lambda: engine)
    rows.begin(ToolSession("t", "told", "told", b"wrapped", 100), 0, most=99)
    assert rows.note("told", ["subject:ann"], tenant="t")

    def erase(_):
        with engine.begin() as connection:
            return forget(connection, "subject:ann", tenant="t")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        added = [pool.submit(rows.add, [NewEntry("t", "told", number, b"x")]) for number in range(1, 20)]
        erased = list(pool.map(erase, range(3)))
        answers = [one.result() for one in added]
    assert sorted(erased) == [0, 0, 1]
    assert rows.add([NewEntry("t", "told", 99, b"x")]) == [False]
    assert all(one in ([True], [False]) for one in answers)
    ended = rows.begin(ToolSession("t", "told", "new", b"new", 100), 0, most=99)
    assert (ended.wrapped, rows.since("told", 0, tenant="t").entries) == (b"", [])
    begun = [
        rows.begin_anew(ended.log, ToolSession("t", "told", log, b"key", 100), NewEntry("t", log, 1, b"first"))
        for log in ("anew-1", "anew-2")
    ]
    assert begun == [True, False]
