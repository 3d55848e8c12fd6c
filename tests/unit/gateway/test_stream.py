"""Streamed answers: every channel held back, everything else scanned, nothing after the end."""

import json

import msgspec
import pytest

from asepsis.core.types import Coverage, Kind, ObligationKind
from asepsis.gateway.errors import Denied
from asepsis.gateway.sse import SseParser
from asepsis.gateway.surfaces.chat import ChatDialect
from asepsis.gateway.surfaces.messages import MessagesDialect
from asepsis.gateway.surfaces.responses import ResponsesDialect

SSN = "123-45-6789"
DONE = b"data: [DONE]\n\n"


def data(document, name=""):
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(document)}\n\n".encode()


def chunk(content=None, *, finish=None, index=0, **delta):
    words = delta if content is None else {"content": content, **delta}
    choice = {"index": index, "delta": words, "finish_reason": finish}
    return data({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]})


def documents(body):
    return [msgspec.json.decode(event.data) for event in SseParser(10**6).feed(body) if event.data != b"[DONE]"]


def content(body, index=0):
    deltas = [choice["delta"] for one in documents(body) for choice in one["choices"] if choice["index"] == index]
    return "".join(delta.get("content") or "" for delta in deltas)


def rule(caught):
    return caught.value.code


def test_a_finding_over_two_events_is_masked(guard_of):
    guard = guard_of(ChatDialect())
    out = guard.feed(chunk("it is 123-4") + chunk("5-6789 ok") + chunk(finish="stop") + DONE)
    assert content(out) == "it is [SSN] ok"
    assert out.endswith(DONE)
    assert guard.complete
    assert [one.kind for one in guard.findings] == [Kind.SSN]


def test_any_cut_of_the_bytes_gives_the_same_answer(guard_of):
    body = chunk(role="assistant", content="") + chunk("it is 123-45") + chunk("-6789") + chunk(finish="stop") + DONE
    guard = guard_of(ChatDialect())
    assert b"".join(guard.feed(bytes([one])) for one in body) == guard_of(ChatDialect()).feed(body)


def test_what_is_held_back_comes_before_the_event_that_ends_its_channel(guard_of):
    out = documents(guard_of(ChatDialect()).feed(chunk("the en") + chunk("d") + chunk(finish="stop") + DONE))
    assert [one["choices"][0]["finish_reason"] for one in out][-1] == "stop"
    assert "".join(one["choices"][0]["delta"].get("content", "") for one in out) == "the end"


def test_channels_do_not_mix(guard_of):
    body = chunk("123-4", index=0) + chunk("77", index=1) + chunk("5-6789", index=0) + chunk("88", index=1)
    body += chunk(finish="stop", index=0) + chunk(finish="stop", index=1) + DONE
    out = guard_of(ChatDialect()).feed(body)
    assert (content(out, 0), content(out, 1)) == ("[SSN]", "7788")


def test_content_and_reasoning_are_two_channels(guard_of):
    body = chunk("123-45") + chunk(reasoning_content="-6789") + chunk("-6789") + chunk(finish="stop") + DONE
    assert SSN.encode() not in guard_of(ChatDialect()).feed(body)


def test_nothing_passes_after_the_end(guard_of):
    guard = guard_of(ChatDialect())
    out = guard.feed(chunk("x", finish="stop") + DONE + chunk(SSN) + data({"note": "more"}))
    assert out.endswith(DONE)
    assert b"more" not in out


def test_text_after_the_end_of_its_channel_is_denied(guard_of):
    guard = guard_of(ChatDialect())
    guard.feed(chunk("123-45") + chunk(finish="stop"))
    with pytest.raises(Denied) as caught:
        guard.feed(chunk("-6789"))
    assert rule(caught) == "gateway.stream.order"


def test_what_stands_beside_the_channels_is_scanned(guard_of):
    guard = guard_of(ChatDialect())
    out = guard.feed(data({"id": f"c {SSN}", "note": [f"x {SSN}"], "choices": []}))
    assert documents(out) == [{"id": "c [SSN]", "note": ["x [SSN]"], "choices": []}]


def test_a_finding_spread_over_two_events_beside_the_channels_is_denied(guard_of):
    guard = guard_of(ChatDialect())
    guard.feed(data({"note": "it is 123-45", "choices": []}))
    with pytest.raises(Denied) as caught:
        guard.feed(data({"note": "-6789 ok", "choices": []}))
    assert rule(caught) == "gateway.stream.split"


PIECES = ("5-6789 ok", "it is 123-4", "5-6789 ok")


