"""Decisions by a bundle."""

import cedarpy
import msgspec
import pytest

from asepsis.core.labels import Category
from asepsis.core.types import Action, Actor, Elevation, Kind, Obligation, ObligationKind, Purpose, Verdict

ASK = """@id("staff.ask")
@reason("staff may ask")
@request("mask *; token MRN; clear DATE")
@answer("clear NAME")
@opaque("vector")
@notify("nobody")
permit (principal in Asepsis::Role::"staff", action == Asepsis::Action::"model.invoke", resource);
"""
OTHER = """@id("nurse.ask")
@reason("nurses may ask")
@request("mask MRN; clear DATE NAME")
permit (principal in Asepsis::Role::"nurse", action == Asepsis::Action::"model.invoke", resource);
"""
TOPICS = """@id("no.topics")
@reason("no such topics")
forbid (principal, action, resource) when { context.labels.contains("hiv") } unless { context.approved };
"""
CALL = """@id("tools.approved")
@reason("somebody has to say yes")
permit (principal, action == Asepsis::Action::"tool.call", resource) when { context.approved };
"""


def but(question, **changes):
    return msgspec.structs.replace(question, **changes)


def do(verb, kind):
    return Obligation(ObligationKind(verb), Kind(kind))


def test_what_nothing_permits_is_denied(policy, ask):
    decision = policy(ASK).decide(ask(roles=("visitor",)))
    assert (decision.verdict, decision.policies, decision.approvable) == (Verdict.DENY, ("policy.default",), False)


def test_a_permit_obliges(policy, ask):
    decided = policy(ASK)
    decision = decided.decide(ask("SSN", "MRN", "DATE"))
    assert decision.verdict is Verdict.TRANSFORM
    assert decision.obligations == (do("mask", "SSN"), do("token", "MRN"))
    assert (decision.policies, decision.duties, decision.bundle) == (("staff.ask",), ("notify:nobody",), decided.bundle)
    assert do("mask", "SSN") in decision.plan
    assert do("mask", "NAME") not in decision.plan
    assert do("deny", "CANARY") in decision.plan


def test_where_nothing_is_due_it_is_allowed(policy, ask):
    assert policy(ASK).decide(ask("DATE")).verdict is Verdict.ALLOW


def test_of_several_permits_the_strictest_holds(policy, ask):
    decision = policy(ASK + OTHER).decide(ask("SSN", "MRN", "NAME", "DATE", roles=("nurse", "staff")))
    assert decision.obligations == (do("mask", "MRN"), do("mask", "NAME"), do("mask", "SSN"))
    assert decision.policies == ("nurse.ask", "staff.ask")


def test_a_kind_that_no_permit_speaks_of_is_masked(policy, ask):
    assert policy(OTHER).decide(ask("SSN", roles=("nurse",))).obligations == (do("mask", "SSN"),)


def test_what_stands_against_it_is_named_before_what_would_permit_it(policy, ask):
    decision = policy(ASK + TOPICS.replace("no.topics", "zz.topics")).decide(ask("MRN", labels=(Category.HIV,)))
    assert (decision.verdict, decision.policies) == (Verdict.ASK, ("zz.topics", "staff.ask"))


def test_a_forbid_wins_and_an_approval_turns_it(policy, ask):
    decision = policy(ASK + TOPICS).decide(ask("MRN", labels=(Category.HIV,)))
    assert (decision.verdict, decision.reason, decision.approvable) == (Verdict.ASK, "no such topics", True)
    assert decision.policies == ("no.topics", "staff.ask")
    assert decision.obligations == (do("token", "MRN"),)


def test_an_approval_does_not_turn_what_nothing_permits(policy, ask):
    decision = policy(ASK + TOPICS).decide(ask(labels=(Category.HIV,), roles=()))
    assert (decision.verdict, decision.approvable) == (Verdict.DENY, False)


def test_a_permit_can_wait_for_an_approval(policy, ask):
    decision = policy(CALL).decide(ask(action=Action.TOOL_CALL, tool="pay"))
    assert (decision.verdict, decision.policies) == (Verdict.ASK, ("tools.approved",))


@pytest.mark.parametrize(
    ("upstream", "day", "verdict"),
    [
        ("inside", 20261126, Verdict.TRANSFORM),
        ("cloud", 20270131, Verdict.TRANSFORM),
        ("cloud", 20270201, Verdict.DENY),
        ("cloud", 0, Verdict.DENY),
        ("unknown", 20261126, Verdict.DENY),
    ],
)
def test_identifiers_go_to_no_provider_without_an_agreement(policy, ask, upstream, day, verdict):
    decision = policy(ASK).decide(ask("SSN", upstream=upstream, day=day))
    assert (decision.verdict, "house.baa" in decision.policies) == (verdict, verdict is Verdict.DENY)


def test_without_identifiers_any_provider_is_asked(policy, ask):
    assert policy(ASK).decide(ask("SECRET", upstream="unknown")).verdict is Verdict.TRANSFORM


