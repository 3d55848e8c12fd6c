"""The ASGI shell: the same gateway under any ASGI server."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence

from asepsis.gateway.errors import Denied
from asepsis.gateway.headers import Header
from asepsis.gateway.service import Gateway
from asepsis.gateway.types import Head, Reply

__all__ = ["AsgiShell", "serve"]

Message = MutableMapping[str, object]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


async def serve(gateway: Gateway, scope: Mapping[str, object], receive: Receive, send: Send) -> None:
    """Serves one scope of type `http`."""
    raw = scope["headers"]
    pairs = raw if isinstance(raw, (list, tuple)) else []
    headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in pairs)
    query = scope["query_string"]
    head = Head(
        str(scope["method"]), str(scope["path"]), query.decode("latin-1") if isinstance(query, bytes) else "", headers
    )
    await gateway.handle(head, AsgiShell(receive, send))


class AsgiShell:
    """One exchange over ASGI. Only one task may receive at a time: the body first, then the watch for the client."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._read = asyncio.Event()

    async def body(self, limit: int, /) -> bytes:
        """Returns the request's body; raises Denied when it is larger than `limit` bytes."""
        pieces: list[bytes] = []
        size = 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Denied("gateway.client", "the client left before its request was read")
            chunk = message.get("body", b"")
            pieces.append(chunk if isinstance(chunk, bytes) else b"")
            size += len(pieces[-1])
            if size > limit:
                raise Denied("gateway.limits.request", f"the request is larger than {limit} bytes")
            if not message.get("more_body", False):
                self._read.set()
                return b"".join(pieces)

    async def reply(self, reply: Reply, /) -> None:
        """Sends a whole answer."""
        length = ("content-length", str(len(reply.body)))
        await self.start(reply.status, (*reply.headers, length))
        await self._send({"type": "http.response.body", "body": reply.body})

    async def start(self, status: int, headers: Sequence[Header], /) -> None:
        """Begins an answer."""
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await self._send({"type": "http.response.start", "status": status, "headers": raw})

    async def send(self, data: bytes, /) -> None:
        """Sends a piece of a streamed answer."""
        if data:
            await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def finish(self) -> None:
        """Ends a streamed answer."""
        await self._send({"type": "http.response.body", "body": b""})

    async def gone(self) -> None:
        """Returns once the client has left."""
        await self._read.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass
