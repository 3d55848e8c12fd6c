"""The upstream client before real servers that behave well, badly, slowly and not at all."""

import asyncio
import contextlib

import pytest

from asepsis.core.errors import Bug, Unavailable
from asepsis.core.ports import Request
from asepsis.infra.http import HttpTransport
from asepsis.testing.upstream import Exchange, ScriptedUpstream, head, sse, whole

pytestmark = [pytest.mark.loopback]


@contextlib.asynccontextmanager
async def before(script, *, idle=5.0):
    """A transport before a scripted server; returns both."""
    upstream = ScriptedUpstream(script)
    transport = HttpTransport(connect=2, idle=idle)
    async with upstream.running():
        try:
            yield transport, upstream
        finally:
            await transport.close()
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def raw(handler, *, idle=5.0):
    """A transport before a server of which each connection is handled by `handler`; returns it and the address."""
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    transport = HttpTransport(connect=2, idle=idle)
    try:
        yield transport, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        await transport.close()
        server.close()
        await asyncio.sleep(0.01)


def post(url, body=b"{}", *headers):
    return Request("POST", url, headers, body)


async def read(answer):
    return b"".join([chunk async for chunk in answer.chunks()])


def saying(data):
    """A script that sends `data` as it is."""

    async def script(exchange):
        await exchange.send(data)

    return script


def closing(data):
    """A script that sends `data` and closes the connection in order."""

    async def script(exchange: Exchange):
        await exchange.send(data)
        exchange._writer.close()

    return script


async def test_a_request_arrives_as_it_was_given_and_so_does_the_answer():
    async with before(saying(whole(b'{"a":1}', status=418))) as (transport, upstream):
        answer = await transport.send(post(f"{upstream.url}/x?y=z", b"body", ("x-one", "1"), ("x-two", "2")))
        assert (answer.status, await read(answer)) == (418, b'{"a":1}')
        assert ("content-type", "application/json") in answer.headers
        (received,) = upstream.received
    assert (received.method, received.path, received.body) == ("POST", "/v1/x?y=z", b"body")
    assert (received.headers["x-one"], received.headers["x-two"]) == ("1", "2")
    assert received.headers["host"] == f"127.0.0.1:{upstream.port}"


async def test_a_get_has_no_body_and_says_no_length():
    async with before(saying(whole(b"{}"))) as (transport, upstream):
        await read(await transport.send(Request("GET", upstream.url, (), b"")))
    assert "content-length" not in upstream.received[0].headers


async def test_a_stream_comes_piece_by_piece():
    go = asyncio.Event()

    async def script(exchange):
        await exchange.send(head(200, ("transfer-encoding", "chunked")) + b"3\r\none\r\n")
        await go.wait()
        await exchange.send(b"3\r\ntwo\r\n0\r\n\r\n")

    async with before(script) as (transport, upstream):
        chunks = (await transport.send(post(upstream.url))).chunks()
        assert await anext(chunks) == b"one"
        go.set()
        assert [chunk async for chunk in chunks] == [b"two"]


async def test_a_connection_is_kept_for_the_next_request():
    connections = set()

    async def script(exchange):
        connections.add(id(exchange._writer))
        await exchange.send(sse([b"data: 1\n\n"]))

    async with before(script) as (transport, upstream):
        for _ in range(3):
            await read(await transport.send(post(upstream.url)))
    assert (len(connections), len(upstream.received)) == (1, 3)


async def test_requests_at_once_have_connections_of_their_own():
    async def script(exchange):
        await asyncio.sleep(0.02)
        await exchange.send(whole(exchange.request.body))

    async with before(script) as (transport, upstream):

        async def ask(text):
            return await read(await transport.send(post(upstream.url, text)))

        bodies = [b"%d" % number for number in range(20)]
        assert await asyncio.gather(*(ask(body) for body in bodies)) == bodies