def test_nobody_underwrites_by_genes(policy, ask):
    decision = policy(ASK).decide(ask(labels=(Category.GENETIC,), purpose=Purpose.UNDERWRITING))
    assert (decision.verdict, decision.policies) == (Verdict.DENY, ("house.genetic-underwriting",))


def test_what_cannot_be_read_is_admitted_by_name(policy, ask):
    decided = policy(ASK)
    assert decided.decide(ask(opaque=("vector",))).verdict is Verdict.ALLOW
    assert decided.decide(ask(opaque=("image", "vector"))).policies == ("policy.opaque", "staff.ask")
    assert decided.decide(ask(state=("store",))).policies == ("policy.state", "staff.ask")


def test_an_attack_that_was_found_is_denied(policy, ask):
    assert policy(ASK).decide(ask("INJECTION")).policies == ("policy.kinds", "staff.ask")


def test_a_bundle_that_expired_allows_nothing(policy, ask):
    assert policy(ASK).decide(ask(day=20271102)).policies == ("policy.expired",)


def test_roles_and_groups_are_followed_upward(policy, ask):
    entities = [
        {"uid": {"type": "Asepsis::Role", "id": "nurse"}, "parents": [{"type": "Asepsis::Role", "id": "clinical"}]},
        {"uid": {"type": "Asepsis::Role", "id": "clinical"}, "parents": [{"type": "Asepsis::Role", "id": "staff"}]},
        {"uid": {"type": "Asepsis::Role", "id": "staff"}},
    ]
    assert policy(ASK, entities=entities).decide(ask(roles=("nurse",))).verdict is Verdict.ALLOW
    assert policy(ASK).decide(ask(roles=("nurse",))).verdict is Verdict.DENY


def test_a_policy_that_fails_closes(policy, ask):
    big = TOPICS.replace('context.labels.contains("hiv")', "context.members * 9223372036854775807 > 0")
    decision = policy(ASK + big).decide(ask(members=3))
    assert (decision.verdict, decision.policies) == (Verdict.DENY, ("policy.request",))


def test_equal_questions_get_the_same_decision(policy, ask):
    decided = policy(ASK)
    assert decided.decide(ask("SSN")) is decided.decide(ask("SSN"))
    assert decided.decide(ask("SSN")) == policy(ASK).decide(ask("SSN"))


def test_what_the_engine_said_of_one_holds_for_those_whom_no_policy_tells_from_them(policy, ask, monkeypatch):
    asked = []
    engine = cedarpy.is_authorized
    monkeypatch.setattr(cedarpy, "is_authorized", lambda *given: (asked.append(given), engine(*given))[1])
    decided = policy(ASK + OTHER + TOPICS)
    for principal in ("ann", "bob"):
        assert decided.decide(but(ask("SSN"), principal=principal)).verdict is Verdict.TRANSFORM
    assert len(asked) == 1
    for changed in ({"roles": ("nurse",)}, {"labels": (Category.GENETIC,)}, {"model": "other"}):
        decided.decide(but(ask("SSN"), **changed))
    assert len(asked) == 4
    assert decided.decide(but(ask("SSN"), principal="dee")).input != decided.decide(ask("SSN")).input
    assert len(asked) == 4


@pytest.mark.parametrize("when", ['principal == Asepsis::Principal::"ann"', 'principal.tenant == "other"'])
def test_where_a_condition_looks_at_who_it_is_each_is_asked_for(policy, ask, when):
    decided = policy(
        ASK + f'@id("no.some") @reason("not they") forbid (principal, action, resource) when {{ {when} }};'
    )
    verdicts = [
        decided.decide(but(ask("DATE"), principal=principal, tenant=tenant)).verdict
        for principal, tenant in (("bob", "t"), ("ann", "other"), ("bob", "t"), ("cy", "t"))
    ]
    assert verdicts == [Verdict.ALLOW, Verdict.DENY, Verdict.ALLOW, Verdict.ALLOW]


def test_an_id_of_any_shape_is_only_an_id(policy, ask):
    odd = 'x", "y\n\\'
    assert policy(ASK).decide(ask(roles=(odd,))).verdict is Verdict.DENY
    assert policy(ASK).decide(ask(roles=("staff", odd))).verdict is Verdict.ALLOW


def test_whoever_acts_for_others_may_do_what_all_of_them_may(policy, ask):
    decided = policy(ASK + OTHER)
    both = decided.decide(ask("MRN", "NAME", "DATE", roles=("nurse",), on_behalf_of=(Actor("ann", ("staff",)),)))
    assert both.obligations == (do("mask", "MRN"), do("mask", "NAME"))
    assert both.policies == ("nurse.ask", "staff.ask")
    for chain in ((Actor("ann"),), (Actor("ann", ("staff",)), Actor("bob"))):
        assert decided.decide(ask(on_behalf_of=chain)).policies[0] == "policy.default"
        assert decided.decide(ask(on_behalf_of=chain)).verdict is Verdict.DENY
    agent = ask(roles=(), on_behalf_of=(Actor("ann", ("staff",)),))
    assert decided.decide(agent).verdict is Verdict.DENY
    assert decided.decide(agent).input == agent.digest


