"""One call: the request that goes out, the denial that comes back, and the Events that tell of both."""

import json
import re

import msgspec
import pytest

from asepsis.core.events import Mode, Outcome, read_payload
from asepsis.core.labels import Category
from asepsis.core.types import Action, Count, Coverage, Decision, Kind, Obligation, ObligationKind, Verdict
from asepsis.gateway.config import CallLimits, Upstream
from asepsis.gateway.errors import Denied
from asepsis.gateway.live import Kill
from asepsis.gateway.types import Head
from asepsis.policy import ApplicationRules, KindRules
from asepsis.scan.topics import Topics, read_topics
from asepsis.testing.ids import SequentialIds

SSN = "123-45-6789"
JSON = ("content-type", "application/json")
CHAT = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}


def opened(call, document=CHAT, *headers, query="", method="POST", path="/v1/chat/completions"):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    request, event = call.open(Head(method, path, query, (JSON, *headers)), body)
    return request, event, read_payload(event)


def said(text):
    return {"model": "m", "messages": [{"role": "user", "content": text}]}


def choice(**message):
    return json.dumps({"choices": [{"index": 0, "message": message}]}).encode()


def rule_of(payload):
    return payload.decision.policies[0]


def test_a_clean_request_goes_to_its_upstream_as_it_is(call_of):
    request, event, payload = opened(call_of())
    assert (request.method, request.url) == ("POST", "http://one/v1/chat/completions")
    assert msgspec.json.decode(request.body) == CHAT
    assert dict(request.headers) == {"accept-encoding": "identity", "content-type": "application/json"}
    assert (event.kind, event.verdict, payload.mode) == ("gateway.call.opened", Verdict.ALLOW, Mode.ENFORCE)
    assert (payload.model, payload.upstream, payload.surface) == ("m", "one", "openai.chat")


def test_what_is_found_is_masked_and_counted(call_of):
    request, event, payload = opened(call_of(), said(f"it is {SSN}"))
    assert msgspec.json.decode(request.body) == said("it is [SSN]")
    assert payload.found == (Count(Kind.SSN, 1),)
    assert event.verdict is Verdict.TRANSFORM
    assert SSN.encode() not in event.encode()


def test_a_decision_can_be_made_again_from_its_event(call_of, live_of):
    _, _, payload = opened(call_of(), said(f"it is {SSN}"))
    assert payload.decision.input == payload.input.digest
    assert live_of().policy.decide(payload.input) == payload.decision


def test_a_kind_that_is_denied_sends_nothing(call_of, live_of):
    rules = ApplicationRules("demo", request=KindRules(deny=(Kind.SSN,)))
    request, event, payload = opened(call_of(live=live_of(rules)), said(f"it is {SSN}"))
    assert request is None
    assert (event.verdict, rule_of(payload)) == (Verdict.DENY, "static.kinds")


def test_what_a_request_speaks_of_is_its_label_and_a_definition_of_a_tool_speaks_of_nothing(call_of, live_of):
    live = msgspec.structs.replace(live_of(), labeller=Topics(read_topics()))
    told = said("no history of HIV, on Suboxone")
    request, event, payload = opened(call_of(live=live), told)
    assert payload.labels == (Category.HIV, Category.SUBSTANCE_USE)
    assert (event.verdict, payload.found, msgspec.json.decode(request.body)) == (Verdict.ALLOW, (), told)
    tool = {"type": "function", "function": {"name": "f", "description": "tells of pregnancy and HIV"}}
    assert opened(call_of(live=live), CHAT | {"tools": [tool]})[2].labels == ()
    assert opened(call_of(), told)[2].labels == ()


@pytest.mark.parametrize(
    ("path", "document", "action"),
    [
        ("/v1/embeddings", {"model": "m", "input": "hello"}, Action.DATA_EMBED),
        ("/v1/chat/completions", CHAT, Action.MODEL_INVOKE),
    ],
)
def test_policy_is_asked_for_what_is_done_with_the_model(call_of, path, document, action):
    assert opened(call_of(path), document, path=path)[2].input.action is action


