"""What a decision obliges to beside findings: fields that are left out, upstreams that are asked, a consent's scope."""

import json

import msgspec
import pytest

from asepsis.core.events import Minimised, read_payload
from asepsis.core.types import Decision, Verdict
from asepsis.gateway.config import Upstream
from asepsis.gateway.types import Head

POST = Head("POST", "/v1/chat/completions", "", (("content-type", "application/json"),))
RECORD = {"claim": {"amount": 120, "note": "fell at home"}, "member": {"ssn": "123-45-6789"}}


class Obliging:
    """Allows everything, with duties; `by` are those for each upstream."""

    def __init__(self, *duties, **by):
        self.duties, self.by, self.asked = duties, by, []

    def decide(self, question, /):
        self.asked.append(question.upstream)
        return Decision(Verdict.ALLOW, "why", ("p",), "b", duties=self.by.get(question.upstream, self.duties))


@pytest.fixture
def opened(call_of, live_of):
    def make(policy, *messages, **live):
        changed = msgspec.structs.replace(live_of(**live), policy=policy)
        call = call_of(live=changed)
        body = json.dumps({"model": "m", "messages": list(messages) or [said("user", "hello")]}).encode()
        request, event = call.open(POST, body)
        return call, request, read_payload(event)

    return make


def said(role, content, **more):
    return {"role": role, "content": content, **more}


def sent(request):
    return [one["content"] for one in json.loads(request.body)["messages"]]


def test_of_a_tools_result_only_the_fields_that_are_needed_go_on(opened):
    policy = Obliging("minimise:claim.amount")
    record = said("tool", json.dumps(RECORD), tool_call_id="t")
    _, request, payload = opened(policy, said("user", "what was paid?"), record)
    assert sent(request) == ["what was paid?", '{"claim":{"amount":120}}']
    assert payload.fields == Minimised(("claim.amount",), 2, ("claim.note", "member"))


@pytest.mark.parametrize(
    "text",
    [
        '{"claim":{"note":"fell"},"claim":{"amount":1}}',
        '{"claim":{"amount":1},"inner":"{\\"ssn\\":1}"}',
        json.dumps({"inner": json.dumps({"ssn": 1}), "claim": {"amount": 1}}),
    ],
)
def test_nothing_hides_behind_a_repeated_key_or_in_json_within_json(opened, text):
    _, request, _ = opened(Obliging("minimise:claim.amount"), said("user", text))
    assert sent(request) == ['{"claim":{"amount":1}}']


def test_json_within_json_that_is_needed_is_looked_at_by_its_own_fields(opened):
    inner = json.dumps({"claim": {"amount": 1, "note": "x"}})
    _, request, payload = opened(Obliging("minimise:page claim.amount"), said("user", json.dumps({"page": inner})))
    assert json.loads(json.loads(sent(request)[0])["page"]) == {"claim": {"amount": 1}}
    assert payload.fields.withheld == 1


def test_what_was_handed_to_a_tool_is_not_touched_and_what_the_model_said_is(opened):
    _, request, _ = opened(Obliging("minimise:claim"), said("assistant", '{"ssn":"x","claim":1}'))
    assert sent(request) == ['{"claim":1}']
    arguments = '{"ssn":"x"}'
    call = {"id": "t", "type": "function", "function": {"name": "f", "arguments": arguments}}
    _, request, _ = opened(Obliging("minimise:claim"), {"role": "assistant", "tool_calls": [call]})
    assert json.loads(request.body)["messages"][0]["tool_calls"] == [call]


def test_without_the_duty_a_text_goes_on_as_it_is_written(opened):
    _, request, payload = opened(Obliging(), said("user", '{ "a" : 1 }'))
    assert (sent(request), payload.fields) == (['{ "a" : 1 }'], None)


def test_in_observe_mode_nothing_is_left_out(opened):
    _, request, payload = opened(Obliging("minimise:a"), said("user", '{"b":1}'), observe=("demo",))
    assert (sent(request), payload.fields) == (['{"b":1}'], None)


UPSTREAMS = (
    Upstream("cloud", "http://cloud/v1", fallbacks=("near",)),
    Upstream("near", "http://near/v1"),
    Upstream("other", "http://other/v1", family="anthropic"),
)


def test_an_upstream_that_policy_leads_to_is_asked_in_the_place_of_the_first(opened):
    policy = Obliging("route:near other")
    call, request, payload = opened(policy, upstreams=UPSTREAMS)
    assert (request.url, payload.upstream) == ("http://near/v1/chat/completions", "near")
    assert policy.asked == ["cloud", "near"]
    assert [one.name for one in call.candidates] == ["near"]


def test_policy_is_asked_again_for_the_upstream_that_it_leads_to(opened):
    _, request, payload = opened(Obliging("route:near", near=("route:cloud",)), upstreams=UPSTREAMS)
    assert (request, payload.decision.policies) == (None, ("policy.route",))


@pytest.mark.parametrize("duties", [("route:other",), ("route:near", "route:cloud"), ("route:none-*",)])
def test_where_no_such_upstream_has_the_model_the_call_is_denied(opened, duties):
    _, request, payload = opened(Obliging(*duties), upstreams=UPSTREAMS)
    assert (request, payload.decision.policies) == (None, ("policy.route",))


def test_a_fallback_that_policy_does_not_lead_to_is_not_asked(opened):
    call, request, _ = opened(Obliging("route:cloud"), upstreams=UPSTREAMS)
    assert request.url.startswith("http://cloud/")
    assert call.fallback(UPSTREAMS[1]) is None


def test_the_scope_of_a_consent_goes_with_the_answer(opened):
    call, _, _ = opened(Obliging("consent:part2 TREAT", "consent:hiv TREAT"))
    body = b'{"choices":[{"index":0,"message":{"content":"x"}}]}'
    assert dict(call.document(200, (), body).headers)["x-asepsis-consent"] == "part2 TREAT, hiv TREAT"
    assert dict(call.stream_headers(()))["x-asepsis-consent"] == "part2 TREAT, hiv TREAT"
    call, _, _ = opened(Obliging())
    assert "x-asepsis-consent" not in dict(call.document(200, (), body).headers)
