"""Passes a guarded stream on, from the upstream's bytes to the client's.

The usual event is guarded and sent where its bytes come in (`take`), and wakes no task. What needs the call's task is
left to it: a large chunk, which is guarded in a thread, a client that is slow, a switch that was thrown, the end.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Final

from asepsis.core.errors import Unavailable
from asepsis.core.events import Outcome
from asepsis.core.ports import Answer
from asepsis.gateway.call import Call
from asepsis.gateway.errors import Denied, Told
from asepsis.gateway.live import Live
from asepsis.gateway.observed import ObservedStream
from asepsis.gateway.stream import StreamGuard
from asepsis.gateway.types import Shell

__all__ = ["LARGE", "End", "Passing", "check_kill", "cut"]

_LOG = logging.getLogger(__name__)

LARGE: Final = 16_384
"""What is larger is guarded in a thread, so that it does not hold up the others."""

End = tuple[Outcome, str, bytes]
"""How a stream ended, by which rule, and its last bytes."""

Apart = Callable[[Callable[[], bytes]], Awaitable[bytes]]


class Passing:
    """One stream on its way. `live` tells what is in force now, and `apart` does the guard's work in a thread."""

    __slots__ = ("_apart", "_call", "_end", "_guard", "_live", "_shell")

    def __init__(
        self, call: Call, guard: StreamGuard | ObservedStream, shell: Shell, *, live: Callable[[], Live], apart: Apart
    ) -> None:
        self._call = call
        self._guard = guard
        self._shell = shell
        self._live = live
        self._apart = apart
        self._end: End | None = None

    async def run(self, answer: Answer) -> End:
        """Passes the stream on up to its last bytes."""
        call, guard = self._call, self._guard
        try:
            async for chunk in answer.chunks(self.take):
                out = b"" if self._end is not None else await self._guarded(chunk)
                if self._end is not None:
                    return self._end
                if guard.complete:
                    return Outcome.COMPLETED, "", out
                if out:
                    self._first()
                    await self._shell.send(out)
        except Unavailable as error:
            if error.code == "client.gone":
                return Outcome.CLIENT_GONE, "", b""
            return Outcome.FAILED, error.code, guard.fail("asepsis_upstream", error.message)
        except Exception as error:  # noqa: BLE001 whatever fails in the guard closes the stream
            return Outcome.CUT, cut(call, error), guard.cut(call.model, why=_why(error))
        return (Outcome.COMPLETED, "", b"") if guard.lost else self._short()

    def take(self, chunk: bytes, /) -> bool:
        """Guards a chunk and sends on what may go; False when the call's task has to go on from here."""
        call, guard = self._call, self._guard
        if self._shell.full or self._long(chunk) or self._live() is not call.live:
            return False
        try:
            out = call.times.timed(guard.feed, chunk)
        except Exception as error:  # noqa: BLE001 whatever fails in the guard closes the stream
            self._end = (Outcome.CUT, cut(call, error), guard.cut(call.model, why=_why(error)))
            return False
        if guard.complete:
            self._end = (Outcome.COMPLETED, "", out)
            return False
        if out:
            self._first()
            self._shell.put(out)
        return True

    async def _guarded(self, chunk: bytes) -> bytes:
        call, guard = self._call, self._guard
        if self._long(chunk):
            out = await self._apart(lambda: call.times.timed(guard.feed, chunk))
        else:
            out = call.times.timed(guard.feed, chunk)
        live = self._live()
        if live is not call.live:
            check_kill(call, live)
        return out

    def _long(self, chunk: bytes) -> bool:
        """Whether a chunk is one for a thread: it is large, or people may be asked about a call of a tool."""
        return len(chunk) + self._guard.parser.waiting > LARGE or self._call.takes_people(chunk)

    def _short(self) -> End:
        short = self._guard.fail("asepsis_upstream", "the upstream ended before its answer did")
        return Outcome.FAILED, "upstream.short", short

    def _first(self) -> None:
        if not self._call.times.first:
            self._call.times.mark("first")


def _why(error: Exception) -> str:
    """What a client is told of why its stream was cut: what it may wait for or mend, and else nothing."""
    return f"{error.message} (rule {error.code})" if isinstance(error, Told) else ""


def check_kill(call: Call, live: Live) -> None:
    """Raises Denied when something of the call is switched off by now."""
    if killed := call.killed(live):
        raise Denied("gateway.kill", f"the {killed} is switched off")


def cut(call: Call, error: Exception) -> str:
    """Decides against an answer for what was raised, and returns the rule.

    The exception is kept in no frame that it came through, which would make a cycle of the whole call.
    """
    if not isinstance(error, Denied):
        _LOG.error("the guard failed: %s", type(error).__name__)
        error = Denied("gateway.guard", f"the guard failed with `{type(error).__name__}`")
    call.deny_answer(error)
    return error.code
