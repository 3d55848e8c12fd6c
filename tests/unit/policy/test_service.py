"""The static policy, rule by rule."""

import msgspec
import pytest

from asepsis.core.errors import ConfigError
from asepsis.core.types import Action, Count, DecisionInput, Kind, Obligation, ObligationKind, Purpose, Verdict
from asepsis.policy import ApplicationRules, KindRules, PolicyConfig, StaticPolicy
from asepsis.policy import service as policy_service

RULES = ApplicationRules(
    "app",
    models=("gpt-*",),
    tools_denied=("pay_*",),
    admit=("vector",),
    state=("store",),
    answer=KindRules(drop=(Kind.SSN,)),
)
POLICY = StaticPolicy(PolicyConfig(applications=(RULES,)))


def asked(**changes):
    question = DecisionInput("t", Action.MODEL_INVOKE, "p", "app", Purpose.UNSTATED, "chat", model="gpt-5")
    return msgspec.structs.replace(question, **changes)


@pytest.mark.parametrize(
    ("changes", "policy"),
    [
        ({"application": "other"}, "static.application"),
        ({"model": "claude"}, "static.model"),
        ({"opaque": ("vector", "image")}, "static.opaque"),
        ({"state": ("store", "background")}, "static.state"),
        ({"found": (Count(Kind.INJECTION, 1),)}, "static.kinds"),
        ({"action": Action.TOOL_CALL, "tool": "pay_bill"}, "static.tool"),
        ({"action": Action.TOOL_CALL, "application": "other"}, "static.application"),
    ],
)
def test_each_rule_denies_by_its_name(changes, policy):
    decision = POLICY.decide(asked(**changes))
    assert (decision.verdict, decision.policies) == (Verdict.DENY, (policy,))
    assert decision.obligations == decision.plan == ()


@pytest.mark.parametrize(
    "changes", [{}, {"opaque": ("vector",)}, {"state": ("store",)}, {"action": Action.TOOL_CALL, "tool": "look_up"}]
)
def test_what_no_rule_stands_against_is_allowed(changes):
    assert POLICY.decide(asked(**changes)).verdict is Verdict.ALLOW


def test_a_tool_call_is_no_matter_of_models():
    decision = POLICY.decide(asked(action=Action.TOOL_CALL, tool="look_up", model="claude"))
    assert decision.verdict is Verdict.ALLOW


def test_what_was_found_is_masked_once_per_kind():
    decision = POLICY.decide(asked(found=(Count(Kind.SSN, 2), Count(Kind.NAME, 1))))
    assert decision.verdict is Verdict.TRANSFORM
    assert decision.obligations == (
        Obligation(ObligationKind.MASK, Kind.NAME),
        Obligation(ObligationKind.MASK, Kind.SSN),
    )


def test_the_plan_for_the_answer_covers_each_kind_by_the_applications_own_rules():
    plan = {one.on: one.do for one in POLICY.decide(asked()).plan}
    assert set(plan) == set(Kind)
    assert (plan[Kind.SSN], plan[Kind.NAME], plan[Kind.CANARY]) == (
        ObligationKind.DROP,
        ObligationKind.MASK,
        ObligationKind.DENY,
    )


def test_what_is_allowed_obliges_to_nothing():
    rules = KindRules(allow=(Kind.DATE,))
    policy = StaticPolicy(PolicyConfig(request=rules, applications=(ApplicationRules("app"),)))
    decision = policy.decide(asked(found=(Count(Kind.DATE, 1),)))
    assert (decision.verdict, decision.obligations) == (Verdict.ALLOW, ())


@pytest.mark.parametrize(
    ("rules", "do"),
    [
        (KindRules(deny=(Kind.SSN,), drop=(Kind.SSN,), allow=(Kind.SSN,)), ObligationKind.DENY),
        (KindRules(drop=(Kind.SSN,), allow=(Kind.SSN,)), ObligationKind.DROP),
    ],
)
def test_a_kind_in_two_lists_gets_the_stricter(rules, do):
    policy = StaticPolicy(PolicyConfig(answer=rules, applications=(ApplicationRules("app"),)))
    assert Obligation(do, Kind.SSN) in policy.decide(asked()).plan


def test_a_decision_names_its_question_and_its_bundle():
    question = asked()
    decision = POLICY.decide(question)
    assert (decision.input, decision.bundle) == (question.digest, POLICY.bundle)
    assert StaticPolicy(PolicyConfig()).bundle != POLICY.bundle
    assert StaticPolicy(PolicyConfig(applications=(RULES,))).bundle == POLICY.bundle


def test_equal_questions_get_the_very_same_decision_and_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(policy_service, "_REMEMBERED", 2)
    policy = StaticPolicy(PolicyConfig(applications=(RULES,)))
    assert policy.decide(asked()) is policy.decide(asked())
    for number in range(9):
        policy.decide(asked(principal=str(number)))
    assert len(policy._decided) <= 2


def test_an_application_is_configured_once():
    with pytest.raises(ConfigError, match="each application once") as told:
        StaticPolicy(PolicyConfig(applications=(RULES, RULES)))
    assert told.value.place == "policy.applications[1].name"


def test_values_are_shown_again_where_the_application_may_and_the_purpose_is_stated():
    seer = StaticPolicy(PolicyConfig(applications=(msgspec.structs.replace(RULES, reveal=True),)))
    why = {"action": Action.MODEL_REVEAL, "purpose": Purpose.TREATMENT}
    assert seer.decide(asked(**why)).verdict is Verdict.ALLOW
    for policy, changes in ((seer, {**why, "purpose": Purpose.UNSTATED}), (POLICY, why)):
        decision = policy.decide(asked(**changes))
        assert (decision.verdict, decision.policies) == (Verdict.DENY, ("static.reveal",))


def test_tokens_are_for_requests_alone():
    tokens = KindRules(token=(Kind.NAME,))
    rules = msgspec.structs.replace(RULES, request=tokens)
    decision = StaticPolicy(PolicyConfig(applications=(rules,))).decide(asked(found=(Count(Kind.NAME, 2),)))
    assert decision.obligations == (Obligation(ObligationKind.TOKEN, Kind.NAME),)
    with pytest.raises(ConfigError) as told:
        StaticPolicy(PolicyConfig(applications=(msgspec.structs.replace(RULES, answer=tokens),)))
    assert told.value.place == "policy.applications[0].answer.token"


@pytest.mark.parametrize("name", ["PAY_bill", "functions.pay_bill", "a.b.Pay_bill"])
def test_another_case_or_a_namespace_is_no_way_around_a_denied_tool(name):
    assert POLICY.decide(asked(action=Action.TOOL_CALL, tool=name)).policies == ("static.tool",)
