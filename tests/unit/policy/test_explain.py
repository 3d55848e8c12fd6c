"""A decision in words."""

from asepsis.core.labels import Category
from asepsis.policy.bundle import read
from asepsis.policy.engine import CedarPolicy
from asepsis.policy.explain import explained
from asepsis.testing.policies import ASK, TOPICS


def lines(files, question):
    bundle = read(files(ASK + TOPICS)).bundle
    return "\n".join(explained(question, CedarPolicy(bundle).decide(question), bundle))


def test_who_decided_what_and_why(files, ask):
    said = lines(files, ask("SSN"))
    assert "found SSN 1, roles staff" in said
    assert "by        staff.ask, permit at p.cedar:1: staff may ask" in said
    assert "request   mask SSN" in said
    assert "approval" not in said


def test_what_would_turn_it(files, ask):
    assert "approval  would turn it" in lines(files, ask(labels=(Category.HIV,)))
    denied = lines(files, ask("SSN", upstream="unknown"))
    assert "approval  would not turn it" in denied
    assert "by        house.baa, forbid at house.cedar:" in denied


def test_what_no_policy_decided(files, ask):
    assert "by        policy.default, the engine's own" in lines(files, ask(roles=()))
