"""Whatever bytes a client sends, and however they are cut: the same requests are served, and nothing is raised."""

import asyncio
import itertools

from hypothesis import given
from hypothesis import strategies as st

from asepsis.gateway.http1 import Connection
from asepsis.gateway.listener import Listener
from asepsis.gateway.types import Reply
from asepsis.testing.clock import ManualClock

PIECES = [
    b"GET",
    b"POST",
    b" /a",
    b"?b=c",
    b" HTTP/1.1",
    b" HTTP/1.0",
    b"\r\n",
    b"\n",
    b"\r",
    b":",
    b" ",
    b"\0",
    b"host: x\r\n",
]
PIECES += [
    b"content-length: 3\r\n",
    b"content-length: 1e9\r\n",
    b"transfer-encoding: chunked\r\n",
    b"expect: 100-continue\r\n",
]
PIECES += [b"connection: upgrade\r\nupgrade: h2c\r\n", b"connection: close\r\n", b"3\r\nabc\r\n", b"0\r\n\r\n", b"abc"]
PIECES += [b"ffffffffffffffff\r\n"]
PIECES += [b"POST /a HTTP/1.1\r\nhost: x\r\n", b"GET / HTTP/1.1\r\n\r\n", b"x: " + b"y" * 400 + b"\r\n"]


class Transport:
    """What a connection writes to; it takes everything."""

    def __init__(self):
        self.out = b""
        self.closing = False

    def get_extra_info(self, name):
        return None

    def can_write_eof(self):
        return True

    def write(self, data):
        assert not self.closing
        self.out += data

    def close(self):
        self.closing = True

    abort = close

    def is_closing(self):
        return self.closing

    def write_eof(self):
        pass

    def pause_reading(self):
        pass

    resume_reading = pause_reading


async def talk(chunks):
    """Returns the requests that were served, the answers, and whether the connection stays."""
    served = []

    async def handle(head, shell):
        body = await shell.body(1_000)
        served.append((head, body))
        await shell.reply(Reply(200, (), body))

    listener = Listener(handle, connections=9, head_bytes=1_000, seconds=5, clock=ManualClock())
    connection, transport = Connection(listener), Transport()
    connection.connection_made(transport)
    for chunk in chunks:
        if transport.closing:
            break
        connection.data_received(chunk)
        for _ in range(3):
            await asyncio.sleep(0)
    stays = not transport.closing
    connection.connection_lost(None)
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*tasks, return_exceptions=True)
    return served, transport.out, stays


def cut(data, borders):
    edges = [0, *sorted({border % (len(data) + 1) for border in borders}), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges)]


@given(
    st.lists(st.sampled_from(PIECES) | st.binary(max_size=8), max_size=14), st.lists(st.integers(0, 999), max_size=6)
)
def test_nothing_that_a_client_sends_raises(pieces, borders):
    served, out, _ = asyncio.run(talk(cut(b"".join(pieces), borders)))
    assert out.count(b"HTTP/1.1 200") <= len(served)
    for head, _ in served:
        assert not any("\r" in text or "\n" in text or "\0" in text for pair in head.headers for text in pair)


REQUEST = st.builds(
    lambda path, headers, body: (
        b"POST /" + path + b" HTTP/1.1\r\n" + b"".join(b"x-%d: %b\r\n" % (at, one) for at, one in enumerate(headers))
        + (b"content-length: %d\r\n\r\n%b" % (len(body), body))
    ),
    st.text("abc%2F/", max_size=9).map(str.encode),
    st.lists(st.text("abc é,;=", max_size=9).map(lambda text: text.strip().encode("latin-1")), max_size=4),
    st.binary(max_size=40),
)  # fmt: skip


@given(REQUEST, st.lists(st.integers(0, 999), max_size=8))
def test_a_request_is_the_same_however_it_is_cut(data, borders):
    whole = asyncio.run(talk([data]))
    assert len(whole[0]) == 1
    assert whole[2]
    assert asyncio.run(talk(cut(data, borders))) == whole
