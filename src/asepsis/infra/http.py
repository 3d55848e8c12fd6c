"""The upstream client behind the port `Transport`: HTTP/1.1 (RFC 9112) over asyncio, parsed by httptools.

It follows no redirect, keeps no cookie, reads no proxy from the environment and decodes no content encoding, so that
what the guard sees is what came. Leaving an answer before its end closes the connection, and with it the upstream's
work. Reading stops while nobody takes what was read. A body that ends before its length or its last chunk is broken,
not short; only one that is delimited by the connection's end may end with it.

A request that was written to a kept connection which turns out to be closed, with not a byte of an answer, is sent once
more on a fresh one.
"""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import httptools

from asepsis.core.errors import Bug, Unavailable
from asepsis.core.ports import Request

__all__ = ["HttpTransport"]

_HEAD_BYTES: Final = 65_536
_BUFFERED_BYTES: Final = 262_144
_IDLE_KEPT: Final = 256
_SWITCHING: Final = 101
_FINAL: Final = 200


class _Origin(NamedTuple):
    secure: bool
    host: str
    port: int
    name: str


class HttpTransport:
    """Sends requests over kept connections, one pool per origin.

    An upstream has `connect` seconds to accept a connection, and may be silent for `idle` seconds at a time. Without
    `tls` the system's certificate authorities are trusted.
    """

    def __init__(self, *, connect: float, idle: float, tls: ssl.SSLContext | None = None) -> None:
        self._connect_seconds = connect
        self._idle_seconds = idle
        self._kept: dict[_Origin, list[_Connection]] = {}
        self._open: set[_Connection] = set()
        self._tls = tls

    async def send(self, request: Request, /) -> "HttpAnswer":
        """Sends a request and returns the answer once its head is there; raises Unavailable."""
        origin, target = _target(request.url) if "?" in request.url else _usual(request.url)
        data = _head(request, origin.name, target) + request.body
        kept = self._kept.get(origin)
        if kept and (connection := kept.pop()).usable:
            try:
                return await connection.exchange(data)
            except Unavailable as error:
                if error.code != "upstream.stale" or request.once:
                    raise
        return await (await self._connect(origin)).exchange(data)

    async def close(self) -> None:
        """Closes all connections."""
        for connection in tuple(self._open):
            connection.abort()
        self._kept.clear()

    async def _connect(self, origin: _Origin) -> "_Connection":
        kept = self._kept.setdefault(origin, [])
        if origin.secure and self._tls is None:
            self._tls = ssl.create_default_context()
        try:
            async with asyncio.timeout(self._connect_seconds):
                _, connection = await asyncio.get_running_loop().create_connection(
                    lambda: _Connection(kept, self._open, self._idle_seconds),
                    origin.host,
                    origin.port,
                    ssl=self._tls if origin.secure else None,
                    server_hostname=origin.host if origin.secure else None,
                )
        except TimeoutError as error:
            raise Unavailable("the server did not accept a connection in time", code="upstream.timeout") from error
        except ssl.SSLError as error:
            raise Unavailable("the server's certificate or TLS can't be trusted", code="upstream.tls") from error
        except OSError as error:
            raise Unavailable("the server can't be reached", code="upstream.connect") from error
        return connection


