"""How calls end when somebody means harm: each is recorded, none leaves anything behind, and a switch reaches all."""

import asyncio
import contextlib
import gc
import json

import msgspec
import pytest

from asepsis.core.events import Outcome
from asepsis.gateway import Kill
from asepsis.gateway.call import Call
from asepsis.gateway.config import CallLimits, GatewayConfig, Rename, Upstream
from asepsis.gateway.stream import StreamGuard
from asepsis.ledger.format import LIMIT
from asepsis.testing.upstream import head, sse, whole

CHAT = "/v1/chat/completions"
ASK = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "hi"}]}
DONE = b"data: [DONE]\n\n"


def event(document) -> bytes:
    return b"data: " + json.dumps(document).encode() + b"\n\n"


def chunk(**delta) -> bytes:
    return event({"id": "c", "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})


def called(number: int) -> dict:
    return {"index": number, "id": f"c{number}", "type": "function", "function": {"name": "look", "arguments": "{}"}}


async def test_an_answer_with_many_tool_calls_has_an_event_that_a_ledger_takes(guard):
    async def script(exchange):
        await exchange.send(sse([chunk(content="hello "), *(chunk(tool_calls=[called(n)]) for n in range(300)), DONE]))

    async with guard(script) as guarded:
        status, _, _ = await guarded.post(CHAT, ASK)
        assert status == 200
        assert max(len(one.encode()) for one in guarded.ledger.events) < LIMIT
        closed = guarded.closed()
    assert (len(closed.tools), closed.tools_more) == (64, 236)


async def endless(exchange):
    await exchange.send(head(200, ("content-type", "text/event-stream")))
    for _ in range(10_000):
        await exchange.send(chunk(content="word word word word "))
        await asyncio.sleep(0.002)


async def denied(exchange):
    await exchange.send(sse([chunk(content="a b c d "), b"data: no json\n\n"]))


async def broken(exchange):
    await exchange.send(head(200, ("content-type", "text/event-stream")))
    await exchange.send(chunk(content="a b c d "))
    exchange.reset()


async def fine(exchange):
    await exchange.send(sse([chunk(content="a b c d "), DONE]))


def calls() -> list:
    return [one for one in gc.get_objects() if isinstance(one, (StreamGuard, Call))]


@pytest.mark.parametrize("script", [fine, denied, broken, endless])
async def test_nothing_is_left_of_a_call_without_the_collector(guard, script):
    ask = json.dumps(ASK).encode()
    lines = f"POST {CHAT} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n"
    async with guard(script) as guarded:
        gc.collect()
        others = calls()  # what other tests left is not of these calls
        gc.disable()
        try:
            for _ in range(10):
                reader, writer = await asyncio.open_connection("127.0.0.1", int(guarded.url.rpartition(":")[2]))
                writer.write(f"{lines}content-length: {len(ask)}\r\n\r\n".encode() + ask)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(reader.read(-1), 0.25)
                writer.transport.abort()
            await asyncio.sleep(0.5)
            left = [one for one in calls() if all(one is not other for other in others)]
        finally:
            gc.enable()
    assert len(left) <= 2


async def test_a_client_that_leaves_while_a_large_request_is_decided_is_recorded(guard):
    text = "mrn 1 " * 60_000
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": text}]}).encode()
    lines = f"POST {CHAT} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    async with guard(fine) as guarded:
        _, writer = await asyncio.open_connection("127.0.0.1", int(guarded.url.rpartition(":")[2]))
        writer.write(lines.encode() + body)
        await writer.drain()
        await asyncio.sleep(0.4)
        writer.transport.abort()
        async with asyncio.timeout(5):
            while not guarded.ledger.payloads("gateway.call.closed"):  # noqa: ASYNC110 a ledger in memory tells no one
                await asyncio.sleep(0.02)
        assert guarded.closed().outcome is Outcome.CLIENT_GONE
        assert guarded.upstream.received == []


async def test_what_all_callers_send_at_a_time_is_bounded(guard):
    config = GatewayConfig(call=CallLimits(received_bytes=1_000_000))
    async with guard(fine, config=config) as guarded:
        port = int(guarded.url.rpartition(":")[2])
        _, slow = await asyncio.open_connection("127.0.0.1", port)
        lines = f"POST {CHAT} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 999000\r\n\r\n"
        slow.write(lines.encode())
        await slow.drain()
        await asyncio.sleep(0.2)
        status, _, body = await guarded.post(CHAT, {**ASK, "pad": "word " * 1000})
        assert (status, b"gateway.limits.busy" in body) == (403, True)
        slow.transport.abort()
        await asyncio.sleep(0.3)
        status, _, body = await guarded.post(CHAT, {**ASK, "pad": "word " * 1000})
        assert status == 200, body


def thrown(guarded, name):
    live = guarded.gateway.live
    guarded.gateway.live = msgspec.structs.replace(live, kills=frozenset({Kill("local", "model", name)}))


@pytest.mark.parametrize("asked", ["fast", "GPT-4o", "gpt-4o"])
async def test_a_switch_reaches_a_model_by_any_of_its_names(guard, asked):
    async with guard(fine) as guarded:
        upstream = Upstream("one", guarded.upstream.url, rename=(Rename("fast", "gpt-4o"),))
        guarded.with_upstreams(upstream)
        thrown(guarded, "gpt-4o")
        status, _, body = await guarded.post(CHAT, {**ASK, "model": asked})
        assert (status, b"gateway.kill" in body) == (403, True)
        assert guarded.upstream.received == []


async def test_a_switch_reaches_a_whole_answer_that_is_under_way(guard):
    async def script(exchange):
        thrown(guarded, "m")
        await exchange.send(whole(json.dumps({"choices": [{"message": {"content": "late"}}]}).encode()))

    async with guard(script) as guarded:
        status, _, body = await guarded.post(CHAT, {**ASK, "stream": False})
        assert (status, b"gateway.kill" in body, b"late" in body) == (403, True, False)


async def test_a_trailer_is_no_header_of_the_next_call(guard):
    count = 0

    async def script(exchange):
        nonlocal count
        count += 1
        body = json.dumps({"choices": [{"message": {"content": "ok"}}]}).encode()
        lines = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
        trailer = b"x-request-id: stolen\r\ncontent-type: text/event-stream\r\n" if count == 1 else b""
        await exchange.send(lines + b"%x\r\n%b\r\n0\r\n" % (len(body), body) + trailer + b"\r\n")

    async with guard(script) as guarded:
        for _ in range(2):
            status, headers, body = await guarded.post(CHAT, {**ASK, "stream": False})
            assert status == 200
            assert b"ok" in body
            assert "x-request-id" not in headers


async def test_the_name_of_a_header_carries_nothing(guard):
    async def script(exchange):
        body = json.dumps({"choices": [{"message": {"content": "ok"}}]}).encode()
        extra = (
            ("content-length", str(len(body))),
            ("x-ratelimit-ssn-123-45-6789", "1"),
            ("x-ratelimit-remaining-requests", "7"),
        )
        await exchange.send(head(200, ("content-type", "application/json"), *extra))
        await exchange.send(body)

    async with guard(script) as guarded:
        _, headers, _ = await guarded.post(CHAT, {**ASK, "stream": False})
    assert not any("123" in name for name in headers)
