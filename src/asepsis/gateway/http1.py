"""The server side of HTTP/1.1 (RFC 9112): one connection, one exchange at a time, parsed by httptools (llhttp).

1. What cannot be read, or comes too slowly, ends the connection; what is too large is answered first.
2. A body is read only as far as its handler asks for it, and a client that does not take its answer is waited for.
3. A client that leaves before its answer is complete cancels the handler.
4. A request sent ahead of an answer is not served: the connection closes behind that answer (RFC 9112 9.3.2).
"""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote, urlsplit

import httptools

from asepsis.core.errors import Unavailable
from asepsis.core.ports import UNSEEN
from asepsis.gateway.errors import Denied
from asepsis.gateway.headers import Header
from asepsis.gateway.listener import Listener
from asepsis.gateway.types import Head, Reply
from asepsis.infra.peers import peer

__all__ = ["Connection", "Exchange"]

_IDLE_SECONDS: Final = 75.0
_LINGER_SECONDS: Final = 2.0
_DISCARDED_BYTES: Final = 1 << 20
_AHEAD_BYTES: Final = 65_536
_REASONS: Final = {one.value: one.phrase.encode() for one in HTTPStatus}
_FRAMING: Final = frozenset({"content-length", "transfer-encoding"})
_NEVER: Final = float("inf")


