"""Approvals: who may say yes to what, and for how long."""

import hashlib
import json

import msgspec
import pytest

from asepsis.core import canonical
from asepsis.core.errors import InputError, NotTrusted, Unavailable
from asepsis.core.events import ApprovalEscalated, ApprovalExpired
from asepsis.core.types import Actor, Decision, Outline, PartKind, Piece, Role, Verdict
from asepsis.infra import database
from asepsis.infra.approvals import ApprovalRows
from asepsis.infra.outbox import Outbox
from asepsis.infra.spent import Spent
from asepsis.policy import dsse
from asepsis.policy.answers import Rules, Teller, case_of, statement
from asepsis.policy.approvals import Approvals, Tools
from asepsis.policy.config import Approver
from asepsis.policy.rota import Rota
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds
from asepsis.testing.starts import recorded

KEYS = {name: dsse.private_key(dsse.new_key()) for name in ("bob", "eve", "sam", "bob-new")}
APPROVERS = [
    Approver("bob", dsse.public_text(KEYS["bob"]), "corp:bob", ("privacy",)),
    Approver("bob-new", dsse.public_text(KEYS["bob-new"]), "corp:bob", ("medical",)),
    Approver("eve", dsse.public_text(KEYS["eve"]), "corp:eve", ("privacy", "medical")),
]
ASK = Decision(Verdict.ASK, "why", ("limits.topics",), "b", approvable=True)
ACTION = "a" * 32


SHOWN = Outline(("member-1",), (Piece("messages[0].content", Role.USER, PartKind.TEXT, 40),))


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
def engine(tmp_path):
    url = f"sqlite:///{tmp_path}/c.db"
    database.upgrade(url)
    made = database.connect(url)
    yield made
    made.dispose()


@pytest.fixture
def approvals(clock, engine, tmp_path):
    tools = Tools(clock, SequentialIds(), PlainDigester(), PlainKeys(), Spent(tmp_path / "spent"))
    rows = lambda: ApprovalRows(engine, Outbox(engine, clock=clock, ids=SequentialIds()))  # noqa: E731 it is opened late
    return Approvals(rows, Rules(APPROVERS, Rota(())), tools, minutes=15)


@pytest.fixture
def say(approvals):
    """Has an approver answer a case."""

    def make(case, name="bob", *, approve=True, key=None):
        one = approvals.cases.get(case, tenant="t")
        answer = "approve" if approve else "deny"
        data = statement(case_of(one), KEYS[key or name], approver=name, answer=answer)
        return approvals.answer(case, data, tenant="t").state

    return make


def test_a_call_waits_until_somebody_says_yes_and_then_goes_through_once(approvals, say, ask):
    first = approvals.approval(ask(), ASK, ACTION, SHOWN)
    assert (first.approved, first.denied) == (False, False)
    assert approvals.approval(ask(), ASK, ACTION, SHOWN) == first
    assert say(first.case) == "approved"
    assert approvals.approval(ask(), ASK, ACTION, SHOWN) == (first.case, True, False)
    again = approvals.approval(ask(), ASK, ACTION, SHOWN)
    assert not again.approved
    assert again.case != first.case


def test_a_use_that_is_given_back_is_good_once_more(approvals, say, ask):
    case = approvals.approval(ask(), ASK, ACTION, SHOWN).case
    say(case)
    for _ in range(2):
        assert approvals.approval(ask(), ASK, ACTION, SHOWN) == (case, True, False)
        approvals.give_back(case, tenant="t")
    approvals.give_back("a-rule", tenant="t")
    assert approvals.approval(ask(), ASK, ACTION, SHOWN).approved
    assert not approvals.approval(ask(), ASK, ACTION, SHOWN).approved


def test_another_action_is_another_case(approvals, say, ask):
    first = approvals.approval(ask(), ASK, ACTION, SHOWN)
    say(first.case)
    assert approvals.approval(ask(), ASK, "b" * 32, SHOWN).case != first.case
    assert approvals.approval(ask(), ASK, ACTION, SHOWN).approved


def test_a_no_settles_it(approvals, say, ask):
    first = approvals.approval(ask(), ASK, ACTION, SHOWN)
    assert say(first.case, approve=False) == "denied"
    assert approvals.approval(ask(), ASK, ACTION, SHOWN) == (first.case, False, True)
    with pytest.raises(InputError, match="open"):
        say(first.case, "eve")


def test_time_runs_out_before_and_after_the_answer(approvals, say, ask, clock):
    first = approvals.approval(ask(), ASK, ACTION, SHOWN)
    clock.advance(milliseconds=15 * 60_000)
    with pytest.raises(InputError, match="open"):
        say(first.case)
    second = approvals.approval(ask(), ASK, ACTION, SHOWN)
    assert second.case != first.case
    say(second.case)
    clock.advance(milliseconds=15 * 60_000)
    assert not approvals.approval(ask(), ASK, ACTION, SHOWN).approved


