"""OpenAI Responses."""

import json

import pytest
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter

from asepsis.gateway.errors import Denied
from asepsis.gateway.surfaces.responses import ResponsesDialect, ResponsesSurface

SURFACE = ResponsesSurface()
EVENT = TypeAdapter(ResponseStreamEvent)
ADDRESS = {"item_id": "i", "output_index": 0, "content_index": 0}
TEXT = "response.output_text"


def delta(text="a", named=TEXT, **more):
    return {"type": f"{named}.delta", **ADDRESS, "delta": text, "sequence_number": 7, "logprobs": [], **more}


def numbered(dialect, document):
    dialect.number(document)
    return document.get("sequence_number")


@pytest.mark.parametrize("named", [TEXT, "response.refusal", "response.reasoning_summary_text", "response.brand_new"])
def test_each_delta_is_a_channel_known_or_not(named):
    (only,) = ResponsesDialect().deltas(delta("a", named))
    assert (only.holder[only.at], only.group[0], only.json) == ("a", named, False)


@pytest.mark.parametrize("named", ["response.function_call_arguments", "response.mcp_call_arguments"])
def test_arguments_are_json(named):
    assert ResponsesDialect().deltas(delta("{", named))[0].json


def test_channels_are_told_apart_by_type_and_by_the_indexes_of_item_and_part():
    dialect = ResponsesDialect()
    events = [
        delta(),
        delta(output_index=1),
        delta(content_index=1),
        delta(named="response.refusal"),
    ]
    assert len({dialect.deltas(event)[0].channel for event in events}) == 4
    assert dialect.deltas(delta())[0].channel == dialect.deltas(delta("b", item_id="j"))[0].channel


def test_without_an_index_an_item_is_told_apart_by_its_id():
    dialect = ResponsesDialect()
    events = [{"type": f"{TEXT}.delta", "item_id": one, "delta": "a"} for one in ("i", "j")]
    assert len({dialect.deltas(event)[0].channel for event in events}) == 2


def test_texts_in_a_delta_that_is_an_object_are_channels():
    found = ResponsesDialect().deltas(delta({"type": "x", "text": "a", "more": "b"}))
    assert [(one.at, one.bare) for one in found] == [("text", False), ("more", False)]


@pytest.mark.parametrize("index", [[1], 1.0, True, "1", -1])
def test_an_address_that_is_no_address_is_denied(index):
    with pytest.raises(Denied) as caught:
        ResponsesDialect().deltas(delta(item_id={"a": 1}, output_index=index))
    assert caught.value.code == "gateway.stream.index"


PART = {"type": "output_text", "text": "it is 123-4"}
ITEM = {"type": "message", "content": [PART]}


@pytest.mark.parametrize(
    "begins",
    [
        {"type": "response.created", "response": {"output": [ITEM]}},
        {"type": "response.output_item.added", "output_index": 0, "item": ITEM},
        {"type": "response.output_item.added", "output_index": 7, "item": ITEM},
        {"type": "response.content_part.added", "output_index": 0, "content_index": 0, "part": PART},
        {"type": "response.output_item.done", "output_index": 0, "item": {"type": "message", "content": []}},
    ],
)
def test_text_that_came_whole_takes_no_delta(begins):
    dialect = ResponsesDialect()
    dialect.deltas(begins)
    with pytest.raises(Denied) as caught:
        dialect.deltas(delta("5-6789"))
    assert caught.value.code == "gateway.stream.order"


def test_items_and_parts_that_begin_empty_take_deltas():
    dialect = ResponsesDialect()
    empty = {**ITEM, "content": [{**PART, "text": ""}]}
    for at in (0, 1):
        dialect.deltas({"type": "response.output_item.added", "output_index": at, "item": empty})
        assert dialect.deltas(delta(output_index=at))
        dialect.deltas({"type": "response.output_item.done", "output_index": at, "item": ITEM})


