"""The stream that keeps a page current: server-sent events with rows that the server rendered.

A viewer has no queue: each turn it asks the board what changed since the revision it has, so a slow browser costs no
memory and gets the newest state when it can take it. The revision is the event's id, and a browser that reconnects
names the last one it saw.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import msgspec

from asepsis.console.board import Board, shown
from asepsis.console.pages import Pages
from asepsis.console.readiness import Readiness

__all__ = ["Update", "Viewer", "pause"]

_TURN_SECONDS: Final = 0.25
_BEAT_SECONDS: Final = 5.0


class Update(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a page has to change: rows to put in (newest first) or to take out, and the parts around the table."""

    rows: tuple[tuple[str, str], ...] = ()
    gone: tuple[str, ...] = ()
    summary: str = ""
    health: str = ""


class Viewer:
    """One browser that follows a selection of calls, from a revision on, until `stop` is set."""

    def __init__(self, board: Board, pages: Pages, readiness: Readiness, /, *, show: str, since: int) -> None:
        self._board = board
        self._pages = pages
        self._readiness = readiness
        self._show = show
        self._since = since
        self._health = ""
        self._first = True

    async def stream(self, stop: asyncio.Event, /) -> AsyncIterator[bytes]:
        """Yields the bytes of the stream; a comment every few seconds shows whether the browser is still there."""
        yield b"retry: 2000\n\n"
        while not stop.is_set():
            yield await self._turn()
            await pause(stop, _TURN_SECONDS)
            if not stop.is_set():
                await self._board.wait(self._since, seconds=_BEAT_SECONDS)

    async def _turn(self) -> bytes:
        update = self._update(await self._health_now())
        if update == Update():
            return b": still here\n\n"
        return b"id: %d\nevent: update\ndata: %b\n\n" % (self._since, msgspec.json.encode(update))

    def _update(self, health: str, /) -> Update:
        if self._since > self._board.revision:
            self._since = -1
        changed = self._board.revision > self._since or self._first
        calls, self._since = self._board.changes(self._since)
        self._first = False
        here = [call for call in calls if shown(call, self._show)][: self._pages.size]
        gone = tuple(call.id for call in calls if not shown(call, self._show))
        rows = tuple((call.id, self._pages.row(call)) for call in here)
        return Update(rows, gone, self._pages.summary(self._board.summary()) if changed else "", health)

    async def _health_now(self) -> str:
        """Returns the readiness line if it is another than the one last sent."""
        health = self._pages.health(await self._readiness.ask(), self._board.fault)
        if health == self._health:
            return ""
        self._health = health
        return health


async def pause(stop: asyncio.Event, seconds: float, /) -> None:
    """Returns after `seconds`, or at once when `stop` is set."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
