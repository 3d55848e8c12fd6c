"""The scripted upstream: it sends what it is told and sees what comes."""

import asyncio

import pytest

from asepsis.testing.upstream import ScriptedUpstream, chunked, head, sse, whole

pytestmark = [pytest.mark.loopback]
REQUEST = b"POST /v1/x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi"


async def answer(upstream, data=REQUEST):
    reader, writer = await asyncio.open_connection("127.0.0.1", upstream.port)
    writer.write(data)
    writer.write_eof()
    got = await reader.read()
    writer.close()
    return got


def test_answers_are_written_out():
    assert head(204) == b"HTTP/1.1 204 X\r\n\r\n"
    assert whole(b"ab", status=500, media="x/y").endswith(b"content-length: 2\r\n\r\nab")
    assert chunked([b"ab", b"", b"c" * 16]) == b"2\r\nab\r\n10\r\n" + b"c" * 16 + b"\r\n0\r\n\r\n"
    assert sse([b"data: 1\n\n"]).endswith(b"\r\n\r\n9\r\ndata: 1\n\n\r\n0\r\n\r\n")


async def test_a_script_answers_and_the_request_is_kept():
    async def script(exchange):
        await exchange.send(whole(exchange.request.body.upper()))

    async with ScriptedUpstream(script).running() as upstream:
        assert await answer(upstream, REQUEST * 2) == whole(b"HI") * 2
        assert upstream.url == f"http://127.0.0.1:{upstream.port}/v1"
    first, second = upstream.received
    assert (first.method, first.path, first.headers["host"], first.body) == ("POST", "/v1/x", "h", b"hi")
    assert second.body == b"hi"


async def test_a_reset_ends_the_connection_at_once():
    async def script(exchange):
        exchange.reset()

    async with ScriptedUpstream(script).running() as upstream:
        try:
            assert await answer(upstream) == b""
        except ConnectionError:
            assert upstream.received


async def test_a_script_sees_that_the_client_is_gone():
    gone = asyncio.Event()

    async def script(exchange):
        await exchange.closed()
        gone.set()

    async with ScriptedUpstream(script).running() as upstream:
        _, writer = await asyncio.open_connection("127.0.0.1", upstream.port)
        writer.write(REQUEST)
        writer.close()
        await asyncio.wait_for(gone.wait(), 2)