def test_padding_and_log_probabilities_are_left_out():
    document = delta(obfuscation="abc", logprobs=[{"token": "123"}])
    ResponsesDialect().deltas(document)
    assert "obfuscation" not in document
    assert document["logprobs"] == []
    part = {"type": "output_text", "text": "x", "logprobs": [{"token": "123"}]}
    whole = {"type": "response.completed", "response": {"output": [{"content": [part]}]}}
    ResponsesDialect().deltas(whole)
    assert part["logprobs"] == []


def test_events_are_numbered_in_the_order_in_which_they_are_sent():
    dialect = ResponsesDialect()
    sent = [delta(), {"type": "response.created", "sequence_number": 0}, {"type": "ping"}, delta()]
    assert [numbered(dialect, document) for document in sent] == [0, 1, None, 2]


def test_what_comes_out_of_a_guard_is_numbered_without_a_gap(guard_of):
    events = [
        {"type": "response.created", "response": {"id": "r"}, "sequence_number": 0},
        delta("it is 123-45"), delta("-6789 ok"),
        {"type": f"{TEXT}.done", **ADDRESS, "text": "it is 123-45-6789 ok", "logprobs": [], "sequence_number": 3},
    ]  # fmt: skip
    out = guard_of(ResponsesDialect()).feed(b"".join(b"data: %b\n\n" % json.dumps(event).encode() for event in events))
    sent = [json.loads(block.partition(b"data: ")[2]) for block in out.split(b"\n\n") if block]
    assert [document["sequence_number"] for document in sent] == list(range(len(sent)))
    assert EVENT.validate_python(sent[-1]).text == "it is [SSN] ok"


def test_a_channel_ends_with_its_own_done_event():
    dialect = ResponsesDialect()
    (only,) = dialect.deltas(delta())
    assert list(dialect.ends({"type": f"{TEXT}.done", **ADDRESS})) == [only.group]


@pytest.mark.parametrize("named", ["response.output_item.done", "response.content_part.done"])
def test_the_channels_of_an_item_end_with_it_and_others_do_not(named):
    dialect = ResponsesDialect()
    (one,) = dialect.deltas(delta())
    dialect.deltas(delta(output_index=1))
    assert list(dialect.ends({"type": named, "output_index": 0})) == [one.group]


@pytest.mark.parametrize("named", ["completed", "incomplete", "failed", "cancelled"])
def test_all_channels_end_with_the_response(named):
    dialect = ResponsesDialect()
    groups = {dialect.deltas(delta(output_index=index))[0].group for index in range(3)}
    document = {"type": f"response.{named}"}
    assert set(dialect.ends(document)) == groups
    assert dialect.terminal(document)


def test_text_that_was_held_back_is_carried_in_a_delta_of_its_channel():
    dialect = ResponsesDialect()
    (only,) = dialect.deltas(delta("a"))
    carried = dialect.carry(only.channel, "rest")
    event = EVENT.validate_python(carried.document)
    assert (carried.name, event.delta, event.item_id) == (f"{TEXT}.delta", "rest", "i")


def test_text_in_an_object_is_carried_in_an_object():
    dialect = ResponsesDialect()
    first, _ = dialect.deltas(delta({"type": "x", "text": "a", "more": "b"}))
    assert dialect.carry(first.channel, "rest").document["delta"] == {"type": "x", "text": "rest", "more": "b"}


def test_a_cut_is_an_incomplete_response_without_output():
    dialect = ResponsesDialect()
    started = {"id": "r", "object": "response", "created_at": 1, "model": "m", "tools": [], "tool_choice": "auto",
               "parallel_tool_calls": True, "output": [{"type": "message", "content": "123-45-6789"}]}  # fmt: skip
    document = {"type": "response.created", "response": started, "sequence_number": 0}
    dialect.deltas(document)
    dialect.guarded(document)
    (only,) = dialect.cut("m")
    response = EVENT.validate_python(only.document).response
    assert (only.name, response.id, response.status) == ("response.incomplete", "r", "incomplete")
    assert (response.incomplete_details.reason, response.output) == ("content_filter", [])


def test_a_cut_before_anything_came_is_still_a_response():
    (only,) = ResponsesDialect().cut("m")
    assert EVENT.validate_python(only.document).response.model == "m"


