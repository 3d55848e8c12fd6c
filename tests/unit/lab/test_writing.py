"""Answers as the model APIs write them: a stream says what the whole says."""

import msgspec
import pytest

from asepsis.lab import writing
from asepsis.lab.assistant import ToolCall, Turn

CALLS = (ToolCall("call_lab0", "f", {"q": "sample"}), ToolCall("call_lab1", "g", {}))
TURNS = [Turn("Hello, Jörg."), Turn("Hello", "They ask"), Turn("", "", CALLS), Turn("", "They ask", CALLS[:1])]
EACH_TURN = pytest.mark.parametrize("turn", TURNS)
PIECES = pytest.mark.parametrize("piece", [1, 4, 1000])


def events(stream):
    """The decoded data of each event, its name checked where it has one; the end mark is left out."""
    found = []
    for raw in stream:
        assert raw.endswith(b"\n\n")
        *names, data = raw.strip().split(b"\n")
        if data == b"data: [DONE]":
            continue
        document = msgspec.json.decode(data.removeprefix(b"data: "))
        for name in names:
            assert name == b"event: " + document["type"].encode()
        found.append(document)
    return found


@EACH_TURN
@PIECES
def test_a_chat_stream_adds_up_to_the_whole(turn, piece):
    said = writing.chat(turn, "m")["choices"][0]
    chunks = events(writing.chat_stream(turn, "m", piece))
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]
    assert "".join(delta.get("content") or "" for delta in deltas) == (said["message"]["content"] or "")
    thought = "".join(delta.get("reasoning_content", "") for delta in deltas)
    assert thought == said["message"].get("reasoning_content", "")
    arguments = ["" for _ in turn.calls]
    for delta in deltas:
        for call in delta.get("tool_calls", []):
            arguments[call["index"]] += call["function"]["arguments"]
    whole = said["message"].get("tool_calls", [])
    assert arguments == [call["function"]["arguments"] for call in whole]
    assert chunks[-2]["choices"][0]["finish_reason"] == said["finish_reason"]
    assert chunks[-1]["usage"] == writing.chat(turn, "m")["usage"]


@EACH_TURN
@PIECES
def test_a_message_stream_adds_up_to_the_whole(turn, piece):
    whole = writing.message(turn, "m")
    stream = events(writing.message_stream(turn, "m", piece))
    blocks = ["" for _ in whole["content"]]
    for event in stream:
        if event["type"] == "content_block_delta" and event["delta"]["type"] != "signature_delta":
            blocks[event["index"]] += next(value for name, value in event["delta"].items() if name != "type")
    for block, text in zip(whole["content"], blocks, strict=True):
        if block["type"] == "tool_use":
            assert msgspec.json.decode(text) == block["input"]
        else:
            assert text == block[block["type"]]
    assert stream[-2]["delta"]["stop_reason"] == whole["stop_reason"]
    assert stream[-1]["type"] == "message_stop"


@EACH_TURN
@PIECES
def test_a_response_stream_ends_with_the_whole_and_is_numbered(turn, piece):
    stream = events(writing.response_stream(turn, "m", piece))
    assert stream[-1]["response"] == writing.response(turn, "m")
    assert [event["sequence_number"] for event in stream] == list(range(len(stream)))
    text = "".join(event["delta"] for event in stream if event["type"] == "response.output_text.delta")
    assert text == turn.text
    done = [event["item"] for event in stream if event["type"] == "response.output_item.done"]
    assert done == writing.response(turn, "m")["output"]


@PIECES
def test_a_completion_stream_adds_up_to_the_whole(piece):
    stream = events(writing.completion_stream(TURNS[0], "m", piece))
    text = "".join(chunk["choices"][0]["text"] for chunk in stream)
    assert text == writing.completion(TURNS[0], "m")["choices"][0]["text"] == TURNS[0].text
    assert stream[-1]["choices"][0]["finish_reason"] == "stop"


@EACH_TURN
def test_why_it_ended_is_said_in_each_apis_words(turn):
    ends = (writing.chat(turn, "m")["choices"][0]["finish_reason"], writing.message(turn, "m")["stop_reason"])
    assert ends == (("tool_calls", "tool_use") if turn.calls else ("stop", "end_turn"))
