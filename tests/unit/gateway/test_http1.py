"""The server side of HTTP/1.1, over real connections."""

import asyncio
import contextlib

import pytest

from asepsis.core.errors import Unavailable
from asepsis.core.ports import Peer
from asepsis.gateway.errors import Denied
from asepsis.gateway.http1 import Connection
from asepsis.gateway.listener import Listener
from asepsis.gateway.types import Reply
from asepsis.infra.clock import SystemClock

pytestmark = pytest.mark.loopback

GET = b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n"
POST = b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\n"
UPGRADE = b"host: x\r\nconnection: upgrade\r\nupgrade: h2c"
CHUNKED = POST.replace(b"content-length: 3", b"transfer-encoding: chunked") + b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
LIMIT = 100_000


class Served:
    """A server whose handler is `serve`, or answers with what came; and what became of each exchange."""

    def __init__(self, serve):
        self._serve = serve
        self.heads = []
        self.ended = []
        self.writers = []

    async def handle(self, head, shell):
        self.heads.append(head)
        try:
            await (self._serve or self.echo)(head, shell)
        except BaseException as error:
            self.ended.append(type(error).__name__)
            raise
        self.ended.append("")

    @staticmethod
    async def echo(head, shell):
        try:
            body = await shell.body(LIMIT)
        except Denied as denied:
            await shell.reply(Reply(403, (), denied.code.encode()))
            return
        await shell.reply(Reply(200, (("x-path", head.path),), body))


@contextlib.asynccontextmanager
async def served(serve=None, *, connections=50, seconds=5.0):
    one = Served(serve)
    listener = Listener(one.handle, connections=connections, head_bytes=2_000, seconds=seconds, clock=SystemClock())
    server = await asyncio.get_running_loop().create_server(lambda: Connection(listener), "127.0.0.1", 0)
    looking = asyncio.ensure_future(listener.look())
    one.listener = listener
    one.port = server.sockets[0].getsockname()[1]
    yield one
    for writer in one.writers:
        writer.close()
    server.close()
    await listener.drain(2)
    looking.cancel()


async def dial(one):
    reader, writer = await asyncio.open_connection("127.0.0.1", one.port)
    one.writers.append(writer)
    return reader, writer


async def read_all(reader):
    return await asyncio.wait_for(reader.read(-1), 10)


async def answer(reader):
    """Reads one answer with a length; returns its first line, its headers and its body."""
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).decode()
    first, *lines = head.strip().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return first, headers, await reader.readexactly(int(headers["content-length"]))


@pytest.mark.parametrize("size", [1, 7, 1_000])
async def test_requests_on_one_connection_are_answered_in_turn_however_they_are_cut(size):
    async with served() as one:
        reader, writer = await dial(one)
        for body in (b"abc", b"xyz"):
            data = POST.replace(b"/a", b"/a%20b?c=%41") + body
            for at in range(0, len(data), size):
                writer.write(data[at : at + size])
                await writer.drain()
                await asyncio.sleep(0)
            first, headers, got = await answer(reader)
            assert (first, headers["x-path"], got) == ("HTTP/1.1 200 OK", "/a b", body)
            assert headers["date"].endswith(" GMT")
            assert "connection" not in headers
        named = (("host", "x"), ("content-length", "3"))
        assert one.heads == [("POST", "/a b", "c=%41", named, Peer("127.0.0.1"))] * 2


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [(b"/", "/", ""), (b"http://y/z?q=1", "/z", "q=1"), (b"/a?b?c", "/a", "b?c"), (b"*", "*", "")],
)
async def test_a_target_is_cut_into_path_and_query(target, path, query):
    async with served() as one:
        reader, writer = await dial(one)
        writer.write(GET.replace(b"/a", target))
        await answer(reader)
        assert one.heads[0][1:3] == (path, query)


async def test_a_body_in_chunks_is_put_together_and_its_trailer_is_no_header():
    async with served() as one:
        reader, writer = await dial(one)
        writer.write(POST.replace(b"content-length: 3", b"transfer-encoding: chunked"))
        writer.write(b"2\r\nab\r\n1;x=y\r\nc\r\n0\r\nauthorization: Bearer other\r\n\r\n" + GET)
        assert (await answer(reader))[2] == b"abc"
        await read_all(reader)
        assert one.heads[0].headers == (("host", "x"), ("transfer-encoding", "chunked"))


async def test_a_large_body_is_read_only_as_far_as_it_is_wanted():
    wanted = asyncio.Event()

    async def late(_, shell):
        await wanted.wait()
        await shell.reply(Reply(200, (), b"%d" % len(await shell.body(20_000_000))))

    async with served(late) as one:
        reader, writer = await dial(one)
        writer.write(POST.replace(b"3", b"16000000") + b"x" * 16_000_000)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(writer.drain(), 0.3)
        wanted.set()
        assert (await answer(reader))[2] == b"16000000"


