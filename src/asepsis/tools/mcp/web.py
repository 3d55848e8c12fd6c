"""A server over streamable HTTP: a request per message, the answer as JSON or as the one event of a stream.

The address is the configuration's and no redirect is followed. What authorises is added here and nowhere else: nothing
of what a client sent goes on to a server, and no client sees what a server gets.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from typing import Final, NoReturn

from asepsis.core.errors import InputError, Unavailable
from asepsis.core.ports import Answer as HttpAnswer
from asepsis.core.ports import Request as HttpRequest
from asepsis.core.ports import Transport
from asepsis.tools.mcp.back import Back, whole
from asepsis.tools.mcp.headers import name_of, repeating
from asepsis.tools.mcp.messages import MODERN, Answer, Id, Request
from asepsis.tools.mcp.offering import Offering
from asepsis.tools.passes.gate import HEADER
from asepsis.tools.ports import Heard
from asepsis.tools.types import Json, Tool

__all__ = ["HttpServer"]

_MOST: Final = 8_000_000
_MOST_STREAMED: Final = 32_000_000
_BREAK: Final = re.compile(rb"\r\n\r\n|\n\n")
_LONGEST_BREAK: Final = b"\r\n\r\n"
_SESSION: Final = "mcp-session-id"
_OVER: Final = "tools.unlisted"
_TRANSPORT: Final = "upstream."
"""What codes of the network begin with: no connection, or one that broke."""
_UNKNOWING: Final = frozenset({400, 404, 405, 406, 415, 422})
"""What servers answer to a request that they don't know; what else they answer is no reason to greet them."""


