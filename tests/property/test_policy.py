"""Policies: a forbid never widens, what is sliced decides like the whole, and Cedar text is cut without loss."""

import cedarpy
import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from asepsis.core.labels import Category
from asepsis.core.types import Action, Actor, Count, DecisionInput, Kind, Purpose, Verdict
from asepsis.policy.annotations import STRENGTH
from asepsis.policy.bundle import read
from asepsis.policy.engine import CedarPolicy
from asepsis.policy.question import Entities, context, request
from asepsis.policy.rules import house, schema
from asepsis.policy.statements import statements

HEAD = b"""name = "n"
version = "1"
author = "a"
created = "2026-01-01"
expires = "2030-01-01"
[[providers]]
upstream = "inside"
internal = true
"""

SCOPES = (
    "action",
    'action == Asepsis::Action::"model.invoke"',
    'action in [Asepsis::Action::"tool.call", Asepsis::Action::"data.embed"]',
)
WHO = (
    "principal",
    'principal in Asepsis::Role::"staff"',
    'principal in Asepsis::Role::"nurse"',
    'principal == Asepsis::Principal::"p"',
    'principal is Asepsis::Principal in Asepsis::Role::"staff"',
)
WHEN = (
    "",
    " when { context.identified }",
    ' when { context.purpose == "TREAT" }',
    " when { context.members > 1 } unless { context.approved }",
    " when { context.approved }",
    ' when { principal == Asepsis::Principal::"q" }',
    ' when { context.members > 0 && principal in Asepsis::Role::"nurse" }',
    ' unless { principal.tenant == "t" }',
    ' when { resource == Asepsis::Tool::"t" }',
)
HANDLING = ("mask *", "token MRN SSN", "clear DATE MRN; drop SSN", "deny SSN")
ROLES = [{"uid": {"type": "Asepsis::Role", "id": "nurse"}, "parents": [{"type": "Asepsis::Role", "id": "staff"}]}]

permits = st.tuples(
    st.just("permit"), st.sampled_from(WHO), st.sampled_from(SCOPES), st.sampled_from(WHEN), st.sampled_from(HANDLING)
)
forbids = st.tuples(st.just("forbid"), st.sampled_from(WHO), st.sampled_from(SCOPES), st.sampled_from(WHEN), st.none())
questions = st.builds(
    DecisionInput,
    tenant=st.sampled_from(["t", "other"]),
    action=st.sampled_from([Action.MODEL_INVOKE, Action.TOOL_CALL, Action.DATA_EMBED, Action.MODEL_REVEAL]),
    principal=st.sampled_from(["p", "q"]),
    application=st.just("app"),
    purpose=st.sampled_from([Purpose.TREATMENT, Purpose.PAYMENT, Purpose.UNDERWRITING]),
    surface=st.just("openai.chat"),
    model=st.just("m"),
    tool=st.sampled_from(["t", "u"]),
    upstream=st.sampled_from(["inside", "unknown"]),
    found=st.sets(st.sampled_from([Kind.SSN, Kind.MRN, Kind.DATE, Kind.SECRET])).map(
        lambda some: tuple(Count(one, 1) for one in sorted(some))
    ),
    roles=st.sampled_from([(), ("staff",), ("nurse",)]),
    labels=st.sampled_from([(), (Category.GENETIC,)]),
    members=st.integers(0, 3),
    day=st.just(20261126),
)  # fmt: skip


def bundle(written):
    text = "\n".join(
        f'@id("r{number}")\n@reason("so")\n'
        + (f'@request("{handling}")\n' if handling else "")
        + f"{effect} ({who}, {scope}, resource){when};"
        for number, (effect, who, scope, when, handling) in enumerate(written)
    )  # fmt: skip
    made = read({"bundle.toml": HEAD, "p.cedar": text.encode(), "entities.json": msgspec.json.encode(ROLES)})
    assert not made.faults, made.faults
    return made.bundle


