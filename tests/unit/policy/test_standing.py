"""Rules made of decided cases."""

import hashlib

import msgspec
import pytest

from asepsis.core import canonical
from asepsis.core.errors import InputError, NotTrusted
from asepsis.core.labels import Category
from asepsis.core.types import Actor, Count, Decision, Kind, Outline, Verdict
from asepsis.infra import database
from asepsis.infra.approvals import ApprovalRows
from asepsis.infra.outbox import Outbox
from asepsis.infra.spent import Spent
from asepsis.policy.answers import Rules, Teller
from asepsis.policy.approvals import Approvals, Tools
from asepsis.policy.rota import Rota
from asepsis.policy.standing import Terms, scope_of
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds
from asepsis.testing.starts import recorded

ASK = Decision(Verdict.ASK, "why", ("limits.topics",), "b", duties=("ask:privacy",), approvable=True)
DAY = 86_400_000
SUE, TOM, ANN = (Teller(f"corp:{name}", ("privacy",)) for name in ("sue", "tom", "ann"))
EVE = Teller("corp:eve", ())
TERMS = Terms(days=30, most=3, reason="weekly run")


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
    rows = ApprovalRows(engine, Outbox(engine, clock=clock, ids=SequentialIds()))
    return Approvals(lambda: rows, Rules((), Rota(())), tools, minutes=15)


@pytest.fixture
def question(ask):
    return msgspec.structs.replace(ask("SSN", "NAME"), labels=(Category.HIV,), members=2)


@pytest.fixture
def case(approvals, question):
    found = approvals.approval(question, ASK, "a" * 32, Outline()).case
    approvals.answer_at_desk(found, SUE, tenant="t", answer="approve", reason="")
    return found


@pytest.fixture
def rule(approvals, case):
    """A rule that two people made."""
    made = approvals.standing.propose(case, SUE, TERMS, tenant="t")
    assert approvals.standing.second(made.rule, TOM, tenant="t", reason="").state == "active"
    return made.rule


def goes(approvals, question, action="b" * 32, decision=ASK):
    return approvals.approval(question, decision, action, Outline())


def test_what_fits_goes_through_so_many_times_and_is_told(approvals, question, rule, engine, clock):
    assert [goes(approvals, question, f"{number}").approved for number in range(5)] == [True] * 3 + [False] * 2
    approvals.look(tenant="t")
    assert approvals.standing.listed(tenant="t") == ()
    told = [type(one).__name__ for one in recorded(Outbox(engine, clock=clock, ids=SequentialIds()))]
    assert told.count("ApprovalUsed") == 3
    assert told.count("ApprovalStanding") == 3  # proposed, in force, ended


def test_one_person_makes_no_rule(approvals, case, question):
    made = approvals.standing.propose(case, SUE, TERMS, tenant="t")
    with pytest.raises(InputError, match="not signed it yet"):
        approvals.standing.second(made.rule, SUE, tenant="t", reason="")
    assert not goes(approvals, question).approved
    assert approvals.standing.signers(made) == ["corp:sue"]


def test_it_takes_whom_the_policies_ask(approvals, case, question):
    decision = msgspec.structs.replace(ASK, duties=("ask:privacy 2",))
    other = goes(approvals, question, "c", decision).case
    for who in (SUE, TOM):
        approvals.answer_at_desk(other, who, tenant="t", answer="approve", reason="")
    made = approvals.standing.propose(other, EVE, TERMS, tenant="t")
    assert approvals.standing.second(made.rule, SUE, tenant="t", reason="").state == "proposed"
    assert approvals.standing.second(made.rule, TOM, tenant="t", reason="").state == "active"


def test_what_who_it_is_for_handed_over_makes_no_rule(approvals, case):
    bob, cat = (Teller(f"corp:{name}", (), (("privacy", "p"),)) for name in ("bob", "cat"))
    made = approvals.standing.propose(case, bob, TERMS, tenant="t")
    assert approvals.standing.second(made.rule, cat, tenant="t", reason="").state == "proposed"
    assert approvals.standing.second(made.rule, TOM, tenant="t", reason="").state == "active"


