"""Whatever breaks, the call closes: by a named rule, with an Event, without a byte that was not guarded."""

import asyncio

import aiohttp
import msgspec
import pytest

from asepsis.gateway import GatewayConfig
from asepsis.gateway.config import CallLimits
from asepsis.gateway.stream import StreamLimits
from asepsis.testing.upstream import Exchange, chunked, head, sse, whole

CHAT = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}
STREAM = {**CHAT, "stream": True}
EVENT_STREAM = head(200, ("content-type", "text/event-stream"), ("transfer-encoding", "chunked"))
SECRET = "123-45-6789"


def chunk(content: str, finish: str | None = None, **more: object) -> bytes:
    choice = {"index": 0, "delta": {"content": content} if content else {}, "finish_reason": finish}
    return b"data: " + msgspec.json.encode({"id": "c", "model": "m", "choices": [choice], **more}) + b"\n\n"


def piece(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


async def test_upstream_error_is_passed_on_guarded(guard):
    async def script(exchange: Exchange) -> None:
        await exchange.send(whole(b'{"error":{"message":"SSN 123-45-6789 is bad"}}', status=500))

    async with guard(script) as guarded:
        status, headers, body = await guarded.post("/v1/chat/completions", CHAT)
        assert status == 500
        assert b"[SSN] is bad" in body
        assert headers["x-asepsis-event"] == guarded.ledger.events[0].id


async def test_upstream_error_that_is_no_json_is_replaced(guard):
    async def script(exchange: Exchange) -> None:
        await exchange.send(whole(f"<h1>{SECRET}</h1>".encode(), status=503, media="text/html"))

    async with guard(script) as guarded:
        status, _, body = await guarded.post("/v1/chat/completions", CHAT)
        assert status == 503
        assert SECRET.encode() not in body
        assert msgspec.json.decode(body)["error"]["code"] == "asepsis_upstream"


async def test_answer_that_is_no_json_is_denied(guard):
    async def script(exchange: Exchange) -> None:
        await exchange.send(whole(SECRET.encode(), media="text/plain"))

    async with guard(script) as guarded:
        status, _, body = await guarded.post("/v1/chat/completions", CHAT)
        assert status == 403
        assert SECRET.encode() not in body
        assert guarded.closed().rule == "gateway.json"


async def test_upstream_that_can_not_be_reached(guard):
    async def script(exchange: Exchange) -> None:
        exchange.reset()

    async with guard(script) as guarded:
        status, _, body = await guarded.post("/v1/chat/completions", CHAT)
        assert status == 502
        assert msgspec.json.decode(body)["error"]["code"] == "asepsis_upstream"
        assert guarded.closed().outcome == "failed"


async def test_upstream_that_resets_in_a_body(guard):
    async def script(exchange: Exchange) -> None:
        await exchange.send(head(200, ("content-type", "application/json"), ("content-length", "999")) + b'{"a":1')
        exchange.reset()

    async with guard(script) as guarded:
        status, _, _ = await guarded.post("/v1/chat/completions", CHAT)
        assert status == 502
        assert guarded.closed().rule == "upstream.broken"


async def test_upstream_that_falls_silent(guard):
    async def script(exchange: Exchange) -> None:
        await exchange.send(EVENT_STREAM + piece(chunk("hello ")))
        await exchange.closed()

    config = GatewayConfig(call=CallLimits(idle_seconds=0.3))
    async with guard(script, config=config) as guarded:
        _, _, body = await guarded.post("/v1/chat/completions", STREAM)
        assert b"asepsis_upstream" in body
        assert guarded.closed().rule == "upstream.idle"


async def test_upstream_that_resets_in_a_stream_drops_what_is_held(guard):
    async def script(exchange: Exchange) -> None:
        await exchange.send(EVENT_STREAM + piece(chunk("the number is 123-45-")))
        await asyncio.sleep(0.05)
        exchange.reset()

    async with guard(script) as guarded:
        _, _, body = await guarded.post("/v1/chat/completions", STREAM)
        assert b"123" not in body
        assert b"asepsis_upstream" in body
        assert b"[DONE]" not in body
        assert guarded.closed().outcome == "failed"


async def test_upstream_that_ends_before_its_answer_does(guard):
    async def script(exchange: Exchange) -> None:
        await exchange.send(sse([chunk("hello 123-45-")]))

    async with guard(script) as guarded:
        _, _, body = await guarded.post("/v1/chat/completions", STREAM)
        assert b"123" not in body
        assert guarded.closed().rule == "upstream.short"


@pytest.mark.parametrize(
    "garbage",
    [
        b"data: {not json}\n\n",
        b"data: [1,2]\n\n",
        b"data: \xff\xfe\n\n",
        b'data: "123-45-6789"\n\n',
        b"event: 123-45-6789\ndata: {}\n\n",
    ],
)
async def test_garbage_in_a_stream_closes_it(guard, garbage):
    async def script(exchange: Exchange) -> None:
        await exchange.send(sse([chunk("hello "), garbage, chunk("", "stop"), b"data: [DONE]\n\n"]))

    async with guard(script) as guarded:
        _, _, body = await guarded.post("/v1/chat/completions", STREAM)
        assert SECRET.encode() not in body
        assert b'"finish_reason":"content_filter"' in body
        assert body.endswith(b"data: [DONE]\n\n")
        assert guarded.closed().outcome == "cut"


async def test_half_an_event_is_not_released(guard):
    async def script(exchange: Exchange) -> None:
        await exchange.send(
            EVENT_STREAM
            + chunked([chunk("hello "), b'data: {"choices":[{"index":0,"delta":{"content":"' + SECRET.encode()])
        )

    async with guard(script) as guarded:
        _, _, body = await guarded.post("/v1/chat/completions", STREAM)
        assert SECRET.encode() not in body
        assert guarded.closed().rule == "upstream.short"


async def test_comments_ids_and_retries_of_an_upstream_are_dropped(guard):
    async def script(exchange: Exchange) -> None:
        noise = f": {SECRET}\nid: {SECRET}\nretry: 123456789\n\n".encode()
        await exchange.send(sse([noise, chunk("hello "), chunk("", "stop"), b"data: [DONE]\n\n"]))

    async with guard(script) as guarded:
        _, _, body = await guarded.post("/v1/chat/completions", STREAM)
        assert b"123" not in body
        assert guarded.closed().outcome == "completed"


async def test_a_finding_spread_over_unknown_events_cuts_the_stream(guard):
    async def script(exchange: Exchange) -> None:
        parts = [
            b"data: " + msgspec.json.encode({"type": "new.thing", "text": part}) + b"\n\n"
            for part in ("it is 123-4", "5-6789 ok")
        ]
        await exchange.send(sse([*parts, b"data: [DONE]\n\n"]))

    async with guard(script) as guarded:
        _, _, body = await guarded.post("/v1/chat/completions", STREAM)
        assert b"5-6789" not in body
        assert guarded.closed().rule == "gateway.stream.split"


async def test_text_after_a_choice_ended_cuts_the_stream(guard):
    async def script(exchange: Exchange) -> None:
        await exchange.send(sse([chunk("it is 123-45-"), chunk("", "stop"), chunk("6789"), b"data: [DONE]\n\n"]))

    async with guard(script) as guarded:
        _, _, body = await guarded.post("/v1/chat/completions", STREAM)
        assert b"6789" not in body
        assert guarded.closed().rule == "gateway.stream.order"


async def test_request_of_twenty_megabytes(guard):
    async def script(exchange: Exchange) -> None:
        await exchange.send(whole(b"{}"))

    async with guard(script) as guarded:
        big = {**CHAT, "messages": [{"role": "user", "content": "x" * 20_000_000}]}
        status, _, body = await guarded.post("/v1/chat/completions", big)
        assert status == 403
        assert msgspec.json.decode(body)["error"]["code"] == "asepsis_denied"
        assert guarded.opened().decision.policies == ("gateway.limits.request",)
        assert not guarded.upstream.received


async def test_answer_of_twenty_megabytes(guard):
    async def script(exchange: Exchange) -> None:
        await exchange.send(whole(b'{"a":"' + b"x" * 20_000_000 + b'"}'))

    async with guard(script) as guarded:
        status, _, _ = await guarded.post("/v1/chat/completions", CHAT)
        assert status == 403
        assert guarded.closed().rule == "gateway.limits.answer"


@pytest.mark.parametrize("depth", [100, 10_000])
async def test_nesting_ten_thousand_deep(guard, depth):
    async def script(exchange: Exchange) -> None:
        await exchange.send(whole(b"{}"))

    async with guard(script) as guarded:
        body = b'{"model":"m","messages":' + b"[" * depth + b"]" * depth + b"}"
        status, _, _ = await guarded.post("/v1/chat/completions", body)
        assert status == 403
        assert guarded.opened().decision.policies == ("gateway.limits.depth",)
        nested = {**CHAT, "messages": [{"role": "user", "content": "[" * depth + "]" * depth}]}
        status, _, _ = await guarded.post("/v1/chat/completions", nested)
        assert status == 403


async def test_event_too_large_cuts_the_stream(guard):
    async def script(exchange: Exchange) -> None:
        await exchange.send(EVENT_STREAM + piece(b"data: " + b"x" * 5000))
        await exchange.closed()

    config = GatewayConfig(stream=StreamLimits(event_bytes=4096))
    async with guard(script, config=config) as guarded:
        await guarded.post("/v1/chat/completions", STREAM)
        assert guarded.closed().rule == "gateway.limits.event"


@pytest.mark.parametrize(
    ("path", "headers", "rule"),
    [
        ("/v1/images/generations", {}, "gateway.route"),
        ("/v1/chat/completions/", {}, "gateway.route"),
        ("/v1/chat/completions?x=1", {}, "gateway.query"),
        ("/v1/chat/completions", {"content-type": "text/plain"}, "gateway.media"),
        ("/v1/chat/completions", {"content-encoding": "gzip"}, "gateway.encoding"),
        ("/v1/chat/completions", {"idempotency-key": SECRET}, "gateway.header"),
    ],
)
async def test_what_is_not_known_is_denied(guard, path, headers, rule):
    async def script(exchange: Exchange) -> None:
        await exchange.send(whole(b"{}"))

    async with guard(script) as guarded:
        status, _, body = await guarded.post(path, CHAT, **headers)
        assert status == 403
        assert rule in body.decode()
        assert SECRET.encode() not in body
        assert not guarded.upstream.received
        assert guarded.opened().decision.policies == (rule,)
        assert guarded.closed().outcome == "denied"


class FailingScanner:
    """A scanner that breaks, on everything or only in streams."""

    def __init__(self, inner, *, everywhere: bool) -> None:
        self.inner = inner
        self.everywhere = everywhere

    def scan(self, parts, /):
        if self.everywhere:
            raise ZeroDivisionError(SECRET)
        return self.inner.scan(parts)

    scan_document = scan

    def scan_open(self, part, /):
        raise ZeroDivisionError(SECRET)


async def test_a_guard_that_raises_denies_the_request(guard, scanner):
    async def script(exchange: Exchange) -> None:
        await exchange.send(whole(b"{}"))

    async with guard(script, scanner=FailingScanner(scanner, everywhere=True)) as guarded:
        status, _, body = await guarded.post("/v1/chat/completions", CHAT)
        assert status == 403
        assert b"gateway.guard" in body
        assert SECRET.encode() not in body
        assert not guarded.upstream.received


async def test_a_guard_that_raises_in_a_stream_cuts_it(guard, scanner):
    async def script(exchange: Exchange) -> None:
        await exchange.send(sse([chunk("hello"), chunk("", "stop"), b"data: [DONE]\n\n"]))

    async with guard(script, scanner=FailingScanner(scanner, everywhere=False)) as guarded:
        _, _, body = await guarded.post("/v1/chat/completions", STREAM)
        assert b"hello" not in body
        assert b"content_filter" in body
        assert guarded.closed().rule == "gateway.guard"


async def test_no_event_no_answer(guard):
    async def script(exchange: Exchange) -> None:
        if b'"stream":true' in exchange.request.body:
            await exchange.send(sse([chunk("hello "), chunk("", "stop"), b"data: [DONE]\n\n"]))
        else:
            await exchange.send(whole(b'{"choices":[{"message":{"content":"hello"}}]}'))

    async with guard(script) as guarded:
        guarded.ledger.broken = True
        for request in (CHAT, STREAM):
            status, _, body = await guarded.post("/v1/chat/completions", request)
            assert status == 503
            assert b"hello" not in body
            assert b"gateway.ledger" in body


async def test_a_closing_event_that_fails_keeps_the_last_bytes_back(guard):
    async def script(exchange: Exchange) -> None:
        await exchange.send(EVENT_STREAM + piece(chunk("hello ")) + piece(chunk("there ")))
        await asyncio.sleep(0.1)
        guarded.ledger.broken = True
        await exchange.send(piece(chunk("", "stop")) + piece(b"data: [DONE]\n\n") + b"0\r\n\r\n")

    async with guard(script) as guarded:
        _, _, body = await guarded.post("/v1/chat/completions", STREAM)
        assert b'"stop"' not in body
        assert b"content_filter" in body


async def test_a_client_that_leaves_ends_the_upstream_call(guard):
    async def script(exchange: Exchange) -> None:
        await exchange.send(EVENT_STREAM + piece(chunk("hello world ")))
        await exchange.closed()
        gone.set()

    gone = asyncio.Event()
    async with guard(script) as guarded:
        async with (
            aiohttp.ClientSession() as session,
            session.post(guarded.url + "/v1/chat/completions", json=STREAM) as answer,
        ):
            await answer.content.readany()
        await asyncio.wait_for(gone.wait(), 5)
        await _until(lambda: guarded.ledger.payloads("gateway.call.closed"))
        assert guarded.closed().outcome == "client_gone"
        assert guarded.gateway.running == 0


async def test_a_client_that_leaves_before_the_answer_begins(guard):
    async def script(exchange: Exchange) -> None:
        reached.set()
        await exchange.closed()
        gone.set()

    reached, gone = asyncio.Event(), asyncio.Event()
    async with guard(script) as guarded:
        async with aiohttp.ClientSession() as session:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    await session.post(guarded.url + "/v1/chat/completions", json=CHAT)
            assert reached.is_set()
        await asyncio.wait_for(gone.wait(), 5)
        await _until(lambda: guarded.ledger.payloads("gateway.call.closed"))
        assert guarded.closed().outcome == "client_gone"


async def test_a_slow_sender_is_closed(guard):
    async def script(exchange: Exchange) -> None:
        await exchange.send(whole(b"{}"))

    async def slowly():
        yield b'{"model":'
        await asyncio.sleep(3)
        yield b'"m"}'

    config = GatewayConfig(call=CallLimits(receive_seconds=0.3))
    async with guard(script, config=config) as guarded, aiohttp.ClientSession() as session:
        headers = {"content-type": "application/json"}
        async with session.post(guarded.url + "/v1/chat/completions", data=slowly(), headers=headers) as answer:
            assert answer.status == 403
            assert b"gateway.limits.slow" in await answer.read()


async def test_closed_calls_leave_no_memory_behind(guard):
    """Streams that are cut: what is held per call is given back."""
    import gc

    async def script(exchange: Exchange) -> None:
        await exchange.send(sse([chunk("it is 123-45-"), b"data: {broken\n\n"]))

    async with guard(script) as guarded:
        for _ in range(30):
            await guarded.post("/v1/chat/completions", STREAM)
        guarded.ledger.events.clear()
        guarded.upstream.received.clear()
        gc.collect()
        before = len(gc.get_objects())
        for _ in range(150):
            await guarded.post("/v1/chat/completions", STREAM)
        guarded.ledger.events.clear()
        guarded.upstream.received.clear()
        gc.collect()
        assert len(gc.get_objects()) - before < 150


async def _until(condition, seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 a condition of any kind
            await asyncio.sleep(0.01)
