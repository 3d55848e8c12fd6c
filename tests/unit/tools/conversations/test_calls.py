import json

import pytest

from asepsis.tools.conversations.calls import Calling, Wanted, said, wanted


def event(document):
    return b"data: " + json.dumps(document).encode() + b"\n\n"


def chunk(**delta):
    return event({"choices": [{"index": 0, "delta": delta}]})


@pytest.mark.parametrize(
    ("document", "calls"),
    [
        ({"choices": [{"message": {"content": "tool_calls"}}]}, []),
        (
            {"choices": [{"message": {"tool_calls": [{"function": {"name": "a", "arguments": '{"b": 1}'}}]}}]},
            [Wanted("a", {"b": 1})],
        ),
        ({"choices": [{"message": {"function_call": {"name": "a", "arguments": "broken"}}}]}, [Wanted("a", None)]),
        ({"content": [{"type": "tool_use", "name": "a", "input": {}}]}, [Wanted("a", {})]),
        (
            {"content": [{"type": "server_tool_use", "name": "web_search", "input": {}}]},
            [Wanted("web_search", {}, ran=True)],
        ),
        ({"output": [{"type": "function_call", "name": "a", "arguments": ""}]}, [Wanted("a", {})]),
        (
            {"output": [{"type": "local_shell_call", "action": {"command": ["rm"]}}]},
            [Wanted("local_shell_call", {"command": ["rm"]})],
        ),
        ({"output": [{"type": "mcp_approval_request", "name": "a", "arguments": "[1]"}]}, [Wanted("a", None)]),
        ({"tools": [{"type": "function_call", "name": "a"}]}, []),
    ],
)
def test_calls_are_found_wherever_they_stand(document, calls):
    assert wanted(document) == calls


def test_arguments_that_two_parsers_read_differently_are_none_that_can_be_read():
    made = {"function": {"name": "pay", "arguments": '{"to": "eve", "to": "ann"}'}}
    assert [one.arguments for one in wanted({"tool_calls": [made]})] == [None]


def test_what_is_too_deep_is_a_call_that_nobody_can_read():
    deep = {}
    for _ in range(100):
        deep = {"a": deep}
    assert wanted(deep) == [Wanted("", None)]


def test_a_stream_goes_on_until_its_first_call_and_then_waits():
    calling, first = Calling(), chunk(content="On it.")
    assert calling.hold(first[:9]) == b""
    assert calling.hold(first[9:]) == first
    later = [
        chunk(tool_calls=[{"index": 0, "function": {"name": "a", "arguments": '{"b"'}}]),
        chunk(content="more"),
        chunk(tool_calls=[{"index": 0, "function": {"arguments": ": 1}"}}, {"index": 1, "function": {"name": "c"}}]),
        b"data: [DONE]\n\n",
    ]
    assert [calling.hold(one) for one in later] == [b""] * 4
    assert calling.wanted() == [Wanted("a", {"b": 1}), Wanted("c", {})]
    assert calling.release() == b"".join(later)
    assert calling.release() == b""


def test_a_function_of_the_old_form_and_whole_messages_in_streams_are_calls():
    calling = Calling()
    calling.hold(chunk(function_call={"name": "a", "arguments": "{}"}))
    calling.hold(event({"choices": [{"message": {"tool_calls": [{"function": {"name": "b"}}]}}]}))
    assert calling.wanted() == [Wanted("a", {}), Wanted("b", {})]


def test_blocks_of_messages_are_put_together():
    calling = Calling()
    for kind, index in (("tool_use", 1), ("server_tool_use", 2)):
        block = {"type": kind, "name": kind, "input": {}}
        calling.hold(event({"type": "content_block_start", "index": index, "content_block": block}))
        delta = {"type": "input_json_delta", "partial_json": '{"b": 1}'}
        calling.hold(event({"type": "content_block_delta", "index": index, "delta": delta}))
    assert calling.wanted() == [Wanted("tool_use", {"b": 1}), Wanted("server_tool_use", {"b": 1}, ran=True)]


def test_items_of_responses_count_once_they_are_whole():
    item = {"type": "function_call", "name": "a", "arguments": '{"b": 1}'}
    calling = Calling()
    calling.hold(event({"type": "response.output_item.added", "item": {**item, "arguments": ""}}))
    calling.hold(event({"type": "response.output_item.done", "item": item}))
    assert calling.wanted() == [Wanted("a", {"b": 1})]


def test_the_texts_of_an_answer_are_those_for_its_reader():
    assert list(said({"choices": [{"message": {"content": "a"}}, {"message": {"content": None}}]})) == ["a"]
    assert list(said({"content": [{"type": "text", "text": "a"}, {"type": "tool_use", "text": "b"}]})) == ["a"]
    parts = [{"type": "output_text", "text": "a"}, {"type": "refusal", "refusal": "b"}]
    assert list(said({"output": [{"type": "message", "content": parts}, {"type": "reasoning"}]})) == ["a"]


@pytest.mark.parametrize(
    ("second", "count"),
    [({}, 1), ({"call_id": "c2"}, 2), ({"arguments": '{"a":2}'}, 2), ({"name": "other"}, 2)],
)
def test_a_call_that_two_events_tell_alike_is_one_call(second, count):
    item = {"type": "function_call", "call_id": "c1", "name": "pay", "arguments": '{"a":1}'}
    calling = Calling()
    calling.hold(event({"type": "response.output_item.done", "item": item}))
    calling.hold(event({"type": "response.completed", "response": {"output": [item | second]}}))
    assert len(calling.wanted()) == count