class HttpAnswer:
    """One answer; its chunks are taken by iterating over it."""

    __slots__ = ("_buffer", "_connection", "_fault", "_loop", "_size", "_take", "_waiter", "done", "headers", "status")

    def __init__(self, connection: "_Connection", loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._connection = connection
        self._buffer: list[bytes] = []
        self._size = 0
        self._waiter: asyncio.Future[None] | None = None
        self._take: Callable[[bytes], bool] | None = None
        # No exception is kept: it would hold the frame that raised it, and that this answer.
        self._fault: tuple[str, str] | None = None
        self.done = False
        self.status = 0
        self.headers: Sequence[tuple[str, str]] = ()

    def chunks(self, take: Callable[[bytes], bool] | None = None, /) -> "HttpAnswer":
        """Returns the iterator over the body as it comes; it raises Unavailable when the body breaks off.

        While it waits, what comes is offered to `take` first.
        """
        self._take = take
        return self

    def __aiter__(self) -> "HttpAnswer":
        return self

    async def __anext__(self) -> bytes:
        while not self._buffer:
            if self.done:
                raise StopAsyncIteration
            if self._fault is not None:
                message, code = self._fault
                raise Unavailable(message, code=code)
            self._waiter = self._loop.create_future()
            await self._waiter
        data = self._buffer[0] if len(self._buffer) == 1 else b"".join(self._buffer)
        self._emptied()
        return data

    def close(self) -> None:
        """Ends the exchange: a connection whose answer is not complete is closed."""
        self._take = None
        if not self.done:
            self._connection.abort()

    def put(self, data: bytes) -> bool:
        """Takes a piece of the body; True when so much lies here that reading should stop."""
        self._buffer.append(data)
        self._size += len(data)
        return self._size > _BUFFERED_BYTES

    def came(self) -> None:
        """All that came at once is here: it is taken where it is, or whoever waits is woken."""
        waiter, take = self._waiter, self._take
        if take is not None and self._buffer and waiter is not None and not waiter.done():
            data = self._buffer[0] if len(self._buffer) == 1 else b"".join(self._buffer)
            if take(data):
                self._emptied()
                return
        self.wake()

    def end(self, fault: tuple[str, str] | None = None) -> None:
        """Ends the body, in order or with the message and code of an error."""
        self.done = fault is None
        self._fault = fault
        self._take = None
        self.wake()

    def wake(self) -> None:
        """Lets whoever waits look again."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _emptied(self) -> None:
        self._buffer.clear()
        if self._size > _BUFFERED_BYTES:
            self._connection.resume()
        self._size = 0


class _Connection(asyncio.Protocol):
    """One connection, one exchange at a time."""

    def __init__(self, kept: "list[_Connection]", opened: "set[_Connection]", idle: float) -> None:
        self._kept = kept
        self._opened = opened
        self._idle = idle
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._answer: HttpAnswer | None = None
        self._waiting: asyncio.Future[HttpAnswer] | None = None
        self._headers: list[tuple[str, str]] = []
        self._head_size = 0
        self._heard = 0.0
        self._silence: asyncio.TimerHandle | None = None
        self._untouched = False
        self._paused = False

    @property
    def usable(self) -> bool:
        """Whether a request can be written to it."""
        return self._transport is not None and not self._transport.is_closing()

    async def exchange(self, data: bytes) -> HttpAnswer:
        """Sends a request and returns the answer once its head is there; raises Unavailable."""
        if self._transport is None or self._transport.is_closing():
            raise Unavailable("the connection is closed", code="upstream.stale")
        self._parser = httptools.HttpResponseParser(self)
        self._answer = HttpAnswer(self, self._loop)
        self._waiting = self._loop.create_future()
        self._untouched = True
        self._heard = self._loop.time()
        if self._silence is None:
            self._silence = self._loop.call_later(self._idle, self._listen)
        self._transport.write(data)
        try:
            return await self._waiting
        except asyncio.CancelledError:
            self.abort()
            raise

    def abort(self) -> None:
        """Closes the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def resume(self) -> None:
        """Reads on."""
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # a stream's transport
        self._opened.add(self)

    def data_received(self, data: bytes) -> None:
        self._untouched = False
        self._heard = self._loop.time()
        if self._answer is None:
            self.abort()
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail("the server does not speak HTTP", "upstream.garbled")
            return
        if self._answer is not None:
            self._answer.came()

    def connection_lost(self, exc: Exception | None) -> None:
        self._opened.discard(self)
        if self in self._kept:
            self._kept.remove(self)
        if self._silence is not None:
            self._silence.cancel()
        if self._answer is None:
            return
        if exc is None and self._waiting is None and self._until_close():
            self._answer.end()
        elif self._untouched:
            self._fail("the server closed the connection", "upstream.stale")
        else:
            self._fail("the server broke off", "upstream.broken")

    # httptools

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._waiting is None:
            return  # a trailer (RFC 9112 7.1.2): it comes when the head has been judged already
        self._head_size += len(name) + len(value)
        if self._head_size > _HEAD_BYTES:
            self._fail("the server's head is too large", "upstream.garbled")
            return
        self._headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        headers, self._headers, self._head_size = self._headers, [], 0
        if status == _SWITCHING:
            self._fail("the server wants another protocol", "upstream.garbled")
        elif status >= _FINAL and self._answer is not None and self._waiting is not None:
            self._answer.status = status
            self._answer.headers = headers
            waiting, self._waiting = self._waiting, None
            if not waiting.done():
                waiting.set_result(self._answer)

    def on_body(self, body: bytes) -> None:
        if self._answer is not None and self._answer.put(body) and self._transport is not None and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        if self._answer is None or self._waiting is not None:
            return
        self._answer.end()
        self._answer = None
        if self._parser.should_keep_alive() and len(self._kept) < _IDLE_KEPT:
            self._kept.append(self)
        elif self._transport is not None:
            self._transport.close()

    def _until_close(self) -> bool:
        """Whether the answer's body is delimited by the end of the connection (RFC 9112 6.3, item 8)."""
        names = {name for name, _ in self._answer.headers} if self._answer is not None else set()
        return names.isdisjoint({"content-length", "transfer-encoding"})

    def _listen(self) -> None:
        """Ends an exchange that has been silent for too long; a silent connection that is kept is closed."""
        left = self._heard + self._idle - self._loop.time()
        if self._answer is not None and (left > 0 or self._paused):
            self._silence = self._loop.call_later(max(left, 1.0), self._listen)
            return
        self._silence = None
        if self._answer is not None:
            self._fail("the server fell silent", "upstream.idle")
        self.abort()

    def _fail(self, message: str, code: str) -> None:
        answer, self._answer = self._answer, None
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_exception(Unavailable(message, code=code))
        elif answer is not None:
            answer.end((message, code))
        self.abort()


def _target(url: str) -> tuple[_Origin, str]:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Bug("an upstream's url has a scheme and a host")
    secure = parts.scheme == "https"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Origin(
        secure, parts.hostname, parts.port or (443 if secure else 80), parts.netloc.rpartition("@")[2]
    ), target


_usual: Final = lru_cache(64)(_target)
"""The target of an address without a query, which may be anybody's: the same few come again and again."""


def _head(request: Request, name: str, target: str) -> bytes:
    lines = [
        f"{request.method} {target} HTTP/1.1",
        f"host: {name}",
        *(f"{key}: {value}" for key, value in request.headers),
    ]
    if request.body or request.method != "GET":
        lines.append(f"content-length: {len(request.body)}")
    head = "\r\n".join(lines)
    if head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1:
        raise Bug("a request's head has no line ends but its own")
    return (head + "\r\n\r\n").encode("latin-1")
