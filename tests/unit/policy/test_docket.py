"""Cases as approvers see them."""

import hashlib

import msgspec
import pytest

from asepsis.core.errors import InputError, NotTrusted
from asepsis.core.events import ApprovalExpired, ApprovalShown
from asepsis.core.types import Decision, Outline, PartKind, Piece, Role, Verdict
from asepsis.infra import database
from asepsis.infra.approvals import ApprovalRows
from asepsis.infra.outbox import Outbox
from asepsis.infra.spent import Spent
from asepsis.policy.answers import Rules, Teller
from asepsis.policy.approvals import Approvals, Tools
from asepsis.policy.config import Shift
from asepsis.policy.docket import Change, Docket, Need
from asepsis.policy.rota import Rota
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds

ASK = Decision(Verdict.ASK, "why", ("limits.topics",), "b", duties=("ask:privacy 2",), approvable=True)
SHOWN = Outline(("m1",), (Piece("messages[0].content", Role.USER, PartKind.TEXT, 40),))
SUE, TOM = (Teller(f"corp:{name}", ("privacy",)) for name in ("sue", "tom"))
MINUTE = 60_000


class PlainDigester:
    def digest(self, kind, value, /, *, tenant):
        return f"{kind}-{value}-{tenant}"


class PlainKeys:
    def key(self, name, /, *, tenant):
        return hashlib.sha256(f"{name}-{tenant}".encode()).digest()


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def approvals(clock, tmp_path):
    url = f"sqlite:///{tmp_path}/c.db"
    database.upgrade(url)
    engine = database.connect(url)
    tools = Tools(clock, SequentialIds(), PlainDigester(), PlainKeys(), Spent(tmp_path / "spent"))
    rows = ApprovalRows(engine, Outbox(engine, clock=clock, ids=SequentialIds()))
    rules = Rules((), Rota((Shift("privacy", "corp:zoe"),)), 10 * MINUTE, "chief")
    yield Approvals(lambda: rows, rules, tools, minutes=15)
    engine.dispose()


@pytest.fixture
def docket(approvals):
    return Docket(approvals, tenant="t")


@pytest.fixture
def asked(approvals, ask):
    def make(action, *kinds, decision=ASK, **more):
        question = msgspec.structs.replace(ask(*kinds), **more)
        return approvals.approval(question, decision, action, SHOWN).case

    return make


def say(approvals, case, who, answer="approve", reason=""):
    approvals.answer_at_desk(case, who, tenant="t", answer=answer, reason=reason)


def test_what_waits_stands_by_its_deadline_with_all_that_is_known(docket, asked, approvals, clock):
    first = asked("1", "SSN")
    clock.advance(milliseconds=MINUTE)
    second = asked("2")
    say(approvals, first, TOM, reason="as agreed")
    one, other = docket.waiting(clock.now(), SUE)
    assert [one.row.case, other.row.case] == [first, second]
    assert (one.outline, one.needs, one.on_duty) == (SHOWN, (Need("privacy", 2, ("corp:tom",)),), ("corp:zoe",))
    assert [(said.person, said.answer, said.reason) for said in one.said] == [("corp:tom", "approve", "as agreed")]
    assert (one.mine, one.escalated) == (True, False)


@pytest.mark.parametrize(
    ("teller", "why"),
    [
        (None, "you may look and not approve"),
        (Teller("p", ("privacy",)), "it is you who asks, or on whose behalf it is asked"),
        (TOM, "you have answered"),
        (Teller("corp:eve", ("medical",)), "privacy has to answer"),
        (Teller("corp:zoe", ()), ""),
        (SUE, ""),
    ],
)
def test_who_may_not_answer_is_told_why(docket, asked, approvals, clock, teller, why):
    say(approvals, asked("1"), TOM)
    (one,) = docket.waiting(clock.now(), teller)
    assert (one.barred, one.mine) == (why, not why)


def test_later_others_may_answer_and_then_nobody(docket, asked, clock):
    case = asked("1")
    chief = Teller("corp:chief", ("chief",))
    assert not docket.entry(case, clock.now(), chief).mine
    clock.advance(milliseconds=10 * MINUTE)
    assert docket.entry(case, clock.now(), chief).escalated
    assert docket.entry(case, clock.now(), chief).mine
    clock.advance(milliseconds=5 * MINUTE)
    assert docket.entry(case, clock.now(), SUE).barred == "its time is up"


def test_what_is_different_from_the_last_of_its_sort(docket, asked, approvals, clock):
    first = asked("1", "SSN")
    for who in (SUE, TOM):
        say(approvals, first, who)
    clock.advance(milliseconds=1)
    asked("2", "SSN", decision=msgspec.structs.replace(ASK, policies=("limits.other",)))
    case = asked("3", "SSN", "MRN", model="other", members=3)
    one = docket.entry(case, clock.now(), SUE)
    assert one.last.case == first
    changes = {change.what: change for change in one.changes}
    assert changes["MRN found"] == Change("MRN found", "0", "1")
    assert changes["members"] == Change("members", "0", "3")
    assert changes["model"].now == "other"
    assert "SSN found" not in changes
    assert docket.entry(first, clock.now(), SUE).last is None


