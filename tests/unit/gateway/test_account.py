"""What a call's Events tell of it: its grant, and whose data it is."""

import json

import msgspec
import pytest

from asepsis.core.errors import Unavailable
from asepsis.core.events import Outcome, read_payload
from asepsis.core.labels import Category
from asepsis.core.ports import Facts, Resolved
from asepsis.core.types import Principal, Verdict
from asepsis.gateway.errors import Denied
from asepsis.gateway.live import Kill
from asepsis.gateway.types import Head

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


TOOL = {"id": "1", "type": "function", "function": {"name": "pay", "arguments": "{}"}}
ANSWER = json.dumps({"choices": [{"index": 0, "message": {"tool_calls": [TOOL]}}]}).encode()


def test_a_tool_beyond_the_scope_is_denied_in_the_answer(opened):
    call, *_ = opened(SCOPE, ("scope", "tool.call:read.*"))
    with pytest.raises(Denied) as caught:
        call.document(200, (), ANSWER)
    assert caught.value.code == "identity.scope"
    assert read_payload(call.close(Outcome.CUT, 403)).tools[0].decision.verdict is Verdict.DENY


def test_a_tool_within_it_is_not(opened):
    call, *_ = opened(SCOPE, ("scope", "tool.call"))
    call.document(200, (), ANSWER)
    assert read_payload(call.close(Outcome.COMPLETED, 200)).tools[0].decision.verdict is Verdict.ALLOW


def test_a_grant_for_some_members_reaches_none_where_nobody_can_tell_members(call_of):
    granted = Principal("local", "ann", "demo", (("grant", "g"), ("scope", "model.invoke"), ("member", "4711")))
    request, event = call_of(who=granted).open(POST, CHAT)
    assert (request, read_payload(event).decision.policies) == (None, ("identity.members",))


class Counting:
    """Budgets that say what they are told to say, and remember what they were asked."""

    def __init__(self, exhausted="", *, ready=True):
        self.exhausted, self.is_ready, self.asked, self.settled = exhausted, ready, [], []

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
        body = json.dumps(document or json.loads(CHAT)).encode()
        waits = call.read(Head("POST", path, "", POST.headers), body)
        return call, waits, *call.settle()

    return make


def test_what_a_call_may_take_is_set_aside_and_settled_by_what_it_took(spent):
    budgets = Counting()
    call, waits, request, _ = spent(budgets, json.loads(CHAT) | {"max_tokens": 50, "n": 2})
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
    assert read_payload(event).decision.policies == ("budget.tokens-a-day",)
    call.close(Outcome.DENIED, 403)
    assert budgets.settled == []


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
    assert call_of(live=live).open(POST, CHAT)[0] is None
    assert budgets.asked == []


def test_policy_is_told_what_the_members_of_a_call_said(call_of, live_of):
    class Said:
        def about(self, members, who, purpose, /):
            return Facts((Category.PART2,), (Category.HIV,), ("self",)) if members else Facts()

    live = msgspec.structs.replace(live_of(), resolver=Roster("4711"), directives=Said())
    call = call_of(live=live)
    assert call.question.relations == ()
    question = read_payload(call.open(POST, CHAT)[1]).input
    assert (question.consented, question.refused, question.relations) == ((Category.PART2,), (Category.HIV,), ("self",))