class Obliging:
    """A policy that allows all, showing values again as well, and obliges to one thing."""

    def __init__(self, do):
        self.due = (Obligation(do, Kind.DATE),)

    def decide(self, question, /):
        if question.action is Action.MODEL_REVEAL:
            return Decision(Verdict.ALLOW, "why", ("p",), "b", input=question.digest)
        return Decision(Verdict.TRANSFORM, "why", ("p",), "b", self.due, input=question.digest)


@pytest.mark.parametrize(
    ("do", "expected"),
    [
        (ObligationKind.GENERALISE, r"DOB: 1999"),
        (ObligationKind.SURROGATE, r"DOB: (?!1999-03-05)\d{4}-\d\d-\d\d"),
        (ObligationKind.TOKEN, r"DOB: \[DATE_\w+\]"),
        (ObligationKind.MASK, r"DOB: \[DATE\]"),
        (ObligationKind.DROP, r"DOB: ?"),
    ],
)
@pytest.mark.parametrize("headers", [(), (("x-asepsis-session", "s"),)])
def test_a_request_is_transformed_as_policy_obliges(call_of, live_of, do, expected, headers):
    live = msgspec.structs.replace(live_of(), policy=Obliging(do))
    request, _, _ = opened(call_of(live=live), said("DOB: 1999-03-05"), *headers)
    assert re.fullmatch(expected, msgspec.json.decode(request.body)["messages"][0]["content"])


def test_observing_sends_the_request_as_it_is_and_records_the_decision(call_of, live_of):
    rules = ApplicationRules("demo", request=KindRules(deny=(Kind.SSN,)))
    request, _, payload = opened(call_of(live=live_of(rules, observe=("demo",))), said(f"it is {SSN}"))
    assert msgspec.json.decode(request.body) == said(f"it is {SSN}")
    assert (payload.mode, payload.decision.verdict) == (Mode.OBSERVE, Verdict.DENY)


def test_an_observed_exchange_passes_byte_for_byte_and_is_recorded_as_it_would_have_ended(call_of, live_of):
    call = call_of(live=live_of(observe=("demo",)))
    body = b'{ "model": "m", "messages": [{"role": "user", "content": "it is 123-45-6789"}], "x": 1.50 }'
    request, _, payload = opened(call, body)
    assert request.body == body
    assert payload.decision.verdict is Verdict.TRANSFORM
    answer = b'{ "choices": [{"index": 0, "message": {"content": "123-45-6789"}, "logprobs": {"content": []}}] }'
    assert call.document(200, [JSON], answer).body == answer
    closed = read_payload(call.close(Outcome.COMPLETED, 200))
    assert (closed.decision.verdict, closed.found) == (Verdict.TRANSFORM, (Count(Kind.SSN, 1),))


@pytest.mark.parametrize(
    ("rules", "answer", "rule"),
    [
        (ApplicationRules("demo", answer=KindRules(deny=(Kind.SSN,))), choice(content=SSN), "policy.answer"),
        (ApplicationRules("demo"), json.dumps({"data": [{"embedding": [0.5] * 40}]}).encode(), "static.opaque"),
    ],
)
def test_an_observed_answer_that_would_have_been_denied_says_so(call_of, live_of, rules, answer, rule):
    call = call_of(live=live_of(rules, observe=("demo",)))
    opened(call)
    assert call.document(200, [JSON], answer).body == answer
    closed = read_payload(call.close(Outcome.COMPLETED, 200))
    assert (closed.decision.verdict, closed.decision.policies) == (Verdict.DENY, (rule,))


@pytest.mark.parametrize(
    ("status", "answer"), [(200, b"no JSON \xff"), (502, b"<h1>Bad gateway</h1>"), (200, b'["a list"]')]
)
def test_an_observed_answer_that_can_not_be_read_passes_and_is_recorded_as_denied(call_of, live_of, status, answer):
    call = call_of(live=live_of(observe=("demo",)))
    opened(call)
    reply = call.document(status, [("content-type", "text/html"), ("x-other", "1")], answer)
    assert (reply.status, dict(reply.headers)["content-type"], reply.body) == (status, "text/html", answer)
    closed = read_payload(call.close(Outcome.COMPLETED, status))
    assert (closed.decision.verdict, closed.decision.policies) == (Verdict.DENY, ("gateway.json",))