class HttpServer:
    """Implements `ToolServer`; `credentials` are headers that the server wants, each call within `seconds`."""

    def __init__(
        self, url: str, transport: Transport, *, credentials: Sequence[tuple[str, str]] = (), seconds: float
    ) -> None:
        self._url = url
        self._transport = transport
        self._credentials = tuple(credentials)
        self._seconds = seconds
        self._back = Back()
        self._session = ""
        self._status = 0
        self._schemas: dict[str, dict[str, Json]] = {}
        self._opening = asyncio.Lock()
        self._offering = Offering(self._page)

    @property
    def listed(self) -> bool:
        """Whether it has listed its tools in this session, and told of no change since."""
        return self._offering.holds

    async def tools(self) -> tuple[Tool, ...]:
        """Returns all that it lists; raises Unavailable or InputError."""
        try:
            found = await self._offering.tools()
        except Unavailable as error:
            if error.code != _OVER:
                raise
            found = await self._offering.tools()
        self._schemas = {one.name: one.input_schema for one in found}
        return found

    async def call(self, tool: str, arguments: dict[str, Json], /, *, token: str, heard: Heard) -> dict[str, Json]:
        """Makes a call and returns its result; raises Unavailable or InputError. `heard` is told its progress."""
        self._offering.check()
        return await self._do("tools/call", {"name": tool, "arguments": arguments}, token, heard)

    async def close(self) -> None:
        """Ends the session; the transport is its owner's to close."""
        if self._session:
            answer = await self._transport.send(HttpRequest("DELETE", self._url, self._headers(()), b""))
            answer.close()
            self._session = ""

    async def _page(self, params: dict[str, Json]) -> dict[str, Json]:
        return await self._do("tools/list", params, "")

    async def _do(
        self, method: str, params: dict[str, Json], token: str, heard: Heard | None = None
    ) -> dict[str, Json]:
        try:
            async with asyncio.timeout(self._seconds):
                await self._ready()
                asked, data = self._back.request(method, params)
                repeated = self._repeating(Request(asked, method, params)) if self._back.modern else ()
                answer = await self._ask(asked, data, (*_token(token), *repeated), heard)
        except TimeoutError as error:
            raise Unavailable("the server did not answer in time", code="tools.timeout") from error
        except Unavailable as error:
            if error.code.startswith(_TRANSPORT):
                self._anew()  # what comes back may be another program
            raise
        return whole(answer)

    def _anew(self) -> None:
        """Begins anew with the next request: it lists its tools before any call is made."""
        self._back, self._session = Back(), ""
        self._offering.changed()

    def _over(self, session: str) -> NoReturn:
        """Begins anew where that was not done meanwhile; raises Unavailable: by MCP a request of it was not heard."""
        if self._session == session:
            self._anew()
        raise Unavailable("the server's session is over", code=_OVER)

    def _repeating(self, request: Request) -> tuple[tuple[str, str], ...]:
        """The headers that repeat a request, by the schema that the tool had when it was listed."""
        return repeating(request, self._schemas.get(name_of(request), {}))

    async def _ready(self) -> None:
        async with self._opening:
            if self._back.version:
                return
            self._session = ""
            if await self._discovered():
                self._session = ""
                return
            notice = self._back.opened(await self._ask(*self._back.opening(), ()))
            answer = await self._transport.send(HttpRequest("POST", self._url, self._headers(()), notice))
            answer.close()

    async def _discovered(self) -> bool:
        """Whether the server speaks without a handshake; what else it answers is of one that does not know that."""
        version = ("mcp-protocol-version", MODERN)
        try:
            headers = (version, ("mcp-method", "server/discover"))
            return self._back.discovered(await self._ask(*self._back.discovering(), headers))
        except Unavailable as error:
            if error.code != "tools.status" or self._status not in _UNKNOWING:
                raise
            return False

    async def _ask(
        self,
        id: Id,  # noqa: A002 the field's name
        data: bytes,
        headers: tuple[tuple[str, str], ...],
        heard: Heard | None = None,
    ) -> Answer:
        # A call may do something that must not be done twice; only calls are heard.
        request = HttpRequest("POST", self._url, self._headers(headers), data, once=heard is not None)
        session = self._session
        answer = await self._transport.send(request)
        try:
            if answer.status == 404 and session:
                self._over(session)
            self._status = answer.status
            if answer.status not in {200, 400}:
                raise Unavailable(f"expected status 200, got {answer.status}", code="tools.status")
            came = dict(answer.headers)
            self._session = self._session or ("" if self._back.modern else came.get(_SESSION, ""))
            async for message in _messages(answer, came.get("content-type", "")):
                taken = self._back.take(message)
                if taken.changed:
                    self._offering.changed()
                if taken.step is not None and heard is not None and taken.step.id == id:
                    heard(taken.step.done, taken.step.total)
                if taken.answer is not None and taken.answer.id == id:
                    return taken.answer
        except InputError as error:
            if answer.status == 400:
                raise Unavailable("expected status 200, got 400", code="tools.status") from error
            raise
        finally:
            answer.close()
        code = "tools.status" if answer.status == 400 else "tools.gone"
        raise Unavailable("the server gave no answer", code=code)

    def _headers(self, more: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        session = ((_SESSION, self._session),) if self._session else ()
        version = (("mcp-protocol-version", self._back.version),) if self._back.version else ()
        return (
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
            ("accept-encoding", "identity"),
            *session,
            *version,
            *more,
            *self._credentials,
        )


def _token(token: str) -> tuple[tuple[str, str], ...]:
    return ((HEADER, token),) if token else ()


async def _messages(answer: HttpAnswer, kind: str) -> AsyncIterator[bytes]:
    """Yields the messages of an answer: one, or those of a stream of events."""
    body, total = bytearray(), 0
    stream = kind.startswith("text/event-stream")
    async for chunk in answer.chunks():
        new = max(len(body) - len(_LONGEST_BREAK), 0)
        body += chunk
        total += len(chunk)
        if len(body) > _MOST or total > _MOST_STREAMED:
            raise InputError(f"expected at most {_MOST} bytes from a server")
        if stream and _BREAK.search(body, new):
            *events, rest = _BREAK.split(body)
            body = bytearray(rest)
            for data in filter(None, map(_data, events)):
                yield data
                await asyncio.sleep(0)  # there may be many in one chunk, and others wait for the loop
    if not stream:
        yield bytes(body)


def _data(event: bytes) -> bytes:
    lines = [line.rstrip(b"\r") for line in event.split(b"\n")]
    return b"\n".join(line[5:].removeprefix(b" ") for line in lines if line.startswith(b"data:"))
