"""The shell: MCP over streamable HTTP for agents, an ASGI application on loopback.

| request | gets |
| --- | --- |
| POST /mcp | one message; its answer as JSON, or as events where there is more to tell than that; 202 for a notice |
| GET /mcp, DELETE /mcp | 405: nothing is said unasked here, and what a session knows is not forgotten on request |
| GET /.well-known/oauth-protected-resource[/mcp] | what a client needs to get a token (RFC 9728) |
| GET /healthz | 200 |

A request with an Origin or a Host that is not this server's is refused (DNS rebinding). Nobody is let in without a key
or token that identity knows; the one of a client goes no further.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec

from asepsis.core.errors import Error, InputError, Unavailable
from asepsis.core.ports import Ended, Identifier, Peer
from asepsis.core.types import Principal
from asepsis.identity.scopes import ROOT
from asepsis.infra.serving import peer_of
from asepsis.tools.eliciting import Asking
from asepsis.tools.firewall import Firewall, Spoken
from asepsis.tools.mcp import messages
from asepsis.tools.mcp.front import Call, Front, Reply, complete
from asepsis.tools.mcp.headers import decoded
from asepsis.tools.mcp.messages import Answer, Id, Notice, Request
from asepsis.tools.planning import TOOL, read
from asepsis.tools.running import Message, Receive, Running, Send, sent
from asepsis.tools.types import Json

__all__ = ["Application", "Trusted"]

_LOG: Final = logging.getLogger(__name__)
_MOST: Final = 4_000_000
_WORDS: Final = 64_000
_NAME: Final = 200
_PATH: Final = "/mcp"
_SESSION: Final = "mcp-session-id"
_ASKS: Final = "-asks"
_ASK_SECONDS: Final = 120.0
_RESOURCE: Final = "/.well-known/oauth-protected-resource"


class _Asked(NamedTuple):
    """A request but for its body."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    peer: Peer


class Trusted(NamedTuple):
    """Applications whose word about their user is taken, those that put questions to their user, and who is let in.

    `planning` are those whose agents may commit to plans. With `certified` nobody is without a client's certificate.
    """

    speaking: Sequence[str] = ()
    asking: Sequence[str] = ()
    planning: Sequence[str] = ()
    certified: bool = False


class _Passed(msgspec.Struct, frozen=True):
    """What came for a call that another worker may have: what its user answered, None where it is cancelled."""

    who: Principal
    session: str
    id: Id
    result: dict[str, Json] | None = None