def test_the_time_of_the_guard_is_told(call_of):
    call = call_of()
    call.times.timed(lambda: call._tools.clock.advance(milliseconds=3))
    assert read_payload(call.close(Outcome.COMPLETED, 200)).guard_us == 3_000


def test_the_caller_never_reaches_the_upstream_by_an_observed_kill_switch(call_of, live_of):
    live = live_of(observe=("demo",), kills=frozenset({Kill("local", "application", "demo")}))
    request, _, payload = opened(call_of(live=live))
    assert request is None
    assert rule_of(payload) == "gateway.kill"


@pytest.mark.parametrize(("target", "name"), [("model", "*"), ("principal", "ann"), ("application", "demo")])
def test_a_kill_switch_closes_the_call(call_of, live_of, target, name):
    request, _, payload = opened(call_of(live=live_of(kills=frozenset({Kill("local", target, name)}))))
    assert request is None
    assert (rule_of(payload), payload.decision.reason) == ("gateway.kill", f"the {target} is switched off")


@pytest.mark.parametrize("model", [f"for {SSN}", "a\nb", "", None, 7, "x" * 129, ["m"], "../m", "м"])
def test_the_name_of_a_model_that_is_none_denies_and_is_not_remembered(call_of, model):
    request, event, payload = opened(call_of(), {**CHAT, "model": model})
    assert request is None
    assert rule_of(payload) == "gateway.model"
    assert (payload.model, payload.input.model) == ("", "")
    assert b"6789" not in event.encode()


def test_a_model_without_an_upstream_is_denied(call_of, live_of):
    live = live_of(upstreams=(Upstream("one", "http://one/v1", models=("a-*",)),))
    request, _, payload = opened(call_of(live=live))
    assert request is None
    assert rule_of(payload) == "gateway.model"


def test_a_session_is_kept_only_as_a_digest(call_of):
    _, event, payload = opened(call_of(), CHAT, ("x-asepsis-session", "visit-of-jane-roe"))
    assert len(payload.session) == 32
    assert b"jane" not in event.encode()


def test_a_trace_goes_on_with_a_span_of_our_own(call_of):
    trace, span = "a" * 32, "b" * 16
    request, _, payload = opened(call_of(), CHAT, ("traceparent", f"00-{trace}-{span}-01"))
    assert (payload.trace, payload.span) == (trace, span)
    assert dict(request.headers)["traceparent"].startswith(f"00-{trace}-")
    assert span not in dict(request.headers)["traceparent"]


def test_a_trace_that_is_none_is_dropped(call_of):
    request, _, payload = opened(call_of(), CHAT, ("traceparent", f"00-{SSN}"))
    assert "traceparent" not in dict(request.headers)
    assert payload.trace == ""


CALLER = (("authorization", "Bearer caller"), ("x-api-key", "caller"), ("api-key", "caller"), ("cookie", "caller"))


@pytest.mark.parametrize(
    ("auth", "sent"),
    [
        ("none", {}),
        ("bearer", {"authorization": "Bearer k"}),
        ("x-api-key", {"x-api-key": "k"}),
        ("api-key", {"api-key": "k"}),
        ("caller", dict(CALLER[:3])),
    ],
)
def test_which_credential_goes_upstream(call_of, live_of, auth, sent):
    live = live_of(upstreams=(Upstream("one", "http://one/v1/", auth=auth),), credentials={"one": "k"})
    request, _, _ = opened(call_of(live=live), CHAT, *CALLER)
    held = dict(request.headers)
    assert {name: held[name] for name in ("authorization", "x-api-key", "api-key", "cookie") if name in held} == sent
    assert request.url == "http://one/v1/chat/completions"


