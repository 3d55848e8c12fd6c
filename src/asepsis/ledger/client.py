"""The ledger as its users hold it: over the writer's socket, or in this process for tests and commands."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Iterable, Sequence
from pathlib import Path
from typing import Final

from asepsis.core.errors import Error, InputError, Unavailable
from asepsis.core.events import Event
from asepsis.core.ports import Clock, Ids, KeyProvider
from asepsis.ledger.commit import MAX_QUEUED, Committer
from asepsis.ledger.errors import unreachable
from asepsis.ledger.format import check_entry, check_tenant
from asepsis.ledger.frames import MAX_FRAME, Answer, Splitter, Submission, pack, unpack_answer
from asepsis.ledger.ports import Disk
from asepsis.ledger.store import Store
from asepsis.ledger.wire import Wire

__all__ = ["LocalLedger", "SocketLedger"]

_FIRST_WAIT: Final = 0.02
_LONGEST_WAIT: Final = 1.0
_LOOK_SECONDS: Final = 1.0
"""How long an answer may take before the socket is looked at: a writer that took over has another one."""


class _Waiter:
    """One submission: its future, and how many frames it still waits for (one per tenant)."""

    __slots__ = ("future", "left")

    def __init__(self, future: "asyncio.Future[None]", left: int) -> None:
        self.future = future
        self.left = left

    def done(self, error: Error | None, /) -> None:
        """Takes one frame's result."""
        self.left -= 1
        if self.future.done():
            return
        if error is not None:
            self.future.set_exception(error)
        elif not self.left:
            self.future.set_result(None)


class _Frame:
    """Entries of one tenant on their way, with everyone who waits for them."""

    __slots__ = ("deadline", "entries", "patient", "size", "waiters")

    def __init__(self) -> None:
        self.entries: list[bytes] = []
        self.waiters: list[_Waiter] = []
        self.patient = True
        self.size = 0
        self.deadline = 0.0

    def done(self, error: Error | None, /) -> None:
        """Tells everyone who waits."""
        for waiter in self.waiters:
            waiter.done(error)


