"""Grants: what of a right is handed on, and that a row can't be made or changed without the key."""

import msgspec
import pytest

from asepsis.core import canonical
from asepsis.core.errors import NotTrusted
from asepsis.core.plans import Plan, Step
from asepsis.core.types import Grant, Principal, Purpose
from asepsis.identity.errors import Refused
from asepsis.identity.grants import Right, Wish, acting, digest, narrowed, seal, unseal
from asepsis.testing.keys import NamedKeys
from asepsis.testing.randomness import SeededRandomness

ANN = Principal("t", "corp:ann", "portal", (("purpose", "TREAT"), ("role", "care-manager")))
AGENT = Principal("t", "svc-agent", "agents", (("role", "agent"),))
WISH = Wish(("model.invoke",))


def refused(*given, **more):
    with pytest.raises(Refused) as caught:
        narrowed(*given, id="g2", **more)
    return caught.value.code


def held(**changes):
    one = Grant("g1", ANN, ("model.invoke:m*", "tool.call"), 1000, ("1", "2"), "")
    return Right(ANN, 1000, msgspec.structs.replace(one, **changes))


def test_the_actor_acts_for_the_subject_and_has_its_purpose():
    grant = narrowed(Right(ANN, 500), Right(AGENT, 400), WISH, id="g1")
    who = grant.principal
    assert (who.id, who.application, who.on_behalf_of.id) == ("svc-agent", "agents", "corp:ann")
    assert who.claims == (("purpose", "TREAT"), ("role", "agent"))
    assert who.on_behalf_of.claims == (("purpose", "TREAT"), ("role", "care-manager"))
    assert grant.expires == 400


def test_without_an_actor_it_is_the_subjects_own():
    grant = narrowed(Right(ANN, 500), None, Wish(("model.invoke",), until=300), id="g1")
    assert (grant.principal, grant.expires, grant.parent) == (ANN, 300, "")


def test_a_narrower_one_is_within_its_parent_in_everything():
    wish = Wish(("model.invoke:m-3",), ("2",), until=5000)
    grant = narrowed(held(), Right(AGENT), wish, id="g2")
    assert (grant.scope, grant.members, grant.expires, grant.parent) == (("model.invoke:m-3",), ("2",), 1000, "g1")


def test_however_often_a_grant_is_narrowed_it_is_known_which_the_first_was():
    first = narrowed(Right(ANN), None, Wish(("model.invoke",)), id="g1")
    grant = first
    for number in range(2, 5):
        grant = narrowed(Right(grant.principal, grant.expires, grant), None, Wish(), id=f"g{number}")
        assert (grant.root, dict(acting(grant).claims)["root"]) == ("g1", "g1")
    assert (first.root, dict(acting(first).claims)["root"]) == ("", "g1")


def test_what_is_not_asked_for_is_the_parents():
    grant = narrowed(held(), None, Wish(), id="g2")
    assert (grant.scope, grant.members) == (("model.invoke:m*", "tool.call"), ("1", "2"))


def test_nothing_is_wider_than_its_parent():
    assert refused(held(), None, Wish(("model.invoke",))) == "invalid_scope"
    assert refused(held(), None, Wish(("data.embed",))) == "invalid_scope"
    assert refused(held(), None, Wish(members=("2", "3"))) == "invalid_authorization_details"
    assert refused(Right(ANN), None, Wish()) == "invalid_scope"


def test_a_plan_stays_or_loses_steps():
    plan = Plan((Step("claims__note", times=2), Step("send")))
    fewer, more = Plan((Step("claims__note"),)), Plan((Step("claims__note", times=3),))
    assert narrowed(Right(ANN), None, WISH._replace(plan=plan), id="g1").plan == plan
    assert narrowed(held(plan=plan), None, Wish(), id="g2").plan == plan
    assert narrowed(held(plan=plan), Right(AGENT), Wish(plan=fewer), id="g2").plan == fewer
    assert narrowed(held(), None, Wish(plan=more), id="g2").plan == more
    assert refused(held(plan=plan), None, Wish(plan=more)) == "invalid_authorization_details"
    said = dict(acting(narrowed(held(plan=plan), None, Wish(), id="g2")).claims)["plan"]
    assert canonical.decode(said.encode(), Plan) == plan


def test_the_purpose_is_one_and_somebodys():
    research = msgspec.structs.replace(AGENT, claims=(("purpose", "HRESCH"),))
    assert refused(Right(ANN), Right(research), WISH) == "invalid_target"
    assert refused(Right(ANN), None, WISH._replace(purpose=Purpose.RESEARCH)) == "invalid_target"
    nobody = msgspec.structs.replace(ANN, claims=())
    assert refused(Right(nobody), Right(AGENT), WISH._replace(purpose=Purpose.TREATMENT)) == "invalid_target"
    grant = narrowed(Right(nobody), Right(research), WISH, id="g")
    assert grant.principal.claims == grant.principal.on_behalf_of.claims == (("purpose", "HRESCH"),)


