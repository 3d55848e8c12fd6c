"""Questions as Cedar takes them."""

import json

import msgspec
import pytest

from asepsis.core.types import Action
from asepsis.policy.question import Entities, context, request
from asepsis.policy.types import Provider


def known(question, provider=None, *, approved=False):
    return json.loads(context(question, provider, approved=approved))


def uid(kind, name):
    return {"type": f"Asepsis::{kind}", "id": name}


def test_a_request_says_what_is_known(ask):
    question = ask("SSN", "SECRET", members=2)
    said = known(question, Provider("inside", baa_until="2026-11-26"), approved=True)
    assert request(question, "{}")["resource"] == uid("Model", "m")
    assert (said["found"], said["identified"], said["members"], said["approved"]) == (
        ["SECRET", "SSN"], True, 2, True,
    )  # fmt: skip
    assert (said["provider"]["baa"], said["provider"]["known"]) == (True, True)


def test_a_secret_identifies_nobody(ask):
    assert known(ask("SECRET"))["identified"] is False


def test_of_an_unknown_provider_the_worst_is_assumed(ask):
    standing = known(ask())["provider"]
    assert (standing["known"], standing["baa"], standing["internal"], standing["training"]) == (
        False,
        False,
        False,
        True,
    )


def test_each_action_has_a_resource(ask):
    kinds = {action: request(ask(action=action, tool="t"), "{}")["resource"] for action in Action}
    assert kinds[Action.TOOL_CALL] == uid("Tool", "t")
    assert kinds[Action.MODEL_REVEAL] == uid("Application", "app")


def test_entities_are_those_above_the_principal_and_the_resource(ask):
    written = [
        {"uid": uid("Role", "staff"), "parents": [uid("Role", "all")]},
        {"uid": uid("Role", "all"), "parents": []},
        {"uid": uid("Role", "other"), "parents": [uid("Role", "all")]},
        {"uid": uid("Model", "m"), "parents": [uid("ModelGroup", "big")]},
    ]
    named = frozenset({("Asepsis::Role", "all"), ("Asepsis::Role", "other")})
    entities = Entities([msgspec.Raw(msgspec.json.encode(one)) for one in written], named)
    names = {(one["uid"]["type"], one["uid"]["id"]) for one in json.loads(str(entities.of(ask()).entities))}
    expected = [("Principal", "p"), ("Application", "app"), ("Role", "staff"), ("Role", "all"), ("Model", "m")]
    assert names == {(f"Asepsis::{kind}", name) for kind, name in [*expected, ("ModelGroup", "big")]}
    assert entities.of(ask()).who == {("Asepsis::Role", "all")}


def test_a_circle_of_groups_ends_and_is_refused(ask):
    written = [
        {"uid": uid("Role", one), "parents": [uid("Role", two)]} for one, two in (("staff", "b"), ("b", "staff"))
    ]
    made = Entities([msgspec.Raw(msgspec.json.encode(one)) for one in written], frozenset())
    with pytest.raises(ValueError, match="transitive closure"):
        assert made.of(ask()).entities


def test_who_is_in_the_same_groups_shares_what_the_engine_reads_but_for_those_whom_a_policy_names(ask):
    entities = Entities([], frozenset({("Asepsis::Principal", "ann")}))
    asked = {one: msgspec.structs.replace(ask(), principal=one) for one in ("ann", "bob", "eve")}
    ann, bob, eve = (entities.of(one, anyone=True) for one in asked.values())
    assert bob is eve
    assert bob is not entities.of(ask(roles=("other",)), anyone=True)
    assert [ann.principal, bob.principal, entities.of(asked["bob"]).principal] == ["ann", "", "bob"]
    nobody = Entities([], frozenset({("Asepsis::Principal", "")}))
    assert nobody.of(asked["bob"], anyone=True).principal == "bob"
