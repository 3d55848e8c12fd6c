"""The gateway: carries a call from the shell through the guard to the upstream and back.

Order of a call, whatever shell it came through:

1. The route and the caller are found; the body is read under limits.
2. The guard decides (`call.open`). The *opened* Event is handed to the ledger.
3. A denial is answered once its Events are durable. Else the request goes upstream.
4. Not one byte of the answer is released before the opened Event is durable.
5. The *closed* Event is durable before the last byte is released.

A client that leaves ends the upstream call. Whatever raises in between closes the call by a named rule. What is large
is guarded in a thread, so that it does not hold up the others.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import msgspec

from asepsis.core.errors import InputError, Unavailable
from asepsis.core.events import Event, Outcome
from asepsis.core.ports import Answer, Ended, Ledger, Request, Transport
from asepsis.core.types import Decision, Principal, Verdict
from asepsis.gateway.account import Tools
from asepsis.gateway.call import Call
from asepsis.gateway.errors import Denied
from asepsis.gateway.headers import Header
from asepsis.gateway.live import Live
from asepsis.gateway.observed import ObservedStream
from asepsis.gateway.passing import LARGE, Passing, check_kill, cut
from asepsis.gateway.stream import StreamGuard
from asepsis.gateway.surfaces.routes import Route, fallback, find
from asepsis.gateway.types import Head, Reply, Shell
from asepsis.gateway.upstreams import Upstreams

__all__ = ["Gateway"]

_LOG = logging.getLogger(__name__)
_STREAM = "text/event-stream"
_UNREADY_SECONDS: Final = 5.0
_LARGE_AT_ONCE: Final = 2
_T = TypeVar("_T")


class Gateway:
    """Serves calls; `live` may be replaced at any time, and a call keeps the one it began with.

    `missing` names what no call can do without and is not there, an empty text when all is.
    """

    def __init__(
        self,
        live: Live,
        tools: Tools,
        *,
        ledger: Ledger,
        transport: Transport,
        missing: Callable[[], str] = lambda: "",
    ) -> None:
        self.live = live
        self._missing = missing
        self._unrecorded = 0.0
        self.draining = False
        self.running = 0
        self._tools = tools
        self._ledger = ledger
        self._upstreams = Upstreams(transport, clock=tools.clock, randomness=tools.randomness, before=self._check_kill)
        self._threads = ThreadPoolExecutor(_LARGE_AT_ONCE, "guard")
        self._received_bytes = 0
        self._leaving: set[asyncio.Future[object]] = set()

    async def handle(self, head: Head, shell: Shell) -> None:
        """Serves one request to its end; raises nothing but what the server itself raises."""
        if head.path in ("/healthz", "/readyz") and head.method == "GET":
            return await _sent(shell, self._health(head.path))
        self.running += 1
        try:
            await self._exchange(head, shell)
        except asyncio.CancelledError:
            if not shell.left:
                raise
        except Exception as error:  # noqa: BLE001 no answer is the last way to close
            _LOG.error("a call failed outside of its guard: %s", type(error).__name__)
            await _sent(shell, _BROKEN)
        finally:
            self.running -= 1

    def _health(self, path: str) -> Reply:
        """Says 503 while draining, while what every call needs is missing, and just after a call could not be recorded.

        A while later calls are let in again, which is how it is found out whether they can be recorded now.
        """
        fault = "" if path == "/healthz" else "draining" if self.draining else self._missing()
        if path == "/readyz" and asyncio.get_running_loop().time() < self._unrecorded:
            fault = fault or "ledger"
        status = {"status": fault or "ok"}
        return Reply(503 if fault else 200, (("content-type", "application/json"),), msgspec.json.encode(status))

    async def _exchange(self, head: Head, shell: Shell) -> None:
        live = self.live
        route = find(head.method, head.path, dict(head.headers))
        later = live.identifier.later(head.headers, method=head.method, path=head.path, peer=head.peer)
        if live.config.tls.required and not head.peer.certificate:
            principal: Principal | Ended | Denied | None = None
        elif later is not None:
            principal = await self._looked_up(later)
        else:
            principal = live.identifier.identify(head.headers, peer=head.peer)
        if route is None or not isinstance(principal, Principal):
            await self._stranger(head, shell, route, principal)
            return
        call = Call(route, principal, live, self._tools)
        try:
            request, opened = await self._received(call, head, shell)
        except asyncio.CancelledError:
            self._left_early(Call(route, principal, live, self._tools))
            raise
        if request is None:
            closed = call.close(Outcome.DENIED, 403, rule=_rule(call))
            recorded = _with(call, self._ledger.submit([opened, closed]))
            await self._final(call, recorded, shell, call.refusal(call.decision))
            return
        await self._answer(call, request, _with(call, self._ledger.note([opened])), shell)

    async def _looked_up(self, later: Callable[[], Principal | Ended | None]) -> Principal | Ended | Denied | None:
        """Has it looked up who calls; where that can't be done now, the call is denied."""
        try:
            return await asyncio.to_thread(later)
        except Unavailable as error:
            _LOG.error("who calls can't be looked up: %s", error.code)
            return Denied("identity.unavailable", "who calls can't be looked up now; try again later")

    async def _received(self, call: Call, head: Head, shell: Shell) -> tuple[Request | None, Event]:
        """Reads a request and decides on it. What all callers send at a time is bounded."""
        limits = call.live.config.call
        length = dict(head.headers).get("content-length", "")
        size = min(int(length), limits.request_bytes) if length.isdecimal() else limits.request_bytes
        if head.method == "GET":
            size = 0
        if self._received_bytes + size > limits.received_bytes:
            call.deny(Denied("gateway.limits.busy", "too much is being received; try again later"))
            return None, call.opened()
        self._received_bytes += size
        try:
            return await self._opened(call, head, await shell.body(limits.request_bytes))
        except Denied as denied:
            call.deny(denied)
            return None, call.opened()
        finally:
            self._received_bytes -= size

    async def _opened(self, call: Call, head: Head, body: bytes) -> tuple[Request | None, Event]:
        """Decides on a request: at once, or in a thread when it is large or the vault or people have to be asked."""
        if len(body) > LARGE:
            return await self._apart(lambda: call.open(head, body))
        if call.live.vault is not None and _names_session(head, body):
            return await asyncio.to_thread(call.open, head, body)
        if call.read(head, body):
            return await asyncio.to_thread(call.settle)
        return call.settle()

    async def _stranger(
        self, head: Head, shell: Shell, route: Route | None, principal: Principal | Ended | Denied | None
    ) -> None:
        """Denies a request without a route or without a caller; both are recorded."""
        known = route or Route(fallback(dict(head.headers)), "")
        who = principal if isinstance(principal, Principal) else Principal(self._tools.tenant, "unknown", "")
        call = Call(known, who, self.live, self._tools)
        status = 403
        if route is None:
            call.deny(Denied("gateway.route", "there is no such route"))
        elif isinstance(principal, Denied):
            status = 503
            call.deny(principal)
        else:
            status = 401
            if isinstance(principal, Ended):
                call.deny(Denied(principal.rule, principal.why))
            elif self.live.config.tls.required and not head.peer.certificate:
                call.deny(Denied("identity.certificate", "expected a client's certificate"))
            else:
                call.deny(Denied("identity.unknown", "the caller's key is not known"))
        closed = call.close(Outcome.DENIED, status, rule=_rule(call))
        done = self._ledger.submit([call.opened(), closed])
        await self._final(call, done, shell, call.refusal(call.decision, status=status))

    async def _answer(self, call: Call, request: Request, opened: Awaitable[object], shell: Shell) -> None:
        """Asks the upstream and passes on what the guard lets through."""
        call.times.mark("sent")
        try:
            answer = await self._upstreams.send(call, request)
        except Denied as denied:
            closed = call.close(Outcome.CUT, 403, rule=cut(call, denied))
            await self._final(call, _both(opened, self._recorded(call, closed)), shell, call.refusal(call.answer))
            return
        except Unavailable as error:
            await self._failed(call, opened, shell, error)
            return
        except asyncio.CancelledError:
            self._left(call, opened)
            raise
        call.times.mark("answered")
        try:
            if _is_stream(answer):
                await self._stream(call, answer, opened, shell)
            else:
                await self._whole(call, answer, opened, shell)
        except asyncio.CancelledError:
            self._left(call, opened)
            raise
        finally:
            answer.close()

    async def _whole(self, call: Call, answer: Answer, opened: Awaitable[object], shell: Shell) -> None:
        limit = call.live.config.call.answer_bytes
        try:
            body = await _read(answer, limit)
            given, long = (answer.status, answer.headers, body), len(body) > LARGE or call.takes_people()
            reply = await self._apart(lambda: call.document(*given)) if long else call.document(*given)
            if self.live is not call.live:
                self._check_kill(call)
        except Unavailable as error:
            await self._failed(call, opened, shell, error)
            return
        except Exception as error:  # noqa: BLE001 whatever fails in the guard closes the call
            closed = call.close(Outcome.CUT, 403, rule=cut(call, error))
            await self._final(call, _both(opened, self._recorded(call, closed)), shell, call.refusal(call.answer))
            return
        call.times.mark("first")
        closed = call.close(Outcome.COMPLETED, reply.status)
        await self._final(call, _both(opened, self._recorded(call, closed)), shell, reply)

    async def _stream(self, call: Call, answer: Answer, opened: Awaitable[object], shell: Shell) -> None:
        try:
            guard = call.stream(answer.headers)
            headers = call.stream_headers(answer.headers)
        except Denied as denied:
            call.deny_answer(denied)
            closed = call.close(Outcome.CUT, 403, rule=denied.code)
            await self._final(call, _both(opened, self._recorded(call, closed)), shell, call.refusal(call.answer))
            return
        self._ledger.hasten()
        if not await self._durable(opened):
            await _sent(shell, call.refusal(_UNRECORDED, status=503))
            return
        try:
            await self._guard_stream(call, answer, guard, shell, headers)
        finally:
            guard.forget()

    async def _guard_stream(
        self, call: Call, answer: Answer, guard: StreamGuard | ObservedStream, shell: Shell, headers: Sequence[Header]
    ) -> None:
        await shell.start(answer.status, headers)
        passing = Passing(call, guard, shell, live=lambda: self.live, apart=self._apart)
        outcome, rule, last = await passing.run(answer)
        call.streamed(guard)
        closed = call.close(outcome, answer.status, rule=rule)
        if not await self._durable(self._recorded(call, closed)):
            last = guard.cut(call.model) if outcome is Outcome.COMPLETED else b""
        with contextlib.suppress(Unavailable):
            await shell.send(last)
            await shell.finish()

    async def _apart(self, work: Callable[[], _T]) -> _T:
        """Does a guard's work in another thread, so that it holds up no other call; few work at a time.

        Work whose caller has left is not begun; what was begun keeps its thread to its end.
        """
        return await asyncio.wrap_future(self._threads.submit(work))

    def _check_kill(self, call: Call) -> None:
        check_kill(call, self.live)

    async def _failed(self, call: Call, opened: Awaitable[object], shell: Shell, error: Unavailable) -> None:
        closed = call.close(Outcome.FAILED, 502, rule=error.code)
        await self._final(call, _both(opened, self._recorded(call, closed)), shell, call.failure(502, error.message))

    def _left_early(self, call: Call) -> None:
        """Records that the client left before its request was decided; what a thread still decides is another call."""
        call.deny(Denied("gateway.client", "the client left before its request was decided"))
        closed = call.close(Outcome.CLIENT_GONE, 499, rule="gateway.client")
        pending = self._ledger.submit([call.opened(), closed])
        if isinstance(pending, asyncio.Future):
            pending.add_done_callback(_swallow)

    def _left(self, call: Call, opened: Awaitable[object]) -> None:
        """Records that the client left, unless the call's end is recorded already; nobody waits for it."""
        if call.closed:
            return
        closed = call.close(Outcome.CLIENT_GONE, 499)
        for pending in (opened, asyncio.ensure_future(self._recorded(call, closed))):
            if isinstance(pending, asyncio.Future):
                self._leaving.add(pending)
                pending.add_done_callback(self._leaving.discard)
                pending.add_done_callback(_swallow)

    def _recorded(self, call: Call, closed: Event) -> Awaitable[object]:
        """Submits the Event that closes a call, behind the one that says which values were shown again."""
        if call.pseudonyms is not None and call.pseudonyms.blocks:
            return self._counted(call, closed)
        shown = call.revealed()
        return _with(call, self._ledger.submit([closed] if shown is None else [shown, closed]))

    async def _counted(self, call: Call, closed: Event) -> None:
        shown = await asyncio.to_thread(call.revealed)
        await _with(call, self._ledger.submit([closed] if shown is None else [shown, closed]))

    async def _final(self, call: Call, recorded: Awaitable[object], shell: Shell, reply: Reply) -> None:
        """Sends a whole answer once its Events are durable, and a refusal when they can't be."""
        if not await self._durable(recorded):
            reply = call.refusal(_UNRECORDED, status=503)
        await _sent(shell, reply)

    async def _durable(self, recorded: Awaitable[object]) -> bool:
        try:
            await recorded
        except (Unavailable, InputError) as error:
            _LOG.error("an event is not durable, the call is closed: %s", type(error).__name__)
            self._unrecorded = asyncio.get_running_loop().time() + _UNREADY_SECONDS
            return False
        return True


