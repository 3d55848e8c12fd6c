"""Anthropic messages."""

import msgspec
import pytest
from anthropic.types import RawMessageStreamEvent
from pydantic import TypeAdapter

from asepsis.gateway.errors import Denied
from asepsis.gateway.surfaces.messages import MessagesDialect, MessagesSurface

SURFACE = MessagesSurface("anthropic.messages")
EVENT = TypeAdapter(RawMessageStreamEvent)
START = {"type": "message_start", "message": {"usage": {"input_tokens": 9, "output_tokens": 1}}}


def delta(index=0, **words):
    return {"type": "content_block_delta", "index": index, "delta": words}


def started(*indexes):
    dialect = MessagesDialect()
    dialect.deltas(START)
    for index in indexes:
        dialect.deltas({"type": "content_block_start", "index": index, "content_block": {"type": "text", "text": ""}})
    return dialect


@pytest.mark.parametrize(
    ("words", "name", "in_json"),
    [
        ({"type": "text_delta", "text": "a"}, "text", False),
        ({"type": "thinking_delta", "thinking": "a"}, "thinking", False),
        ({"type": "input_json_delta", "partial_json": "a"}, "partial_json", True),
        ({"type": "new_delta", "brand_new": "a"}, "brand_new", False),
    ],
)
def test_each_text_of_a_delta_is_a_channel_known_or_not(words, name, in_json):
    (only,) = started(0, 1).deltas(delta(1, **words))
    assert (only.channel, only.group, only.at, only.json, only.bare) == ((1, name), 1, name, in_json, True)


def test_content_before_the_first_block_is_denied():
    with pytest.raises(Denied) as caught:
        MessagesDialect().deltas({"type": "message_start", "message": {"content": [{"type": "text", "text": "1"}]}})
    assert caught.value.code == "gateway.stream.order"


@pytest.mark.parametrize("index", [0, 2])
def test_a_block_out_of_turn_is_denied(index):
    """Clients append blocks as they come: this one would be another block than its deltas say."""
    with pytest.raises(Denied) as caught:
        started(0, index)
    assert caught.value.code == "gateway.stream.order"


@pytest.mark.parametrize("index", [1.0, True, "1", -1])
def test_an_index_that_is_no_whole_number_is_denied(index):
    with pytest.raises(Denied) as caught:
        started(0, 1).deltas(delta(index, type="text_delta", text="a"))
    assert caught.value.code == "gateway.stream.index"


def test_a_signature_is_no_channel():
    assert started(0).deltas(delta(type="signature_delta", signature="c2ln")) == []


def test_a_delta_that_carries_more_than_text_is_never_left_out():
    (only,) = started(0).deltas(delta(type="text_delta", text="a", citations=[{}]))
    assert not only.bare


