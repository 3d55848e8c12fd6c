"""What is different between two bundles."""

import pytest

from asepsis.core.types import Decision, Kind, Obligation, ObligationKind, Verdict
from asepsis.policy.bundle import read
from asepsis.policy.changes import changed, decided, difference
from asepsis.testing.policies import ASK, HEAD

NEW = '@id("b")\n@reason("because")\nforbid (principal, action, resource) when { context.approved };'


def lines(files, policies=ASK, **more):
    return list(changed(read(files()).bundle, read(files(policies, **more)).bundle))


@pytest.mark.parametrize(
    ("policies", "said"),
    [
        (ASK, []),
        (ASK + NEW, ["+ forbid `b` is new: because"]),
        (NEW, ["- permit `staff.ask` is gone: staff may ask", "+ forbid `b` is new: because"]),
        (ASK.replace("token MRN", "mask MRN"), ["~ `staff.ask` in requests, MRN: token -> mask"]),
        (ASK.replace("token MRN", "clear MRN"), ["~ `staff.ask` in requests, MRN: token -> clear (weaker)"]),
        (
            ASK.replace('"staff"', '"all"'),
            ["~ `staff.ask` holds for other calls (its scope or its conditions changed)"],
        ),
        (ASK.replace("may ask", "can ask"), ["~ `staff.ask` gives another reason: staff can ask"]),
        ('@state("store")\n' + ASK, ["~ `staff.ask` state: now store"]),
        ("// a comment\n" + ASK, []),
    ],
)  # fmt: skip
def test_differences_are_said_in_words(files, policies, said):
    assert lines(files, policies) == said


def test_a_kind_of_which_nothing_was_said(files):
    said = lines(files, ASK.replace("@request", '@answer("clear NAME")\n@request'))
    assert said == ["~ `staff.ask` in answers, NAME: unsaid -> clear"]


def test_what_is_only_observed_is_said_both_ways(files):
    observed = HEAD.replace("version", 'observe = ["portal"]\nversion', 1)
    old, new = read(files()).bundle, read(files(head=observed)).bundle
    said = "application `portal` is only observed: nothing of its traffic is touched or denied"
    assert list(changed(old, new)) == [said]
    assert list(changed(new, old)) == ["application `portal` is enforced again"]


def test_providers_entities_and_days(files):
    head = (
        HEAD.replace("us-east", "eu-west")
        .replace('upstream = "inside"', 'upstream = "near"')
        .replace("2027-11", "2028-01")
    )
    entities = [{"uid": {"type": "Asepsis::Role", "id": "staff"}}]
    said = "\n".join(lines(files, head=head, entities=entities))
    for one in (
        "- provider `inside` is gone",
        "+ provider `near` is new",
        "region is 'eu-west'",
        "entity new",
        "expires 2028-01-01 instead",
    ):
        assert one in said  # fmt: skip


def test_decisions_that_come_out_otherwise(policy, ask):
    old, new = policy(ASK), policy(ASK.replace("token MRN", "clear MRN"))
    assert decided(old, new, ask("SSN")) is None
    both = decided(old, new, ask("MRN", "SSN"))
    assert difference(*both) == "request: clear MRN instead of token"
    assert difference(*decided(old, policy(NEW), ask())).startswith("deny instead of allow")


def test_of_a_call_that_is_denied_nothing_is_said_to_be_clear():
    masked = (Obligation(ObligationKind.MASK, Kind.SSN), Obligation(ObligationKind.MASK, Kind.MRN))
    allowed = Decision(Verdict.TRANSFORM, "x", ("p",), "b", obligations=masked)
    denied = Decision(Verdict.DENY, "x", ("q",), "b")
    assert difference(allowed, denied) == "deny instead of transform"
    assert difference(denied, allowed) == "transform instead of deny"
    clear = Decision(Verdict.ALLOW, "x", ("p",), "b")
    assert difference(allowed, clear) == "allow instead of transform, request: clear SSN MRN instead of mask"