_BROKEN: Final = Reply(500, (("content-type", "application/json"),), b'{"error":{"code":"asepsis_denied"}}')
_UNRECORDED = Decision(Verdict.DENY, "the call can't be recorded", ("gateway.ledger",))


def _is_stream(answer: Answer) -> bool:
    return any(name == "content-type" and value.lower().startswith(_STREAM) for name, value in answer.headers)


async def _read(answer: Answer, limit: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async for chunk in answer.chunks():
        size += len(chunk)
        if size > limit:
            raise Denied("gateway.limits.answer", f"the answer is larger than {limit} bytes")
        pieces.append(chunk)
    return b"".join(pieces)


def _with(call: Call, recorded: Awaitable[None]) -> Awaitable[object]:
    """Returns what ends once Events are durable and so is what they say is kept."""
    pending = call.pending()
    return asyncio.gather(recorded, *map(asyncio.wrap_future, pending)) if pending else recorded


async def _both(one: Awaitable[object], other: Awaitable[object]) -> None:
    """Waits for both, also when the first fails: nobody else looks at the second."""
    try:
        await one
    finally:
        await other


async def _sent(shell: Shell, reply: Reply) -> None:
    with contextlib.suppress(Unavailable):
        await shell.reply(reply)


def _names_session(head: Head, body: bytes) -> bool:
    """Whether a request may belong to a session: a yes too many costs a thread, a no is certain."""
    named = any(name == "x-asepsis-session" for name, _ in head.headers)
    return named or b'"conversation"' in body or b'"previous_response_id"' in body or b"\\u" in body


def _rule(call: Call) -> str:
    return call.decision.policies[0] if call.decision.policies else "policy"


def _swallow(done: "asyncio.Future[_T]") -> None:
    if not done.cancelled() and done.exception() is not None:
        _LOG.error("an event is not durable after its client left")
