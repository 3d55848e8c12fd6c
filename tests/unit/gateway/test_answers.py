"""What is decided on the tool calls in an answer."""

import json

import pytest

from asepsis.core.events import Mode, Outcome, read_payload
from asepsis.core.types import Principal, Verdict
from asepsis.gateway.account import Account
from asepsis.gateway.answers import Answers
from asepsis.gateway.errors import Denied
from asepsis.gateway.live import Kill
from asepsis.gateway.types import Head
from asepsis.policy import ApplicationRules

SSN = "123-45-6789"


def opened(call):
    body = b'{"model": "m", "messages": [{"role": "user", "content": "hello"}]}'
    call.open(Head("POST", "/v1/chat/completions", "", (("content-type", "application/json"),)), body)


def answer(call, name):
    """Has the call answered by a call of one tool."""
    tool = {"id": "t", "type": "function", "function": {"name": name, "arguments": "{}"}}
    call.document(200, (), json.dumps({"choices": [{"index": 0, "message": {"tool_calls": [tool]}}]}).encode())


def granted(call_of, reach):
    who = Principal("local", "agent", "demo", (("grant", "g1"), ("scope", "model.invoke"), ("scope", reach)))
    call = call_of(who=who)
    opened(call)
    return call


def test_a_tool_that_is_denied_closes_the_answer_and_is_named(call_of, live_of):
    call = call_of(live=live_of(ApplicationRules("demo", tools_denied=("wire_*",))))
    opened(call)
    with pytest.raises(Denied) as caught:
        answer(call, "wire_money")
    assert caught.value.code == "static.tool"
    (tool,) = read_payload(call.close(Outcome.CUT, 403)).tools
    assert (tool.tool, tool.decision.verdict) == ("wire_money", Verdict.DENY)


def test_a_tool_name_that_is_none_is_kept_as_a_digest(call_of):
    call = call_of()
    opened(call)
    with pytest.raises(Denied):
        answer(call, f"lookup {SSN}")
    event = call.close(Outcome.COMPLETED, 200)
    assert SSN.encode() not in event.encode()
    assert len(read_payload(event).tools[0].tool) == 32


@pytest.mark.parametrize("name", ["", " look", "look\u200b", "look up", "löök", "look\n", "l" * 129, f"look.{SSN}"])
def test_a_name_that_no_tool_can_have_closes_the_answer(call_of, live_of, tools_of, name):
    call, live, tools = call_of(), live_of(), tools_of()
    answers = Answers(call.principal, live, Account(call.principal, live, tools), tools, Mode.ENFORCE)
    with pytest.raises(Denied) as caught:
        answers.tool(call.question, name)
    assert caught.value.code == "gateway.tool"


def test_a_tool_behind_a_namespace_is_switched_off_too(call_of, live_of):
    call = call_of(live=live_of(kills=frozenset({Kill("local", "tool", "wire")})))
    opened(call)
    answer(call, "look")
    with pytest.raises(Denied):
        answer(call, "functions.wire")


def test_a_tool_that_is_switched_off_closes_the_answer(call_of, live_of):
    call = call_of(live=live_of(kills=frozenset({Kill("local", "tool", "*")})))
    opened(call)
    with pytest.raises(Denied) as caught:
        answer(call, "lookup")
    assert caught.value.code == "gateway.kill"


def test_an_identifier_within_the_name_of_a_tool_is_not_remembered(call_of):
    call = call_of()
    opened(call)
    with pytest.raises(Denied):
        answer(call, f"lookup.{SSN}")
    assert SSN.encode() not in call.close(Outcome.COMPLETED, 200).encode()


def test_a_tool_beyond_the_scope_is_denied_in_the_answer(call_of):
    call = granted(call_of, "tool.call:read.*")
    with pytest.raises(Denied) as caught:
        answer(call, "pay")
    assert caught.value.code == "identity.scope"
    assert read_payload(call.close(Outcome.CUT, 403)).tools[0].decision.verdict is Verdict.DENY


def test_a_tool_within_it_is_not(call_of):
    call = granted(call_of, "tool.call")
    answer(call, "pay")
    assert read_payload(call.close(Outcome.COMPLETED, 200)).tools[0].decision.verdict is Verdict.ALLOW
