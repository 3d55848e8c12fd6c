"""What a call's Events tell of it: its grant, and whose data it is."""

import json

import msgspec
import pytest

from asepsis.core.events import read_payload
from asepsis.core.labels import Category
from asepsis.core.ports import Resolved
from asepsis.core.types import Principal, Verdict
from asepsis.gateway.types import Head
from asepsis.scan.topics import Topics, read_topics

CHAT = json.dumps({"model": "m", "messages": [{"role": "user", "content": "hello"}]}).encode()
POST = Head("POST", "/v1/chat/completions", "", (("content-type", "application/json"),))


class Roster:
    """Finds the members it is told to find."""

    def __init__(self, *members):
        self.members = members

    def resolve(self, clues, /, *, among=frozenset()):
        return Resolved(self.members, 0)


@pytest.fixture
def opened(call_of, live_of):
    """Opens a call by a grant; returns the request and the Event's payload."""

    def make(*claims, found=(), path="/v1/chat/completions", live=None):
        live = msgspec.structs.replace(live or live_of(), resolver=Roster(*found) if found is not None else None)
        who = Principal("local", "agent", "demo", (("grant", "g1"), *claims))
        call = call_of(path, live=live, who=who)
        request, event = call.open(POST, CHAT)
        return call, request, event, read_payload(event)

    return make


SCOPE = ("scope", "model.invoke")


def test_a_call_by_a_grant_names_it_and_its_members_are_its_subjects(opened):
    _, request, event, payload = opened(SCOPE, ("member", "4711"), found=("4711",))
    assert request is not None
    assert payload.grant == "g1"
    assert len(event.subjects) == 1
    assert b"4711" not in event.encode()


def test_a_call_about_another_member_than_the_grants_is_denied(opened):
    _, request, event, payload = opened(SCOPE, ("member", "4711"), found=("4711", "4712"))
    assert request is None
    assert (event.verdict, payload.decision.policies) == (Verdict.DENY, ("identity.members",))
    assert len(event.subjects) == 2


def test_a_grant_without_members_is_about_whomever_policy_admits(opened):
    assert opened(SCOPE, found=("4711",))[1] is not None


@pytest.mark.parametrize("scope", ["model.invoke:other", "tool.call", "data.embed"])
def test_a_call_beyond_the_scope_is_denied(opened, scope):
    _, request, _, payload = opened(("scope", scope))
    assert request is None
    assert payload.decision.policies == ("identity.scope",)


def test_a_grant_for_some_members_reaches_none_where_nobody_can_tell_members(call_of):
    granted = Principal("local", "ann", "demo", (("grant", "g"), ("scope", "model.invoke"), ("member", "4711")))
    request, event = call_of(who=granted).open(POST, CHAT)
    assert (request, read_payload(event).decision.policies) == (None, ("identity.members",))


def test_what_a_record_says_of_itself_is_a_label_of_the_call(call_of, live_of):
    live = msgspec.structs.replace(live_of(), labeller=Topics(read_topics()))
    coding = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "42CFRPart2"}
    record = json.dumps({"resourceType": "Condition", "meta": {"security": [coding]}})
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": record}]}).encode()
    _, event = call_of(live=live).open(POST, body)
    assert read_payload(event).input.labels == (Category.PART2, Category.SUBSTANCE_USE)
