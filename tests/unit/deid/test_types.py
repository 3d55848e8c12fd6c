"""The right to reveal is bound to one decision on one question."""

import msgspec
import pytest

from asepsis.core.errors import NotTrusted
from asepsis.core.types import Action, Decision, Purpose, Verdict
from asepsis.deid import Reveal


def test_an_allowed_reveal_is_admitted(make_question):
    question = make_question()
    decision = Decision(Verdict.ALLOW, "may read", input=question.digest)
    assert Reveal.admit(question, decision).decision is decision


@pytest.mark.parametrize("verdict", [Verdict.TRANSFORM, Verdict.ASK, Verdict.DENY])
def test_any_other_verdict_is_not(make_question, verdict):
    question = make_question()
    with pytest.raises(NotTrusted):
        Reveal.admit(question, Decision(verdict, "no", input=question.digest))


@pytest.mark.parametrize("change", [{"action": Action.MODEL_INVOKE}, {"purpose": Purpose.UNSTATED}])
def test_another_action_or_no_purpose_is_not(make_question, change):
    question = make_question(**change)
    with pytest.raises(NotTrusted):
        Reveal.admit(question, Decision(Verdict.ALLOW, "may", input=question.digest))


def test_a_decision_on_another_question_is_not(make_question):
    question = make_question()
    other = msgspec.structs.replace(question, principal="someone else")
    with pytest.raises(NotTrusted):
        Reveal.admit(question, Decision(Verdict.ALLOW, "may", input=other.digest))
