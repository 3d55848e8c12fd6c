"""A tool that is denied is not called, in whatever way the official clients would put the call together."""

import json

import anthropic
import pytest

from asepsis.policy import ApplicationRules
from asepsis.testing.upstream import sse, whole

RULES = ApplicationRules("demo", tools_denied=("delete_*",))
ASK = [{"role": "user", "content": "hello"}]
RESPONSE = {
    "id": "r", "object": "response", "created_at": 0, "model": "m", "tools": [], "tool_choice": "auto",
    "parallel_tool_calls": True, "status": "completed", "output": [],
}  # fmt: skip


def event(document):
    return b"data: " + json.dumps(document).encode() + b"\n\n"


def chunk(finish=None, **delta):
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return event({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]})


def sending(*events):
    async def script(exchange):
        await exchange.send(sse(events))

    return script


def answering(document):
    async def script(exchange):
        await exchange.send(whole(json.dumps(document).encode()))

    return script


async def test_a_name_in_two_pieces_is_not_put_together(guard):
    call = {"index": 0, "id": "x", "type": "function", "function": {"name": "del", "arguments": ""}}
    rest = {"index": 0, "function": {"name": "ete_all", "arguments": "{}"}}
    events = [chunk(role="assistant", tool_calls=[call]), chunk(tool_calls=[rest]), chunk(finish="tool_calls")]
    async with guard(sending(*events, b"data: [DONE]\n\n"), rules=RULES) as guarded:
        _, _, body = await guarded.post("/v1/chat/completions", {"model": "m", "messages": ASK, "stream": True})
    assert b"ete_all" not in body
    assert b"content_filter" in body
    assert guarded.closed().rule == "gateway.stream.tool"


async def test_a_call_in_the_start_of_a_message_is_denied(guard):
    block = {"type": "tool_use", "id": "t", "name": "delete_all", "input": {}}
    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": [block], "usage": usage}
    async with guard(sending(event({"type": "message_start", "message": message})), rules=RULES) as guarded:
        client = anthropic.AsyncAnthropic(base_url=guarded.url, api_key="k", max_retries=0)
        async with client, client.messages.stream(model="m", max_tokens=9, messages=ASK) as stream:
            with pytest.raises(anthropic.APIStatusError):
                await stream.get_final_message()


@pytest.mark.parametrize("late", ["item", "response", "arguments"])
async def test_a_name_that_comes_late_is_denied(guard, late):
    call = {"type": "function_call", "id": "f", "call_id": "c", "name": "look", "arguments": "{}"}
    bad = {**call, "name": "delete_all"}
    place = {"item_id": "f", "output_index": 0}
    events = [event({"type": "response.output_item.added", "output_index": 0, "item": call})]
    if late == "arguments":
        name = {"name": "delete_all", "arguments": "{}"}
        events.append(event({"type": "response.function_call_arguments.done", **place, **name}))
    item = bad if late == "item" else call
    response = {**RESPONSE, "output": [bad if late == "response" else call]}
    events.append(event({"type": "response.output_item.done", "output_index": 0, "item": item}))
    events.append(event({"type": "response.completed", "response": response}))
    async with guard(sending(*events), rules=RULES) as guarded:
        _, _, body = await guarded.post("/v1/responses", {"model": "m", "input": "x", "stream": True})
    assert b"delete_all" not in body


@pytest.mark.parametrize("kind", ["local_shell_call", "shell_call", "computer_call", "apply_patch_call"])
async def test_calls_of_built_in_tools_are_decided_on(guard, kind):
    item = {"type": kind, "id": "a", "call_id": "c", "action": {"type": "exec", "command": ["rm"]}}
    rules = ApplicationRules("demo", tools_denied=("*",))
    async with guard(answering({**RESPONSE, "output": [item]}), rules=rules) as guarded:
        status, _, _ = await guarded.post("/v1/responses", {"model": "m", "input": "x"})
        (tool,) = guarded.closed().tools
    assert (status, tool.tool) == (403, kind)


@pytest.mark.parametrize(
    "call",
    [
        {"custom": {"name": "delete_all", "input": "x"}},
        {"function": {"name": "DELETE_all", "arguments": "{}"}},
        {"function": {"name": " delete_all", "arguments": "{}"}},
        {"function": {"name": "delete_all\u200b", "arguments": "{}"}},
        {"function": {"name": "functions.delete_all", "arguments": "{}"}},
        {"name": "delete_all", "arguments": "{}"},
    ],
    ids=lambda call: json.dumps(call)[:40],
)
async def test_odd_names_are_no_way_around(guard, call):
    message = {"tool_calls": [{"type": "function", **call}]}
    async with guard(answering({"choices": [{"index": 0, "message": message}]}), rules=RULES) as guarded:
        status, _, _ = await guarded.post("/v1/chat/completions", {"model": "m", "messages": ASK})
    assert status == 403
