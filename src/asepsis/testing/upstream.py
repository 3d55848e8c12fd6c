"""A scripted upstream over real sockets: an HTTP/1.1 server that answers exactly what a test tells it to, byte by byte.

It keeps the requests that reached it, so that a test can look for what must not have, and notices when the other side
closes the connection. Nothing in it is clever: what a hostile or broken server would send is written down by the test.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

__all__ = ["Exchange", "Received", "ScriptedUpstream", "chunked", "head", "sse", "whole"]


class Received:
    """A request as it came."""

    def __init__(self, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body


class Exchange:
    """The server's side of one exchange: the request, and a way to send raw bytes."""

    def __init__(self, request: Received, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.request = request
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        """Sends bytes as they are."""
        self._writer.write(data)
        await self._writer.drain()

    def reset(self) -> None:
        """Resets the connection in the middle of things."""
        self._writer.transport.abort()

    async def closed(self) -> None:
        """Returns once the other side has closed the connection."""
        with contextlib.suppress(OSError):
            while await self._reader.read(65_536):
                pass


Script = Callable[[Exchange], Awaitable[None]]


class ScriptedUpstream:
    """Serves a script on a free port of the loopback interface; `received` holds the requests."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.received: list[Received] = []
        self.left = asyncio.Event()
        self.port = 0

    @property
    def url(self) -> str:
        """The address for a client."""
        return f"http://127.0.0.1:{self.port}/v1"

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["ScriptedUpstream"]:
        """Runs the server for the block."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await _read(reader)) is not None:
                self.received.append(request)
                await self.script(Exchange(request, reader, writer))
        except OSError:
            self.left.set()
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Received | None:
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = raw.decode("latin-1").rstrip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method, path, headers, body)


def head(status: int = 200, *headers: tuple[str, str]) -> bytes:
    """Returns the bytes of an answer's head."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode()


def whole(body: bytes, *, status: int = 200, media: str = "application/json") -> bytes:
    """Returns a whole answer."""
    return head(status, ("content-type", media), ("content-length", str(len(body)))) + body


def chunked(pieces: Iterable[bytes]) -> bytes:
    """Returns pieces in the chunked transfer coding, ended."""
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces if piece) + b"0\r\n\r\n"


def sse(events: Iterable[bytes]) -> bytes:
    """Returns a whole stream of server-sent events, one chunk for each event."""
    start = head(200, ("content-type", "text/event-stream"), ("transfer-encoding", "chunked"))
    return start + chunked(events)