def test_without_the_gateways_own_credential_the_callers_is_not_sent(call_of, live_of):
    live = live_of(upstreams=(Upstream("one", "http://one/v1", auth="bearer"),))
    request, _, _ = opened(call_of(live=live), CHAT, *CALLER)
    assert "authorization" not in dict(request.headers)


@pytest.mark.parametrize(
    ("headers", "body", "rule"),
    [
        ((("content-type", "text/plain"),), b"{}", "gateway.media"),
        ((), b"{}", "gateway.media"),
        ((JSON, ("content-encoding", "gzip")), b"{}", "gateway.encoding"),
        ((JSON,), b"[]", "gateway.json"),
        ((JSON, ("openai-project", SSN)), b"{}", "gateway.header"),
        ((JSON,), b'{"model":"m","id":"x-123-45-6789"}', "gateway.structure"),
    ],
)
def test_what_cannot_be_read_or_masked_is_denied_by_name(call_of, headers, body, rule):
    request, event = call_of().open(Head("POST", "/v1/chat/completions", "", headers), body)
    assert request is None
    assert rule_of(read_payload(event)) == rule
    assert SSN.encode() not in event.encode()


def test_a_query_that_is_not_allowed_is_denied(call_of):
    request, _, payload = opened(call_of(), query="api-version=1")
    assert request is None
    assert rule_of(payload) == "gateway.query"


def test_a_scanner_that_fails_closes_the_call_without_its_message(call_of, live_of):
    class Broken:
        def scan(self, parts):
            raise RuntimeError(f"failed at {SSN}")

    request, event, payload = opened(call_of(live=msgspec.structs.replace(live_of(), scanner=Broken())))
    assert request is None
    assert rule_of(payload) == "gateway.guard"
    assert SSN.encode() not in event.encode()


def test_an_identifier_in_the_path_of_a_model_is_not_sent_on_as_it_is(call_of):
    head = Head("GET", f"/v1/models/{SSN}", "", ())
    request, _ = call_of(f"/v1/models/{SSN}", method="GET").open(head, b"")
    assert request is None or SSN not in request.url


def test_a_get_has_no_body(call_of):
    call = call_of("/v1/models", method="GET")
    request, event = call.open(Head("GET", "/v1/models", "", ()), b"{}")
    assert request is None
    assert rule_of(read_payload(event)) == "gateway.body"


def test_a_get_is_asked_without_a_body(call_of):
    call = call_of("/v1/models", method="GET")
    request, _ = call.open(Head("GET", "/v1/models", "limit=3", ()), b"")
    assert (request.url, request.body) == ("http://one/v1/models?limit=3", b"")
    assert "content-type" not in dict(request.headers)


def test_opaque_content_and_state_are_admitted_by_name_or_denied(call_of, live_of):
    image = said([{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}])
    assert rule_of(opened(call_of(), image)[2]) == "static.opaque"
    assert rule_of(opened(call_of(), {**CHAT, "store": True})[2]) == "static.state"
    live = live_of(ApplicationRules("demo", admit=("image",), state=("store",)))
    assert opened(call_of(live=live), {**image, "store": True})[0] is not None


@pytest.mark.parametrize("streamed", [False, True])
def test_what_is_handed_over_to_a_tool_is_counted_apart(call_of, streamed):
    call = call_of()
    opened(call)
    function = {"name": "find", "arguments": json.dumps({"input": f"ssn {SSN}"})}
    message = {"content": f"{SSN} is the number", "tool_calls": [{"index": 0, "id": "1", "function": function}]}
    if streamed:
        events = [{"choices": [{"index": 0, "delta": message}]}, {"choices": [{"index": 0, "finish_reason": "stop"}]}]
        guard = call.stream([("content-type", "text/event-stream")])
        guard.feed(b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in events) + b"data: [DONE]\n\n")
        call.streamed(guard)
    else:
        call.document(200, [JSON], choice(**message))
    closed = read_payload(call.close(Outcome.COMPLETED, 200))
    (inside,), (whole,) = closed.found_tools, closed.found
    assert inside.kind is Kind.SSN
    assert inside.count > 0
    assert whole.count - inside.count == 1