COVER = """@id("access.cover")
@reason("covers")
@template("60")
@request("mask *")
permit (principal == ?principal, action == Asepsis::Action::"model.invoke", resource);
"""
GLASS = """@id("access.glass")
@reason("an emergency")
@breakglass("30")
@request("mask *")
permit (principal == ?principal, action == Asepsis::Action::"model.invoke", resource);
"""


def linked(template, principal="p"):
    return (Elevation(principal, template, "l1"),)


def test_a_template_permits_whom_it_is_linked_for_and_nobody_else(policy, ask):
    decided = policy(ASK + COVER)
    decision = decided.decide(ask("SSN", roles=(), elevations=linked("access.cover")))
    assert (decision.verdict, decision.policies) == (Verdict.TRANSFORM, ("access.cover",))
    for elevations in ((), linked("access.cover", "q"), linked("access.none"), linked("staff.ask")):
        assert decided.decide(ask("SSN", roles=(), elevations=elevations)).verdict is Verdict.DENY


def test_behind_broken_glass_a_call_counts_as_approved_and_all_of_it_is_kept(policy, ask):
    decided = policy(GLASS + TOPICS)
    question = ask("SSN", roles=(), labels=(Category.HIV,), elevations=linked("access.glass"))
    decision = decided.decide(question)
    assert decision.verdict is Verdict.TRANSFORM
    assert decision.duties == ("breakglass:l1", "seal:on")
    kept = policy(GLASS.replace("@request", '@seal("off")\n@request') + TOPICS).decide(question)
    assert kept.duties == ("breakglass:l1", "seal:on")
    other = decided.decide(ask("SSN", roles=(), labels=(Category.HIV,), elevations=linked("access.cover")))
    assert other.verdict is Verdict.DENY


def test_broken_glass_lifts_nothing_that_no_approval_lifts(policy, ask):
    hard = TOPICS.replace("unless { context.approved }", "")
    question = ask(roles=(), labels=(Category.HIV,), elevations=linked("access.glass"))
    assert policy(GLASS + hard).decide(question).final
    genetic = ask(roles=(), labels=(Category.GENETIC,), purpose=Purpose.UNDERWRITING, elevations=linked("access.glass"))
    assert policy(GLASS).decide(genetic).policies == ("house.genetic-underwriting",)
    cloud = ask("SSN", roles=(), upstream="none", elevations=linked("access.glass"))
    assert policy(GLASS).decide(cloud).policies == ("house.baa",)


def test_whoever_an_agent_acts_for_needs_it_themselves(policy, ask):
    decided = policy(ASK + COVER)
    question = ask(roles=("staff",), on_behalf_of=(Actor("ann"),), elevations=linked("access.cover"))
    assert decided.decide(question).verdict is Verdict.DENY
    question = ask(roles=("staff",), on_behalf_of=(Actor("ann"),), elevations=linked("access.cover", "ann"))
    assert decided.decide(question).verdict is Verdict.ALLOW


NEEDED = ASK.replace('@notify("nobody")', '@minimise("claim.*")\n@route("inside")')


@pytest.mark.parametrize(
    ("purpose", "duties"),
    [
        (Purpose.PAYMENT, ("minimise:claim.*", "route:inside")),
        (Purpose.BREAK_GLASS, ("minimise:claim.*", "route:inside")),
        (Purpose.TREATMENT, ("route:inside",)),
        (Purpose.PATIENT_REQUEST, ("route:inside",)),
    ],
)
def test_treatment_and_what_the_member_asks_for_need_not_be_minimised(policy, ask, purpose, duties):
    assert policy(NEEDED).decide(ask(purpose=purpose)).duties == duties


def test_both_who_acts_and_for_whom_oblige(policy, ask):
    other = OTHER.replace("@request", '@minimise("claim.amount")\n@request', 1)
    question = ask(on_behalf_of=(Actor("n", ("nurse",)),))
    assert policy(NEEDED + other).decide(question).duties == (
        "minimise:claim.*",
        "minimise:claim.amount",
        "route:inside",
    )


def test_a_tools_result_is_searched_only_where_a_policy_says_so(policy, ask):
    """Nothing said of a model's answer means masks; a tool's result is what the agent works with."""
    allow = '@id("t.{0}")\n@reason("r")\n{1}permit (principal, action == Asepsis::Action::"tool.call", resource);\n'
    call = ask(action=Action.TOOL_CALL, tool="plan__find")
    plain, says = allow.format("plain", ""), allow.format("says", '@answer("mask SSN; clear *")\n')
    assert policy(plain).decide(call).plan == ()
    assert do("mask", "SSN") in policy(says).decide(call).plan
    assert do("mask", "SSN") in policy(plain + says).decide(call).plan


def test_where_nothing_permits_it_no_approval_is_promised(policy, ask):
    decided = policy(ASK + TOPICS)
    question = ask(roles=("visitor",), labels=(Category.HIV,))
    assert decided.decide(question).reason == "no such topics; nor does any policy permit it"
    assert decided.decide(ask(labels=(Category.HIV,))).reason == "no such topics"
