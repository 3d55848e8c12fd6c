"""The policies that can hold for somebody, and for several together."""

import cedarpy
import pytest

from asepsis.core.types import Actor
from asepsis.policy.rules import read_rules, sources
from asepsis.policy.slices import Slices

WRITTEN = """@id("staff")
@reason("so")
permit (principal in Asepsis::Role::"staff", action == Asepsis::Action::"model.invoke", resource)
when { context.members > 1 };
@id("nurse")
@reason("so")
permit (principal in Asepsis::Role::"nurse", action, resource);
@id("other")
@reason("so")
forbid (principal, action == Asepsis::Action::"tool.call", resource);
"""
INVOKE, CALL = "model.invoke", "tool.call"


def asking(action, *roles):
    return action, frozenset(("Asepsis::Role", role) for role in roles), (), ""


@pytest.fixture
def slices():
    faults = []
    found = Slices(read_rules(sources("p.cedar", WRITTEN), faults), {})
    assert not faults
    return found


def test_only_policies_whose_scopes_fit_are_in_a_slice(slices):
    assert slices.of(asking(INVOKE, "staff")).names == {"staff"}
    assert slices.of(asking(CALL, "staff", "nurse")).names == {"nurse", "other"}
    assert slices.of(asking("an.action", "nurse")).names == {"nurse"}


def test_a_slice_says_what_it_looks_at(slices):
    assert (slices.of(asking(INVOKE, "staff")).only, slices.of(asking(INVOKE, "nurse")).only) == ({"members"}, set())


def test_together_all_of_them_hold_for_anybody(slices):
    together = slices.together((asking(INVOKE, "staff"), asking(INVOKE, "nurse")))
    uid = {"type": "Asepsis::Principal", "id": "nobody"}
    asked = {
        "principal": uid,
        "action": {"type": "Asepsis::Action", "id": INVOKE},
        "resource": {"type": "Asepsis::Model", "id": "m"},
        "context": {"members": 2},
    }
    said = cedarpy.is_authorized(asked, together.policies, [])
    assert (together.names, set(said.diagnostics.reasons)) == ({"staff", "nurse"}, {"staff", "nurse"})


def test_a_chain_asks_the_engine_once_and_each_has_its_own_permit(policy, ask, monkeypatch):
    calls, real = [], cedarpy.is_authorized
    monkeypatch.setattr(cedarpy, "is_authorized", lambda *given: calls.append(given) or real(*given))
    decided = policy(WRITTEN)
    both = ask(roles=("nurse",), members=2, on_behalf_of=(Actor("ann", ("staff",)),))
    assert decided.decide(both).policies == ("nurse", "staff")
    assert len(calls) == 1
    lone = decided.decide(ask(roles=("nurse",), members=2, on_behalf_of=(Actor("bob", ("visitor",)),)))
    assert (lone.verdict.name, lone.policies) == ("DENY", ("policy.default", "nurse"))