class Application:
    """The ASGI application; `address` is this server's own, `issuer` where tokens come from, empty for nowhere.

    Where there are other workers, `tell` is what tells them, and `heard` takes what they tell.
    """

    def __init__(
        self,
        firewall: Firewall,
        identifier: Callable[[], Identifier],
        *,
        address: str,
        issuer: str = "",
        trusted: Trusted,
        names: Callable[[], str],
    ) -> None:
        self._firewall = firewall
        self._front = Front(firewall.catalogue.listed)
        self._identifier = identifier
        self._address = address
        self._issuer = issuer
        self._speaking = frozenset(trusted.speaking)
        self._asking = frozenset(trusted.asking)
        self._planning = frozenset(trusted.planning)
        self.tell: Callable[[bytes], None] | None = None
        self._names = names
        self._certified = trusted.certified
        self._waiting: dict[tuple[Principal, Id], asyncio.Future[dict[str, Json]]] = {}
        self._tasks: dict[tuple[Principal, str, Id], list[Running]] = {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            return
        headers = _headers(scope)
        asked = _Asked(str(scope.get("method")), str(scope.get("path")), headers, peer_of(scope))
        reply = await self._served(asked, receive)
        if isinstance(reply, Running):
            await reply.answer(send)
        else:
            await sent(send, reply, headers=self._beside(reply))

    async def _served(self, asked: "_Asked", receive: Receive) -> Reply | Running:
        named = dict(asked.headers)
        if not self._own(named):
            return _plain(403, "expected this server's own host and origin, as `tools.address` says them")
        if asked.path != _PATH:
            return self._public(asked.method, asked.path)
        if self._certified and not asked.peer.certificate:
            return _plain(401, "expected a client's certificate")
        who = await self._known(asked)
        if not isinstance(who, Principal):
            return _plain(401, who.why if who is not None else "the caller is not known")
        if asked.method == "POST":
            return await self._posted(who, named, receive)
        return _plain(405, "expected POST")

    async def _known(self, asked: "_Asked") -> Principal | Ended | None:
        """Tells who calls, in a thread where that has to be looked up; where it can't be, nobody is known."""
        identifier = self._identifier()
        later = identifier.later(asked.headers, method=asked.method, path=asked.path, peer=asked.peer)
        if later is None:
            return identifier.identify(asked.headers, peer=asked.peer)
        try:
            return await asyncio.to_thread(later)
        except Unavailable as error:
            _LOG.error("who calls can't be looked up: %s", error.code)
            return None

    def _public(self, method: str, path: str) -> Reply:
        if method == "GET" and path == "/healthz":
            return Reply(b'{"status":"ok"}')
        if method == "GET" and path in (_RESOURCE, _RESOURCE + _PATH):
            servers = [self._issuer] if self._issuer else []
            return Reply(msgspec.json.encode({"resource": self._address + _PATH, "authorization_servers": servers}))
        return _plain(404, f"there is no such route: agents call `{_PATH}`")

    async def _posted(self, who: Principal, headers: dict[str, str], receive: Receive) -> Reply | Running:
        try:
            message = messages.read(await _body(receive), most=_MOST)
        except InputError as error:
            return Reply(messages.error(None, messages.INVALID, error.message), 400)
        if isinstance(message, Notice):
            self._noticed(who, headers.get(_SESSION, ""), message)
            return Reply(b"", 202)
        if not isinstance(message, Request):
            self._answered(who, message)
            return Reply(b"", 202)
        taken = self._front.take(message, headers, plans=who.application in self._planning)
        return taken if isinstance(taken, Reply) else self._asked(who, headers, taken)

    def _asked(self, who: Principal, headers: dict[str, str], taken: Call) -> Reply | Running:
        try:
            spoken = self._spoken(who, headers, taken)
        except InputError as error:
            return Reply(messages.error(taken.id, messages.NO_PARAMS, error.message), 400)
        key = (who, headers.get(_SESSION, ""), taken.id)
        alike = self._tasks.setdefault(key, [])
        if alike and key[1]:
            return Reply(messages.error(taken.id, messages.INVALID, "expected an id that is not in use"), 400)
        tells = "text/event-stream" in headers.get("accept", "")
        asks = who.application in self._asking
        waits = asks and tells and key[1].endswith(_ASKS)
        spoken = spoken._replace(asking=Asking(None, asks and taken.asks, taken.state, taken.responses))
        running = Running(taken, lambda running: self._called(who, taken, spoken, running, waits=waits), tells=tells)
        alike.append(running)
        running.ended(lambda: self._ended(key, running))
        return running

    def _spoken(self, who: Principal, headers: dict[str, str], taken: Call) -> Spoken:
        """Returns what an application says of a call, where its word is taken; raises InputError."""
        if who.application not in self._speaking:
            return Spoken()
        words = (decoded(headers.get("x-asepsis-task")) or "")[:_WORDS]
        turn = headers.get("x-asepsis-turn", "")[:_NAME]
        plan = read(taken.plan) if taken.plan is not None else None
        if grant := dict(who.claims).get(ROOT, ""):
            return Spoken(words, plan=plan, grant=grant, turn=turn)
        return Spoken(words, headers.get("x-asepsis-session", "")[:_NAME], plan=plan, turn=turn)

    def _ended(self, key: tuple[Principal, str, Id], running: Running) -> None:
        self._tasks[key].remove(running)
        if not self._tasks[key]:
            del self._tasks[key]

    async def _called(self, who: Principal, call: Call, spoken: Spoken, running: Running, *, waits: bool) -> Reply:
        if waits:
            spoken = spoken._replace(asking=Asking(lambda params: self._ask(who, params, running)))
        try:
            if call.tool == TOOL and who.application in self._planning:
                result = await self._firewall.plan(who, call, spoken)
            else:
                result = await self._firewall.call(who, call, spoken, running.heard)
        except Error as error:
            return Reply(messages.error(call.id, messages.INTERNAL, f"the call can't be recorded ({error.code})"), 503)
        return Reply(messages.result(call.id, complete(result) if call.modern else result))

    async def _ask(self, who: Principal, params: dict[str, Json], running: Running) -> dict[str, Json] | None:
        """Has the client ask its user while the call waits; None where nothing comes back in time."""
        asked = f"asepsis-{self._names()}"
        answer: asyncio.Future[dict[str, Json]] = asyncio.get_running_loop().create_future()
        self._waiting[who, asked] = answer
        running.tell(messages.request(asked, "elicitation/create", params))
        try:
            async with asyncio.timeout(_ASK_SECONDS):
                return await answer
        except TimeoutError:
            return None
        finally:
            del self._waiting[who, asked]

    def _answered(self, who: Principal, answer: Answer) -> None:
        """Takes what a client brings back of its user; of questions that were put to the same principal alone."""
        if not self._took(who, answer.id, answer.result) and self.tell is not None:
            self.tell(msgspec.json.encode(_Passed(who, "", answer.id, answer.result)))

    def _took(self, who: Principal, asked: Id, result: dict[str, Json]) -> bool:
        waiting = self._waiting.get((who, asked))
        if waiting is not None and not waiting.done():
            waiting.set_result(result)
        return waiting is not None

    def _noticed(self, who: Principal, session: str, notice: Notice) -> None:
        """Cancels a call of the same principal, where just one has that id; nobody can cancel another's.

        Clients without a session may use the same ids, each for calls of its own: with other workers nobody knows whose
        is meant.
        """
        asked = notice.params.get("requestId")
        if notice.method != "notifications/cancelled" or not isinstance(asked, str | int):
            return
        if self.tell is None:
            self._cancelled(who, session, asked)
        elif session and not self._cancelled(who, session, asked):
            self.tell(msgspec.json.encode(_Passed(who, session, asked)))

    def _cancelled(self, who: Principal, session: str, asked: Id) -> bool:
        alike = self._tasks.get((who, session, asked), [])
        if len(alike) == 1:
            alike[0].cancel()
        return bool(alike)

    def heard(self, data: bytes, /) -> None:
        """Takes what another worker was sent for a call that it does not have."""
        try:
            passed = msgspec.json.decode(data, type=_Passed)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            _LOG.error("what another worker told can't be read")
            return
        if passed.result is None:
            self._cancelled(passed.who, passed.session, passed.id)
        else:
            self._took(passed.who, passed.id, passed.result)

    def _own(self, headers: dict[str, str]) -> bool:
        own = self._address.partition("://")[2]
        return headers.get("host", "") == own and headers.get("origin", self._address) == self._address

    def _beside(self, reply: Reply) -> tuple[tuple[bytes, bytes], ...]:
        """The headers of a reply: a challenge, or the id of a session, which says what its client can and no more."""
        if reply.opens:
            return ((_SESSION.encode(), f"{self._names()}{_ASKS if reply.asks else ''}".encode()),)
        return self._challenge() if reply.status == 401 else ()

    def _challenge(self) -> tuple[tuple[bytes, bytes], ...]:
        said = f'Bearer resource_metadata="{self._address}{_RESOURCE}{_PATH}"'
        return ((b"www-authenticate", said.encode()),)


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
