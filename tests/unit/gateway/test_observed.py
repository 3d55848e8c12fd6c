"""A stream that is only observed: every byte passes, and what the guard would have done is known."""

import json
import random

import pytest

from asepsis.core.events import Outcome, read_payload
from asepsis.core.types import Count, Kind, Verdict
from asepsis.gateway.observed import ObservedStream
from asepsis.gateway.types import Head

JSON = (("content-type", "application/json"),)
SSE = (("content-type", "text/event-stream"),)
DONE = b"data: [DONE]\n\n"


def event(text, **more):
    choice = {"index": 0, "delta": {"content": text}, "logprobs": {"content": [{"token": text}]}, **more}
    return b"data:  " + json.dumps({"id": "c", "model": "m", "choices": [choice]}).encode() + b" \n\n"


@pytest.fixture
def observed(call_of, live_of):
    call = call_of(live=live_of(observe=("demo",)))
    call.open(Head("POST", "/v1/chat/completions", "", JSON), b'{"model":"m","messages":[],"stream":true}')
    return call, call.stream(SSE)


def closed(call, stream):
    call.streamed(stream)
    return read_payload(call.close(Outcome.COMPLETED, 200))


@pytest.mark.parametrize("seed", range(5))
def test_every_byte_passes_at_once_and_is_read(observed, seed):
    call, stream = observed
    whole = (
        b": hello\r\n\r\n" + event("it is 123-45") + event("-6789 and") + event(" more", finish_reason="stop") + DONE
    )
    dice, at, out = random.Random(seed), 0, []
    while at < len(whole):
        size = dice.randint(1, 40)
        out.append(stream.feed(whole[at : at + size]))
        assert out[-1] == whole[at : at + size]
        at += size
    assert isinstance(stream, ObservedStream)
    assert stream.complete
    payload = closed(call, stream)
    assert payload.found == (Count(Kind.SSN, 1),)
    assert payload.decision.verdict is Verdict.TRANSFORM
    assert payload.coverage.parts


def test_what_would_have_closed_it_passes_with_the_rest_and_is_recorded(observed):
    call, stream = observed
    for chunk in (event("it is "), b"data: no json\n\n", event("on it goes"), DONE):
        assert stream.feed(chunk) == chunk
    assert stream.lost
    assert not stream.complete
    payload = closed(call, stream)
    assert (payload.decision.verdict, payload.decision.policies) == (Verdict.DENY, ("gateway.json",))


def test_a_guard_that_fails_is_no_reason_to_pass(observed, monkeypatch):
    _, stream = observed
    monkeypatch.setattr(stream._guard, "feed", lambda chunk: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        stream.feed(DONE)
