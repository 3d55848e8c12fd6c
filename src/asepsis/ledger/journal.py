"""The log's stand-in while its disk takes nothing and an emergency is open: a journal for each tenant, elsewhere.

1. An append that the log refuses goes into the tenant's journal, and so does all that follows, in order. A journal is a
   log of its own, signed and synced: an Event in it is as durable and as tamper-evident as in the log.
2. Every few seconds the log is tried again. Once it takes entries, those of the journal are appended, but for the ones
   it has already: what failed may have been durable after all. Then it says how many came, and under which root.
3. Once the emergency is over the journal takes nothing more, and appends fail as without one.

INVARIANT: nothing is acknowledged that is in neither; the journal is put aside only once the log has all of it, and is
not removed.
"""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from asepsis.core.errors import NotTrusted, Unavailable
from asepsis.core.events import (
    LedgerEmergency,
    LedgerEmergencyEnded,
    LedgerJournaled,
    LedgerReconciled,
    Payload,
    build,
    read,
    read_payload,
)
from asepsis.core.ports import Clock, Digester, Ids, KeyProvider
from asepsis.ledger.disk import OsDisk
from asepsis.ledger.emergency import LEDGER, Emergency, Opening
from asepsis.ledger.errors import broken
from asepsis.ledger.log import Log
from asepsis.ledger.ports import Disk
from asepsis.ledger.reader import LogReader, tenants
from asepsis.ledger.store import Store

__all__ = ["JOURNALS", "JournaledStore"]

JOURNALS: Final = "journal"
"""In the emergency's folder; below it each tenant has one."""

_NAME: Final = "emergency"
_RETRY_NS: Final = 5_000_000_000
_SOME: Final = 1_000
_LOGGER: Final = logging.getLogger(__name__)


class _Journal:
    """One tenant's journal, the index in the log from which its entries may already be there, and the next try."""

    def __init__(self, log: Log, since: int, again: int) -> None:
        self.log = log
        self.since = since
        self.again = again


