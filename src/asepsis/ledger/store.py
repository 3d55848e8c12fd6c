"""All logs under one root, written by one process.

The store runs in one thread at a time. A log that broke is opened again on a later write, at most once a second, so a
disk that was full for a while needs no restart. What is published follows, at most once a second for each log.
"""

import fcntl
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from asepsis.core.errors import ConfigError, NotTrusted, Unavailable
from asepsis.core.events import CallUnclosed, LedgerRecovered, LedgerTaken, Payload, build
from asepsis.core.ports import Clock, Ids, KeyProvider
from asepsis.ledger.calls import CHECKPOINT, OpenCalls
from asepsis.ledger.commit import PUBLISH_SECONDS
from asepsis.ledger.config import LedgerConfig
from asepsis.ledger.disk import OsDisk
from asepsis.ledger.epochs import Epoch
from asepsis.ledger.errors import broken, damaged
from asepsis.ledger.format import check_tenant
from asepsis.ledger.log import Appended, Log
from asepsis.ledger.ports import Disk
from asepsis.ledger.publish import Publisher, claimed
from asepsis.ledger.reader import LogReader, tenants
from asepsis.ledger.signing import own_keys

__all__ = ["LOCK", "Store", "Takeover"]

LOCK: Final = "writer.lock"

_RETRY_NS: Final = 1_000_000_000
_BEAT_NS: Final = 1_000_000_000
_CHECKPOINT_ENTRIES: Final = 16_384
_BATCH: Final = 256
_CATCH_UP: Final = 2048
_DEFAULTS: Final = LedgerConfig()
_OPEN_LOGS: Final = 400  # two descriptors each, and 1,024 is a usual limit

_LOGGER: Final = logging.getLogger(__name__)


class Takeover(NamedTuple):
    """An epoch that was begun to take over, and for how long the writer before had been silent, in milliseconds."""

    epoch: Epoch
    silent_ms: int


class _Open:
    """One tenant's open log with its open calls, and its published form once that was begun."""

    def __init__(self, log: Log, calls: OpenCalls) -> None:
        self.log = log
        self.calls = calls
        self.saved = calls.index
        self.publisher: Publisher | None = None
        self.unsettled: list[tuple[Sequence[bytes], Appended]] = []

    def append(self, entries: Sequence[bytes], /) -> None:
        """Appends entries; raises InputError and Unavailable."""
        self.unsettled.append((entries, self.log.append(entries)))
        self.calls.feed(entries)

    def settle(self) -> None:
        """Writes the tiles that what was appended fills."""
        unsettled, self.unsettled = self.unsettled, []
        for entries, appended in unsettled:
            if self.publisher is not None and self.publisher.size == appended.first:
                try:
                    self.publisher.take(entries, appended.leaves, appended.rows)
                except OSError:
                    self.publisher = None