@pytest.mark.parametrize(
    ("principal", "behind"),
    [("corp:bob", ()), ("corp:agent", (Actor("corp:bob"),)), ("corp:agent", (Actor("corp:x"), Actor("corp:bob")))],
)
def test_nobody_approves_for_themselves_or_for_their_agent(approvals, say, ask, principal, behind):
    question = msgspec.structs.replace(ask(), principal=principal, on_behalf_of=behind)
    case = approvals.approval(question, ASK, ACTION, SHOWN).case
    with pytest.raises(NotTrusted, match="nobody approves"):
        say(case)
    assert say(case, "eve") == "approved"


@pytest.mark.parametrize(("name", "key"), [("bob", "sam"), ("sam", "sam"), ("bob", "eve"), ("nobody", "bob")])
def test_only_approvers_answer_with_their_own_keys(approvals, say, ask, name, key):
    case = approvals.approval(ask(), ASK, ACTION, SHOWN).case
    with pytest.raises(NotTrusted):
        say(case, name, key=key)


def test_an_answer_to_one_case_is_none_to_another(approvals, ask):
    one, other = (approvals.approval(ask(), ASK, action, SHOWN).case for action in (ACTION, "b" * 32))
    row = approvals.cases.get(one, tenant="t")
    data = statement(case_of(row), KEYS["bob"], approver="bob", answer="approve")
    with pytest.raises(NotTrusted):
        approvals.answer(other, data, tenant="t")


def test_two_of_a_group_are_two_people(approvals, say, ask):
    decision = msgspec.structs.replace(ASK, duties=("ask:privacy 2", "notify:x"))
    case = approvals.approval(ask(), decision, ACTION, SHOWN).case
    assert say(case) == "open"
    with pytest.raises(InputError, match="not answered yet"):
        say(case)
    assert say(case, "eve") == "approved"
    assert approvals.approval(ask(), decision, ACTION, SHOWN).approved


def test_a_person_with_two_keys_is_one_person(approvals, say, ask, engine):
    decision = msgspec.structs.replace(ASK, duties=("ask:privacy 2",))
    case = approvals.approval(ask(), decision, ACTION, SHOWN).case
    assert say(case) == "open"
    with pytest.raises(InputError, match="not answered yet"):
        say(case, "bob-new")
    one = approvals.cases.get(case, tenant="t")
    both = [
        statement(case_of(one), KEYS[name], approver=name, answer="approve").decode() for name in ("bob", "bob-new")
    ]
    with engine.begin() as connection:
        values = (json.dumps(both).encode(),)
        connection.exec_driver_sql("UPDATE approval SET state = 'approved', answers = ?", values)
    assert not approvals.approval(ask(), decision, ACTION, SHOWN).approved


def test_somebody_of_the_group_has_to_say_yes(approvals, say, ask):
    decision = msgspec.structs.replace(ASK, duties=("ask:medical",))
    case = approvals.approval(ask(), decision, ACTION, SHOWN).case
    with pytest.raises(InputError, match="an answer of medical"):
        say(case)
    with pytest.raises(InputError, match="an answer of medical"):
        say(case, approve=False)
    assert say(case, "eve") == "approved"


def test_whoever_writes_to_the_database_approves_nothing(approvals, ask, engine):
    case = approvals.approval(ask(), ASK, ACTION, SHOWN).case
    forged = json.dumps([json.dumps({"payload": "e30=", "payloadType": "x", "signatures": []})]).encode()
    with engine.begin() as connection:
        for answers in (b"[]", forged):
            connection.exec_driver_sql("UPDATE approval SET state = 'approved', answers = ?", (answers,))
    assert not approvals.approval(ask(), ASK, ACTION, SHOWN).approved
    assert case


def test_whoever_writes_to_the_database_makes_no_approval_last_longer(approvals, say, ask, engine, clock):
    say(approvals.approval(ask(), ASK, ACTION, SHOWN).case)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE approval SET expires = expires * 2")
    clock.advance(milliseconds=15 * 60_000)
    assert not approvals.approval(ask(), ASK, ACTION, SHOWN).approved


def test_what_an_approver_was_shown_is_what_is_approved(approvals, say, ask, engine):
    case = approvals.approval(ask("SSN"), ASK, ACTION, SHOWN).case
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE approval SET question = ?", (canonical.encode(ask()),))
    assert say(case) == "approved"
    assert not approvals.approval(ask("SSN"), ASK, ACTION, SHOWN).approved


def test_an_approval_holds_past_midnight(approvals, say, ask):
    say(approvals.approval(ask(day=20261126), ASK, ACTION, SHOWN).case)
    assert approvals.approval(ask(day=20261127), ASK, ACTION, SHOWN).approved


