"""Approvals of exactly one call, and what it takes of budgets."""

import json

import msgspec
import pytest

from asepsis.core.errors import Unavailable
from asepsis.core.events import Outcome, read_payload
from asepsis.core.ports import Approval
from asepsis.core.types import Decision, Verdict
from asepsis.gateway.live import Kill
from asepsis.gateway.types import Head
from asepsis.policy import ApplicationRules

CHAT = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}
POST = Head("POST", "/v1/chat/completions", "", (("content-type", "application/json"),))


def opened(call, document=CHAT, *headers):
    head = Head("POST", "/v1/chat/completions", "", (*POST.headers, *headers))
    request, event = call.open(head, json.dumps(document).encode())
    return request, event, read_payload(event)


class Asking:
    """A policy and approvals at once: all is asked for, and the actions that were are kept."""

    def __init__(self):
        self.actions = []

    def decide(self, question, /):
        return Decision(Verdict.ALLOW if question.approval else Verdict.ASK, "why", ("p",), "b", approvable=True)

    def approval(self, question, decision, action, outline, /):
        self.actions.append(action)
        return Approval("case", approved=self.actions.count(action) > 1)


@pytest.mark.parametrize(
    ("document", "headers"),
    [
        ({"model": "m", "messages": [{"role": "user", "content": "hello "}]}, ()),
        (CHAT | {"stream": True}, ()),
        (CHAT | {"model": "m2"}, ()),
        (CHAT | {"temperature": 0.25}, ()),
        (CHAT | {"tools": []}, ()),
        (CHAT, (("openai-beta", "assistants=v2"),)),
        (CHAT, (("openai-project", "p"),)),
        (CHAT, (("openai-organization", "o"),)),
    ],
)
def test_an_approval_is_asked_for_all_that_is_sent(call_of, live_of, document, headers):
    asking = Asking()
    live = msgspec.structs.replace(live_of(ApplicationRules("demo")), policy=asking, approvals=asking)
    other = ("idempotency-key", "x"), ("traceparent", f"00-{'1' * 32}-{'2' * 16}-01")
    assert opened(call_of(live=live))[0] is None
    assert opened(call_of(live=live), document, *headers)[0] is None
    request, _, payload = opened(call_of(live=live), CHAT, *other)
    assert (request is not None, payload.decision.verdict, payload.input.approval) == (True, Verdict.ALLOW, "case")
    first, swapped, again = asking.actions
    assert first == again != swapped


class Counting:
    """Budgets that say what they are told to say, and remember what they were asked."""

    def __init__(self, exhausted="", *, ready=True, unit="tokens"):
        self.unit, self.exhausted, self.is_ready, self.asked, self.settled = unit, exhausted, ready, [], []

    def ready(self, what, /):
        return self.is_ready

    def reserve(self, what, /):
        self.asked.append(what)
        return self

    def settle(self, reserved, tokens_in, tokens_out, /, *, made):
        self.settled.append((tokens_in, tokens_out, made))


@pytest.fixture
def spent(call_of, live_of):
    """Opens a call where there are budgets."""

    def make(budgets, document=None, path="/v1/chat/completions"):
        call = call_of(path, live=msgspec.structs.replace(live_of(), budgets=budgets))
        body = json.dumps(document or CHAT).encode()
        waits = call.read(Head("POST", path, "", POST.headers), body)
        return call, waits, *call.settle()

    return make


def test_what_a_call_may_take_is_set_aside_and_settled_by_what_it_took(spent):
    budgets = Counting()
    call, waits, request, _ = spent(budgets, CHAT | {"max_tokens": 50, "n": 2})
    assert (waits, request is not None) == (False, True)
    (what,) = budgets.asked
    assert (what.model, what.tokens_out, what.principal.id) == ("m", 100, "ann")
    assert what.tokens_in >= len("hello")
    call.asks(call.upstream)
    answer = {
        "choices": [{"index": 0, "message": {"content": "x"}}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 4},
    }
    call.document(200, (), json.dumps(answer).encode())
    call.close(Outcome.COMPLETED, 200)
    assert budgets.settled == [(3, 4, True)]


def test_a_call_that_no_upstream_was_asked_for_took_nothing(spent):
    budgets = Counting()
    call, *_ = spent(budgets)
    call.close(Outcome.FAILED, 502)
    assert budgets.settled == [(0, 0, False)]


@pytest.mark.parametrize(("rule", "made"), [("upstream.connect", False), ("upstream.idle", True)])
def test_an_upstream_that_failed_may_have_taken_all_unless_nothing_reached_it(spent, rule, made):
    budgets = Counting()
    call, *_ = spent(budgets)
    call.asks(call.upstream)
    call.close(Outcome.FAILED, 502, rule=rule)
    assert budgets.settled == [(0, 0, made)]


@pytest.mark.parametrize("outcome", [Outcome.CLIENT_GONE, Outcome.CUT, Outcome.FAILED])
def test_what_a_stream_says_it_took_counts_only_at_its_end(spent, outcome):
    budgets = Counting()
    call, *_ = spent(budgets, {"model": "m", "max_tokens": 900, "messages": [], "stream": True}, "/v1/messages")
    call.asks(call.upstream)
    guard = call.stream(())
    start = {"type": "message_start", "message": {"usage": {"input_tokens": 9, "output_tokens": 1}}}
    guard.feed(f"event: message_start\ndata: {json.dumps(start)}\n\n".encode())
    call.streamed(guard)
    call.close(outcome, 200)
    assert budgets.settled == [(0, 0, True)]


def test_a_budget_that_has_not_enough_denies_and_says_which(spent):
    budgets = Counting("tokens-a-day")
    call, _, request, event = spent(budgets)
    assert request is None
    decision = read_payload(event).decision
    assert decision.policies == ("budget.tokens-a-day",)
    said = "the budget `tokens-a-day` has not enough tokens left for now; as the call says not"
    assert decision.reason.startswith(said)
    call.close(Outcome.DENIED, 403)
    assert budgets.settled == []


def test_a_call_that_limits_its_answer_is_not_told_to(spent):
    _, _, _, event = spent(Counting("tokens-a-day"), CHAT | {"max_tokens": 50})
    assert read_payload(event).decision.reason == "the budget `tokens-a-day` has not enough tokens left for now"


def test_where_requests_ran_out_nothing_is_said_of_the_answer(spent):
    _, _, _, event = spent(Counting("grant", unit="requests"))
    assert read_payload(event).decision.reason == "the budget `grant` has not enough requests left for now"


def test_a_call_waits_where_budgets_can_not_say_at_once(spent):
    assert spent(Counting(ready=False))[1] is True


def test_an_embedding_has_no_answer_in_tokens(spent):
    budgets = Counting()
    spent(budgets, {"model": "m", "input": "hello"}, "/v1/embeddings")
    assert budgets.asked[0].tokens_out == 0


def test_where_nobody_can_say_what_is_left_the_call_is_denied(spent):
    class Gone(Counting):
        def reserve(self, what, /):
            raise Unavailable("gone")

    assert read_payload(spent(Gone())[3]).decision.policies == ("gateway.budgets",)


def test_what_is_denied_takes_nothing(call_of, live_of):
    budgets = Counting()
    live = msgspec.structs.replace(live_of(), budgets=budgets, kills=frozenset({Kill("local", "model", "m")}))
    assert opened(call_of(live=live))[0] is None
    assert budgets.asked == []
