"""Chat completions and legacy completions."""

import json

import pytest
from openai.types import Completion
from openai.types.chat import ChatCompletionChunk

from asepsis.gateway.errors import Denied
from asepsis.gateway.surfaces.chat import ChatDialect, ChatSurface

SURFACE = ChatSurface("openai.chat")


def chunk(*choices, **more):
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": list(choices), **more}


def choice(delta, *, index=0, finish=None):
    return {"index": index, "delta": delta, "finish_reason": finish}


def channels(document, dialect=None):
    return {delta.channel[1]: delta for delta in (dialect or ChatDialect()).deltas(document)}


def test_each_text_of_a_delta_is_a_channel_known_or_not():
    delta = {"role": "assistant", "content": "a", "refusal": "b", "reasoning": "c", "brand_new": {"deep": "d"}}
    found = channels(chunk(choice(delta)))
    assert {path[1:]: one.holder[one.at] for path, one in found.items()} == {
        ("content",): "a", ("refusal",): "b", ("reasoning",): "c", ("brand_new", "deep"): "d"
    }  # fmt: skip


def test_tool_calls_are_told_apart_by_their_own_index():
    calls = [{"index": 3, "function": {"arguments": "{"}}, {"index": 5, "function": {"arguments": "["}}]
    found = channels(chunk(choice({"tool_calls": calls})))
    assert sorted(path[2] for path in found) == [3, 5]
    assert all(one.json for one in found.values())


def test_parts_of_a_text_are_one_channel_and_other_lists_are_not():
    parts = [{"type": "text", "text": "12"}, {"type": "text", "text": "3"}]
    found = ChatDialect().deltas(chunk(choice({"content": parts, "annotations": [{"title": "a"}, {"title": "b"}]})))
    texts = [one.channel for one in found if one.at == "text"]
    titles = [one.channel for one in found if one.at == "title"]
    assert (len(texts), len(set(texts)), len(set(titles))) == (2, 1, 2)


@pytest.mark.parametrize("index", [1.0, True, "1", -1])
def test_an_index_that_is_no_whole_number_is_denied(index):
    calls = [{"index": index, "function": {"arguments": "{"}}]
    for document in (chunk(choice({"content": "a"}, index=index)), chunk(choice({"tool_calls": calls}))):
        with pytest.raises(Denied) as caught:
            ChatDialect().deltas(document)
        assert caught.value.code == "gateway.stream.index"


@pytest.mark.parametrize("where", ["id", "name", "role"])
def test_a_word_of_the_protocol_comes_once(where):
    dialect = ChatDialect()
    for word in ("it is 123-4", "it is 123-4", ""):
        dialect.deltas(chunk(choice({"tool_calls": [{"index": 0, where: word}]})))
    with pytest.raises(Denied) as caught:
        dialect.deltas(chunk(choice({"tool_calls": [{"index": 7}, {"index": 0, where: "5-6789"}]})))
    assert caught.value.code == "gateway.stream.order"


def test_a_legacy_choice_has_its_text():
    found = channels(chunk({"index": 1, "text": "a", "finish_reason": None}), ChatDialect(legacy=True))
    assert [(one.group, one.holder[one.at]) for one in found.values()] == [(1, "a")]


@pytest.mark.parametrize(
    "document",
    [
        chunk(choice({"role": "assistant", "content": ""})),
        chunk(choice({"content": "a"}, finish="stop")),
        chunk(choice({"content": "a"}), usage={"prompt_tokens": 1}),
        chunk(choice({"content": "a"}), choice({"content": "b"}, index=1)),
        chunk(choice({"tool_calls": [{"index": 0, "id": "t", "function": {"name": "f", "arguments": ""}}]})),
    ],
)
def test_an_event_that_carries_more_than_text_is_never_left_out(document):
    assert not any(delta.bare for delta in ChatDialect().deltas(document))


def test_an_event_of_text_alone_may_be_left_out():
    assert [delta.bare for delta in ChatDialect().deltas(chunk(choice({"content": "a"})))] == [True]


def test_a_choice_ends_where_it_finishes():
    document = chunk(choice({}, finish="stop"), choice({"content": "x"}, index=1))
    assert list(ChatDialect().ends(document)) == [0]


@pytest.mark.parametrize(
    "delta", [{"content": "a"}, {"tool_calls": [{"index": 2, "function": {"arguments": "a"}}]}, {"new": {"deep": "a"}}]
)
def test_text_that_was_held_back_is_carried_where_it_came_from(delta):
    dialect = ChatDialect()
    document = chunk(choice(delta, index=1))
    (came,) = dialect.deltas(document)
    dialect.guarded(document)
    carried = dialect.carry(came.channel, "rest").document
    assert carried["choices"] == [choice(json.loads(json.dumps(delta).replace('"a"', '"rest"')), index=1)]
    assert (carried["id"], carried["model"]) == ("c", "m")
    ChatCompletionChunk.model_validate(carried)