def test_a_failure_is_an_error_event():
    (only,) = ResponsesDialect().fail("asepsis_upstream", "broke off")
    assert EVENT.validate_python(only.document).code == "asepsis_upstream"


@pytest.mark.parametrize("kind", ["function_call", "custom_tool_call", "mcp_call"])
def test_the_tools_that_are_called(kind):
    item = {"type": kind, "name": "lookup"}
    assert SURFACE.tools({"output": [item, {"type": "message", "name": "x"}]}) == ["lookup"]
    dialect = ResponsesDialect()
    assert dialect.tools({"type": "response.output_item.added", "output_index": 0, "item": item}) == ["lookup"]
    assert dialect.tools({"type": "response.output_item.done", "output_index": 0, "item": item}) == []
    assert dialect.tools({"type": "response.completed", "response": {"output": [item]}}) == []


@pytest.mark.parametrize(
    "late",
    [
        {"type": "response.output_item.done", "output_index": 0, "item": {"type": "function_call", "name": "wire"}},
        {"type": "response.function_call_arguments.done", "output_index": 0, "name": "wire", "arguments": "{}"},
    ],
    ids=lambda event: event["type"],
)
def test_a_call_that_gets_another_name_is_denied(late):
    dialect = ResponsesDialect()
    item = {"type": "function_call", "name": "lookup"}
    dialect.tools({"type": "response.output_item.added", "output_index": 0, "item": item})
    with pytest.raises(Denied) as caught:
        dialect.tools(late)
    assert caught.value.code == "gateway.stream.tool"


def test_a_call_that_only_the_whole_response_shows_is_decided_on():
    item = {"type": "function_call", "name": "wire"}
    assert ResponsesDialect().tools({"type": "response.completed", "response": {"output": [item]}}) == ["wire"]


@pytest.mark.parametrize("kind", ["local_shell_call", "shell_call", "computer_call", "apply_patch_call"])
def test_a_call_of_a_built_in_tool_has_its_type_for_a_name(kind):
    assert SURFACE.tools({"output": [{"type": kind, "action": {"type": "exec"}}]}) == [kind]


def test_storing_is_switched_off_unless_it_is_asked_for():
    document = {}
    assert SURFACE.state(document) == ()
    assert document == {"store": False}
    assert SURFACE.state({"store": True}) == ("store",)
    assert SURFACE.state({"store": None}) == ("store",)


def test_counting_tokens_has_nothing_to_switch_off():
    document = {}
    ResponsesSurface("openai.responses.input_tokens").state(document)
    assert document == {}


def test_all_other_state_is_named():
    asked = {"background": True, "previous_response_id": "r", "conversation": "c", "prompt": {"id": "p"}}
    assert SURFACE.state({"store": False, **asked, "prompt_cache_key": "k"}) == (
        "background", "previous_response_id", "conversation", "prompt_template", "prompt_cache"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ({"input": [{"type": "item_reference", "id": "msg_1"}]}, "item_reference"),
        ({"input": [{"id": "msg_1"}]}, "item_reference"),
        ({"tools": [{"type": "file_search", "vector_store_ids": ["vs_1"]}]}, "vector_store"),
        ({"tools": [{"type": "code_interpreter", "container": "cntr_1"}]}, "container"),
        ({"tools": [{"type": "mcp", "connector_id": "connector_gmail"}]}, "connector"),
        ({"prompt_cache_retention": "24h"}, "prompt_cache"),
    ],
)
def test_what_lives_on_at_the_provider_is_state(document, name):
    assert SURFACE.state(document) == (name,)


def test_a_fresh_container_is_no_state():
    assert SURFACE.state({"tools": [{"type": "code_interpreter", "container": {"type": "auto"}}], "input": "x"}) == ()


def test_usage_comes_with_the_response():
    assert ResponsesDialect().usage({"response": {"usage": {"input_tokens": 1, "output_tokens": 2}}}) == (1, 2)
    assert ResponsesDialect().usage({"response": {}}) is None
