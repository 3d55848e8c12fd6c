"""What the console knows: the latest calls and some totals, built from the ledger and held in bounded memory.

A call's revision is the ledger index of the last Event that changed it, so a browser that comes back after a restart
of the console goes on where it was.
"""

import asyncio
from collections import Counter, deque
from typing import Final, NamedTuple

import msgspec

from asepsis.console.toolcalls import KIND, ToolCalls
from asepsis.core.events import Mode, Outcome
from asepsis.core.types import Count, Kind, Verdict
from asepsis.infra.telemetry.calls import TOOL_CALL, UNCLOSED, Call, advance
from asepsis.infra.telemetry.tail import Read

__all__ = ["SHOWS", "Board", "Changes", "Summary", "revision", "shown"]

SHOWS: Final = ("all", "denied", "masked", "incidents")

_RECENT: Final = 200
_ASKED: Final = "approval.asked"
_BROKEN: Final = frozenset({Outcome.CUT, Outcome.FAILED})


class Summary(msgspec.Struct, frozen=True):
    """Totals over all Events read since `since` (milliseconds since the epoch, 0 when there were none).

    `observed` is how many of the denied and masked calls went through untouched, because their application is only
    observed.
    """

    since: int = 0
    calls: int = 0
    denied: int = 0
    masked: int = 0
    observed: int = 0
    findings: int = 0
    unclosed: int = 0
    kinds: tuple[Count, ...] = ()


class Changes(NamedTuple):
    """Calls that changed, newest first, and the revision to ask from next time."""

    calls: tuple[Call, ...]
    revision: int


def revision(call: Call, /) -> int:
    """Returns the ledger index of the last Event that changed the call."""
    return max(call.index, call.ended_index)


def shown(call: Call, show: str, /) -> bool:
    """Whether a call belongs to the selection; an unknown selection shows all."""
    match show:
        case "denied":
            return call.verdict is Verdict.DENY
        case "masked":
            return call.verdict is Verdict.TRANSFORM
        case "incidents":
            return call.unclosed or (call.closed is not None and call.closed.outcome in _BROKEN)
        case _:
            return True


class Board:
    """Holds the latest `limit` calls. Belongs to one event loop."""

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._calls: dict[str, Call] = {}
        self._kinds: Counter[Kind] = Counter()
        self._recent: deque[int] = deque(maxlen=_RECENT)
        self._since = self._opened = self._denied = self._masked = self._observed = self._unclosed = 0
        self._waited: asyncio.Event | None = None
        self.tools = ToolCalls()
        self.revision = -1
        self.fault = ""

    def take(self, one: Read, /) -> None:
        """Takes the next entry of the ledger; what is no Event of a known kind changes nothing but the revision."""
        self.revision = one.entry.index
        event = one.event
        if event is None:
            return
        self._since = self._since or event.time
        call = advance(self._calls, event, one.what, index=one.entry.index)
        if call is not None:
            self._put(call)
        elif event.kind.startswith(KIND):
            self.tools.take(event)
            if event.kind == TOOL_CALL:
                self._recent.append(0)
        elif event.kind == UNCLOSED:
            self._unclosed += 1
        elif event.kind == _ASKED and self._recent:
            self._recent[-1] += 1
        self._wake()

    def call(self, event: str, /) -> Call | None:
        """Returns the call that an Event opened, None when it is unknown or older than what is kept."""
        return self._calls.get(event)

    def latest(self, show: str, /, *, count: int, before: int | None = None) -> tuple[Call, ...]:
        """Returns up to `count` calls of a selection, newest first, of those opened before ledger index `before`."""
        found: list[Call] = []
        for call in reversed(self._calls.values()):
            if (before is None or call.index < before) and shown(call, show):
                found.append(call)
                if len(found) == count:
                    break
        return tuple(found)

    def changes(self, since: int, /) -> Changes:
        """Returns the calls that changed after revision `since`."""
        calls = (call for call in reversed(self._calls.values()) if revision(call) > since)
        return Changes(tuple(calls), self.revision)

    def summary(self) -> Summary:
        """Returns the totals as they are now."""
        kinds = tuple(Count(kind, count) for kind, count in self._kinds.most_common())
        return Summary(
            since=self._since,
            calls=self._opened,
            denied=self._denied,
            masked=self._masked,
            observed=self._observed,
            findings=self._kinds.total(),
            unclosed=self._unclosed,
            kinds=kinds,
        )

    def asks(self) -> tuple[int, int]:
        """Returns how often a person was asked in the latest calls, of models and tools, and how many these are."""
        return sum(self._recent), len(self._recent)

    def report(self, fault: str, /) -> None:
        """Notes why the ledger cannot be read, an empty text once it can."""
        if fault != self.fault:
            self.fault = fault
            self._wake()

    async def wait(self, since: int, /, *, seconds: float) -> None:
        """Returns once the revision is past `since` or the fault changed, and after `seconds` in any case."""
        if self.revision > since:
            return
        self._waited = self._waited or asyncio.Event()
        try:
            async with asyncio.timeout(seconds):
                await self._waited.wait()
        except TimeoutError:
            return

    def _put(self, call: Call, /) -> None:
        known = self._calls.get(call.id)
        self._calls[call.id] = call
        if known is None:
            self._opened += 1
            self._recent.append(0)
            self._count(call.opened.found)
            if len(self._calls) > self._limit:
                del self._calls[next(iter(self._calls))]
        elif not known.ended:
            self._end(call)

    def _end(self, call: Call, /) -> None:
        if call.closed is not None:
            self._count(call.closed.found)
        self._unclosed += call.unclosed
        self._denied += call.verdict is Verdict.DENY
        self._masked += call.verdict is Verdict.TRANSFORM
        self._observed += call.verdict > Verdict.ALLOW and call.opened.mode is Mode.OBSERVE

    def _count(self, found: tuple[Count, ...], /) -> None:
        for one in found:
            self._kinds[one.kind] += one.count

    def _wake(self) -> None:
        if self._waited is not None:
            self._waited.set()
            self._waited = None