def test_the_text_that_a_block_starts_with_is_its_channels():
    block = {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": "a"}}
    (only,) = MessagesDialect().deltas(block)
    assert (only.channel, only.bare) == ((0, "thinking"), False)


def test_a_block_ends_where_it_stops_and_all_end_with_the_message():
    dialect = started(0, 1, 2)
    assert list(dialect.ends({"type": "content_block_stop", "index": 1})) == [1]
    assert list(dialect.ends({"type": "message_delta"})) == [0, 2]
    assert list(dialect.ends({"type": "ping"})) == []


@pytest.mark.parametrize("name", ["text", "thinking", "partial_json"])
def test_text_that_was_held_back_is_carried_as_a_delta_of_its_block(name):
    carried = MessagesDialect().carry((3, name), "rest")
    event = EVENT.validate_python(carried.document)
    assert (carried.name, event.index, getattr(event.delta, name)) == ("content_block_delta", 3, "rest")


def test_a_cut_closes_the_open_blocks_and_refuses():
    dialect = started(0, 1, 2)
    list(dialect.ends({"type": "content_block_stop", "index": 1}))
    events = dialect.cut("m")
    assert [event.name for event in events] == [
        "content_block_stop", "content_block_stop", "message_delta", "message_stop"
    ]  # fmt: skip
    read = [EVENT.validate_python(event.document) for event in events]
    assert [one.index for one in read[:2]] == [0, 2]
    assert read[2].delta.stop_reason == "refusal"


def test_a_cut_before_the_message_began_is_an_error():
    (only,) = MessagesDialect().cut("m")
    assert (only.name, only.document["error"]["code"]) == ("error", "asepsis_denied")


def test_a_failure_is_an_error_event():
    (only,) = started(0).fail("asepsis_upstream", "broke off")
    assert (only.name, only.document["type"], only.document["error"]["message"]) == ("error", "error", "broke off")


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, "authentication_error"), (403, "permission_error"), (503, "overloaded_error"), (502, "api_error")],
)
def test_a_denial_has_the_shape_of_the_api(status, kind):
    document = msgspec.json.decode(SURFACE.denial(status, "asepsis_denied", "denied", "e1"))
    assert document == {
        "type": "error", "error": {"type": kind, "message": "denied", "code": "asepsis_denied", "event": "e1"}
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["tool_use", "server_tool_use", "mcp_tool_use"])
def test_the_tools_that_are_called(kind):
    block = {"type": kind, "id": "t", "name": "lookup", "input": {}}
    assert SURFACE.tools({"content": [block, {"type": "text", "name": "x"}]}) == ["lookup"]
    start = {"type": "content_block_start", "index": 0, "content_block": block}
    assert MessagesDialect().tools(start) == ["lookup"]


def test_a_call_that_comes_with_the_start_of_the_message_is_seen():
    block = {"type": "tool_use", "id": "t", "name": "lookup", "input": {}}
    assert MessagesDialect().tools({"type": "message_start", "message": {"content": [block]}}) == ["lookup"]


def test_usage_of_a_stream_joins_its_start_and_its_end():
    dialect = MessagesDialect()
    assert dialect.usage(START) == (9, 1)
    assert dialect.usage({"type": "message_delta", "usage": {"output_tokens": 7}}) == (9, 7)
    assert dialect.usage({"type": "ping"}) is None


def test_usage_of_answers_and_of_token_counts():
    assert SURFACE.usage({"usage": {"input_tokens": 3, "output_tokens": 4}}) == (3, 4)
    assert SURFACE.usage({"input_tokens": 5}) == (5, 0)


def test_a_container_is_state():
    assert SURFACE.state({"container": "c"}) == ("container",)
    assert SURFACE.state({"container": None}) == ()


def test_the_end_is_the_stop_of_the_message():
    dialect = MessagesDialect()
    assert dialect.terminal({"type": "message_stop"})
    assert not dialect.terminal({"type": "message_delta"})
    assert not dialect.terminal(None)


MARK = {"cache_control": {"type": "ephemeral"}}
BLOCK = {"type": "text", "text": "hi", **MARK}


@pytest.mark.parametrize(
    "document",
    [
        MARK,
        {"system": [BLOCK]},
        {"tools": [{"name": "t", **MARK}]},
        {"messages": [{"role": "user", "content": [BLOCK]}]},
        {"messages": [{"role": "user", "content": [{"type": "tool_result", "content": [BLOCK]}]}]},
        {"messages": [{"role": "user", "content": [{"type": "document", "source": {"content": [BLOCK]}}]}]},
    ],
)
def test_a_mark_that_has_the_provider_keep_a_prompt_is_state(document):
    assert MessagesSurface("anthropic.messages").state(document) == ("prompt_cache",)


@pytest.mark.parametrize(
    "document", [{}, {"messages": "x", "system": "x"}, {"messages": [{"content": [{"cache_control": None}]}]}]
)
def test_without_such_a_mark_there_is_none(document):
    assert MessagesSurface("anthropic.messages").state(document) == ()
