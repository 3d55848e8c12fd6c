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


PAY = {"name": "pay", "arguments": '{"a": 1}'}
ITEM = {"type": "function_call", "id": "f", "call_id": "c", "name": "pay", "arguments": ""}


def added(**more):
    return {"type": "response.output_item.added", "output_index": 0, "item": {**ITEM, **more}}


def gathered(end, **more):
    return {"type": f"response.function_call_arguments.{end}", "item_id": "f", "output_index": 0, **more}


def streamed(*events):
    calling = Calling()
    for one in events:
        assert calling.hold(one if isinstance(one, bytes) else event(one)) == b""
    return [(one.tool, one.arguments) for one in calling.wanted()]


@pytest.mark.parametrize(
    ("events", "calls"),
    [
        ([chunk(tool_calls=[{"function": {"name": "pay", "arguments": {"a": 1}}}])], [("pay", {"a": 1})]),
        ([chunk(tool_calls={"function": PAY})], [("pay", {"a": 1})]),
        ([chunk(tool_calls=[PAY])], [("", None)]),
        ([chunk(tool_calls=["pay"])], [("", None)]),
        ([chunk(tool_calls=[{"index": [0], "function": {"arguments": "{}"}}])], [("", None)]),
        ([chunk(tool_calls=[{"function": PAY, "custom": PAY}])], [("", None)]),
        ([chunk(tool_calls=[{"function": {**PAY, "input": {"a": 2}}}])], [("pay", None)]),
        ([chunk(function_call=[PAY])], [("pay", {"a": 1})]),
        ([chunk(message={"tool_calls": [{"function": PAY}]})], [("pay", {"a": 1})]),
        ([event({"choices": {"delta": {"tool_calls": [{"function": PAY}]}}})], [("pay", {"a": 1})]),
        ([chunk(tool_calls=[], content="x", function_call=None, note={"type": "a_call"})], [("a_call", {})]),
        ([event({"choices": [], "usage": {"tool_calls": 2}})], []),
        ([b'data: {"tool_calls": [\n\n'], [("", None)]),
        ([b'data: {"tool_calls": []}\n\n', b"data: [DONE]\n\n", b": kept alive\n\n"], []),
        ([added(), gathered("delta", delta='{"a"'), gathered("delta", delta=": 1}")], [("pay", {"a": 1})]),
        ([added(arguments='{"a": 1'), gathered("delta", delta="}")], [("pay", {"a": 1})]),
        ([added(), gathered("done", arguments='{"a": 1}')], [("pay", {"a": 1})]),
        (
            [added(), gathered("delta", delta='{"a": 1}'), gathered("done", arguments='{"a": 2}')],
            [("pay", {"a": 1}), ("pay", {"a": 2})],
        ),
        ([added(), gathered("delta", delta={"a": 1})], [("pay", {"a": 1})]),
        ([added(), gathered("delta", delta='{"a": 1}', item_id="turned")], [("pay", None), ("pay", {"a": 1})]),
        ([added()], [("pay", None)]),
        ([gathered("delta", delta='{"a": 1}')], [("", None)]),
        (
            [
                added(),
                gathered("delta", delta='{"a": 1}', item_id="turned"),
                {"type": "response.output_item.done", "output_index": 0, "item": {**ITEM, **PAY}},
            ],
            [("pay", {"a": 1})],
        ),
        (
            [{"type": "content_block_start", "index": 0, "content_block": {"type": "function_call", **PAY}}],
            [("pay", {"a": 1})],
        ),
        (
            [{"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "input": {}}}],
            [("", None)],
        ),
        (
            [
                {"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "name": "a"}},
                {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": {}}},
            ],
            [("a", {}), ("", None)],
        ),
    ],
)
def test_what_begins_as_a_call_in_a_stream_is_one_in_whichever_shape(events, calls):
    assert streamed(*events) == calls


def test_arguments_under_two_names_are_none_that_can_be_read():
    made = {"type": "tool_use", "name": "pay", "arguments": None, "input": {"to": "eve"}}
    assert [one.arguments for one in wanted(made)] == [{"to": "eve"}]
    assert [one.arguments for one in wanted({**made, "arguments": {"to": "ann"}})] == [None]


def test_what_only_counts_calls_or_allows_several_holds_nothing_up():
    calling = Calling()
    first = event({"type": "response.created", "response": {"parallel_tool_calls": True, "max_tool_calls": 3}})
    assert calling.hold(first) == first


CUSTOM = {"type": "custom_tool_call", "id": "f", "call_id": "c", "name": "run", "input": ""}


def test_the_text_that_a_custom_tool_takes_is_its_input():
    said = '{"a": 1}'
    assert wanted({"tool_calls": [{"custom": {"name": "run", "input": said}}]}) == [Wanted("run", {"input": said})]
    assert wanted({**CUSTOM, "input": said}) == [Wanted("run", {"input": said}, id="c")]
    pieces = [{"index": 0, "custom": {"name": "run", "input": said[:4]}}, {"index": 0, "custom": {"input": said[4:]}}]
    assert streamed(*(chunk(tool_calls=[one]) for one in pieces)) == [("run", {"input": said})]
    begun = {"type": "response.output_item.added", "output_index": 0, "item": CUSTOM}
    piece = {"type": "response.custom_tool_call_input.delta", "item_id": "f", "output_index": 0, "delta": said}
    assert streamed(begun, piece) == [("run", {"input": said})]
    whole = {"type": "response.output_item.done", "output_index": 0, "item": {**CUSTOM, "input": said}}
    assert streamed(begun, piece, whole) == [("run", {"input": said})]


def test_a_tool_without_a_name_takes_what_its_call_has():
    patch = {"type": "apply_patch_call", "call_id": "c", "status": "completed", "operation": {"path": "a"}}
    assert wanted(patch) == [Wanted("apply_patch_call", {"path": "a"}, id="c")]
    clicks = {"type": "computer_call", "call_id": "c", "actions": [{"type": "click"}]}
    assert wanted(clicks) == [Wanted("computer_call", {"actions": [{"type": "click"}]}, id="c")]
    begun = {"type": "response.output_item.added", "output_index": 0, "item": {**patch, "operation": {}}}
    assert streamed(begun) == [("apply_patch_call", None)]
    done = {"type": "response.output_item.done", "output_index": 0, "item": patch}
    assert streamed(begun, done) == [("apply_patch_call", {"path": "a"})]
