"""Decisions and what they are made from."""

import msgspec
import pytest

from asepsis.core import canonical
from asepsis.core.errors import Bug, InputError
from asepsis.core.types import (
    Action,
    Count,
    Decision,
    DecisionInput,
    Kind,
    Obligation,
    ObligationKind,
    Outline,
    PartKind,
    Piece,
    Purpose,
    Role,
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


def pieces(values):
    return [Piece(f"p{at}", Role.ASSISTANT, PartKind.TEXT, 1, value=one) for at, one in enumerate(values)]


def test_an_outline_of_arguments_has_all_that_decides_before_texts():
    one = Outline.of_arguments(("m",), pieces([""] * 30 + ["a", "b"]))
    assert ([piece.place for piece in one.pieces[:3]], len(one.pieces), one.more) == (["p30", "p31", "p0"], 20, 12)
    many = Outline.of_arguments((), pieces(["a"] * 30 + [""]))
    assert ({piece.value for piece in many.pieces}, len(many.pieces), many.more) == ({"a"}, 30, 1)


@pytest.mark.parametrize("values", [["a"] * 201, ["a" * 10_000] * 3])
def test_what_nobody_reads_is_no_outline(values):
    with pytest.raises(InputError):
        Outline.of_arguments((), pieces(values))