class Exchange:
    """One request and its answer: the shell that a gateway answers through."""

    __slots__ = ("_connection", "_limit", "_pieces", "_size", "_waiter", "done", "head", "left", "more", "slow")

    def __init__(self, connection: "Connection", head: Head) -> None:
        self.head = head
        self._connection = connection
        self._pieces: list[bytes] = []
        self._size = 0
        self._limit = -1
        self._waiter: asyncio.Future[None] | None = None
        self.more = True
        self.left = self.slow = self.done = False

    async def body(self, limit: int, /) -> bytes:
        """Returns the request's body; raises Denied when it is, or says it is, too large, or when it comes slowly."""
        if self.more:
            await self._rest(limit)
        if self._size > limit:
            raise _too_large(limit)
        if self.more:
            raise Denied("gateway.limits.slow", "the request came too slowly")
        pieces, self._pieces = self._pieces, []
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def _rest(self, limit: int) -> None:
        named = dict(self.head.headers)
        length = named.get("content-length", "")
        if length.isdecimal() and int(length) > limit:
            raise _too_large(limit)
        self._limit = limit
        self._connection.read_on(expects="expect" in named)
        while self.more and self._size <= limit and not self.slow:
            self._waiter = self._connection.loop.create_future()
            await self._waiter

    async def reply(self, reply: Reply, /) -> None:
        """Sends a whole answer; a client that has left gets none."""
        self.done = True
        self._connection.answer(reply.status, reply.headers, reply.body)

    async def start(self, status: int, headers: Sequence[Header], /) -> None:
        """Begins a streamed answer."""
        self._connection.answer(status, headers, None)

    async def send(self, data: bytes, /) -> None:
        """Sends a piece of it; raises Unavailable when the client is gone."""
        self._connection.piece(data)
        await self._connection.drained()
        if self.left:
            raise Unavailable("the client is gone", code="client.gone")

    def put(self, data: bytes, /) -> None:
        """Sends a piece of it without waiting for the client to take it."""
        self._connection.piece(data)

    @property
    def full(self) -> bool:
        """Whether the client has yet to take what was sent before."""
        return self._connection.full

    async def finish(self) -> None:
        """Ends it."""
        self.done = True
        self._connection.last()

    def more_body(self, data: bytes) -> bool:
        """Takes a piece of the body; False when no more is wanted for now."""
        self._pieces.append(data)
        self._size += len(data)
        if self._limit < 0:
            return self._size <= _AHEAD_BYTES
        if self._size > self._limit:
            self.wake()
            return False
        return True

    def wake(self) -> None:
        """Lets whoever waits for the body look again."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Connection(asyncio.Protocol):
    """One connection of a client."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self.loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._peer = UNSEEN
        self._url = b""
        self._headers: list[Header] = []
        self._head_size = 0
        self._exchange: Exchange | None = None
        self._task: asyncio.Task[None] | None = None
        self._deadline = _NEVER
        self._full: asyncio.Future[None] | None = None
        self._keep = True
        self._chunked = self._paused = self._deaf = self._again = self._ending = False
        self._discarded = 0

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Takes the connection, or closes it when there are too many."""
        self._transport = transport  # type: ignore[assignment]  # a stream's transport
        self._peer = peer(transport)
        if self._listener.enter(self):
            self._deadline = self.loop.time() + self._listener.seconds
        else:
            self._abort()

    def data_received(self, data: bytes) -> None:
        """Reads on; a connection that is to close reads only to find its client gone."""
        if not self._deaf:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                self._pass_over(data[upgrade.args[0] :])
            except httptools.HttpParserError:
                self._refuse(400)
            return
        self._discarded += len(data)
        if self._discarded > _DISCARDED_BYTES:
            self._abort()

    def _pass_over(self, rest: bytes) -> None:
        """Reads on as if no other protocol had been wished for (RFC 9110 7.8); the parser took the body to be in it."""
        exchange = self._exchange
        if exchange is None or self._again:
            self._refuse(400)
            return
        framing = [f"{name}: {value}\r\n" for name, value in exchange.head.headers if name in _FRAMING]
        exchange.more = True
        self._again = True
        self._parser = httptools.HttpRequestParser(self)
        self.data_received(b"POST / HTTP/1.1\r\n%b\r\n%b" % ("".join(framing).encode("latin-1"), rest))

    def eof_received(self) -> bool:
        """A client that sends no more is gone."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 how it ended changes nothing
        """Ends what goes on: a handler whose client has left is cancelled."""
        self._listener.leave(self)
        if self._exchange is not None:
            self._exchange.left = True
        if self._task is not None:
            self._task.cancel()
        self.resume_writing()

    def pause_writing(self) -> None:
        """The client does not take what was sent."""
        self._full = self.loop.create_future()

    def resume_writing(self) -> None:
        """The client takes more."""
        full, self._full = self._full, None
        if full is not None and not full.done():
            full.set_result(None)

    # httptools

    def on_message_begin(self) -> None:
        """A request begins; behind one that is not answered yet, it is not served."""
        if self._exchange is None:
            self._url, self._headers, self._head_size = b"", [], 0
            self._deadline = self.loop.time() + self._listener.seconds
        elif not self._again or not self._exchange.more:
            self._deaf, self._keep = True, False

    def on_url(self, url: bytes) -> None:
        """A piece of the request's target."""
        if not self._deaf and self._exchange is None:
            self._url += url
            self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header. What follows a head are trailers (RFC 9112 7.1.2), and nobody asked for them."""
        if self._exchange is None and not self._deaf:
            self._count(len(name) + len(value))
            self._headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        """The head is there: its handler begins."""
        if self._deaf or self._exchange is not None:
            return
        path, query = _target(self._url)
        head = Head(self._parser.get_method().decode("latin-1"), path, query, tuple(self._headers), self._peer)
        self._keep = self._parser.should_keep_alive()
        self._exchange = Exchange(self, head)
        self._task = self.loop.create_task(self._serve(self._exchange))

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        if not self._deaf and self._exchange is not None and not self._exchange.more_body(body):
            self._pause()

    def on_message_complete(self) -> None:
        """The request is there."""
        if not self._deaf and self._exchange is not None:
            self._deadline = _NEVER
            self._exchange.more = False
            self._exchange.wake()

    # The exchange

    def read_on(self, *, expects: bool) -> None:
        """Reads more of the body; tells a client to send it that waits to be told (RFC 9110 10.1.1)."""
        if expects and self._transport is not None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._resume()

    def answer(self, status: int, headers: Sequence[Header], body: bytes | None) -> None:
        """Sends a head, and with it a whole body or, for None, the promise of pieces."""
        transport, exchange = self._transport, self._exchange
        if transport is None or exchange is None or transport.is_closing():
            return
        new = self._parser.get_http_version() != "1.0"
        self._chunked = body is None and new
        going_on = not exchange.more and not self._again and not self._ending
        self._keep = self._keep and going_on and (new or body is not None)
        named = "".join([f"{name}: {value}\r\n" for name, value in headers]).encode("latin-1")
        framing = b"" if self._keep else b"connection: close\r\n"
        if body is not None:
            framing += b"content-length: %d\r\n" % len(body)
        elif self._chunked:
            framing += b"transfer-encoding: chunked\r\n"
        sent = body if body is not None and exchange.head.method != "HEAD" else b""
        reason = _REASONS.get(status, b"")
        transport.write(b"HTTP/1.1 %d %b\r\n%b%b%b\r\n%b" % (status, reason, named, self._listener.date, framing, sent))

    def piece(self, data: bytes) -> None:
        """Sends a piece of a streamed answer."""
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data)

    @property
    def full(self) -> bool:
        """Whether the client does not take what was sent."""
        return self._full is not None

    def last(self) -> None:
        """Ends a streamed answer."""
        if self._chunked and self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"0\r\n\r\n")

    async def drained(self) -> None:
        """Returns once the client takes more, or is gone."""
        if self._full is not None:
            await self._full

    # What the listener asks

    def drain(self) -> None:
        """Closes the connection, behind its answer if an exchange runs."""
        self._ending = True
        if self._exchange is None and self._transport is not None:
            self._transport.close()

    def look(self, now: float) -> None:
        """Ends the waiting for what did not come in time."""
        if now < self._deadline:
            return
        if self._exchange is None:
            self._abort()
        else:
            self._deadline = _NEVER
            self._exchange.slow = True
            self._exchange.wake()

    async def _serve(self, exchange: Exchange) -> None:
        try:
            await self._listener.handle(exchange.head, exchange)
        finally:
            self._exchange = self._task = None
            self._end(exchange)

    def _end(self, exchange: Exchange) -> None:
        """Waits for the next request, or closes."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if not exchange.done:
            self._abort()
        elif self._keep:
            self._deadline = self.loop.time() + _IDLE_SECONDS
        elif exchange.more:
            self._linger(transport)
        else:
            transport.close()

    def _linger(self, transport: asyncio.Transport) -> None:
        """Lets the client read an answer that came before its request was read (RFC 9112 9.6)."""
        self._deaf = True
        self._deadline = self.loop.time() + _LINGER_SECONDS
        if transport.can_write_eof():
            transport.write_eof()
        self._resume()

    def _refuse(self, status: int) -> None:
        """Answers what is no request, unless another answer is on its way, and closes."""
        transport = self._transport
        if transport is None or self._exchange is not None:
            self._abort()
            return
        framing = b"content-length: 0\r\nconnection: close\r\n\r\n"
        transport.write(b"HTTP/1.1 %d %b\r\n%b%b" % (status, _REASONS[status], self._listener.date, framing))
        self._linger(transport)

    def _count(self, size: int) -> None:
        self._head_size += size
        if self._head_size > self._listener.head_bytes:
            self._refuse(431)

    def _pause(self) -> None:
        if not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    def _resume(self) -> None:
        if self._paused and self._transport is not None and not self._transport.is_closing():
            self._paused = False
            self._transport.resume_reading()

    def _abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def _too_large(limit: int) -> Denied:
    return Denied("gateway.limits.request", f"the request is larger than {limit} bytes")


def _target(url: bytes) -> tuple[str, str]:
    """Returns the path, decoded, and the query of a request's target (RFC 9112 3.2)."""
    text = url.decode("latin-1")
    if not text.startswith("/"):
        parts = urlsplit(text)
        text = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    path, _, query = text.partition("?")
    return (unquote(path) if "%" in path else path), query
