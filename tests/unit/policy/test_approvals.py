"""Approvals: who may say yes to what, and for how long."""

import json

import msgspec
import pytest

from asepsis.core import canonical
from asepsis.core.errors import InputError, NotTrusted, Unavailable
from asepsis.core.types import Actor, Decision, Verdict
from asepsis.infra import database
from asepsis.infra.approvals import ApprovalRows
from asepsis.infra.outbox import Outbox
from asepsis.policy import dsse
from asepsis.policy.approvals import Approvals, Tools, statement, wanted
from asepsis.policy.config import Approver
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds

KEYS = {name: dsse.private_key(dsse.new_key()) for name in ("bob", "eve", "sam", "bob-new")}
APPROVERS = [
    Approver("bob", dsse.public_text(KEYS["bob"]), "corp:bob", ("privacy",)),
    Approver("bob-new", dsse.public_text(KEYS["bob-new"]), "corp:bob", ("medical",)),
    Approver("eve", dsse.public_text(KEYS["eve"]), "corp:eve", ("privacy", "medical")),
]
ASK = Decision(Verdict.ASK, "why", ("limits.topics",), "b", approvable=True)
ACTION = "a" * 32


class PlainDigester:
    def digest(self, kind, value, /, *, tenant):
        return f"{kind}-{value}-{tenant}"


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
def approvals(clock, engine):
    tools = Tools(clock, SequentialIds(), PlainDigester())
    rows = lambda: ApprovalRows(engine, Outbox(engine, clock=clock, ids=SequentialIds()))  # noqa: E731 it is opened late
    return Approvals(rows, APPROVERS, tools, minutes=15)


@pytest.fixture
def say(approvals):
    """Has an approver answer a case."""

    def make(case, name="bob", *, approve=True, key=None):
        one = approvals.cases.get(case, tenant="t")
        data = statement(one, KEYS[key or name], approver=name, approve=approve)
        return approvals.answer(case, data, tenant="t").state

    return make


def test_a_call_waits_until_somebody_says_yes_and_then_goes_through_once(approvals, say, ask):
    first = approvals.approval(ask(), ASK, ACTION)
    assert (first.approved, first.denied) == (False, False)
    assert approvals.approval(ask(), ASK, ACTION) == first
    assert say(first.case) == "approved"
    assert approvals.approval(ask(), ASK, ACTION) == (first.case, True, False)
    again = approvals.approval(ask(), ASK, ACTION)
    assert not again.approved
    assert again.case != first.case


def test_another_action_is_another_case(approvals, say, ask):
    first = approvals.approval(ask(), ASK, ACTION)
    say(first.case)
    assert approvals.approval(ask(), ASK, "b" * 32).case != first.case
    assert approvals.approval(ask(), ASK, ACTION).approved


def test_a_no_settles_it(approvals, say, ask):
    first = approvals.approval(ask(), ASK, ACTION)
    assert say(first.case, approve=False) == "denied"
    assert approvals.approval(ask(), ASK, ACTION) == (first.case, False, True)
    with pytest.raises(InputError, match="open"):
        say(first.case, "eve")


def test_time_runs_out_before_and_after_the_answer(approvals, say, ask, clock):
    first = approvals.approval(ask(), ASK, ACTION)
    clock.advance(milliseconds=15 * 60_000)
    with pytest.raises(InputError, match="open"):
        say(first.case)
    second = approvals.approval(ask(), ASK, ACTION)
    assert second.case != first.case
    say(second.case)
    clock.advance(milliseconds=15 * 60_000)
    assert not approvals.approval(ask(), ASK, ACTION).approved


@pytest.mark.parametrize(
    ("principal", "behind"),
    [("corp:bob", ()), ("corp:agent", (Actor("corp:bob"),)), ("corp:agent", (Actor("corp:x"), Actor("corp:bob")))],
)
def test_nobody_approves_for_themselves_or_for_their_agent(approvals, say, ask, principal, behind):
    question = msgspec.structs.replace(ask(), principal=principal, on_behalf_of=behind)
    case = approvals.approval(question, ASK, ACTION).case
    with pytest.raises(NotTrusted, match="nobody approves"):
        say(case)
    assert say(case, "eve") == "approved"


@pytest.mark.parametrize(("name", "key"), [("bob", "sam"), ("sam", "sam"), ("bob", "eve"), ("nobody", "bob")])
def test_only_approvers_answer_with_their_own_keys(approvals, say, ask, name, key):
    case = approvals.approval(ask(), ASK, ACTION).case
    with pytest.raises(NotTrusted):
        say(case, name, key=key)


