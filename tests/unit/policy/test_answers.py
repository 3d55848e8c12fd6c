"""What approvers sign, and whether it counts."""

import hashlib
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.core import canonical
from asepsis.core.errors import InputError, NotTrusted
from asepsis.core.types import Action, Actor, Decision, DecisionInput, Purpose, Verdict
from asepsis.infra.records import ApprovalCase
from asepsis.policy import dsse
from asepsis.policy.answers import Answers, Rules, Teller, case_of, clocks, statement, wanted
from asepsis.policy.config import Approver, Shift
from asepsis.policy.rota import Rota

BOB = dsse.private_key(dsse.new_key())
RULES = Rules([Approver("bob", dsse.public_text(BOB), "corp:bob", ("privacy",))], Rota(()))
QUESTION = DecisionInput("t", Action.MODEL_INVOKE, "p", "demo", Purpose.TREATMENT, "chat")
ASK = Decision(Verdict.ASK, "why", ("limits.topics",), "b", duties=("ask:privacy",), approvable=True)
ROW = ApprovalCase("t", "c", "a", "p", canonical.encode(QUESTION), canonical.encode(ASK), 1_000_000, 9_000_000)
CASE = case_of(ROW)
ZOE = Teller("corp:zoe", ("chief",))


class PlainKeys:
    def __init__(self, seed=""):
        self.seed = seed

    def key(self, name, /, *, tenant):
        return hashlib.sha256(f"{self.seed}{name}-{tenant}".encode()).digest()


@pytest.fixture
def answers():
    return Answers(RULES, PlainKeys())


def at_desk(answers, who="corp:sue", *groups, at=2_000_000, handed=(), case=CASE):
    return answers.at_desk(case, Teller(who, groups, handed), answer="approve", at=at, reason="fine")


def told(answers, *yes, case=CASE):
    """Whether a case is met by what people said, each a name, their groups and by whom `privacy` was handed to them."""
    said = [at_desk(answers, who, *own, handed=[("privacy", by) for by in given], case=case) for who, own, given in yes]
    return answers.met(case._replace(answers=tuple(one.decode() for one in said)))


def test_what_is_wanted():
    duties = ("ask:", "ask:medical", "ask:medical 3", "ask:privacy x", "notify:y")
    assert wanted(duties) == (("", 1), ("medical", 3), ("privacy", 1))
    assert wanted(()) == (("", 1),)


def test_the_desk_says_who_it_was_and_for_whom(answers):
    said = answers.verified(CASE, at_desk(answers, "corp:sue", "privacy"))
    assert (answers.person(said), answers.teller(CASE, said), said.reason) == (
        "corp:sue",
        Teller("corp:sue", ("privacy",)),
        "fine",
    )


def test_another_desk_is_none(answers):
    with pytest.raises(NotTrusted):
        answers.verified(CASE, at_desk(Answers(RULES, PlainKeys("other"))))


def test_who_has_a_key_does_not_say_who_they_are(answers):
    """An approver's key signs for that approver alone, whatever person or groups the statement names."""
    data = statement(CASE, BOB, approver="bob", answer="approve")
    said = answers.verified(CASE, data)
    for more in ({"person": "corp:eve"}, {"groups": ("medical",)}, {"handed": (("medical", "x"),)}, {"approver": ""}):
        forged = dsse.sealed(msgspec.structs.replace(said, **more), BOB, type="application/vnd.asepsis.approval+json")
        with pytest.raises(NotTrusted):
            answers.verified(CASE, forged)


@pytest.mark.parametrize("at", [1, 900_000, 9_000_000, 10_000_000])
def test_an_answer_is_given_while_the_case_is_open(answers, at):
    with pytest.raises(NotTrusted):
        answers.verified(CASE, at_desk(answers, at=at))


@given(
    st.binary(max_size=200)
    | st.dictionaries(st.text(max_size=9), st.text(max_size=9)).map(lambda d: json.dumps(d).encode())
)
def test_whatever_comes_is_trusted_or_it_is_not(data):
    with pytest.raises(NotTrusted):
        Answers(RULES, PlainKeys()).verified(CASE, data)


def test_who_stands_in_counts_while_they_do(answers):
    answers._rules = RULES._replace(rota=Rota((Shift("privacy", "corp:sue", last="1970-01-01"),)))
    said = answers.verified(CASE, at_desk(answers, "corp:sue"))
    assert answers.teller(CASE, said).groups == ("privacy",)
    assert answers.met(CASE._replace(answers=(at_desk(answers, "corp:sue").decode(),)))
    assert answers.on_duty(ASK, 2_000_000) == ("corp:sue",)
    answers._rules = RULES._replace(rota=Rota((Shift("privacy", "corp:sue", first="1970-01-02"),)))
    assert answers.teller(CASE, said).groups == ()
    assert answers.on_duty(ASK, 2_000_000) == ()


def test_who_stands_in_for_the_one_who_asks_has_no_more_right_than_that_one(answers):
    """A approver's own request, or that of their agent, is not theirs to have approved by whom they handed it to."""
    behind = msgspec.structs.replace(QUESTION, on_behalf_of=(Actor("corp:ann"),))
    agents = CASE._replace(question=behind)
    assert told(answers, ("corp:bob", (), ["corp:ann"]))
    assert not told(answers, ("corp:bob", (), ["p"]))
    assert not told(answers, ("corp:bob", (), ["corp:ann"]), case=agents)
    assert told(answers, ("corp:bob", (), ["corp:ann", "corp:sue"]), case=agents)
    assert not answers.stands_for(agents, Teller("corp:bob", (), (("privacy", "corp:ann"),)), 2).answers_for(
        ["privacy"]
    )


@pytest.mark.parametrize(
    ("yes", "met"),
    [
        ([("corp:ann", ["privacy"], []), ("corp:bob", ["privacy"], [])], True),
        ([("corp:ann", ["privacy"], []), ("corp:bob", [], ["corp:ann"])], False),
        ([("corp:bob", [], ["corp:ann"]), ("corp:cat", [], ["corp:ann"])], False),
        ([("corp:bob", [], ["corp:ann"]), ("corp:cat", [], ["corp:sue"])], True),
        ([("corp:bob", [], ["corp:ann"]), ("corp:cat", [], ["corp:ann", "corp:sue"])], True),
        ([("corp:bob", [], ["corp:ann", "corp:sue"])], False),
        ([("corp:bob", ["privacy"], ["corp:ann"])], False),
    ],
)
def test_one_right_counts_once_whoever_it_was_handed_to(answers, yes, met):
    two = CASE._replace(decision=msgspec.structs.replace(ASK, duties=("ask:privacy 2",)))
    assert told(answers, *yes, case=two) is met
    assert told(answers, *yes[::-1], case=two) is met


def test_who_stands_in_for_whom_a_case_is_escalated_to_does_so_in_their_place(answers):
    answers._rules = RULES._replace(escalate_after=1, escalate_to="chief")
    two = CASE._replace(decision=msgspec.structs.replace(ASK, duties=("ask:privacy 2",)))
    chief = Teller("corp:bob", (), (("chief", "corp:zoe"),))
    assert ("privacy", "corp:zoe") in answers.stands_for(two, chief, 2_000_000).handed
    said = [answers.at_desk(two, one, answer="approve", at=2_000_000, reason="fine") for one in (chief, ZOE)]
    assert not answers.met(two._replace(answers=tuple(one.decode() for one in said)))


def test_one_no_is_enough(answers):
    yes = [at_desk(answers, f"corp:{name}", "privacy").decode() for name in ("ann", "sue")]
    no = statement(CASE, BOB, approver="bob", answer="deny").decode()
    assert answers.met(CASE._replace(answers=(*yes,)))
    assert not answers.met(CASE._replace(answers=(*yes, no)))
    assert answers.tally(CASE._replace(answers=(*yes,))) == {"privacy": {"corp:ann", "corp:sue"}}


@pytest.mark.parametrize("field", ["question", "decision", "outline", "answers"])
def test_a_damaged_row_is_told(field):
    with pytest.raises(InputError, match="damaged"):
        case_of(msgspec.structs.replace(ROW, **{field: b"\xff{"}))


def test_the_law_wants_it_decided_by_a_time_the_nearest_first():
    duties = ("ask:x", "clock:7d 42 CFR 422.568(b)(1)", "clock:72h 29 CFR 2560.503-1(f)(2)(i)")
    assert clocks(duties, 1_000) == (
        ("29 CFR 2560.503-1(f)(2)(i)", 1_000 + 72 * 3_600_000),
        ("42 CFR 422.568(b)(1)", 1_000 + 7 * 86_400_000),
    )
