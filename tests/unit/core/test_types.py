"""Decisions and what they are made from."""

import msgspec
import pytest

from asepsis.core import canonical
from asepsis.core.errors import Bug
from asepsis.core.types import (
    Action,
    Count,
    Decision,
    DecisionInput,
    Kind,
    Obligation,
    ObligationKind,
    Purpose,
    Verdict,
)

MASK = Obligation(ObligationKind.MASK, Kind.SSN)
DENY = Obligation(ObligationKind.DENY, Kind.SECRET)
QUESTION = DecisionInput("t", Action.MODEL_INVOKE, "p", "a", Purpose.UNSTATED, "openai.chat")


def test_the_stronger_verdict_leads_and_brings_its_reason():
    weak = Decision(Verdict.TRANSFORM, "mask", policies=("b",), obligations=(MASK,), input="1")
    strong = Decision(Verdict.DENY, "secret", policies=("a",), plan=(DENY,), input="2")
    assert weak.join(strong) == Decision(
        Verdict.DENY, "secret", ("a", "b"), obligations=(MASK,), plan=(DENY,), input="2"
    )


def test_what_closed_stays_first_beside_a_decision_that_names_nothing():
    one, other = Decision(Verdict.ASK, "x", ("z", "a")), Decision(Verdict.ALLOW, "")
    assert one.join(other).policies == other.join(one).policies == ("z", "a")


def test_decisions_of_two_bundles_do_not_join():
    with pytest.raises(Bug):
        Decision(Verdict.ALLOW, "x", bundle="1").join(Decision(Verdict.ALLOW, "x", bundle="2"))


def test_an_inputs_digest_follows_each_of_its_fields():
    changes = {"tenant": "u", "action": Action.TOOL_CALL, "found": (Count(Kind.SSN, 1),), "state": ("x",), "tool": "y"}
    digests = {msgspec.structs.replace(QUESTION, **{name: value}).digest for name, value in changes.items()}
    assert len(digests | {QUESTION.digest}) == len(changes) + 1
    assert QUESTION.digest == canonical.digest(QUESTION)


def test_a_value_does_not_change():
    with pytest.raises(AttributeError):
        QUESTION.tenant = "u"