def test_an_answer_is_masked_and_its_figures_are_kept(call_of):
    call = call_of()
    opened(call)
    body = {"choices": [], "note": SSN, "usage": {"prompt_tokens": 3, "completion_tokens": 4}}
    reply = call.document(200, (("x-request-id", "r"), ("set-cookie", "c")), json.dumps(body).encode())
    assert msgspec.json.decode(reply.body) == {**body, "note": "[SSN]"}
    assert dict(reply.headers) == {JSON[0]: JSON[1], "x-request-id": "r", "x-asepsis-event": call.id}
    closed = read_payload(call.close(Outcome.COMPLETED, 200))
    assert (closed.tokens_in, closed.tokens_out, closed.found) == (3, 4, (Count(Kind.SSN, 1),))
    assert closed.decision.verdict is Verdict.TRANSFORM


def test_log_probabilities_do_not_pass(call_of):
    call = call_of()
    opened(call)
    body = {"choices": [{"index": 0, "logprobs": {"content": [{"token": "123"}]}, "message": {"content": "x"}}]}
    reply = call.document(200, (), json.dumps(body).encode())
    assert msgspec.json.decode(reply.body)["choices"][0]["logprobs"] is None


def test_an_answer_with_a_denied_kind_or_content_is_denied(call_of, live_of):
    call = call_of(live=live_of(ApplicationRules("demo", answer=KindRules(deny=(Kind.SSN,)))))
    opened(call)
    with pytest.raises(Denied) as caught:
        call.document(200, (), choice(content=SSN))
    assert caught.value.code == "policy.answer"
    with pytest.raises(Denied) as caught:
        call.document(200, (), choice(images=[{"image_url": {"url": "data:image/png;base64,AAAA"}}]))
    assert caught.value.code == "static.opaque"


def test_an_answer_that_is_no_json_is_denied_and_an_error_page_replaced(call_of):
    call = call_of()
    opened(call)
    with pytest.raises(Denied):
        call.document(200, (), b"<html>")
    reply = call.document(502, (), f"<html>{SSN}".encode())
    assert reply.status == 502
    assert msgspec.json.decode(reply.body)["error"]["code"] == "asepsis_upstream"
    assert SSN.encode() not in reply.body


@pytest.mark.parametrize("read", ["document", "stream"])
def test_an_answer_with_an_encoding_that_was_not_asked_for_is_denied(call_of, read):
    call = call_of()
    opened(call)
    headers = (("content-encoding", "br"),)
    with pytest.raises(Denied) as caught:
        call.document(200, headers, b"{}") if read == "document" else call.stream(headers)
    assert caught.value.code == "gateway.answer.encoding"


def test_a_stream_hands_its_figures_to_the_closing_event(call_of):
    call = call_of()
    opened(call)
    guard = call.stream(())
    guard.feed(b'data: {"choices":[{"index":0,"delta":{"content":"it is 123-45-6789 ok"},"finish_reason":"stop"}]}\n\n')
    call.streamed(guard)
    closed = read_payload(call.close(Outcome.COMPLETED, 200))
    assert closed.found == (Count(Kind.SSN, 1),)
    assert closed.coverage.channels == 1
    assert closed.decision.verdict is Verdict.TRANSFORM


def test_a_stream_that_was_denied_stays_denied_in_its_closing_event(call_of):
    call = call_of()
    opened(call)
    guard = call.stream(())
    call.deny_answer(Denied("gateway.kill", "the model is switched off"))
    call.streamed(guard)
    event = call.close(Outcome.CUT, 200, rule="gateway.kill")
    assert event.verdict is Verdict.DENY
    assert read_payload(event).rule == "gateway.kill"


def test_the_headers_of_a_stream_are_the_gateways_own(call_of):
    call = call_of()
    headers = dict(call.stream_headers((("content-type", "x"), ("content-length", "3"), ("x-request-id", SSN))))
    assert headers == {
        "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache", "x-asepsis-event": call.id
    }  # fmt: skip


