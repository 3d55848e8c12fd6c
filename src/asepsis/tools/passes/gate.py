"""ASGI middleware in front of an MCP server: a `tools/call` passes with a call token of its own, or not at all.

It reads a body up to a limit and hands on what it understood, written anew: what was verified is what the tool gets,
whatever a body with one name twice would have meant to somebody else. A batch passes no call, nor does what can't be
read. Everything else of MCP goes through: what it can do to a tool is what the tool's owner lets anybody do.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Final, TypeAlias

import msgspec

from asepsis.core.errors import NotTrusted
from asepsis.tools.passes.tokens import Verifier
from asepsis.tools.types import Json

__all__ = ["HEADER", "Gate"]

HEADER: Final = "x-asepsis-call"
_MOST: Final = 4_000_000
_CALL: Final = "tools/call"

Message: TypeAlias = MutableMapping[str, object]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]


class _Call(msgspec.Struct, frozen=True):
    name: str
    arguments: dict[str, Json] = msgspec.field(default_factory=dict)


class Gate:
    """The middleware."""

    def __init__(self, application: Application, verifier: Verifier) -> None:
        self._application = application
        self._verifier = verifier

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serves one connection."""
        if scope["type"] != "http" or scope.get("method") != "POST":
            await self._application(scope, receive, send)
            return
        body = await _body(receive)
        known = None if body is None else self._known(scope, body)
        if known is None:
            await _refuse(send)
            return
        await self._application(_sized(scope, known), _again(known, receive), send)

    def _known(self, scope: Message, body: bytes) -> bytes | None:
        """The body as it was understood, None for what may not pass."""
        try:
            request = msgspec.json.decode(body)
            if not isinstance(request, dict):
                return None
            if request.get("method") == _CALL:
                call = msgspec.convert(request.get("params"), _Call)
                self._verifier.verify(_header(scope), tool=call.name, arguments=call.arguments)
            return msgspec.json.encode(request)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, NotTrusted):
            return None


async def _body(receive: Receive) -> bytes | None:
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        piece = message.get("body", b"")
        pieces.append(piece if isinstance(piece, bytes) else b"")
        size += len(pieces[-1])
        if size > _MOST:
            return None
        if not message.get("more_body"):
            return b"".join(pieces)


def _again(body: bytes, receive: Receive) -> Receive:
    """Hands a body out once more, then what comes after it."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _sized(scope: Message, body: bytes) -> Message:
    headers = scope.get("headers")
    kept = [one for one in headers if one[0] != b"content-length"] if isinstance(headers, list | tuple) else []
    return {**scope, "headers": [*kept, (b"content-length", str(len(body)).encode())]}


def _header(scope: Message) -> str:
    headers = scope.get("headers")
    found = [value for name, value in headers if name == HEADER.encode()] if isinstance(headers, list | tuple) else []
    return found[0].decode("latin-1") if len(found) == 1 else ""


async def _refuse(send: Send) -> None:
    body = b'{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"the call token does not hold for this call"}}'
    head = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 401, "headers": head})
    await send({"type": "http.response.body", "body": body})
