"""What the connections of one event loop share: the handler, the bounds, and the end."""

import asyncio
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Final, Protocol

from asepsis.core.ports import Clock
from asepsis.gateway.types import Head, Shell

__all__ = ["Guest", "Handler", "Listener"]

_LOOK_SECONDS: Final = 0.25

Handler = Callable[[Head, Shell], Awaitable[None]]


class Guest(Protocol):
    """A connection as its listener knows it."""

    def drain(self) -> None:
        """Closes the connection, behind its answer if an exchange runs."""

    def look(self, now: float) -> None:
        """Ends the waiting for what did not come by now."""


class Listener:
    """Bounds connections: how many there are, how many bytes a head has, how many seconds a request takes to come.

    `date` is the header that tells the time (RFC 9110 6.6.1).
    """

    def __init__(self, handle: Handler, *, connections: int, head_bytes: int, seconds: float, clock: Clock) -> None:
        self.handle = handle
        self.head_bytes = head_bytes
        self.seconds = seconds
        self.draining = False
        self._connections = connections
        self._guests: set[Guest] = set()
        self._empty: asyncio.Event | None = None
        self._clock = clock
        self.date = self._dated()

    def enter(self, guest: Guest) -> bool:
        """Takes a connection, or says that there are too many."""
        if self.draining or len(self._guests) >= self._connections:
            return False
        self._guests.add(guest)
        return True

    def leave(self, guest: Guest) -> None:
        """Lets go of a connection."""
        self._guests.discard(guest)
        if self._empty is not None and not self._guests:
            self._empty.set()

    async def look(self) -> None:
        """Looks after the time, and slow and silent connections, for ever. No connection has a timer of its own."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            self.date = self._dated()
            now = loop.time()
            for guest in tuple(self._guests):
                guest.look(now)

    def renew(self) -> None:
        """Has clients connect anew: each connection is closed once its answer is complete."""
        for guest in tuple(self._guests):
            guest.drain()

    async def drain(self, seconds: float) -> None:
        """Closes each connection once its answer is complete; returns when all are, or after so many seconds."""
        self.draining = True
        self._empty = asyncio.Event()
        self.renew()
        if self._guests:
            try:
                async with asyncio.timeout(seconds):
                    await self._empty.wait()
            except TimeoutError:
                return

    def _dated(self) -> bytes:
        return b"date: %b\r\n" % formatdate(self._clock.now() // 1000, usegmt=True).encode()