class JournaledStore:
    """A store whose appends go into a journal while the log fails and an emergency is open."""

    def __init__(  # noqa: PLR0913 the ports of a process that writes, and what it stands beside
        self,
        store: Store,
        emergency: Emergency,
        /,
        *,
        root: Path,
        keys: KeyProvider,
        digester: Digester,
        clock: Clock,
        ids: Ids,
        disk: Disk | None = None,
    ) -> None:
        self._store = store
        self._emergency = emergency
        self._root = root
        self._keys = keys
        self._digester = digester
        self._clock = clock
        self._ids = ids
        self._disk = disk or OsDisk()
        self._told: Opening | None = None
        self._journals: dict[str, _Journal] = {}
        for tenant in tenants(self._folder):
            self._journals[tenant] = _Journal(self._open(tenant), self._since(tenant), 0)

    @property
    def deposed(self) -> bool:
        """Whether another writer took over."""
        return self._store.deposed

    @property
    def waiting(self) -> tuple[str, ...]:
        """The tenants whose journals the log does not have yet."""
        return tuple(self._journals)

    def append(self, tenant: str, entries: Sequence[bytes], /) -> None:
        """Returns once the log has the entries, or a journal; raises InputError, and Unavailable."""
        if tenant in self._journals and not self._reconciled(tenant):
            self._record(tenant, entries)
            return
        try:
            self._store.append(tenant, entries)
        except Unavailable as error:
            if self._store.deposed or self._emergency.allows(LEDGER) is None:
                raise
            self._begin(tenant, error.code)
            self._record(tenant, entries)

    def settle(self) -> None:
        """Does what follows an append."""
        self._store.settle()

    def publish(self) -> float | None:
        """Publishes, and tries the log again; returns in how many seconds there is more to do."""
        delay = self._store.publish()
        for tenant in self.waiting:
            self._reconciled(tenant)
        if not self._journals or self._store.deposed:
            return delay
        return min(_RETRY_NS / 1e9, _RETRY_NS / 1e9 if delay is None else delay)

    def beat(self) -> None:
        """Says that this writer is there, and records that an emergency began or ended."""
        self._store.beat()
        current = self._emergency.current()
        if current != self._told:
            before, self._told = self._told, current
            for tenant in tenants(self._root):
                self._tell(tenant, before, current)

    def recover(self) -> int:
        """Takes what journals of an earlier process have into the logs, then does what the store does."""
        for tenant in self.waiting:
            self._reconciled(tenant)
        return self._store.recover()

    def close(self) -> None:
        """Lets go of everything."""
        for journal in self._journals.values():
            journal.log.close()
        self._store.close()

    @property
    def _folder(self) -> Path:
        return self._emergency.folder / JOURNALS

    def _begin(self, tenant: str, failed: str, /) -> None:
        """Begins a journal, whose first entry says where the log stopped and why; raises Unavailable."""
        since = LogReader(self._root, tenant).size()
        log = self._open(tenant)
        if not log.count:
            log.append(self._events(tenant, [LedgerJournaled(since, failed)]))
        self._journals[tenant] = _Journal(log, since, self._clock.monotonic() + _RETRY_NS)
        _LOGGER.error("ledger: the log of %s takes nothing (%s), an emergency journal does", tenant, failed)

    def _record(self, tenant: str, entries: Sequence[bytes], /) -> None:
        journal = self._journals[tenant]
        if self._store.deposed or self._emergency.allows(LEDGER) is None:
            raise Unavailable("the log takes nothing, and no emergency is open", place="ledger", code="ledger_broken")
        if not journal.log.sound:
            journal.log.close()
            journal.log = self._open(tenant)
        journal.log.append(entries)

    def _reconciled(self, tenant: str, /) -> bool:
        """Has the log take a journal, if it is time to try; returns whether it has all of it now."""
        journal = self._journals[tenant]
        if self._clock.monotonic() < journal.again:
            return False
        try:
            self._take(tenant, journal)
        except (Unavailable, NotTrusted) as error:
            journal.again = self._clock.monotonic() + _RETRY_NS
            _LOGGER.warning("ledger: the log of %s does not take its journal yet: %s", tenant, error.message)
            return False
        journal.log.close()
        del self._journals[tenant]
        self._put_aside(tenant, journal.log.count)
        return True

    def _take(self, tenant: str, journal: _Journal, /) -> None:
        self._store.open(tenant)  # only then is it known what was durable after all
        known, told = self._known(tenant, journal.since)
        root = journal.log.seal.root.hex()
        some: list[bytes] = []
        for entry in LogReader(self._folder, tenant).entries(0):
            if read(entry.data).id not in known:
                some.append(entry.data)
            if len(some) >= _SOME:
                self._store.append(tenant, some)
                some = []
        if root not in told:
            some += self._events(tenant, [LedgerReconciled(journal.log.count, root)])
        if some:
            self._store.append(tenant, some)

    def _known(self, tenant: str, since: int, /) -> tuple[set[str], set[str]]:
        """Returns the ids of the log's entries from an index on, and the roots of journals that it took."""
        ids: set[str] = set()
        roots: set[str] = set()
        for entry in LogReader(self._root, tenant).entries(since):
            event = read(entry.data)
            ids.add(event.id)
            payload = read_payload(event)
            if isinstance(payload, LedgerReconciled):
                roots.add(payload.root)
        return ids, roots

    def _since(self, tenant: str, /) -> int:
        """Returns where the log stopped, as its journal says first."""
        first = next(LogReader(self._folder, tenant).entries(0), None)
        payload = read_payload(read(first.data)) if first else None
        return payload.index if isinstance(payload, LedgerJournaled) else 0

    def _put_aside(self, tenant: str, count: int, /) -> None:
        """Keeps a journal that the log has; where it can't be moved it is taken again, which adds nothing."""
        now = self._clock.now()
        target = self._emergency.folder / "reconciled" / f"{tenant}-{now}-{count}"
        try:
            target.parent.mkdir(mode=0o700, exist_ok=True)
            (self._folder / tenant).rename(target)
        except OSError as error:
            _LOGGER.warning("ledger: the journal of %s can't be put aside: %s", tenant, type(error).__name__)

    def _open(self, tenant: str, /) -> Log:
        try:
            return Log(self._folder / tenant, self._keys, disk=self._disk, name=_NAME)
        except NotTrusted as error:
            raise broken("the emergency journal does not hold") from error

    def _tell(self, tenant: str, before: Opening | None, current: Opening | None, /) -> None:
        payloads: list[Payload] = [LedgerEmergencyEnded(before.id)] if before is not None else []
        if current is not None:
            by = tuple(self._digester.digest("principal", one, tenant=tenant) for one in current.by)
            payloads.append(LedgerEmergency(current.id, current.scopes, current.reason, by, current.until))
        try:
            self.append(tenant, self._events(tenant, payloads))
        except Unavailable as error:
            _LOGGER.error("ledger: an emergency can't be recorded: %s", error.message)  # noqa: TRY400 no stack

    def _events(self, tenant: str, payloads: Sequence[Payload], /) -> list[bytes]:
        now = self._clock.now()
        made = [build(one, id=self._ids.new(), time=now, tenant=tenant, principal="ledger") for one in payloads]
        return [one.encode() for one in made]