def test_a_refusal_names_rule_reason_and_event_and_no_content(call_of):
    call = call_of()
    opened(call, {**CHAT, "id": SSN})
    reply = call.refusal(call.decision)
    error = msgspec.json.decode(reply.body)["error"]
    assert (reply.status, error["code"], error["event"]) == (403, "asepsis_denied", call.id)
    assert "gateway.structure" in error["message"]
    assert SSN.encode() not in reply.body


def test_the_closing_event_names_the_opening_one_and_tells_the_times(call_of):
    call = call_of()
    _, event, _ = opened(call)
    for moment in ("sent", "answered", "first"):
        call._tools.clock.advance(milliseconds=2)
        call.times.mark(moment)
    closed = read_payload(call.close(Outcome.COMPLETED, 200))
    assert closed.opened == event.id == call.id
    assert (closed.upstream_us, closed.first_us, closed.total_us) == (2000, 6000, 6000)
    assert call.closed


def test_a_call_that_was_never_answered_tells_no_times_and_no_coverage(call_of):
    call = call_of()
    call.deny(Denied("gateway.limits.slow", "the request came too slowly"))
    closed = read_payload(call.close(Outcome.DENIED, 403))
    assert (closed.upstream_us, closed.first_us, closed.coverage) == (0, 0, Coverage())


def test_a_call_that_nobody_decided_is_a_denial(call_of):
    assert call_of().decision.verdict is Verdict.DENY


def test_sizes_have_limits_by_default():
    limits = CallLimits()
    assert 0 < limits.request_bytes <= limits.answer_bytes


def test_an_identifier_as_the_name_of_a_model_is_not_remembered(call_of):
    request, event, payload = opened(call_of(), {**CHAT, "model": SSN})
    assert request is None
    assert payload.decision.verdict is Verdict.DENY
    assert SSN.encode() not in event.encode()


RESPONSES = "/v1/responses"
STATEFUL = ApplicationRules("demo", state=("conversation", "previous_response_id"))


def session_of(call, document=CHAT, *headers):
    return opened(call, document, *headers)[2].session


class Named:
    """A digester that shows what it was given."""

    def digest(self, kind, value, /, *, tenant):
        return f"{kind}|{value}|{tenant}"


def test_without_a_session_each_call_is_its_own(call_of):
    ids = SequentialIds()
    one, two = call_of(ids=ids), call_of(ids=ids)
    assert (session_of(one), session_of(two)) == (one.id, two.id)
    assert one.id != two.id


def test_a_session_is_the_principals_and_kept_as_a_digest(call_of):
    given = ("x-asepsis-session", "visit 4711")
    assert session_of(call_of(digester=Named()), CHAT, given) == "session|3:ann:visit 4711|local"
    assert "4711" not in session_of(call_of(), CHAT, given)
    other = call_of(digester=Named(), who="bob")
    assert session_of(other, CHAT, given) == "session|3:bob:visit 4711|local"


@pytest.mark.parametrize(
    ("more", "session"),
    [
        ({"conversation": "conv_1"}, "conv_1"),
        ({"conversation": {"id": "conv_2"}}, "conv_2"),
        ({"previous_response_id": "resp_1"}, "resp_1"),
        ({"conversation": "conv_1", "previous_response_id": "resp_1"}, "conv_1"),
    ],
)
def test_a_conversation_that_is_admitted_is_the_session(call_of, live_of, more, session):
    call = call_of(RESPONSES, live=live_of(STATEFUL), digester=Named())
    assert session_of(call, {"model": "m", "input": "hi", **more}) == f"session|3:ann:{session}|local"


def test_the_callers_own_session_goes_before_the_conversation(call_of, live_of):
    call = call_of(RESPONSES, live=live_of(STATEFUL), digester=Named())
    document = {"model": "m", "input": "hi", "conversation": "conv_1"}
    assert session_of(call, document, ("x-asepsis-session", "mine")) == "session|3:ann:mine|local"


def test_a_conversation_that_is_not_admitted_makes_no_session(call_of):
    call = call_of(RESPONSES)
    assert session_of(call, {"model": "m", "input": "hi", "conversation": "conv_1"}) == call.id
