"""A ledger, cursors and a receiver in memory, each of which can be told to fail."""

import asyncio

import pytest

from asepsis.core.errors import InputError, NotTrusted, Unavailable
from asepsis.core.ports import Entry
from asepsis.infra.telemetry.calls import advance, payload
from asepsis.infra.telemetry.ports import Item
from asepsis.testing.calls import Calls


class MemoryLog:
    def __init__(self):
        self.written = []
        self.damaged = False

    def write(self, *events):
        for event in events:
            self.written.append(Entry(len(self.written), event if isinstance(event, bytes) else event.encode()))

    def size(self):
        return len(self.written)

    def entries(self, start):
        if self.damaged:
            raise NotTrusted("a durable entry does not hold")
        yield from self.written[start:]


class MemoryCursors:
    def __init__(self):
        self.places = {}

    def get(self, consumer, /, *, tenant):
        return self.places.get((tenant, consumer), 0)

    def advance(self, consumer, next_index, *, tenant):
        self.places[tenant, consumer] = next_index


class MemorySink:
    """Keeps what it is given. `away` fails it for a while, `refusing` for good, `broken` in a way nobody foresaw."""

    name = "memory"

    def __init__(self):
        self.items = []
        self.away = self.refusing = self.broken = False
        self.closed = False
        self.tries = 0

    async def deliver(self, items, /):
        self.tries += 1
        if self.away:
            raise Unavailable("away")
        if self.refusing:
            raise InputError("refused")
        if self.broken:
            raise RuntimeError("nobody foresaw this")
        self.items += items

    async def close(self):
        self.closed = True

    @property
    def indexes(self):
        return [item.entry.index for item in self.items]


@pytest.fixture
def log():
    return MemoryLog()


@pytest.fixture
def cursors():
    return MemoryCursors()


@pytest.fixture
def sink():
    return MemorySink()


@pytest.fixture
def calls():
    return Calls()


@pytest.fixture
def items():
    """Turns events into items."""

    def make(*events):
        known = {}
        made = []
        for index, event in enumerate(events):
            call = advance(known, event, payload(event), index=index)
            if call is not None:
                known[call.id] = call
            made.append(Item(Entry(index, event.encode()), event, call))
        return made

    return make


@pytest.fixture
def until():
    """Waits for a condition."""

    async def wait(condition):
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110 others change what is waited for
                await asyncio.sleep(0.005)

    return wait


@pytest.fixture
def make_log():
    """Makes a further log in memory."""
    return MemoryLog
