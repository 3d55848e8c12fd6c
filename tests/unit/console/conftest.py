"""A console over a log in memory."""

import asyncio

import httpx
import pytest

from asepsis.console.config import ConsoleConfig
from asepsis.console.pages import Pages
from asepsis.console.readiness import Readiness
from asepsis.console.service import Console, Logs
from asepsis.core.errors import NotTrusted
from asepsis.core.ports import Entry
from asepsis.testing.calls import Calls


class MemoryLog:
    """A log that grows in memory; `damaged` makes reading fail as damaged bytes would."""

    def __init__(self):
        self.written = []
        self.damaged = False

    def write(self, *events):
        for event in events:
            self.written.append(Entry(len(self.written), event.encode()))

    def tail_start(self, count):
        return max(0, len(self.written) - count)

    def entries(self, start):
        if self.damaged:
            raise NotTrusted("a durable entry does not hold")
        yield from self.written[start:]


class Desk:
    """A console, its log, and a client that asks it."""

    def __init__(self):
        self.log = MemoryLog()
        self.logs = {"local": self.log}
        self.calls = Calls()
        self.stop = asyncio.Event()
        self.ready = {"writer": True, "gateway": True}
        checks = {name: self._checker(name) for name in self.ready}
        self.readiness = Readiness(checks)
        self.pages = Pages(size=5, gateway="http://127.0.0.1:8080")
        self.console = Console(
            ConsoleConfig(calls=20, page=5, viewers=2),
            Logs("local", lambda: sorted(self.logs), self.logs.__getitem__),
            self.pages,
            readiness=self.readiness,
            metrics=lambda: (b"asepsis_calls_total 1\n", "text/plain; version=0.0.4"),
            stop=self.stop,
        )
        self.board = self.console.board
        transport = httpx.ASGITransport(self.console.application())
        self.client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8081")

    def write(self, *events):
        """Puts events into the log and onto the board."""
        start = len(self.log.written)
        self.log.write(*events)
        for entry in self.log.written[start:]:
            self.board.take(entry)

    def _checker(self, name):
        async def check():
            return self.ready[name]

        return check


@pytest.fixture
async def desk():
    desk = Desk()
    async with desk.client:
        yield desk