async def test_a_connection_that_the_server_wants_closed_is_not_used_again():
    connections = []

    async def script(exchange):
        connections.append(exchange._writer)
        await exchange.send(head(200, ("content-length", "2"), ("connection", "close")) + b"{}")

    async with before(script) as (transport, upstream):
        for _ in range(2):
            assert await read(await transport.send(post(upstream.url))) == b"{}"
    assert connections[0] is not connections[1]


async def test_a_kept_connection_that_was_closed_meanwhile_costs_nothing():
    async with before(closing(whole(b"{}"))) as (transport, upstream):
        for _ in range(2):
            assert await read(await transport.send(post(upstream.url))) == b"{}"
            await asyncio.sleep(0.05)


async def test_a_request_lost_on_a_stale_connection_is_sent_once_more_on_a_fresh_one():
    seen = []

    async def handler(reader, writer):
        """Answers the first request of a connection and closes on the second without a byte."""
        with contextlib.suppress(asyncio.IncompleteReadError):
            for number in range(2):
                seen.append(await reader.readuntil(b"\r\n\r\n{}"))
                if number == 0:
                    writer.write(whole(b"{}"))
        writer.close()

    async with raw(handler) as (transport, url):
        for _ in range(2):
            assert await read(await transport.send(post(url))) == b"{}"
    assert len(seen) == 3


async def test_what_must_not_be_done_twice_is_not_sent_again_where_it_may_have_arrived():
    seen = []

    async def handler(reader, writer):
        """Answers the first request of a connection, takes the second, and is gone before it answers."""
        with contextlib.suppress(asyncio.IncompleteReadError):
            for number in range(2):
                seen.append(await reader.readuntil(b"\r\n\r\n{}"))
                if number == 0:
                    writer.write(whole(b"{}"))
        writer.close()

    async with raw(handler) as (transport, url):
        assert await read(await transport.send(post(url))) == b"{}"
        with pytest.raises(Unavailable) as told:
            await transport.send(post(url)._replace(once=True))
    assert (told.value.code, len(seen)) == ("upstream.stale", 2)


async def test_what_must_not_be_done_twice_goes_on_a_fresh_connection_where_the_kept_one_was_closed():
    async with before(closing(whole(b"{}"))) as (transport, upstream):
        for _ in range(2):
            assert await read(await transport.send(post(upstream.url)._replace(once=True))) == b"{}"
            await asyncio.sleep(0.05)


async def test_a_fresh_connection_that_is_closed_at_once_is_tried_no_further():
    count = 0

    async def handler(reader, writer):
        nonlocal count
        count += 1
        await reader.readuntil(b"{}")
        writer.close()

    async with raw(handler) as (transport, url):
        with pytest.raises(Unavailable) as told:
            await transport.send(post(url))
    assert (told.value.code, count) == ("upstream.stale", 1)


@pytest.mark.parametrize(
    "data",
    [
        head(200, ("content-length", "10")) + b"short",
        head(200, ("transfer-encoding", "chunked")) + b"5\r\nshort\r\n",
        head(200, ("transfer-encoding", "chunked")) + b"9\r\nshort",
    ],
)
async def test_a_body_that_ends_early_is_broken_not_short(data):
    async with before(closing(data)) as (transport, upstream):
        answer = await transport.send(post(upstream.url))
        with pytest.raises(Unavailable) as told:
            await read(answer)
    assert told.value.code == "upstream.broken"


async def test_a_body_delimited_by_the_connections_end_ends_with_it():
    async with before(closing(head(200, ("content-type", "x/y")) + b"all of it")) as (transport, upstream):
        assert await read(await transport.send(post(upstream.url))) == b"all of it"


async def test_a_reset_in_such_a_body_is_no_end():
    async def script(exchange):
        await exchange.send(head(200, ("content-type", "x/y")) + b"some")
        await asyncio.sleep(0.05)
        exchange._writer.get_extra_info("socket").setsockopt(1, 13, b"\1\0\0\0\0\0\0\0")  # SO_LINGER 0: a true reset
        exchange.reset()

    async with before(script) as (transport, upstream):
        answer = await transport.send(post(upstream.url))
        with pytest.raises(Unavailable) as told:
            await read(answer)
    assert told.value.code == "upstream.broken"


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 abc X\r\n\r\n",
        head(200, ("content-length", "x")),
        head(200, ("content-length", "1"), ("content-length", "2")),
        head(101, ("upgrade", "websocket"), ("connection", "upgrade")),
        head(200, ("x-large", "x" * 70_000)),
        head(200, *((f"x-{number}", "y" * 100) for number in range(700))),
    ],
)
async def test_what_is_no_answer_is_garbled(data):
    async with before(saying(data)) as (transport, upstream):
        with pytest.raises(Unavailable) as told:
            await transport.send(post(upstream.url))
    assert told.value.code == "upstream.garbled"


async def test_garbage_inside_a_chunked_body_breaks_it():
    async with before(saying(head(200, ("transfer-encoding", "chunked")) + b"3\r\none\r\nzz\r\n")) as (transport, up):
        answer = await transport.send(post(up.url))
        with pytest.raises(Unavailable) as told:
            await read(answer)
    assert told.value.code == "upstream.garbled"


async def test_a_provisional_answer_is_passed_over():
    async with before(saying(head(100) + head(103, ("link", "x")) + whole(b"{}"))) as (transport, upstream):
        answer = await transport.send(post(upstream.url))
        assert (answer.status, await read(answer)) == (200, b"{}")
    assert "link" not in dict(answer.headers)


async def test_a_redirect_is_an_answer_like_any_other():
    async with before(saying(head(302, ("location", "http://h/"), ("content-length", "0")))) as (transport, upstream):
        answer = await transport.send(post(upstream.url))
        assert (answer.status, await read(answer)) == (302, b"")
    assert len(upstream.received) == 1


@pytest.mark.parametrize("data", [b"", head(200, ("content-length", "3")) + b"1"])
async def test_an_upstream_that_falls_silent_is_left(data):
    async def script(exchange):
        await exchange.send(data)
        await exchange.closed()
        gone.set()

    gone = asyncio.Event()
    async with before(script, idle=0.1) as (transport, upstream):
        with pytest.raises(Unavailable) as told:
            await read(await transport.send(post(upstream.url)))
        await asyncio.wait_for(gone.wait(), 2)
    assert told.value.code == "upstream.idle"


async def test_a_slow_upstream_that_is_never_silent_is_not_left():
    async def script(exchange):
        await exchange.send(head(200, ("transfer-encoding", "chunked")))
        for _ in range(6):
            await asyncio.sleep(0.05)
            await exchange.send(b"1\r\nx\r\n")
        await exchange.send(b"0\r\n\r\n")

    async with before(script, idle=0.2) as (transport, upstream):
        assert await read(await transport.send(post(upstream.url))) == b"xxxxxx"


async def test_reading_stops_while_nobody_takes_what_came():
    total, sent = 64 << 20, 0

    async def script(exchange):
        nonlocal sent
        await exchange.send(head(200, ("content-length", str(total))))
        while sent < total:
            await exchange.send(bytes(1 << 18))
            sent += 1 << 18

    async with before(script, idle=30) as (transport, upstream):
        answer = await transport.send(post(upstream.url))
        await asyncio.sleep(0.3)
        held = sent
        assert held < total / 2
        assert answer._size < 2 << 20
        size = 0
        async for chunk in answer.chunks():
            size += len(chunk)
    assert (size, sent) == (total, total)


async def test_leaving_an_answer_closes_the_connection():
    async def script(exchange):
        await exchange.send(head(200, ("transfer-encoding", "chunked")) + b"3\r\none\r\n")
        await exchange.closed()
        gone.set()

    gone = asyncio.Event()
    async with before(script) as (transport, upstream):
        answer = await transport.send(post(upstream.url))
        assert await anext(answer.chunks()) == b"one"
        answer.close()
        await asyncio.wait_for(gone.wait(), 2)