def test_an_answer_to_one_case_is_none_to_another(approvals, ask):
    one, other = (approvals.approval(ask(), ASK, action).case for action in (ACTION, "b" * 32))
    data = statement(approvals.cases.get(one, tenant="t"), KEYS["bob"], approver="bob", approve=True)
    with pytest.raises(NotTrusted):
        approvals.answer(other, data, tenant="t")


def test_two_of_a_group_are_two_people(approvals, say, ask):
    decision = msgspec.structs.replace(ASK, duties=("ask:privacy 2", "notify:x"))
    case = approvals.approval(ask(), decision, ACTION).case
    assert say(case) == "open"
    with pytest.raises(InputError, match="not answered yet"):
        say(case)
    assert say(case, "eve") == "approved"
    assert approvals.approval(ask(), decision, ACTION).approved


def test_a_person_with_two_keys_is_one_person(approvals, say, ask, engine):
    decision = msgspec.structs.replace(ASK, duties=("ask:privacy 2",))
    case = approvals.approval(ask(), decision, ACTION).case
    assert say(case) == "open"
    with pytest.raises(InputError, match="not answered yet"):
        say(case, "bob-new")
    one = approvals.cases.get(case, tenant="t")
    both = [statement(one, KEYS[name], approver=name, approve=True).decode() for name in ("bob", "bob-new")]
    with engine.begin() as connection:
        values = (json.dumps(both).encode(),)
        connection.exec_driver_sql("UPDATE approval SET state = 'approved', answers = ?", values)
    assert not approvals.approval(ask(), decision, ACTION).approved


def test_somebody_of_the_group_has_to_say_yes(approvals, say, ask):
    decision = msgspec.structs.replace(ASK, duties=("ask:medical",))
    case = approvals.approval(ask(), decision, ACTION).case
    assert say(case) == "open"
    assert say(case, "eve") == "approved"


def test_what_is_wanted():
    duties = ("ask:", "ask:medical", "ask:medical 3", "ask:privacy x", "notify:y")
    assert wanted(msgspec.structs.replace(ASK, duties=duties)) == (("", 1), ("medical", 3), ("privacy", 1))
    assert wanted(ASK) == (("", 1),)


def test_whoever_writes_to_the_database_approves_nothing(approvals, ask, engine):
    case = approvals.approval(ask(), ASK, ACTION).case
    forged = json.dumps([json.dumps({"payload": "e30=", "payloadType": "x", "signatures": []})]).encode()
    with engine.begin() as connection:
        for answers in (b"[]", forged):
            connection.exec_driver_sql("UPDATE approval SET state = 'approved', answers = ?", (answers,))
    assert not approvals.approval(ask(), ASK, ACTION).approved
    assert case


def test_whoever_writes_to_the_database_makes_no_approval_last_longer(approvals, say, ask, engine, clock):
    say(approvals.approval(ask(), ASK, ACTION).case)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE approval SET expires = expires * 2")
    clock.advance(milliseconds=15 * 60_000)
    assert not approvals.approval(ask(), ASK, ACTION).approved


def test_what_an_approver_was_shown_is_what_is_approved(approvals, say, ask, engine):
    case = approvals.approval(ask("SSN"), ASK, ACTION).case
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE approval SET question = ?", (canonical.encode(ask()),))
    assert say(case) == "approved"
    assert not approvals.approval(ask("SSN"), ASK, ACTION).approved


def test_an_approval_holds_past_midnight(approvals, say, ask):
    say(approvals.approval(ask(day=20261126), ASK, ACTION).case)
    assert approvals.approval(ask(day=20261127), ASK, ACTION).approved


def test_where_more_is_wanted_now_another_case_is_asked_for_once_and_counts(approvals, say, ask):
    say(approvals.approval(ask(), ASK, ACTION).case)
    more = msgspec.structs.replace(ASK, duties=("ask:medical",))
    second = approvals.approval(ask(), more, ACTION)
    assert approvals.approval(ask(), more, ACTION) == second
    assert say(second.case, "eve") == "approved"
    assert approvals.approval(ask(), more, ACTION) == (second.case, True, False)


def test_an_approval_for_less_does_not_do_for_more(approvals, say, ask):
    case = approvals.approval(ask(), ASK, ACTION).case
    say(case)
    more = msgspec.structs.replace(ASK, duties=("ask:medical",))
    assert not approvals.approval(ask(), more, ACTION).approved
    assert approvals.approval(ask(), ASK, ACTION).approved


def test_whoever_floods_approvers_is_denied(approvals, ask):
    for number in range(20):
        approvals.approval(ask(), ASK, f"{number}")
    with pytest.raises(Unavailable, match="too many"):
        approvals.approval(ask(), ASK, "more")
    approvals.approval(msgspec.structs.replace(ask(), principal="q"), ASK, "more")