def ends_in_a_split(guard, *bodies):
    *before, last = bodies
    for body in before:
        guard.feed(body)
    with pytest.raises(Denied) as caught:
        guard.feed(last)
    return rule(caught) == "gateway.stream.split"


def test_a_clean_event_that_comes_again_is_read_behind_what_came_in_between(guard_of):
    assert ends_in_a_split(guard_of(ChatDialect()), *(data({"note": note, "choices": []}) for note in PIECES))


def test_an_event_on_the_short_way_is_read_behind_what_came_in_between(guard_of):
    choices = [{"index": 0, "delta": {"content": "word "}, "finish_reason": None}]
    noted = [data({"note": note, "choices": choices}) for note in PIECES]
    assert ends_in_a_split(guard_of(ChatDialect()), noted[0] * 4, noted[1], noted[2])


def test_short_text_that_comes_again_on_the_short_way_is_not_left_out(guard_of):
    choices = [{"index": 0, "delta": {"content": "word "}, "finish_reason": None}]
    said = [data({"note": note, "choices": choices}) for note in ["it is ", "1", "1", "1", "-45-6789 ok"]]
    assert ends_in_a_split(guard_of(ChatDialect()), *said)


def test_a_text_that_repeats_itself_into_a_finding_is_denied(guard_of):
    assert ends_in_a_split(guard_of(ChatDialect()), data({"note": "5-6789 and 123-4", "choices": []}))


@pytest.mark.parametrize("where", ["id", "type", "system_fingerprint"])
def test_words_of_the_protocol_are_read_across_events_too(guard_of, where):
    assert ends_in_a_split(guard_of(ChatDialect()), *(data({where: note, "choices": []}) for note in PIECES[1:]))


def test_many_places_do_not_hide_one(guard_of):
    many = {f"k{at}": "x" for at in range(300)}
    pieces = [data({"choices": [], "more": {"text": note}}) for note in PIECES[1:]]
    assert ends_in_a_split(guard_of(ChatDialect()), data({"choices": [], **many}), *pieces)


def test_observing_denies_no_spread_finding(guard_of, plan_of):
    guard = guard_of(ChatDialect(), plan=plan_of(enforced=False))
    for note in ("it is 123-45", "-6789 ok"):
        assert guard.feed(data({"note": note, "choices": []}))


def test_a_clean_event_is_not_taken_for_clean_when_another_text_stands_in_it(guard_of):
    guard = guard_of(ChatDialect())
    out = guard.feed(data({"note": "fine", "choices": []}) * 2 + data({"note": f"ssn {SSN}", "choices": []}))
    assert SSN.encode() not in out


def test_the_name_of_an_event_carries_no_text(guard_of):
    with pytest.raises(Denied) as caught:
        guard_of(ChatDialect()).feed(f"event: {SSN}\ndata: {{}}\n\n".encode())
    assert rule(caught) == "gateway.stream.event"


@pytest.mark.parametrize("body", [b"data: x\n\n", b"data: []\n\n", b"data: {\n\n", b'data: {"a": "\xff"}\n\n'])
def test_an_event_that_is_no_json_object_is_denied(guard_of, body):
    with pytest.raises(Denied) as caught:
        guard_of(ChatDialect()).feed(body)
    assert rule(caught) == "gateway.json"


def test_a_kind_that_is_denied_closes_before_it_is_released(guard_of, plan_of):
    guard = guard_of(ChatDialect(), plan=plan_of(ObligationKind.DENY))
    with pytest.raises(Denied) as caught:
        guard.feed(chunk(f"it is {SSN} and on it goes") + chunk(finish="stop"))
    assert rule(caught) == "policy.answer"
    assert SSN.encode() not in guard.cut("m")


def test_channels_are_limited(guard_of):
    guard = guard_of(ChatDialect(), channels=2)
    with pytest.raises(Denied) as caught:
        guard.feed(b"".join(chunk("x", index=index) for index in range(3)))
    assert rule(caught) == "gateway.limits.channels"


def test_characters_are_limited_on_the_short_way_too(guard_of):
    guard = guard_of(ChatDialect(), characters=200)
    guard.feed(chunk("ab ") * 40)
    with pytest.raises(Denied) as caught:
        guard.feed(chunk("ab ") * 40)
    assert rule(caught) == "gateway.limits.answer"


@pytest.mark.parametrize(
    "event",
    [
        data({"note": "word " * 20, "choices": []}),
        data({"choices": []}),
        chunk(""),
        data({"choices": [], "n": 0}) + data({"choices": [], "n": 1}),
    ],
)
def test_events_without_text_are_limited_too(guard_of, event):
    guard = guard_of(ChatDialect(), characters=2000)
    with pytest.raises(Denied) as caught:
        guard.feed(event * 3000)
    assert rule(caught) == "gateway.limits.answer"