def test_a_call_is_compared_with_one_of_the_same_tool_and_no_digest_is_shown(docket, asked, approvals, clock):
    given = ("amount=a1", "claim_id=c1", "note=n1")
    first = asked("1", tool="pay", arguments=given)
    other = asked("2", tool="deny", arguments=given)
    for case in (first, other):
        for who in (SUE, TOM):
            say(approvals, case, who)
        clock.advance(milliseconds=1)
    one = docket.entry(asked("3", tool="pay", arguments=("amount=a2", "claim_id=c1", "day=d1")), clock.now(), SUE)
    assert one.last.case == first
    assert one.changes == (Change("arguments", "", "others: amount, day, note"),)


def test_how_approvers_fare(docket, asked, approvals, clock):
    assert docket.fatigue(clock.now()) == ()
    for number in range(12):
        case = asked(f"{number}")
        clock.advance(milliseconds=2_000)
        say(approvals, case, SUE)
        clock.advance(milliseconds=MINUTE)
        say(approvals, case, TOM, "approve" if number % 2 else "deny")
    sue, tom = docket.fatigue(clock.now())
    assert (sue.person, sue.answers, sue.yes, sue.median) == ("corp:sue", 12, 12, 2_000)
    assert sue.tired == ("always says yes", "answers in seconds")
    assert (tom.yes, tom.median, tom.tired) == (6, 62_000, ())
    assert sue.per_hour == 12


def test_what_was_settled_stands_by_time(docket, asked, approvals, clock):
    first, second = asked("1"), asked("2")
    say(approvals, second, SUE, "deny")
    clock.advance(milliseconds=15 * MINUTE)
    approvals.look(tenant="t")
    assert [(one.row.case, one.row.state) for one in docket.settled(clock.now(), most=5)] == [
        (first, "expired"),
        (second, "denied"),
    ]


def test_damaged_rows_are_named_and_the_others_stand(docket, asked, approvals, clock):
    first, second = asked("1"), asked("2")
    with approvals.cases._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE approval SET outline = 'x{' WHERE \"case\" = ?", (first,))
    assert [one.row.case for one in docket.waiting(clock.now(), SUE)] == [second]
    assert docket.damaged(clock.now()) == (first,)
    with pytest.raises(InputError, match="damaged"):
        docket.entry(first, clock.now(), SUE)
    assert docket.entry("nothing", clock.now(), SUE) is None


PAY = Outline((), (Piece("payee", Role.ASSISTANT, PartKind.TEXT, 8, value="payee-77"),))


def test_what_decides_a_call_is_shown_to_who_may_answer_and_is_sure_and_that_is_told(approvals, docket, ask, clock):
    case = approvals.approval(ask(), ASK, "pay", PAY).case
    row = approvals.cases.get(case, tenant="t")
    assert b"payee-77" not in row.outline
    seen = {
        (who, sure): docket.entry(case, clock.now(), who, sure=sure).outline.pieces[0].value
        for who, sure in [(None, True), (SUE, False), (Teller("p", ("privacy",)), True), (SUE, True)]
    }
    assert [value for value in seen.values() if value] == ["payee-77"]
    assert seen[SUE, True] == "payee-77"
    outbox, told = approvals.cases._outbox, []
    while waiting := outbox.first():
        told += [one.payload for one in waiting]
        outbox.done(waiting[0])
    assert [one.by for one in told if isinstance(one, ApprovalShown)] == ["principal-corp:sue-t"]
    assert docket.waiting(clock.now(), SUE)[0].outline.pieces[0].value == ""


def test_of_a_settled_case_nothing_is_kept_that_decided_it(approvals, docket, ask, clock):
    first, second, third = (approvals.approval(ask(), ASK, action, PAY).case for action in "123")
    say(approvals, first, SUE, "deny")
    for who in (SUE, TOM):
        say(approvals, second, who)
    assert approvals.approval(ask(), ASK, "2", PAY).approved  # the signatures hold without it
    clock.advance(milliseconds=16 * MINUTE)
    approvals.look(tenant="t")
    for case in (first, second, third):
        row = approvals.cases.get(case, tenant="t")
        assert row.state in {"denied", "used", "expired"}
        assert b'"value":""' in row.outline


def test_values_that_were_changed_in_the_database_are_shown_to_nobody(approvals, docket, ask, clock):
    case, other = (approvals.approval(ask(), ASK, action, PAY).case for action in "12")
    row, moved = (approvals.cases.get(one, tenant="t") for one in (case, other))
    approvals.cases.answer(row, msgspec.structs.replace(row, outline=moved.outline), ApprovalExpired("x", "y"))
    with pytest.raises(NotTrusted):
        docket.entry(case, clock.now(), SUE, sure=True)
