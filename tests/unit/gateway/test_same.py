"""The short cut: it gives, byte for byte, what the long way gives."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asepsis.gateway.same import Same
from asepsis.gateway.sse import ServerEvent, frame
from asepsis.gateway.surfaces.chat import ChatDialect
from asepsis.gateway.surfaces.messages import MessagesDialect

SSN = "123-45-6789"


def chunk(text, **more):
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return {**head, "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}], **more}


def event(document, name=""):
    return ServerEvent(name, json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())


def learned(document, name="", same=None):
    same = same or Same()
    (delta,) = ChatDialect().deltas(document)
    came = event(document, name)
    same.learn(came, document, delta, str(delta.holder[delta.at]))
    return same


def test_an_event_of_a_learned_shape_gives_its_text_and_takes_another():
    short = learned(chunk("hello")).match(event(chunk("there é")))
    assert short.text == "there é"
    assert short.frame("[SSN]") == frame(event(chunk("[SSN]")))


def test_text_that_needs_escapes_is_written_with_them():
    short = learned(chunk("hello")).match(event(chunk("there")))
    assert short.frame('a "b" \n') == frame(event(chunk('a "b" \n')))


@pytest.mark.parametrize(
    "other",
    [
        chunk("x", usage={"prompt_tokens": 1}),
        {**chunk("x"), "id": "c2"},
        {**chunk("x"), "choices": [{"index": 1, "delta": {"content": "x"}, "finish_reason": None}]},
        {**chunk("x"), "choices": [{"index": 0, "delta": {"content": "x"}, "finish_reason": "stop"}]},
    ],
)
def test_anything_else_in_an_event_goes_the_long_way(other):
    assert learned(chunk("hello")).match(event(other)) is None


@pytest.mark.parametrize("text", ['a "b', "a \\ b", "a\nb", "\u200b", "\u0085"])
def test_text_with_escapes_or_unprintable_letters_goes_the_long_way(text):
    assert learned(chunk("hello")).match(event(chunk(text))) is None


def test_a_text_that_breaks_out_of_its_string_goes_the_long_way():
    came = event(chunk("hello")).data.replace(b"hello", b'x"},"finish_reason":null},{"index":1,"delta":{"content":"y')
    assert learned(chunk("hello")).match(ServerEvent("", came)) is None


@pytest.mark.parametrize("raw", [b"\xff", b"\xed\xa0\x80", b"\xc3", b"\x00", b"\x1f"])
def test_bytes_that_are_no_plain_text_go_the_long_way(raw):
    came = event(chunk("hello")).data.replace(b"hello", raw)
    assert learned(chunk("hello")).match(ServerEvent("", came)) is None


def test_another_name_goes_the_long_way():
    assert learned(chunk("hello"), "delta").match(event(chunk("x"), "other")) is None
    assert learned(chunk("hello"), "delta").match(event(chunk("x"), "delta")) is not None


@pytest.mark.parametrize("text", ["a\\b", 'a"b', "a\nb", "m", "c1"])
def test_nothing_is_learned_where_the_text_has_escapes_or_stands_twice(text):
    assert learned(chunk(text)).match(event(chunk(text))) is None


def test_nothing_is_learned_from_an_event_with_escapes_elsewhere():
    assert learned({**chunk("hello"), "note": 'a "b"'}).match(event({**chunk("x"), "note": 'a "b"'})) is None


def test_nothing_is_learned_from_a_numbered_event():
    assert learned(chunk("hello", sequence_number=4)).match(event(chunk("x", sequence_number=4))) is None


def test_what_overlaps_at_both_ends_of_a_shape_does_not_match():
    came = event(chunk("hello")).data
    before, after = came.split(b"hello")
    assert learned(chunk("hello")).match(ServerEvent("", before + after[1:])) is None


def test_learning_leaves_the_document_as_it_is():
    document = chunk("hello")
    learned(document)
    assert document == chunk("hello")


def test_all_is_forgotten_when_a_channel_ends():
    same = learned(chunk("hello"))
    same.forget()
    assert same.match(event(chunk("x"))) is None


def test_only_the_last_shapes_are_kept():
    same = Same()
    for number in range(6):
        learned({**chunk("hello"), "id": f"c{number}"}, same=same)
    assert same.match(event({**chunk("x"), "id": "c0"})) is None
    assert same.match(event({**chunk("x"), "id": "c5"})) is not None


TEXTS = st.sampled_from(["a", " the", SSN, "123-", "45-", "6789", "é", 'q"', "\\", "\n", "m", "ssn ", "x@example.org"])


def chats(texts):
    documents = [
        chunk("", choices=[{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}])
    ]
    for number, text in texts:
        choice = {"index": number, "delta": {"content": text}, "finish_reason": None}
        documents.append(chunk("", choices=[choice]))
    end = [{"index": number, "delta": {}, "finish_reason": "stop"} for number in (0, 1)]
    bodies = [frame(event(one)) for one in (*documents, chunk("", choices=end))]
    return b"".join([*bodies, b"data: [DONE]\n\n"])


def blocks(texts):
    events = [
        {"type": "message_start", "message": {"id": "m1", "role": "assistant", "content": [], "model": "m"}},
        *({"type": "content_block_start", "index": at, "content_block": {"type": "text", "text": ""}} for at in (0, 1)),
        *(
            {"type": "content_block_delta", "index": at, "delta": {"type": "text_delta", "text": text}}
            for at, text in texts
        ),
        *({"type": "content_block_stop", "index": at} for at in (0, 1)),
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}},
        {"type": "message_stop"},
    ]
    return b"".join(frame(event(one, one["type"])) for one in events)


@pytest.mark.parametrize(("dialect", "build"), [(ChatDialect, chats), (MessagesDialect, blocks)])
@settings(max_examples=50)
@given(texts=st.lists(st.tuples(st.integers(0, 1), TEXTS), max_size=12))
def test_with_and_without_the_short_cut_the_bytes_are_the_same(guard_of, dialect, build, texts):
    body = build(texts)
    short, long = guard_of(dialect()), guard_of(dialect())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Same, "learn", lambda *arguments: None)
        expected = long.feed(body)
    assert short.feed(body) == expected
    assert (short.findings, short.coverage()) == (long.findings, long.coverage())


def test_an_event_with_an_empty_text_passes_on_the_short_way_as_on_the_long_one(guard_of):
    body = chats([(0, "a"), (0, ""), (0, "b")])
    short, long = guard_of(ChatDialect()), guard_of(ChatDialect())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Same, "learn", lambda *arguments: None)
        expected = long.feed(body)
    assert short.feed(body) == expected


def test_the_short_cut_is_taken(guard_of):
    matched = []
    original = Same.match
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Same, "match", lambda same, came: matched.append(original(same, came)) or matched[-1])
        guard_of(ChatDialect()).feed(chats([(0, "hello"), (0, " there"), (0, " now")]))
    assert sum(one is not None for one in matched) == 2