@pytest.mark.parametrize("framing", [b"content-length: 16000000", b"transfer-encoding: chunked"])
async def test_a_body_past_the_limit_is_answered_and_the_connection_closes(framing):
    async with served() as one:
        reader, writer = await dial(one)
        writer.write(POST.replace(b"content-length: 3", framing))
        with contextlib.suppress(ConnectionError):
            for _ in range(20):
                writer.write(
                    (b"" if b"length" in framing else b"2710\r\n")
                    + b"x" * 10_000
                    + (b"" if b"length" in framing else b"\r\n")
                )
                await writer.drain()
        first, headers, body = await answer(reader)
        assert (first, headers["connection"], body) == ("HTTP/1.1 403 Forbidden", "close", b"gateway.limits.request")
        assert await read_all(reader) == b""


async def test_a_body_that_comes_too_slowly_is_answered_and_the_connection_closes():
    async with served(seconds=0.3) as one:
        reader, writer = await dial(one)
        writer.write(POST + b"a")
        assert (await answer(reader))[2] == b"gateway.limits.slow"
        assert await read_all(reader) == b""


@pytest.mark.parametrize("said", [b"", b"POST /a HT", POST[:40]])
async def test_a_head_that_comes_too_slowly_is_not_waited_for(said):
    async with served(seconds=0.3) as one:
        reader, writer = await dial(one)
        writer.write(said)
        assert await read_all(reader) == b""
        assert one.heads == []


async def test_a_connection_between_requests_may_be_silent():
    async with served(seconds=0.3) as one:
        reader, writer = await dial(one)
        for _ in range(2):
            writer.write(GET)
            await answer(reader)
            await asyncio.sleep(0.8)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET /a HTTP/1.1\r\nhost: x\r\n" + b"x-a: " + b"a" * 3_000 + b"\r\n\r\n", b"431"),
        (b"GET /" + b"a" * 3_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n", b"431"),
        (b"GET /a HTTP/1.1\r\n" + b"a: b\r\n" * 1_000 + b"\r\n", b"431"),
        (b"\x16\x03\x01\x02\x00", b"400"),
        (b"GET /a HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
        (b"GET /a HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabc", b"400"),
        (b"GET /a HTTP/1.1\r\nhost : x\r\n\r\n", b"400"),
        (b"GET /a HTTP/1.1\r\nhost: x\r\n folded: y\r\n\r\n", b"400"),
        (b"GET /a HTTP/1.1\nhost: x\n\n", b"400"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"400"),
    ],
)
async def test_what_can_not_be_read_is_refused_and_served_to_nobody(data, status):
    async with served() as one:
        reader, writer = await dial(one)
        writer.write(data)
        got = await read_all(reader)
        assert got.startswith(b"HTTP/1.1 " + status)
        assert got.count(b"HTTP/1.1") == 1
        assert one.heads == []


async def test_garbage_behind_a_request_closes_without_another_answer():
    async with served() as one:
        reader, writer = await dial(one)
        writer.write(GET + b"\x00\x01garbage\r\n\r\n")
        got = await read_all(reader)
        assert got.count(b"HTTP/1.1") <= 1
        assert len(one.heads) <= 1


@pytest.mark.parametrize(
    ("request_", "body", "size"),
    [
        *(
            (data, body, size)
            for data, body in [(GET, b""), (POST + b"abc", b"abc"), (CHUNKED, b"abc")]
            for size in (1, 999)
        ),
        (POST + b"abc" + GET, b"abc", 999),
    ],
)
async def test_the_wish_for_another_protocol_is_passed_over(request_, body, size):
    async with served() as one:
        reader, writer = await dial(one)
        data = request_.replace(b"host: x", UPGRADE, 1)
        for at in range(0, len(data), size):
            writer.write(data[at : at + size])
            await writer.drain()
            await asyncio.sleep(0)
        _, headers, got = await answer(reader)
        assert (headers["connection"], got) == ("close", body)


async def test_a_request_sent_ahead_is_not_served():
    async with served() as one:
        reader, writer = await dial(one)
        writer.write(POST + b"abc" + POST.replace(b"/a", b"/b") + b"xyz")
        got = await read_all(reader)
        assert (got.count(b"HTTP/1.1 200"), got[-3:]) == (1, b"abc")
        assert [head.path for head in one.heads] == ["/a"]


async def test_a_client_that_waits_to_be_told_is_told_once_its_body_is_wanted():
    async with served() as one:
        reader, writer = await dial(one)
        writer.write(POST.replace(b"host: x", b"host: x\r\nexpect: 100-continue"))
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"abc")
        assert (await answer(reader))[2] == b"abc"
        writer.write(POST.replace(b"3", b"900000").replace(b"host: x", b"host: x\r\nexpect: 100-continue"))
        assert (await answer(reader))[0] == "HTTP/1.1 403 Forbidden"
        assert await read_all(reader) == b""