def test_a_cut_finishes_each_open_choice_and_ends_the_stream():
    dialect = ChatDialect()
    dialect.deltas(chunk(choice({"content": "a"}), choice({"content": "b"}, index=1)))
    list(dialect.ends(chunk(choice({}, finish="stop"))))
    *ends, mark = dialect.cut("m")
    assert mark.document is None
    (only,) = [ChatCompletionChunk.model_validate(end.document) for end in ends]
    assert (only.choices[0].index, only.choices[0].finish_reason) == (1, "content_filter")


def test_a_cut_before_anything_came_is_still_a_chunk():
    chat, _ = ChatDialect().cut("m")
    assert ChatCompletionChunk.model_validate(chat.document).model == "m"
    legacy, _ = ChatDialect(legacy=True).cut("m")
    assert Completion.model_validate(legacy.document).choices[0].finish_reason == "content_filter"


def test_a_failure_is_an_error_that_the_client_raises():
    (only,) = ChatDialect().fail("asepsis_upstream", "broke off")
    assert only.document["error"]["code"] == "asepsis_upstream"


def test_log_probabilities_are_taken_out_of_streams_and_answers():
    logprobs = {"content": [{"token": "123"}]}
    document = chunk({**choice({"content": "a"}), "logprobs": logprobs})
    ChatDialect().deltas(document)
    answer = {"choices": [{"message": {}, "logprobs": logprobs}]}
    assert SURFACE.strip(answer) == ("logprobs",)
    assert document["choices"][0]["logprobs"] is answer["choices"][0]["logprobs"] is None
    assert SURFACE.strip({"choices": [{"logprobs": None}]}) == ()


@pytest.mark.parametrize("part", ["function", "custom"])
def test_the_tools_that_are_called(part):
    call = {"index": 0, "id": "t", "type": part, part: {"name": "lookup"}}
    assert SURFACE.tools({"choices": [{"message": {"tool_calls": [call]}}]}) == ["lookup"]
    assert ChatDialect().tools(chunk(choice({"tool_calls": [call]}))) == ["lookup"]


def test_a_name_that_comes_in_pieces_is_denied():
    """The official client adds the pieces up: `del` and `ete_all` would be a call of `delete_all`."""
    dialect = ChatDialect()
    pieces = [{"tool_calls": [{"index": 0, "function": {"name": name}}]} for name in ("del", "ete_all")]
    assert dialect.tools(chunk(choice(pieces[0]))) == ["del"]
    with pytest.raises(Denied) as caught:
        dialect.tools(chunk(choice(pieces[1])))
    assert caught.value.code == "gateway.stream.tool"


def test_a_call_may_name_its_tool_without_an_object_for_it():
    call = {"type": "function", "name": "lookup"}
    assert SURFACE.tools({"choices": [{"message": {"tool_calls": [call]}}]}) == ["lookup"]


def test_the_old_way_to_call_a_function_is_a_tool_call_too():
    assert SURFACE.tools({"choices": [{"message": {"function_call": {"name": "lookup"}}}]}) == ["lookup"]


def test_state_that_is_asked_for():
    assert SURFACE.state({"store": True, "prompt_cache_key": "k"}) == ("store", "prompt_cache")
    assert SURFACE.state({"store": False}) == SURFACE.state({"store": None}) == ()


@pytest.mark.parametrize("store", [1, "true", 1.0, [True], {}])
def test_storing_is_asked_for_by_whatever_is_not_false(store):
    assert SURFACE.state({"store": store}) == ("store",)


def test_a_prompt_is_kept_for_its_retention_alone():
    assert SURFACE.state({"prompt_cache_retention": "24h"}) == ("prompt_cache",)


def test_audio_of_an_earlier_answer_is_state():
    said = {"role": "assistant", "audio": {"id": "audio_1"}}
    assert SURFACE.state({"messages": [said], "audio": {"voice": "alloy"}}) == ("audio",)


def test_the_end_is_the_end_mark_and_nothing_else():
    assert ChatDialect().terminal(None)
    assert not ChatDialect().terminal(chunk(choice({}, finish="stop")))


def test_usage_comes_with_the_chunk_that_has_it():
    assert ChatDialect().usage(chunk()) is None
    assert ChatDialect().usage(chunk(usage={"prompt_tokens": 1, "completion_tokens": 2})) == (1, 2)


@pytest.mark.parametrize(
    "first",
    [
        {"choices": [{"index": 0, "delta": {"123-45-6789": {"content": "call 123-45-"}}, "finish_reason": None}]},
        {"id": "x", "model": "SSN 123-45-6789", "choices": [{"index": 0, "delta": {"content": "call 123-45-"}}]},
    ],
)
def test_a_carried_chunk_repeats_no_name_and_no_head_that_was_masked(guard_of, first):
    guard = guard_of(ChatDialect())
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    out = b"".join(guard.feed(b"data: " + json.dumps(one).encode() + b"\n\n") for one in (first, end))
    assert b'"content":"123-45-"' in out
    assert b"6789" not in out