def test_where_more_is_wanted_now_another_case_is_asked_for_once_and_counts(approvals, say, ask):
    say(approvals.approval(ask(), ASK, ACTION, SHOWN).case)
    more = msgspec.structs.replace(ASK, duties=("ask:medical",))
    second = approvals.approval(ask(), more, ACTION, SHOWN)
    assert approvals.approval(ask(), more, ACTION, SHOWN) == second
    assert say(second.case, "eve") == "approved"
    assert approvals.approval(ask(), more, ACTION, SHOWN) == (second.case, True, False)


def test_an_approval_for_less_does_not_do_for_more(approvals, say, ask):
    case = approvals.approval(ask(), ASK, ACTION, SHOWN).case
    say(case)
    more = msgspec.structs.replace(ASK, duties=("ask:medical",))
    assert not approvals.approval(ask(), more, ACTION, SHOWN).approved
    assert approvals.approval(ask(), ASK, ACTION, SHOWN).approved


def test_whoever_floods_approvers_is_denied(approvals, ask):
    for number in range(20):
        approvals.approval(ask(), ASK, f"{number}", SHOWN)
    with pytest.raises(Unavailable, match="too many"):
        approvals.approval(ask(), ASK, "more", SHOWN)
    approvals.approval(msgspec.structs.replace(ask(), principal="q"), ASK, "more", SHOWN)


def test_what_was_used_is_used_whatever_the_database_says(approvals, say, ask, engine):
    case = approvals.approval(ask(), ASK, ACTION, SHOWN).case
    say(case)
    assert approvals.approval(ask(), ASK, ACTION, SHOWN).approved
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE approval SET state = 'approved'")
    again = approvals.approval(ask(), ASK, ACTION, SHOWN)
    assert (again.approved, again.case == case) == (False, False)


def test_the_parts_that_an_approver_was_shown_are_those_that_are_approved(approvals, say, ask, engine):
    case = approvals.approval(ask(), ASK, ACTION, SHOWN).case
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE approval SET outline = '{}'")
    assert say(case) == "approved"
    assert not approvals.approval(ask(), ASK, ACTION, SHOWN).approved


@pytest.mark.parametrize("column", ["question", "decision", "outline", "answers"])
def test_a_damaged_row_approves_nothing_and_stops_nothing(approvals, say, ask, engine, column):
    case = approvals.approval(ask(), ASK, ACTION, SHOWN).case
    say(case)
    other = approvals.approval(ask(), ASK, "b" * 32, SHOWN).case
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE approval SET {column} = 'x{{'")
    assert not approvals.approval(ask(), ASK, ACTION, SHOWN).approved
    with pytest.raises(InputError, match="damaged"):
        say(other)
    assert approvals.look(tenant="t") == 0


def test_what_nobody_settles_in_time_is_denied(approvals, ask, clock, engine):
    case = approvals.approval(ask(), ASK, ACTION, SHOWN).case
    assert approvals.look(tenant="t") == 0
    clock.advance(milliseconds=15 * 60_000)
    assert (approvals.look(tenant="t"), approvals.look(tenant="t")) == (1, 0)
    row = approvals.cases.get(case, tenant="t")
    assert (row.state, row.settled) == ("expired", row.expires)
    assert recorded(Outbox(engine, clock=clock, ids=SequentialIds()))[-1] == ApprovalExpired(case, ACTION)


def test_somebody_at_the_desk_answers_for_their_groups(approvals, ask):
    decision = msgspec.structs.replace(ASK, duties=("ask:privacy 2",))
    case = approvals.approval(ask(), decision, ACTION, SHOWN).case
    answer = lambda who, *groups: approvals.answer_at_desk(  # noqa: E731 it is short
        case, Teller(who, groups), tenant="t", answer="approve", reason="as agreed"
    )
    with pytest.raises(InputError, match="an answer of privacy"):
        answer("corp:ann", "medical")
    with pytest.raises(NotTrusted, match="nobody approves"):
        answer("p", "privacy")
    assert answer("corp:bob", "privacy").state == "open"
    with pytest.raises(InputError, match="not answered yet"):
        answer("corp:bob", "privacy")
    assert answer("corp:sue", "privacy").state == "approved"
    assert approvals.approval(ask(), decision, ACTION, SHOWN).approved


def test_a_person_at_the_desk_and_with_a_key_is_one(approvals, say, ask):
    decision = msgspec.structs.replace(ASK, duties=("ask:privacy 2",))
    case = approvals.approval(ask(), decision, ACTION, SHOWN).case
    assert say(case, "bob") == "open"
    with pytest.raises(InputError, match="not answered yet"):
        approvals.answer_at_desk(case, Teller("corp:bob", ("privacy",)), tenant="t", answer="approve", reason="")


