"""The RSGI shell (granian): the first way into the gateway."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from asepsis.core.errors import Unavailable
from asepsis.gateway.errors import Denied
from asepsis.gateway.headers import Header
from asepsis.gateway.service import Gateway
from asepsis.gateway.types import Head, Reply

__all__ = ["RsgiShell", "serve"]


class Headers(Protocol):
    """Request headers as granian gives them."""

    def items(self) -> list[tuple[str, str]]:
        """Returns names, in lower case, and values."""


class Scope(Protocol):
    """A request's head as granian gives it."""

    method: str
    path: str
    query_string: str

    @property
    def headers(self) -> Headers:
        """The headers."""


class SendTransport(Protocol):
    """A streamed answer as granian takes it."""

    async def send_bytes(self, data: bytes) -> None:
        """Sends a piece; raises a RuntimeError when the client is gone."""


class HttpProtocol(Protocol):
    """One exchange as granian carries it: iterating gives the request's body."""

    def __aiter__(self) -> "HttpProtocol": ...
    async def __anext__(self) -> bytes: ...
    async def client_disconnect(self) -> None:
        """Returns once the client has left."""

    def response_bytes(self, status: int, headers: list[Header], body: bytes) -> None:
        """Sends a whole answer."""

    def response_stream(self, status: int, headers: list[Header]) -> SendTransport:
        """Begins a streamed answer."""


async def serve(gateway: Gateway, scope: Scope, protocol: HttpProtocol) -> None:
    """Serves one HTTP request."""
    head = Head(scope.method, scope.path, scope.query_string, tuple(scope.headers.items()))
    await gateway.handle(head, RsgiShell(protocol, dict(head.headers).get("content-length", "")))


class RsgiShell:
    """One exchange over RSGI."""

    def __init__(self, protocol: HttpProtocol, length: str) -> None:
        self._protocol = protocol
        self._length = length
        self._transport: SendTransport | None = None

    async def body(self, limit: int, /) -> bytes:
        """Returns the request's body; raises Denied when it is, or says it is, larger than `limit` bytes."""
        if self._length.isdigit() and int(self._length) > limit:
            raise Denied("gateway.limits.request", f"the request is larger than {limit} bytes")
        pieces: list[bytes] = []
        size = 0
        async for chunk in self._protocol:
            size += len(chunk)
            if size > limit:
                raise Denied("gateway.limits.request", f"the request is larger than {limit} bytes")
            pieces.append(chunk)
        return b"".join(pieces)

    async def reply(self, reply: Reply, /) -> None:
        """Sends a whole answer."""
        self._protocol.response_bytes(reply.status, list(reply.headers), reply.body)

    async def start(self, status: int, headers: Sequence[Header], /) -> None:
        """Begins a streamed answer."""
        self._transport = self._protocol.response_stream(status, list(headers))

    async def send(self, data: bytes, /) -> None:
        """Sends a piece of it; raises Unavailable when the client is gone."""
        if self._transport is None or not data:
            return
        try:
            await self._transport.send_bytes(data)
        except RuntimeError as error:
            raise Unavailable("the client is gone", code="client.gone") from error

    async def finish(self) -> None:
        """Ends it: the server does when the handler returns."""

    async def gone(self) -> None:
        """Returns once the client has left."""
        await self._protocol.client_disconnect()
        await asyncio.sleep(0)