async def test_closing_a_complete_answer_keeps_the_connection():
    connections = set()

    async def script(exchange):
        connections.add(id(exchange._writer))
        await exchange.send(whole(b"{}"))

    async with before(script) as (transport, upstream):
        for _ in range(2):
            answer = await transport.send(post(upstream.url))
            await read(answer)
            answer.close()
    assert len(connections) == 1


async def test_whoever_stops_waiting_for_the_head_closes_the_connection():
    async def script(exchange):
        arrived.set()
        await exchange.closed()
        gone.set()

    arrived, gone = asyncio.Event(), asyncio.Event()
    async with before(script) as (transport, upstream):
        sending = asyncio.ensure_future(transport.send(post(upstream.url)))
        await asyncio.wait_for(arrived.wait(), 2)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await asyncio.wait_for(gone.wait(), 2)


async def test_bytes_that_nobody_asked_for_close_the_connection():
    async with before(saying(whole(b"{}") + whole(b"smuggled"))) as (transport, upstream):
        assert await read(await transport.send(post(upstream.url))) == b"{}"
        upstream.script = saying(whole(b"second"))
        await asyncio.sleep(0.02)
        assert await read(await transport.send(post(upstream.url))) == b"second"


async def test_nobody_listening_is_told_as_such(unused_port):
    with pytest.raises(Unavailable) as told:
        await HttpTransport(connect=1, idle=1).send(post(f"http://127.0.0.1:{unused_port}/"))
    assert told.value.code == "upstream.connect"


async def test_a_server_that_speaks_no_tls_is_not_reached_securely():
    async with before(saying(b"plain text")) as (transport, upstream):
        with pytest.raises(Unavailable) as told:
            await transport.send(post(f"https://127.0.0.1:{upstream.port}/"))
    assert told.value.code in ("upstream.connect", "upstream.timeout")


@pytest.mark.parametrize("url", ["ftp://h/", "/v1", "http://"])
async def test_what_is_no_address_is_our_own_fault(url):
    with pytest.raises(Bug):
        await HttpTransport(connect=1, idle=1).send(post(url))


@pytest.mark.parametrize("header", [("x", "a\r\nb: c"), ("x\n", "a"), ("x", "a\r")])
async def test_a_header_can_not_bring_another(header):
    with pytest.raises(Bug, match="line ends"):
        await HttpTransport(connect=1, idle=1).send(post("http://127.0.0.1:1/", b"", header))


@pytest.fixture
async def unused_port():
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port


async def test_what_is_taken_where_it_comes_in_wakes_nobody_and_is_not_yielded():
    async def script(exchange):
        await exchange.send(head(200, ("content-type", "text/event-stream")))
        for data in (b"one ", b"two ", b"large", b"after", b" three"):
            await asyncio.sleep(0.03)
            await exchange.send(data)
        exchange._writer.close()

    taken, yielded = [], []

    def take(data):
        if data == b"large":
            return False
        taken.append(data)
        return True

    async with before(script) as (transport, upstream):
        answer = await transport.send(post(upstream.url))
        async for chunk in answer.chunks(take):
            yielded.append(chunk)
            await asyncio.sleep(0.05)  # what comes now can't be taken before what this chunk becomes
        assert (taken, yielded) == ([b"one ", b"two "], [b"large", b"after", b" three"]) or yielded == [
            b"large",
            b"after three",
        ]


async def test_nothing_is_offered_once_the_answer_is_left():
    async def script(exchange):
        await exchange.send(head(200, ("content-type", "text/event-stream")) + b"one")
        await asyncio.sleep(0.1)
        await exchange.send(b"two")

    offered = []
    async with before(script) as (transport, upstream):
        answer = await transport.send(post(upstream.url))
        chunks = answer.chunks(lambda data: bool(offered.append(data)))
        assert await anext(aiter(chunks)) == b"one"
        answer.close()
        await asyncio.sleep(0.15)
    assert b"two" not in offered