def test_events_are_limited_in_size(guard_of):
    with pytest.raises(Denied) as caught:
        guard_of(ChatDialect(), event_bytes=50).feed(b"data: " + b"x" * 60)
    assert rule(caught) == "gateway.limits.event"


def test_a_tool_call_is_decided_when_its_name_comes(guard_of):
    asked = []

    def refuse(name):
        asked.append(name)
        raise Denied("static.tool", "the tool is denied to the application")

    guard = guard_of(ChatDialect(), tool=refuse)
    call = {"index": 0, "id": "t", "type": "function", "function": {"name": "wire_money", "arguments": ""}}
    with pytest.raises(Denied):
        guard.feed(chunk(tool_calls=[call]))
    assert asked == ["wire_money"]
    assert b"wire_money" not in guard.cut("m")


def test_what_cannot_be_read_is_asked_for(guard_of):
    asked = []
    guard = guard_of(ChatDialect(), admit=asked.append)
    guard.feed(data({"choices": [], "image": {"url": "data:image/png;base64,AAAA"}}))
    assert asked == [("image",)]
    assert guard.coverage().opaque == ("image",)


def test_tool_arguments_stay_json(guard_of):
    body = b"".join(
        chunk(tool_calls=[{"index": 0, "function": {"arguments": piece}}])
        for piece in ('{"ssn": 1234', "56789, ", '"b": 1}')
    )
    out = documents(guard_of(ChatDialect()).feed(body + chunk(finish="tool_calls") + DONE))
    calls = [call for one in out for call in one["choices"][0]["delta"].get("tool_calls", [])]
    assert json.loads("".join(call["function"]["arguments"] for call in calls)) == {"ssn": "[SSN]", "b": 1}


def test_the_last_usage_counts(guard_of):
    guard = guard_of(ChatDialect())
    guard.feed(data({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 7}}) + DONE)
    assert guard.usage == (5, 7)


def test_coverage_counts_channels_and_characters(guard_of):
    guard = guard_of(ChatDialect())
    assert guard.coverage() == Coverage()
    guard.feed(chunk("hello", index=0) + chunk("there", index=1))
    assert guard.coverage().channels == 2
    assert guard.coverage().characters >= 10


def test_the_detail_of_coverage_is_that_of_the_same_stream_however_it_is_cut_and_of_no_other(guard_of):
    def seen(stream, size):
        guard = guard_of(ChatDialect(), admit=lambda kinds: None)
        for at in range(0, len(stream), size):
            guard.feed(stream[at : at + size])
        return guard.coverage()

    image = data({"choices": [], "image": {"url": "data:image/png;base64,AAAA"}})
    stream = chunk("hello") + chunk("there", index=1) + image + chunk("x", finish="stop") + DONE
    whole = seen(stream, len(stream))
    assert seen(stream, 1) == seen(stream, 7) == whole
    assert whole.scanned == whole.parts - 1
    assert len(whole.digest) == 64
    assert seen(chunk("hellos"), 9).digest != seen(chunk("hello"), 9).digest


def test_cutting_drops_what_is_held_back_and_ends_the_stream(guard_of):
    guard = guard_of(ChatDialect())
    guard.feed(chunk("it is 123-45-67"))
    out = guard.cut("m")
    assert b"123" not in out
    assert guard.feed(chunk("89")) == b""


def test_failing_drops_what_is_held_back_too(guard_of):
    guard = guard_of(MessagesDialect())
    guard.feed(data({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "123-45-67"}}))
    assert b"123" not in guard.fail("asepsis_upstream", "the upstream broke off")


def test_a_repeat_of_a_whole_channel_is_rewritten_by_what_was_released(guard_of):
    address = {"item_id": "i", "output_index": 0, "content_index": 0}
    name = "response.output_text"
    body = data({"type": f"{name}.delta", **address, "delta": "it is 123-45"})
    body += data({"type": f"{name}.delta", **address, "delta": "-6789 ok"})
    body += data({"type": f"{name}.done", **address, "text": f"it is {SSN} ok"})
    out = documents(guard_of(ResponsesDialect()).feed(body))
    assert out[-1]["text"] == "it is [SSN] ok"
    assert "".join(one.get("delta", "") for one in out) == "it is [SSN] ok"


def test_a_key_of_a_delta_with_a_finding_does_not_come_back(guard_of):
    guard = guard_of(ChatDialect())
    try:
        out = guard.feed(chunk("a", **{SSN: "b"}, finish="stop") + DONE)
    except Denied:
        out = guard.cut("m")
    assert SSN.encode() not in out
