"""Group commit: one committer, whose batch is whatever was queued while the previous sync ran. No timer, no tuning.

Writing and syncing happen in one thread; everything else, also telling who is done, in the event loop.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

from asepsis.core.errors import Bug, Error
from asepsis.ledger.errors import broken, unreachable

__all__ = ["MAX_QUEUED", "Appender", "Committer", "Done"]

MAX_QUEUED: Final = 64 << 20

Done = Callable[[Error | None], None]


class Appender(Protocol):
    """Where batches go: makes a tenant's entries durable; raises InputError and Unavailable."""

    def append(self, tenant: str, entries: Sequence[bytes], /) -> None:
        """Returns once all entries are durable."""


class _Item(NamedTuple):
    tenant: str
    entries: Sequence[bytes]
    size: int
    done: Done


_Batch = list[_Item]
_Results = list[Error | None]


class Committer:
    """Commits entries in the order they are submitted; belongs to the running event loop.

    `done` is called in the loop, with None once the entries are durable and with the error if they are not.
    """

    def __init__(self, store: Appender, /, *, max_queued: int = MAX_QUEUED) -> None:
        self._store = store
        self._max_queued = max_queued
        self._loop = asyncio.get_running_loop()
        self._work: queue.SimpleQueue[_Batch | None] = queue.SimpleQueue()
        self._queued: _Batch = []
        self._bytes = 0
        self._busy = self._closed = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._thread = threading.Thread(target=self._run, name="ledger-commit", daemon=True)
        self._thread.start()

    def submit(self, tenant: str, entries: Sequence[bytes], /, *, done: Done) -> None:
        """Queues entries; raises Unavailable at once when the queue is full or the committer closed."""
        size = sum(map(len, entries))
        if self._closed:
            raise unreachable("the ledger is closed")
        if self._bytes + size > self._max_queued:
            raise unreachable("the ledger's queue is full")
        self._bytes += size
        self._queued.append(_Item(tenant, entries, size, done))
        if not self._busy:
            # The batch leaves at the end of this turn of the loop, with all that comes in until then.
            self._busy = True
            self._idle.clear()
            self._loop.call_soon(self._send)

    async def close(self) -> None:
        """Takes nothing more, commits what is queued and ends the thread."""
        self._closed = True
        await self._idle.wait()
        self._work.put(None)
        await asyncio.to_thread(self._thread.join)

    def _send(self) -> None:
        batch, self._queued = self._queued, []
        self._work.put(batch)

    def _run(self) -> None:
        while (batch := self._work.get()) is not None:
            results = self._commit(batch)
            try:
                self._loop.call_soon_threadsafe(self._committed, batch, results)
            except RuntimeError:  # the loop is gone, and with it everyone who waits
                return

    def _commit(self, batch: _Batch, /) -> _Results:
        """Appends each tenant's entries in one go; one tenant's failure is not another's."""
        groups: dict[str, list[bytes]] = {}
        for item in batch:
            groups.setdefault(item.tenant, []).extend(item.entries)
        failed = {tenant: self._append(tenant, entries) for tenant, entries in groups.items()}
        return [failed[item.tenant] for item in batch]

    def _append(self, tenant: str, entries: Sequence[bytes], /) -> Error | None:
        try:
            self._store.append(tenant, entries)
        except Error as error:
            return error
        except OSError as error:
            return broken(f"the disk failed: {type(error).__name__}")
        except Exception as error:  # noqa: BLE001 a waiter that is never told would wait for ever
            return Bug(f"the ledger failed: {type(error).__name__}")
        return None

    def _committed(self, batch: _Batch, results: _Results, /) -> None:
        if self._queued:
            self._send()
        else:
            self._busy = False
            self._idle.set()
        for item, error in zip(batch, results, strict=True):
            self._bytes -= item.size
            item.done(error)
