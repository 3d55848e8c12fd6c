"""Whom a call was about, in its Events: digests of members, never what named them."""

import json

import msgspec
import pytest

from asepsis.core.types import Kind
from asepsis.scan.subjects.resolver import RosterResolver
from asepsis.scan.subjects.roster import Member, Roster
from asepsis.testing.randomness import SeededRandomness

MRN = "7122250"
MEMBERS = (
    Member("m1", ((Kind.MRN, MRN),)),
    Member("m2", ((Kind.SSN, "123-45-6789"),)),
    Member("m3", ((Kind.MRN, "88"),)),
)


def answering(text, *, stream):
    async def script(exchange):
        if not stream:
            body = json.dumps(
                {"choices": [{"index": 0, "message": {"content": text}, "finish_reason": "stop"}]}
            ).encode()
            head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
            await exchange.send(head.encode() + body)
            return
        await exchange.send(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
        for piece in [text[at : at + 4] for at in range(0, len(text), 4)]:
            delta = {"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]}
            await exchange.send(f"data: {json.dumps(delta)}\n\n".encode())
        await exchange.send(b"data: [DONE]\n\n")

    return script


@pytest.mark.parametrize("stream", [False, True])
async def test_the_events_of_a_call_name_the_members_it_was_about(guard, stream):
    async with guard(answering("her SSN is 123-45-6789, yes", stream=stream)) as guarded:
        resolver = RosterResolver(Roster(MEMBERS, SeededRandomness()))
        guarded.gateway.live = msgspec.structs.replace(guarded.gateway.live, resolver=resolver)
        ask = [{"role": "user", "content": f"look at MRN {MRN}"}]
        await guarded.post("/v1/chat/completions", {"model": "m", "messages": ask, "stream": stream})
        opened, closed = guarded.ledger.events
    assert len(opened.subjects) == 1
    assert len(closed.subjects) == 2
    assert set(opened.subjects) < set(closed.subjects)
    assert MRN.encode() not in opened.encode() + closed.encode()


async def test_without_a_roster_there_are_no_subjects(guard):
    async with guard(answering("fine", stream=False)) as guarded:
        ask = [{"role": "user", "content": f"look at MRN {MRN}"}]
        await guarded.post("/v1/chat/completions", {"model": "m", "messages": ask})
        assert [event.subjects for event in guarded.ledger.events] == [(), ()]