def leaves(decision, question):
    """How plainly each thing that was found leaves, 0 for as it is; nothing leaves by a denial."""
    if decision.verdict >= Verdict.ASK:
        return [99 for _ in question.found]
    due = {one.on: one.do for one in decision.obligations}
    return [STRENGTH[due.get(count.kind)] for count in question.found]


@settings(deadline=None)
@given(st.lists(permits, min_size=1, max_size=4), forbids, st.lists(questions, min_size=1, max_size=6))
def test_a_forbid_more_never_widens(some, more, asked):
    without, with_it = CedarPolicy(bundle(some)), CedarPolicy(bundle([*some, more]))
    for question in asked:
        before, after = without.decide(question), with_it.decide(question)
        assert after.verdict >= before.verdict
        assert after.final or not before.final
        assert all(new >= old for old, new in zip(leaves(before, question), leaves(after, question), strict=True))


@settings(deadline=None)
@given(st.lists(permits | forbids, min_size=1, max_size=5), st.lists(questions, min_size=1, max_size=6))
def test_slices_by_action_decide_like_all_policies_and_all_entities(some, asked):
    made = bundle(some)
    policy = CedarPolicy(made)
    rules = {rule.id: rule.cedar for rule in (*house(), *made.rules)}
    tree = {"templates": {}, "staticPolicies": rules, "templateLinks": []}
    whole = cedarpy.PolicySet.from_json_str(msgspec.json.encode(tree).decode())
    providers = {one.upstream: one for one in made.meta.providers}
    for question in asked:
        listed = msgspec.json.decode(str(Entities(made.entities, frozenset()).of(question).entities))
        known = {(one["uid"]["type"], one["uid"]["id"]) for one in listed}
        listed += [
            {"attrs": {}, "parents": [], **one} for one in ROLES if (one["uid"]["type"], one["uid"]["id"]) not in known
        ]
        put = request(question, context(question, providers.get(question.upstream), approved=False))
        said = cedarpy.is_authorized(put, whole, listed, schema())
        decision = policy.decide(question)
        if not said.allowed:
            assert decision.verdict >= Verdict.ASK
        else:
            assert set(decision.policies) - {"policy.kinds"} == set(said.diagnostics.reasons)


@settings(deadline=None)
@given(
    st.lists(permits | forbids, min_size=1, max_size=6),
    st.lists(st.lists(questions, min_size=2, max_size=3), min_size=1, max_size=4),
)
def test_those_who_act_for_one_another_get_together_what_they_get_apart(some, asked):
    made = bundle(some)
    policy = CedarPolicy(made)
    for first, *others in asked:
        behind = tuple(Actor(one.principal, one.roles) for one in others)
        decision = policy.decide(msgspec.structs.replace(first, on_behalf_of=behind))
        apart = [
            CedarPolicy(made).decide(msgspec.structs.replace(first, principal=who.id, roles=who.roles))
            for who in (Actor(first.principal, first.roles), *behind)
        ]
        assert decision.verdict == max(one.verdict for one in apart)
        assert decision.final == any(one.final for one in apart)
        assert set(decision.policies) == {name for one in apart for name in one.policies}
        assert set(decision.duties) == {duty for one in apart for duty in one.duties}
        if decision.verdict < Verdict.ASK:
            assert leaves(decision, first) == [
                max(each) for each in zip(*(leaves(one, first) for one in apart), strict=True)
            ]


written = st.sampled_from(["permit(a);", '@id("x;// y")\nforbid(b);', 'p("\\";\\\\");', "a b\n\nc;"])
between = st.sampled_from(["", " ", "\n", '// a; comment " of it\n', "\n\n  "])


@given(st.lists(st.tuples(between, written), max_size=6), between)
def test_statements_come_back_as_they_were_written(parts, last):
    text, expected = "", []
    for gap, one in parts:
        text += gap
        expected.append((text.count("\n") + 1, one))
        text += one
    assert [(one.line, one.text) for one in statements(text + last)] == expected
