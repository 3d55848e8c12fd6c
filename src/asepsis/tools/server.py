"""The shell: MCP over streamable HTTP for agents, an ASGI application on loopback.

| request | gets |
| --- | --- |
| POST /mcp | one message; its answer as JSON, 202 for a notice |
| GET /mcp | 405: a server has nothing to say unasked here |
| DELETE /mcp | 200: a client may leave; what its session knows stays |
| GET /.well-known/oauth-protected-resource[/mcp] | what a client needs to get a token (RFC 9728) |
| GET /healthz | 200 |

A request with an Origin or a Host that is not this server's is refused (DNS rebinding). Nobody is let in without a key
or token that identity knows; the one of a client goes no further.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Final, TypeAlias

import msgspec

from asepsis.core.errors import Error, InputError
from asepsis.core.ports import Identifier
from asepsis.core.types import Principal
from asepsis.tools.firewall import Firewall, Spoken
from asepsis.tools.mcp import messages
from asepsis.tools.mcp.front import Call, Front, Reply
from asepsis.tools.mcp.messages import Id, Notice, Request

__all__ = ["Application"]

Message: TypeAlias = MutableMapping[str, object]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

_MOST: Final = 4_000_000
_WORDS: Final = 64_000
_NAME: Final = 200
_PATH: Final = "/mcp"
_RESOURCE: Final = "/.well-known/oauth-protected-resource"
_JSON: Final = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))


class Application:
    """The ASGI application; `address` is this server's own, `issuer` where tokens come from, empty for nowhere."""

    def __init__(
        self,
        firewall: Firewall,
        identifier: Callable[[], Identifier],
        *,
        address: str,
        issuer: str = "",
        speaking: Sequence[str] = (),
        running: int = 16,
    ) -> None:
        self._firewall = firewall
        self._front = Front(firewall.catalogue.listed)
        self._identifier = identifier
        self._address = address
        self._issuer = issuer
        self._speaking = frozenset(speaking)
        self._running = asyncio.Semaphore(running)
        self._tasks: dict[tuple[Principal, Id], asyncio.Task[object]] = {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            return
        headers = _headers(scope)
        reply = await self._served(str(scope.get("method")), str(scope.get("path")), headers, receive)
        await _sent(send, reply, headers=() if reply.status != 401 else self._challenge())

    async def _served(self, method: str, path: str, headers: list[tuple[str, str]], receive: Receive) -> Reply:
        named = dict(headers)
        if not self._own(named):
            return _plain(403, "the request came by another name")
        if path != _PATH:
            return self._public(method, path)
        who = self._identifier().identify(headers)
        if who is None:
            return _plain(401, "the caller is not known")
        if method == "POST":
            return await self._posted(who, named, receive)
        return Reply(b"{}") if method == "DELETE" else _plain(405, "expected POST")

    def _public(self, method: str, path: str) -> Reply:
        if method == "GET" and path == "/healthz":
            return Reply(b'{"status":"ok"}')
        if method == "GET" and path in (_RESOURCE, _RESOURCE + _PATH):
            servers = [self._issuer] if self._issuer else []
            return Reply(msgspec.json.encode({"resource": self._address + _PATH, "authorization_servers": servers}))
        return _plain(404, "there is no such route")

    async def _posted(self, who: Principal, headers: dict[str, str], receive: Receive) -> Reply:
        try:
            message = messages.read(await _body(receive), most=_MOST)
        except InputError as error:
            return Reply(messages.error(None, messages.INVALID, error.message), 400)
        if isinstance(message, Notice):
            self._noticed(who, message)
            return Reply(b"", 202)
        if not isinstance(message, Request):
            return Reply(b"", 202)
        named = headers.get("mcp-method", message.method)
        if named != message.method or headers.get("mcp-name", _name(message)) != _name(message):
            return Reply(messages.error(message.id, messages.INVALID, "a header and the request differ"), 400)
        taken = self._front.take(message, version=headers.get("mcp-protocol-version", ""))
        if isinstance(taken, Reply):
            return taken
        spoken = Spoken()
        if who.application in self._speaking:
            session = headers.get("x-asepsis-session", "")[:_NAME]
            spoken = Spoken(_words(headers.get("x-asepsis-task", ""))[:_WORDS], session)
        return await self._called(who, taken, spoken)

    async def _called(self, who: Principal, call: Call, spoken: Spoken) -> Reply:
        key = (who, call.id)
        task = asyncio.current_task()
        if task is None or key in self._tasks:
            return Reply(messages.error(call.id, messages.INVALID, "expected an id that is not in use"), 400)
        self._tasks[key] = task
        try:
            async with self._running:
                result = await self._firewall.call(who, call, spoken)
        except Error as error:
            return Reply(messages.error(call.id, -32603, f"the call can't be recorded ({error.code})"), 503)
        except asyncio.CancelledError:
            if task.uncancel():
                raise
            return Reply(messages.error(call.id, -32603, "the call was cancelled"))
        finally:
            self._tasks.pop(key, None)
        if call.modern:
            result = {"resultType": "complete", **result}
        return Reply(messages.result(call.id, result))

    def _noticed(self, who: Principal, notice: Notice) -> None:
        """Cancels a call of the same principal; nobody can cancel another's."""
        asked = notice.params.get("requestId")
        if notice.method == "notifications/cancelled" and isinstance(asked, str | int):
            task = self._tasks.get((who, asked))
            if task is not None:
                task.cancel()

    def _own(self, headers: dict[str, str]) -> bool:
        own = self._address.partition("://")[2]
        return headers.get("host", "") == own and headers.get("origin", self._address) == self._address

    def _challenge(self) -> tuple[tuple[bytes, bytes], ...]:
        said = f'Bearer resource_metadata="{self._address}{_RESOURCE}{_PATH}"'
        return ((b"www-authenticate", said.encode()),)


def _name(request: Request) -> str:
    name = request.params.get("name", request.params.get("uri", ""))
    return name if isinstance(name, str) else ""


def _words(value: str) -> str:
    """What a header says; beyond ASCII and one line it is `=?base64?…?=`, as MCP writes such values."""
    inner = value.removeprefix("=?base64?")
    if inner == value or not inner.endswith("?="):
        return value
    try:
        return base64.b64decode(inner.removesuffix("?="), validate=True).decode()
    except ValueError:
        return ""


def _headers(scope: Message) -> list[tuple[str, str]]:
    """The headers; of one that stands twice nobody knows which counts, so it counts as both and fits nothing."""
    raw = scope.get("headers")
    found: dict[str, str] = {}
    for name, value in raw if isinstance(raw, list | tuple) else ():
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return list(found.items())


async def _body(receive: Receive) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        piece = message.get("body", b"")
        if message["type"] != "http.request" or not isinstance(piece, bytes):
            raise InputError("expected a body")
        pieces.append(piece)
        size += len(piece)
        if size > _MOST:
            raise InputError(f"expected at most {_MOST} bytes in a message")
        if not message.get("more_body"):
            return b"".join(pieces)


def _plain(status: int, text: str) -> Reply:
    return Reply(messages.error(None, messages.INVALID, text), status)


async def _sent(send: Send, reply: Reply, *, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
    length = (b"content-length", str(len(reply.body)).encode())
    head = [*(_JSON if reply.body else ()), length, *headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": head})
    await send({"type": "http.response.body", "body": reply.body})