def test_a_case_that_waits_too_long_is_for_others_too(approvals, ask, clock, engine):
    approvals.answers._rules = approvals._rules = Rules(APPROVERS, Rota(()), 5 * 60_000, "chief")
    decision = msgspec.structs.replace(ASK, duties=("ask:privacy",))
    case = approvals.approval(ask(), decision, ACTION, SHOWN).case
    chief = Teller("corp:chief", ("chief",))
    with pytest.raises(InputError, match="an answer of privacy"):
        approvals.answer_at_desk(case, chief, tenant="t", answer="approve", reason="")
    clock.advance(milliseconds=5 * 60_000)
    approvals.look(tenant="t")
    approvals.look(tenant="t")
    told = recorded(Outbox(engine, clock=clock, ids=SequentialIds()))
    assert [one for one in told if isinstance(one, ApprovalEscalated)] == [ApprovalEscalated(case, ACTION, "chief")]
    after = approvals.answer_at_desk(case, chief, tenant="t", answer="approve", reason="")
    assert after.state == "approved"


@pytest.mark.parametrize("ago", [None, 5 * 60_000 + 1])
def test_nobody_dates_an_answer_back(approvals, ask, clock, ago):
    case = approvals.approval(ask(), ASK, ACTION, SHOWN).case
    one = case_of(approvals.cases.get(case, tenant="t"))
    clock.advance(milliseconds=6 * 60_000)
    for at in (clock.now() - ago if ago else 0, one.row.asked):
        data = statement(one, KEYS["bob"], approver="bob", answer="approve", at=at)
        with pytest.raises(NotTrusted, match="within five minutes"):
            approvals.answer(case, data, tenant="t")
    data = statement(one, KEYS["bob"], approver="bob", answer="approve", at=clock.now() - 60_000)
    assert approvals.answer(case, data, tenant="t").state == "approved"


def test_nobody_answers_of_a_time_to_come_when_it_is_for_them_or_when_they_are_on_duty(approvals, ask, clock):
    approvals.answers._rules = approvals._rules = Rules(APPROVERS, Rota(()), 5 * 60_000, "privacy")
    decision = msgspec.structs.replace(ASK, duties=("ask:medical",))
    case = approvals.approval(ask(), decision, ACTION, SHOWN).case
    one = case_of(approvals.cases.get(case, tenant="t"))
    data = statement(one, KEYS["bob"], approver="bob", answer="approve", at=clock.now() + 6 * 60_000)
    with pytest.raises(NotTrusted, match="to come"):
        approvals.answer(case, data, tenant="t")
    clock.advance(milliseconds=6 * 60_000)
    assert approvals.answer(case, data, tenant="t").state == "approved"


@pytest.mark.parametrize("reason", ["x" * 501, "two\nlines", "a\x1b[2J"])
def test_a_reason_is_one_short_line(approvals, ask, reason):
    case = approvals.approval(ask(), ASK, ACTION, SHOWN).case
    with pytest.raises(InputError, match="reason"):
        approvals.answer_at_desk(case, Teller("corp:bob", ()), tenant="t", answer="deny", reason=reason)


def test_a_disk_that_notes_nothing_lets_nothing_through(approvals, say, ask, tmp_path):
    """A crash between the use and what is done with it: the approval is used up, and nothing went through."""
    case = approvals.approval(ask(), ASK, ACTION, SHOWN).case
    say(case)
    (tmp_path / "spent").write_text("")
    with pytest.raises(Unavailable, match="noted"):
        approvals.approval(ask(), ASK, ACTION, SHOWN)
    (tmp_path / "spent").unlink()
    assert approvals.cases.get(case, tenant="t").state == "used"
    assert not approvals.approval(ask(), ASK, ACTION, SHOWN).approved


def test_a_case_whose_answers_suffice_by_other_rules_is_settled(approvals, say, ask, clock, engine, tmp_path):
    two = msgspec.structs.replace(ASK, duties=("ask:privacy 2",))
    case = approvals.approval(ask(), two, ACTION, SHOWN).case
    assert (say(case), approvals.cases.get(case, tenant="t").state) == ("open", "open")
    approvals.look(tenant="t")
    assert approvals.cases.get(case, tenant="t").state == "open"
    tools = Tools(clock, SequentialIds(), PlainDigester(), PlainKeys(), Spent(tmp_path / "spent"))
    blind = Approvals(approvals._open_cases, Rules(APPROVERS[1:], Rota(())), tools, minutes=15)
    row = blind.cases.get(case, tenant="t")
    assert (
        blind.answer(case, statement(case_of(row), KEYS["eve"], approver="eve", answer="approve"), tenant="t").state
        == "open"
    )
    approvals.look(tenant="t")
    assert approvals.cases.get(case, tenant="t").state == "approved"
    assert approvals.approval(ask(), two, ACTION, SHOWN).approved