class SocketLedger:
    """Submits Events to the writer at `path`, from one event loop.

    Events of one tenant are stored in the order they are submitted. After a lost connection it connects again, waiting
    up to a second between attempts; until then every submission fails at once. A submission that failed with
    Unavailable may still become durable: the writer's answer was what got lost.
    """

    def __init__(self, path: Path, /, *, timeout: float = 10.0, max_queued: int = MAX_QUEUED) -> None:
        self._path = path
        self._timeout = timeout
        self._max_queued = max_queued
        self._wire: Wire | None = None
        self._splitter = Splitter()
        self._seq = 0
        self._bytes = 0
        self._wait = _FIRST_WAIT
        self._retry_at = 0.0
        self._closed = False
        self._timer: asyncio.TimerHandle | None = None
        self._pending: dict[str, _Frame] = {}
        self._flying: dict[int, _Frame] = {}
        self._idle: asyncio.Event | None = None

    @property
    def connected(self) -> bool:
        """Whether there is a connection to the writer; tries to make one if it is time."""
        return self._connect(asyncio.get_running_loop()) is not None

    def submit(self, events: Sequence[Event], /) -> Awaitable[None]:
        """Queues Events; the future ends once all are durable and raises InputError or Unavailable if they are not."""
        return self._submit(events, patient=False)

    def note(self, events: Sequence[Event], /) -> Awaitable[None]:
        """Queues Events as `submit` does; the writer may sync them a moment later, with others."""
        return self._submit(events, patient=True)

    def hasten(self) -> None:
        """Has the writer sync at once what was noted."""
        if self._pending:
            for frame in self._pending.values():
                frame.patient = False
        elif self._wire is not None and any(frame.patient for frame in self._flying.values()):
            self._seq += 1
            self._wire.send(pack(Submission(self._seq, "", [])))

    def _submit(self, events: Sequence[Event], /, *, patient: bool) -> Awaitable[None]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        if not events:
            future.set_result(None)
            return future
        try:
            self._queue(_encode(events), future, loop=loop, patient=patient)
        except (InputError, Unavailable) as error:
            future.set_exception(error)
        return future

    async def close(self) -> None:
        """Waits for what was submitted, up to the timeout, and disconnects; what is left then fails."""
        self._closed = True
        self._flush()
        if self._flying:
            self._idle = asyncio.Event()
            try:
                async with asyncio.timeout(self._timeout):
                    await self._idle.wait()
            except TimeoutError:
                pass
        if self._timer:
            self._timer.cancel()
        if self._wire:
            self._wire.close()
        self._fail("the ledger is closed")

    def _queue(
        self,
        groups: dict[str, list[bytes]],
        future: "asyncio.Future[None]",
        /,
        *,
        loop: asyncio.AbstractEventLoop,
        patient: bool,
    ) -> None:
        size = sum(len(entry) for entries in groups.values() for entry in entries)
        if self._closed:
            raise unreachable("the ledger is closed")
        if self._wire is None and self._connect(loop) is None:
            raise unreachable("the ledger's writer does not answer")
        if self._bytes + size > self._max_queued or size > MAX_FRAME // 2:
            raise unreachable("the ledger's queue is full")
        if not self._pending:
            loop.call_soon(self._flush)
        self._bytes += size
        waiter = _Waiter(future, len(groups))
        for tenant, entries in groups.items():
            self._join(tenant, entries, waiter=waiter, patient=patient)

    def _join(self, tenant: str, entries: list[bytes], /, *, waiter: _Waiter, patient: bool) -> None:
        frame = self._pending.get(tenant)
        if frame is None:
            frame = self._pending[tenant] = _Frame()
        frame.entries += entries
        frame.patient &= patient
        frame.size += sum(map(len, entries))
        frame.waiters.append(waiter)
        if frame.size > MAX_FRAME // 2:
            self._flush()

    def _flush(self) -> None:
        """Sends one frame per tenant with all that was submitted in this turn of the loop."""
        if not self._pending:
            return
        if self._wire is None:
            self._fail("the ledger's writer went away")
            return
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._timeout
        pending, self._pending = self._pending, {}
        frames: list[bytes] = []
        for tenant, frame in pending.items():
            self._seq += 1
            frame.deadline = deadline
            self._flying[self._seq] = frame
            frames.append(pack(Submission(self._seq, tenant, frame.entries, frame.patient)))
            frame.entries = []
        if self._timer is None:
            self._timer = loop.call_at(min(deadline, loop.time() + _LOOK_SECONDS), self._expire)
        self._wire.send(b"".join(frames))

    def _received(self, data: bytes, /) -> None:
        try:
            for body in self._splitter.feed(data):
                self._finish(unpack_answer(body))
        except InputError:
            self._lose()

    def _finish(self, answer: Answer, /) -> None:
        for seq in answer.done:
            self._end(seq, None)
        for failure in answer.failed:
            kind = InputError if failure.code == "ledger_entry" else Unavailable
            self._end(failure.seq, kind(failure.message, place="ledger", code=failure.code))
        if self._idle and not self._flying:
            self._idle.set()

    def _end(self, seq: int, error: Error | None, /) -> None:
        frame = self._flying.pop(seq, None)
        if frame is not None:
            self._bytes -= frame.size
            frame.done(error)

    def _expire(self) -> None:
        """Fails what waited too long, and all where the writer that it was sent to is not the one who writes now.

        Frames fly in the order of their deadlines.
        """
        loop = asyncio.get_running_loop()
        now = loop.time()
        late = [seq for seq, frame in self._flying.items() if frame.deadline <= now]
        for seq in late:
            self._end(seq, unreachable("the ledger's writer did not answer in time"))
        first = next(iter(self._flying.values()), None)
        self._timer = loop.call_at(min(first.deadline, now + _LOOK_SECONDS), self._expire) if first else None
        if first and self._wire is not None and self._wire.replaced:
            self._lose()
        if self._idle and not self._flying:
            self._idle.set()

    def _connect(self, loop: asyncio.AbstractEventLoop, /) -> Wire | None:
        if self._wire is None and not self._closed and loop.time() >= self._retry_at:
            self._splitter = Splitter()
            try:
                self._wire = Wire(self._path, received=self._received, lost=self._lost)
                self._wait = _FIRST_WAIT
            except OSError:
                self._retry_at = loop.time() + self._wait
                self._wait = min(2 * self._wait, _LONGEST_WAIT)
        return self._wire

    def _lose(self) -> None:
        if self._wire:
            self._wire.close()
        self._lost()

    def _lost(self) -> None:
        self._wire = None
        self._retry_at = asyncio.get_running_loop().time() + self._wait
        self._fail("the ledger's writer went away")

    def _fail(self, why: str, /) -> None:
        frames: deque[_Frame] = deque(self._flying.values())
        frames.extend(self._pending.values())
        self._flying.clear()
        self._pending.clear()
        self._bytes = 0
        for frame in frames:
            frame.done(unreachable(why))
        if self._idle:
            self._idle.set()


class LocalLedger:
    """The ledger with its writer in this process. Making one raises what Store raises; needs a running loop."""

    def __init__(
        self, root: Path, /, *, clock: Clock, ids: Ids, keys: KeyProvider | None = None, disk: Disk | None = None
    ) -> None:
        self._store = Store(root, clock=clock, ids=ids, keys=keys, disk=disk)
        self._committer = Committer(self._store)

    def submit(self, events: Sequence[Event], /) -> Awaitable[None]:
        """Queues Events; the future ends once all are durable and raises InputError or Unavailable if they are not."""
        return self._submit(events, patient=False)

    def note(self, events: Sequence[Event], /) -> Awaitable[None]:
        """Queues Events as `submit` does; they may be synced a moment later, with others."""
        return self._submit(events, patient=True)

    def hasten(self) -> None:
        """Syncs at once what was noted."""
        self._committer.submit("", [], done=_ignore)

    def _submit(self, events: Sequence[Event], /, *, patient: bool) -> Awaitable[None]:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if not events:
            future.set_result(None)
            return future
        try:
            groups = _encode(events)
            waiter = _Waiter(future, len(groups))
            for tenant, entries in groups.items():
                self._committer.submit(tenant, entries, done=waiter.done, patient=patient)
        except (InputError, Unavailable) as error:
            if not future.done():
                future.set_exception(error)
        return future

    async def close(self) -> None:
        """Commits what is queued and lets go of the folder."""
        self._committer.close()
        self._store.close()


def _ignore(_: Error | None, /) -> None:
    """Takes the result of a submission that nobody waits for."""


def _encode(events: Iterable[Event], /) -> dict[str, list[bytes]]:
    """Returns the entries per tenant, in order; raises InputError before anything is queued."""
    groups: dict[str, list[bytes]] = {}
    for event in events:
        entry = check_entry(event.encode())
        entries = groups.get(event.tenant)
        if entries is None:
            entries = groups[check_tenant(event.tenant)] = []
        entries.append(entry)
    return groups
