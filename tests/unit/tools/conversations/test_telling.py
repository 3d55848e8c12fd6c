"""What a stream tells of its sentences, by surface; all else goes on byte by byte."""

import json

import pytest

from asepsis.tools.conversations.telling import Telling


def event(document, kind=""):
    return (f"event: {kind}\n" if kind else "").encode() + b"data: " + json.dumps(document).encode() + b"\n\n"


def chunk(index=0, finish=None, **delta):
    return {"choices": [{"index": index, "delta": delta, "finish_reason": finish}]}


def telling(rows=("row",)):
    seen = []

    def sources(texts):
        seen.append(list(texts))
        return list(rows)

    return Telling(sources, lambda _: None), seen


def read(sent):
    return [json.loads(one.rpartition(b"data: ")[2]) for one in sent.split(b"\n\n") if one]


def test_each_choice_tells_of_its_own_text_where_it_ends():
    one, seen = telling()
    events = [
        chunk(0, content="a "),
        chunk(1, content="x"),
        chunk(0, content="b"),
        chunk(1, "stop"),
        chunk(0, "length"),
    ]
    documents = read(b"".join(one.told(event(document)) for document in events))
    assert [document.pop("asepsis_sources", None) for document in documents] == [None, None, None, ["row"], ["row"]]
    assert documents == events
    assert seen == [[(1, "x")], [(0, "a b")]]


def test_blocks_of_a_message_are_numbered_by_the_texts_among_them():
    one, seen = telling()
    events = [
        {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "a"}},
        {"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": "{}"}},
        {"type": "content_block_delta", "index": 3, "delta": {"type": "text_delta", "text": "b"}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}},
    ]
    sent = one.told(b"".join(event(document, document["type"]) for document in events))
    assert read(sent)[3] == {**events[3], "asepsis_sources": ["row"]}
    assert sent.count(b"event: message_delta\ndata: ") == 1
    assert seen == [[(0, "a"), (1, "b")]]


@pytest.mark.parametrize("kind", ["response.completed", "response.incomplete"])
def test_a_response_tells_of_what_it_holds(kind):
    one, seen = telling()
    text = {"type": "output_text", "text": "a"}
    document = {"type": kind, "response": {"output": [{"type": "message", "content": [text, text]}]}}
    assert read(one.told(event(document)))[0]["asepsis_sources"] == ["row"]
    assert seen == [[(0, "a"), (1, "a")]]


@pytest.mark.parametrize(
    "data",
    [
        b"data: [DONE]\n\n",
        b": a comment\n\n",
        b"data: {\n\n",
        b"data: [1]\n\ndata: 2\n\n",
        b'data: {"choices": 1}\n\n',
        b'data: {"choices": [1, {"index": "x", "finish_reason": "stop"}]}\n\n',
        b'data: {"type": "message_delta", "delta": 1}\n\n',
        b"half an event",
        b"",
    ],
)
def test_what_says_nothing_of_a_text_goes_on_as_it_is(data):
    one, _ = telling()
    assert one.told(data) == data


def test_where_nothing_rests_on_anything_nothing_is_told():
    one, seen = telling(rows=())
    data = event(chunk(0, content="a")) + event(chunk(0, "stop"))
    assert one.told(data) == data
    assert seen == [[(0, "a")]]


def test_only_so_much_of_a_stream_is_remembered():
    one, seen = telling()
    one.told(event(chunk(0, content="a" * 900_000)) + event(chunk(0, content="b" * 900_000)) + event(chunk(0, "stop")))
    assert len(seen[0][0][1]) == 1_000_000


def test_what_a_model_thought_is_told_once_it_is_complete():
    thoughts = []
    one = Telling(lambda _: [], thoughts.extend)
    one.told(event(chunk(reasoning_content="a ")) + event(chunk(refusal="no")) + event(chunk(reasoning_content="b")))
    assert thoughts == []
    one.told(event(chunk(0, "stop")))
    assert thoughts == ["a b", "no"]
    thoughts.clear()
    other = Telling(lambda _: [], thoughts.extend)
    for piece in ("x", "y"):
        delta = {"type": "thinking_delta", "thinking": piece}
        other.told(event({"type": "content_block_delta", "index": 0, "delta": delta}))
    other.told(event({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}))
    assert thoughts == ["xy"]
    item = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "z"}]}
    other.told(event({"type": "response.completed", "response": {"output": [item]}}))
    assert thoughts == ["xy", "z"]
