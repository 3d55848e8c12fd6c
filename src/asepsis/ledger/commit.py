"""Group commit: what comes in while a batch is synced makes the next batch. No thread, no queue to hand over.

The committer syncs in its event loop and blocks it meanwhile, on purpose: whoever runs one has nothing else to do, and
what clients send in that time waits in their sockets. A submission that is in no hurry waits up to `PATIENCE` seconds
for one that is, and shares its sync.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

from asepsis.core.errors import Bug, Error
from asepsis.ledger.errors import broken, unreachable

__all__ = ["MAX_QUEUED", "PATIENCE", "PUBLISH_SECONDS", "Appender", "Committer", "Done"]

MAX_QUEUED: Final = 64 << 20
PATIENCE: Final = 0.002
PUBLISH_SECONDS: Final = 1.0
"""How long after a commit its checkpoint is published, and the least time between two of one log."""

Done = Callable[[Error | None], None]


class Appender(Protocol):
    """Where batches go: makes a tenant's entries durable; appending raises InputError and Unavailable."""

    def append(self, tenant: str, entries: Sequence[bytes], /) -> None:
        """Returns once all entries are durable."""

    def settle(self) -> None:
        """Does what follows an append and nobody waits for."""

    def publish(self) -> float | None:
        """Does a part of what follows a commit; returns in how many seconds there is more, None for never."""


class _Item(NamedTuple):
    tenant: str
    entries: Sequence[bytes]
    done: Done


class Committer:
    """Commits entries in the order they are submitted; belongs to the running event loop.

    `done` is called in the loop, with None once the entries are durable and with the error if they are not.
    """

    def __init__(self, store: Appender, /, *, max_queued: int = MAX_QUEUED) -> None:
        self._store = store
        self._max_queued = max_queued
        self._loop = asyncio.get_running_loop()
        self._queued: list[_Item] = []
        self._bytes = 0
        self._due: asyncio.Handle | None = None
        self._late: asyncio.TimerHandle | None = None
        self._closed = False
        self._publishing: asyncio.TimerHandle | None = self._loop.call_later(0, self._publish)

    def submit(self, tenant: str, entries: Sequence[bytes], /, *, done: Done, patient: bool = False) -> None:
        """Queues entries; raises Unavailable at once when the queue is full or the committer closed.

        None at all make what was queued before durable, without more patience.
        """
        size = sum(map(len, entries))
        if self._closed:
            raise unreachable("the ledger is closed")
        if self._bytes + size > self._max_queued:
            raise unreachable("the ledger's queue is full")
        self._bytes += size
        self._queued.append(_Item(tenant, entries, done))
        if self._due is not None:
            return
        if not patient:
            # The batch is closed in the next turn of the loop, with all that came in during this one.
            self._due = self._loop.call_soon(self._commit)
        elif self._late is None:
            self._late = self._loop.call_later(PATIENCE, self._commit)

    def close(self) -> None:
        """Takes nothing more and commits what is queued."""
        self._closed = True
        self._commit()
        if self._publishing is not None:
            self._publishing.cancel()
            self._publishing = None

    def _commit(self) -> None:
        """Appends each tenant's entries in one go; one tenant's failure is not another's."""
        for handle in (self._due, self._late):
            if handle is not None:
                handle.cancel()
        self._due = self._late = None
        batch, self._queued = self._queued, []
        self._bytes = 0
        groups: dict[str, list[bytes]] = {}
        for item in batch:
            groups.setdefault(item.tenant, []).extend(item.entries)
        failed = {tenant: self._append(tenant, entries) for tenant, entries in groups.items() if entries}
        for item in batch:
            item.done(failed.get(item.tenant))
        self._loop.call_soon(self._store.settle)  # behind the answers, which were made ready just now
        if self._publishing is None and not self._closed:
            self._publishing = self._loop.call_later(PUBLISH_SECONDS, self._publish)

    def _publish(self) -> None:
        """Publishes a part, and lets commits in before the next."""
        delay = self._store.publish()
        self._publishing = None if delay is None else self._loop.call_later(delay, self._publish)

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
