"""A call on its way, as its client sees it: one answer as JSON, or events where there is something to tell before it.

Nothing but numbers is told of its progress, and only as they rise (2025-11-25, progress): a server's words reach a
client in results alone, where the monitor reads them.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Final, TypeAlias

from asepsis.tools.mcp import messages
from asepsis.tools.mcp.front import Call, Reply
from asepsis.tools.types import Json

__all__ = ["Message", "Receive", "Running", "Send", "sent"]

Message: TypeAlias = MutableMapping[str, object]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

_LOG: Final = logging.getLogger(__name__)
_JSON: Final = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))
_EVENTS: Final = ((b"content-type", b"text/event-stream"), (b"cache-control", b"no-store"))
_MOST_STEPS: Final = 1_000
_BROKEN: Final = "the call broke off in the firewall; where it was decided on before that, it may have been made"


class Running:
    """One call; `tells` says that the client takes events."""

    def __init__(self, call: Call, work: Callable[["Running"], Awaitable[Reply]], *, tells: bool) -> None:
        self._call = call
        self.tells = tells
        self._done = -1.0
        self._steps = 0
        self._told: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._task = asyncio.ensure_future(work(self))
        self._task.add_done_callback(lambda _: self._told.put_nowait(None))

    def ended(self, then: Callable[[], object], /) -> None:
        """Has something done once the call has ended."""
        self._task.add_done_callback(lambda _: then())

    def cancel(self) -> None:
        """Ends the call, as its client asked."""
        self._task.cancel()

    async def answer(self, send: Send, /) -> None:
        """Sends what there is to tell, and the answer."""
        try:
            first = await self._told.get()
            if first is None:
                await sent(send, self._reply())
                return
            await send({"type": "http.response.start", "status": 200, "headers": _EVENTS})
            told: bytes | None = first
            while told is not None:
                await send({"type": "http.response.body", "body": _event(told), "more_body": True})
                told = await self._told.get()
            await send({"type": "http.response.body", "body": _event(self._reply().body)})
        finally:
            self._task.cancel()

    def _reply(self) -> Reply:
        if self._task.cancelled():
            return Reply(messages.error(self._call.id, messages.INTERNAL, "the call was cancelled"))
        if (fault := self._task.exception()) is not None:
            # By its kind alone: what it says may be a part of the call.
            _LOG.error("tools: a call broke off in the firewall: %s", type(fault).__name__)
            return Reply(messages.error(self._call.id, messages.INTERNAL, _BROKEN), 500)
        return self._task.result()

    def tell(self, message: bytes, /) -> None:
        """Tells the client something before the answer; only where it takes events."""
        self._told.put_nowait(message)

    def heard(self, done: float, total: float | None) -> None:
        """Tells how far the call has come, to a client that wants to know."""
        if not self.tells or self._call.progress is None or done <= self._done or self._steps >= _MOST_STEPS:
            return
        self._done = done
        self._steps += 1
        params: dict[str, Json] = {"progressToken": self._call.progress, "progress": done}
        if total is not None:
            params["total"] = total
        self.tell(messages.notice("notifications/progress", params))


def _event(message: bytes) -> bytes:
    """A message as an event; JSON has no line breaks of its own."""
    return b"event: message\ndata: " + message + b"\n\n"


async def sent(send: Send, reply: Reply, /, *, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
    """Sends a reply that is one message."""
    length = (b"content-length", str(len(reply.body)).encode())
    head = [*(_JSON if reply.body else ()), length, *headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": head})
    await send({"type": "http.response.body", "body": reply.body})