def test_nobody_makes_a_rule_for_themselves_or_their_agent(approvals, case, question):
    with pytest.raises(NotTrusted):
        approvals.standing.propose(case, Teller("p", ("privacy",)), TERMS, tenant="t")
    made = approvals.standing.propose(case, SUE, TERMS, tenant="t")
    with pytest.raises(NotTrusted):
        approvals.standing.second(made.rule, Teller("p", ("privacy",)), tenant="t", reason="")
    acting = msgspec.structs.replace(question, on_behalf_of=(Actor("corp:tom"),))
    other = goes(approvals, acting, "d").case
    approvals.answer_at_desk(other, SUE, tenant="t", answer="approve", reason="")
    made = approvals.standing.propose(other, SUE, TERMS, tenant="t")
    with pytest.raises(NotTrusted):
        approvals.standing.second(made.rule, TOM, tenant="t", reason="")


@pytest.mark.parametrize(
    "more",
    [
        {"principal": "q"},
        {"application": "other"},
        {"model": "other"},
        {"upstream": "other"},
        {"tool": "pay"},
        {"arguments": ("payee=3f",)},
        {"surface": "other"},
        {"roles": ("more",)},
        {"on_behalf_of": (Actor("corp:x"),)},
        {"found": (Count(Kind.MRN, 1),)},
        {"found": (Count(Kind.SSN, 2), Count(Kind.NAME, 1))},
        {"labels": (Category.HIV, Category.GENETIC)},
        {"opaque": ("image",)},
        {"state": ("store",)},
        {"members": 3},
    ],
)
def test_what_is_wider_does_not_fit(approvals, question, rule, more):
    assert not goes(approvals, msgspec.structs.replace(question, **more)).approved


@pytest.mark.parametrize("more", [{"found": ()}, {"labels": ()}, {"members": 0}, {"day": 20261231}])
def test_what_is_narrower_does(approvals, question, rule, more):
    assert goes(approvals, msgspec.structs.replace(question, **more)).approved


@pytest.mark.parametrize("more", [{"policies": ("limits.other",)}, {"duties": ("ask:medical",)}])
def test_where_other_policies_or_people_are_asked_it_does_not_fit(approvals, question, rule, more):
    assert not goes(approvals, question, decision=msgspec.structs.replace(ASK, **more)).approved


def test_it_ends_by_its_day_and_by_anyone_at_once(approvals, question, rule, case, clock):
    other = approvals.standing.propose(case, SUE, Terms(1, 1, ""), tenant="t")
    assert len(approvals.standing.listed(tenant="t")) == 2
    clock.advance(milliseconds=DAY)
    with pytest.raises(InputError, match="not ended"):
        approvals.standing.second(other.rule, TOM, tenant="t", reason="")
    assert goes(approvals, question, "1").approved
    approvals.standing.end(rule, "corp:eve", tenant="t")
    assert not goes(approvals, question, "2").approved
    with pytest.raises(InputError, match="not ended"):
        approvals.standing.end(rule, "corp:eve", tenant="t")


@pytest.mark.parametrize(("days", "most"), [(0, 1), (31, 1), (1, 0), (1, 201)])
def test_a_rule_is_short_and_for_few_calls(approvals, case, days, most):
    with pytest.raises(InputError, match="expected 1 to 30 days and 1 to 200 calls"):
        approvals.standing.propose(case, SUE, Terms(days, most, ""), tenant="t")


def test_only_an_approved_case_becomes_a_rule(approvals, question):
    waiting = goes(approvals, question).case
    for case in (waiting, "nothing"):
        with pytest.raises(InputError, match="approved"):
            approvals.standing.propose(case, SUE, TERMS, tenant="t")


@pytest.mark.parametrize(
    "change",
    ["expires = expires * 2", "most = 9999", "answers = '[]'", "answers = 'x{'", "scope = 'x{'", "state = 'proposed'"],
)
def test_whoever_writes_to_the_database_makes_and_widens_no_rule(approvals, question, rule, engine, change):
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE standing_approval SET {change}")
    assert not goes(approvals, question).approved


def test_a_scope_put_in_anothers_place_does_not_hold(approvals, question, rule, engine):
    wider = msgspec.structs.replace(question, members=99)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE standing_approval SET scope = ?", (canonical.encode(scope_of(wider, ASK)),))
    assert not goes(approvals, wider).approved


def test_what_is_damaged_stops_nothing(approvals, question, rule, engine):
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE standing_approval SET scope = 'x', answers = 'y'")
    approvals.look(tenant="t")
    assert not goes(approvals, question).approved


def test_whoever_writes_to_the_database_brings_no_use_back(approvals, question, rule, engine):
    def reset(number):
        with engine.begin() as connection:
            connection.exec_driver_sql("UPDATE standing_approval SET used = 0, state = 'active'")
        return goes(approvals, question, f"{number}").approved

    assert [reset(number) for number in range(5)] == [True] * 3 + [False] * 2