@pytest.mark.parametrize(
    ("request_", "kept"),
    [(GET, True), (GET.replace(b"x\r\n", b"x\r\nconnection: close\r\n"), False), (GET.replace(b"1.1", b"1.0"), False)],
)
async def test_a_connection_is_kept_as_its_client_wishes(request_, kept):
    async with served() as one:
        reader, writer = await dial(one)
        writer.write(request_)
        assert (await answer(reader))[1].get("connection") == (None if kept else "close")
        if not kept:
            assert await read_all(reader) == b""


async def stream(_, shell):
    await shell.start(200, (("content-type", "text/event-stream"),))
    for data in (b"one ", b"", b"two"):
        await shell.send(data)
    await shell.finish()


@pytest.mark.parametrize(
    ("version", "framing", "body"),
    [
        (b"1.1", b"transfer-encoding: chunked", b"4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n"),
        (b"1.0", b"connection: close", b"one two"),
    ],
)
async def test_a_stream_is_framed_as_its_client_reads(version, framing, body):
    async with served(stream) as one:
        reader, writer = await dial(one)
        writer.write(GET.replace(b"1.1", version).replace(b"host: x", b"host: x\r\nconnection: close"))
        head, _, got = (await read_all(reader)).partition(b"\r\n\r\n")
        assert framing in head
        assert got == body


async def test_the_answer_to_head_has_no_body():
    async with served() as one:
        reader, writer = await dial(one)
        writer.write(b"HEAD /a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        got = await read_all(reader)
        assert got.startswith(b"HTTP/1.1 200 OK")
        assert got.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("begun", [False, True])
async def test_a_client_that_leaves_cancels_its_handler_at_once(begun):
    running, lefts = asyncio.Event(), []

    async def wait(_, shell):
        if begun:
            await shell.start(200, ())
        running.set()
        try:
            await asyncio.sleep(60)
        finally:
            lefts.append(shell.left)

    async with served(wait) as one:
        _, writer = await dial(one)
        writer.write(GET)
        await running.wait()
        writer.close()
        async with asyncio.timeout(1):
            while not one.ended:  # noqa: ASYNC110 the handler tells nobody
                await asyncio.sleep(0.01)
        assert (one.ended, lefts) == (["CancelledError"], [True])


async def test_a_slow_reader_is_waited_for_and_told_by_name_when_it_leaves():
    sent, codes = [], []

    async def much(_, shell):
        await shell.start(200, ())
        try:
            for _ in range(1_000):
                await shell.send(b"x" * 65_536)
                sent.append(1)
        except (Unavailable, asyncio.CancelledError) as error:
            codes.append(getattr(error, "code", "cancelled"))

    async with served(much) as one:
        reader, writer = await dial(one)
        writer.write(GET)
        await reader.readexactly(100)
        await asyncio.sleep(0.5)
        assert 0 < len(sent) < 500
        writer.transport.abort()
        async with asyncio.timeout(2):
            while not codes:  # noqa: ASYNC110 the handler tells nobody
                await asyncio.sleep(0.01)
        assert codes[0] in ("client.gone", "cancelled")


@pytest.mark.parametrize("begun", [False, True])
async def test_a_handler_that_ends_without_an_answer_breaks_the_connection(begun):
    async def half(_, shell):
        if begun:
            await shell.start(200, ())
            await shell.send(b"half")

    async with served(half) as one:
        reader, writer = await dial(one)
        writer.write(GET)
        got = b""
        with contextlib.suppress(ConnectionError):
            got = await read_all(reader)
        assert not got.endswith(b"0\r\n\r\n")


async def test_too_many_connections_are_closed_and_the_others_served():
    async with served(connections=2) as one:
        kept = [await dial(one) for _ in range(2)]
        for _, writer in kept:
            writer.write(GET)
        assert [(await answer(reader))[0] for reader, _ in kept] == ["HTTP/1.1 200 OK"] * 2
        reader, _ = await dial(one)
        with contextlib.suppress(ConnectionError):
            assert await read_all(reader) == b""


async def test_draining_finishes_what_runs_and_closes_the_rest():
    go = asyncio.Event()

    async def wait(_, shell):
        await go.wait()
        await shell.reply(Reply(200, (), b"done"))

    async with served(wait) as one:
        idle, _ = await dial(one)
        busy, writer = await dial(one)
        writer.write(GET)
        while not one.heads:  # noqa: ASYNC110 the handler tells nobody
            await asyncio.sleep(0.01)
        draining = asyncio.ensure_future(one.listener.drain(5))
        assert await read_all(idle) == b""
        assert not draining.done()
        go.set()
        _, headers, body = await answer(busy)
        assert (headers["connection"], body) == ("close", b"done")
        await asyncio.wait_for(draining, 2)


async def test_an_end_has_its_time():
    async def never(_, shell):
        await asyncio.sleep(60)

    async with served(never) as one:
        _, writer = await dial(one)
        writer.write(GET)
        while not one.heads:  # noqa: ASYNC110 the handler tells nobody
            await asyncio.sleep(0.01)
        begun = asyncio.get_running_loop().time()
        await one.listener.drain(0.2)
        assert asyncio.get_running_loop().time() - begun < 2
        writer.transport.abort()