class Store:
    """Writes every tenant's log under `root`.

    `keys` are what the logs are signed with, those of the ledger's own folder where none are given. Opening raises
    ConfigError when another process writes there or the keys are not to be had, NotTrusted when durable entries do not
    hold and Unavailable when the disk fails. With `taken` it takes over from a writer that is deposed by that epoch,
    and records so in each log.
    """

    def __init__(  # noqa: PLR0913 the ports of a process that writes, its settings, and how it came to write
        self,
        root: Path,
        /,
        *,
        clock: Clock,
        ids: Ids,
        keys: KeyProvider | None = None,
        disk: Disk | None = None,
        config: LedgerConfig = _DEFAULTS,
        taken: Takeover | None = None,
    ) -> None:
        self._root = root
        self._taken = taken
        self._met: set[str] = set()
        self._beaten = 0
        self._clock = clock
        self._ids = ids
        self._disk = disk or OsDisk()
        self._config = config
        self._logs: dict[str, _Open] = {}
        self._broken: dict[str, int] = {}
        self._cuts: dict[str, int] = {}
        self._late: dict[str, None] = {}
        self._unsettled: dict[str, _Open] = {}
        self._due: list[str] = []
        self._lock = _lock(root) if taken is None else _seize(root, taken.epoch)
        try:
            self._keys = keys or own_keys(root)
            self._epoch = _begin(root, self._lock) if taken is None else taken.epoch
        except (ConfigError, Unavailable):
            os.close(self._lock)
            raise

    @property
    def deposed(self) -> bool:
        """Whether another writer took over: nothing is acknowledged from then on."""
        return self._epoch.over

    def beat(self) -> None:
        """Says that this writer is there; whoever waits takes over once nobody said so for long enough."""
        self._beaten = self._clock.monotonic()
        self._epoch.beat()

    def append(self, tenant: str, entries: Sequence[bytes], /) -> None:
        """Appends entries to a tenant's log and returns once they are durable; raises InputError and Unavailable.

        What was appended while another writer took over may be durable, and is not acknowledged.
        """
        self._epoch.hold()
        if self._clock.monotonic() - self._beaten >= _BEAT_NS:
            self.beat()
        log = self._logs.get(tenant) or self._open(tenant)
        try:
            log.append(entries)
            self._epoch.hold()
        except Unavailable:
            self._drop(tenant)
            raise
        self._late[tenant] = None
        self._unsettled[tenant] = log
        if log.calls.index - log.saved >= _CHECKPOINT_ENTRIES:
            self._save(tenant, log)

    def open(self, tenant: str, /) -> None:
        """Opens a tenant's log where it is not open, and so finds out what of it is durable; raises Unavailable."""
        if tenant not in self._logs:
            self._open(tenant)

    def recover(self) -> int:
        """Opens every tenant's log and records the calls that a previous run left open; returns how many there were."""
        found = 0
        for tenant in tenants(self._root):
            found += self._close_calls(tenant)
            self.beat()
        return found

    def settle(self) -> None:
        """Writes the tiles that the appends since the last call fill: what nobody waits for."""
        unsettled, self._unsettled = self._unsettled, {}
        for log in unsettled.values():
            log.settle()

    def publish(self) -> float | None:
        """Publishes one log of those with something new, or a part of what a log lacks.

        Returns in how many seconds there is more to publish, None where there is nothing.
        """
        if self.deposed:
            return None
        if not self._due:
            self._due, self._late = list(self._late), {}
        if self._due:
            tenant = self._due.pop()
            if tenant in self._logs and not self._publish(tenant, self._logs[tenant]):
                self._due.append(tenant)
        return 0.0 if self._due else PUBLISH_SECONDS if self._late else None

    def close(self) -> None:
        """Saves the checkpoints, publishes what there is, closes the logs and lets go of the root."""
        for tenant in tuple(self._logs):
            self._shut(tenant)
        self._epoch.close()
        os.close(self._lock)

    def _open(self, tenant: str, /) -> _Open:
        check_tenant(tenant)
        if self._clock.monotonic() < self._broken.get(tenant, 0):
            raise broken("the log failed a moment ago")
        if len(self._logs) >= _OPEN_LOGS:
            self._shut(next(iter(self._logs)))
        try:
            log = Log(
                self._root / tenant,
                self._keys,
                disk=self._disk,
                segment_bytes=self._config.segment_bytes,
                name=self._config.name,
                guard=self._epoch.hold,
                taken=self._taken is not None and tenant not in self._met,
            )
        except Unavailable:
            self._drop(tenant)
            raise
        told = claimed(self._root / tenant, [key.verifier for key in log.signers])
        if told > log.count:
            log.close()
            raise damaged(f"expected the {told} published entries, got {log.count}", place=str(self._root / tenant))
        opened = self._logs[tenant] = _Open(log, self._calls(tenant, log.count))
        self._late[tenant] = None
        self._broken.pop(tenant, None)
        self._follow(tenant, opened)  # from its first entry on, or nearly: what is behind stops the writer for a moment
        self._cuts[tenant] = self._cuts.get(tenant, 0) + log.cut
        if self._taken is not None and tenant not in self._met:
            self._met.add(tenant)
            self._record(tenant, [LedgerTaken(self._taken.epoch.number, log.count, self._taken.silent_ms)])
        self._report(tenant, log.count)
        return opened

    def _report(self, tenant: str, count: int, /) -> None:
        """Records what was cut, also at an earlier opening after which nothing could be written."""
        cut = self._cuts[tenant]
        if cut:
            _LOGGER.warning("ledger: cut %d bytes of a torn tail, tenant %s, entry %d", cut, tenant, count)
            self._record(tenant, [LedgerRecovered(count, cut)])
        del self._cuts[tenant]

    def _calls(self, tenant: str, count: int, /) -> OpenCalls:
        try:
            calls = OpenCalls.load((self._root / tenant / CHECKPOINT).read_bytes())
        except FileNotFoundError:
            calls = OpenCalls()
        if calls.index > count:
            calls = OpenCalls()
        calls.feed(entry.data for entry in LogReader(self._root, tenant).entries(calls.index))
        return calls

    def _close_calls(self, tenant: str, /) -> int:
        log = self._logs.get(tenant) or self._open(tenant)
        left = log.calls.calls
        for start in range(0, len(left), _BATCH):
            self._record(tenant, [CallUnclosed(opened) for opened in left[start : start + _BATCH]])
        self._save(tenant, log)
        return len(left)

    def _record(self, tenant: str, payloads: Sequence[Payload], /) -> None:
        now = self._clock.now()
        events = [build(one, id=self._ids.new(), time=now, tenant=tenant, principal="ledger") for one in payloads]
        self.append(tenant, [event.encode() for event in events])

    def _follow(self, tenant: str, log: _Open, /) -> bool:
        """Takes some of what the log's tiles lack; returns whether they lack nothing now."""
        log.settle()
        try:
            if log.publisher is None:
                log.publisher = Publisher(self._root / tenant, log.log.signers, LogReader(self._root, tenant))
            return log.publisher.catch_up(_CATCH_UP)
        except (OSError, NotTrusted) as error:
            self._unpublished(tenant, log, error)
            return False

    def _publish(self, tenant: str, log: _Open, /) -> bool:
        """Takes what the log's tiles lack and publishes; returns whether nothing is left to do."""
        whole = self._follow(tenant, log)
        if log.publisher is None:
            return True
        if whole and log.publisher.published != log.log.count:
            try:
                log.publisher.publish(log.log.seal, time=self._clock.now() // 1000)
            except OSError as error:
                self._unpublished(tenant, log, error)
        return whole

    def _unpublished(self, tenant: str, log: _Open, error: Exception, /) -> None:
        """Lets go of a publisher that failed. The log is as it was, and is published after the next append."""
        _LOGGER.warning("ledger: cannot publish, tenant %s: %s", tenant, type(error).__name__)
        log.publisher = None

    def _shut(self, tenant: str, /) -> None:
        log = self._logs.pop(tenant)
        if not self.deposed:
            self._save(tenant, log)
            self._publish(tenant, log)
        log.log.close()

    def _drop(self, tenant: str, /) -> None:
        self._broken[tenant] = self._clock.monotonic() + _RETRY_NS
        log = self._logs.pop(tenant, None)
        if log:
            log.log.close()

    def _save(self, tenant: str, log: _Open, /) -> None:
        """Replaces the checkpoint. It is derived, so a failure costs time at the next start and nothing else."""
        path = self._root / tenant / CHECKPOINT
        fresh = path.with_suffix(".new")
        try:
            fresh.write_bytes(log.calls.dump())
            fresh.replace(path)
        except OSError as error:
            _LOGGER.warning("ledger: cannot save open calls: %s", os.strerror(error.errno or 0))
        log.saved = log.calls.index


def _begin(root: Path, lock: int, /) -> Epoch:
    """Begins the next epoch; raises ConfigError where somebody took the lock's place meanwhile, and Unavailable."""
    try:
        epoch = Epoch.begin(root)
    except OSError as error:
        raise broken(f"cannot use the folder: {os.strerror(error.errno or 0)}") from error
    if os.fstat(lock).st_ino != (root / LOCK).stat().st_ino:
        epoch.close()
        raise ConfigError("expected no other writer on this ledger", place=str(root), code="ledger_locked")
    return epoch


def _seize(root: Path, epoch: Epoch, /) -> int:
    """Puts a lock of this process in the place of the one that the deposed writer may hold; raises Unavailable."""
    fresh = root / f"{LOCK}.{epoch.number}"
    try:
        descriptor = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fresh.replace(root / LOCK)
        OsDisk().sync_folder(root)
    except OSError as error:
        raise broken(f"cannot use the folder: {os.strerror(error.errno or 0)}") from error
    return descriptor


def _lock(root: Path, /) -> int:
    """Takes the root for this process; raises ConfigError when another one has it and Unavailable for a bad disk."""
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        OsDisk().sync_folder(root.parent)
        descriptor = os.open(root / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise broken(f"cannot use the folder: {os.strerror(error.errno or 0)}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise ConfigError("expected no other writer on this ledger", place=str(root), code="ledger_locked") from error
    return descriptor