def test_a_chain_has_an_end_and_nobody_twice():
    right = Right(ANN)
    for number in range(7):
        one = msgspec.structs.replace(AGENT, id=f"agent-{number}")
        right = Right(narrowed(right, Right(one), WISH, id="g").principal)
    assert refused(right, Right(AGENT), WISH) == "invalid_request"
    chain = narrowed(Right(ANN), Right(AGENT), WISH, id="g").principal
    twice = narrowed(Right(chain), Right(msgspec.structs.replace(AGENT, id="b")), WISH, id="g").principal
    assert refused(Right(twice), Right(AGENT), WISH) == "invalid_request"


def test_an_actor_is_of_the_tenant_and_acts_for_nobody_yet():
    assert refused(Right(ANN), Right(msgspec.structs.replace(AGENT, tenant="u")), WISH) == "invalid_request"
    assert refused(Right(ANN), Right(msgspec.structs.replace(AGENT, on_behalf_of=AGENT)), WISH) == "invalid_request"
    assert refused(Right(ANN), Right(msgspec.structs.replace(ANN, tenant="u")), WISH) == "invalid_request"


def test_what_is_bound_stays_bound():
    bound = held(bound="key-a")
    assert refused(bound, None, Wish()) == "invalid_dpop_proof"
    assert refused(bound, Right(AGENT), Wish()) == "invalid_dpop_proof"
    assert refused(bound, None, Wish(bound="key-b")) == "invalid_dpop_proof"
    assert refused(bound, Right(ANN), Wish(bound="key-b")) == "invalid_dpop_proof"
    assert narrowed(bound, None, Wish(bound="key-a"), id="g2").bound == "key-a"
    assert narrowed(bound, Right(AGENT), Wish(bound="key-a"), id="g2").bound == "key-a"


def test_a_thief_of_a_bound_handle_gets_nothing_for_a_credential_and_key_of_their_own():
    assert refused(held(bound="key-a"), Right(AGENT), Wish(bound="key-b")) == "invalid_dpop_proof"
    others = held(bound="key-a", may_act=("another",))
    assert refused(others, Right(AGENT), Wish(bound="key-b")) == "invalid_target"
    named = held(bound="key-a", may_act=(AGENT.id,))
    assert refused(named, Right(AGENT), Wish()) == "invalid_dpop_proof"
    assert refused(named, None, Wish(bound="key-b")) == "invalid_dpop_proof"
    assert narrowed(named, Right(AGENT), Wish(bound="key-b"), id="g2").bound == "key-b"


def test_whom_a_grant_names_are_never_more():
    assert narrowed(held(), None, Wish(may_act=("a", "b")), id="g2").may_act == ("a", "b")
    named = held(may_act=("a", "b"))
    assert narrowed(named, None, Wish(may_act=("b",)), id="g2").may_act == ("b",)
    assert narrowed(named, None, Wish(), id="g2").may_act == ("a", "b")
    assert refused(named, None, Wish(may_act=("b", "c"))) == "invalid_authorization_details"
    assert refused(named, Right(AGENT), Wish()) == "invalid_target"
    assert narrowed(Right(ANN), None, Wish(("model.invoke",), may_act=("a",)), id="g").may_act == ("a",)


def test_who_acts_by_a_grant_says_so():
    who = acting(narrowed(held(), None, Wish(), id="g2"))
    assert [one for one in who.claims if one[0] in ("grant", "scope", "member")] == [
        ("grant", "g2"), ("scope", "model.invoke:m*"), ("scope", "tool.call"), ("member", "1"), ("member", "2"),
    ]  # fmt: skip


@pytest.fixture
def row():
    grant = narrowed(held(), None, Wish(), id="g2")
    return grant, seal(grant, "asg_1", NamedKeys(), SeededRandomness(), issued=5)


def test_a_row_says_what_was_sealed_and_nothing_of_it_in_the_clear(row):
    grant, sealed = row
    assert unseal(sealed, NamedKeys()) == grant
    assert (sealed.handle, sealed.principal, sealed.parent) == (digest("asg_1"), "corp:ann", "g1")
    assert b"model.invoke" not in sealed.sealed


@pytest.mark.parametrize("field", ["tenant", "grant", "handle"])
def test_a_row_stands_for_no_other_grant(row, field):
    with pytest.raises(NotTrusted):
        unseal(msgspec.structs.replace(row[1], **{field: "other"}), NamedKeys())


@pytest.mark.parametrize("at", [0, 12, -1])
def test_a_row_that_was_changed_says_nothing(row, at):
    data = bytearray(row[1].sealed)
    data[at] ^= 1
    with pytest.raises(NotTrusted):
        unseal(msgspec.structs.replace(row[1], sealed=bytes(data)), NamedKeys())
    with pytest.raises(NotTrusted):
        unseal(msgspec.structs.replace(row[1], sealed=b""), NamedKeys())
