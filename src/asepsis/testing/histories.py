"""The logs of agents' sessions in memory, with the rules of `infra.histories.HistoryRows`."""

from collections.abc import Sequence

import msgspec

from asepsis.core.ports import Clock
from asepsis.infra.histories import ENDED, More, NewEntry
from asepsis.infra.ids import SystemIds
from asepsis.infra.records import ToolSession
from asepsis.testing.keys import NamedKeys
from asepsis.testing.randomness import SeededRandomness
from asepsis.tools.history import Histories, Ports, Spans, Store

__all__ = ["MemoryHistories", "histories"]


class MemoryHistories:
    """Implements the store of histories."""

    def __init__(self) -> None:
        self.sessions: dict[tuple[str, str], ToolSession] = {}
        self.entries: dict[str, list[bytes]] = {}
        self.owners: dict[str, set[str]] = {}

    def begin(self, row: ToolSession, now: int, /, *, most: int) -> ToolSession | None:
        """Returns the session that is there, adding it where it is not; None where too many are."""
        here = (row.tenant, row.session)
        found = self.sessions.get(here)
        if found is not None and found.expires <= now:
            self._end(here, now)
            found = self.sessions.get(here)
        if found is not None and found.wrapped:
            return found
        if sum(one.expires > now and one.wrapped != b"" for one in self.sessions.values()) >= most:
            return None
        if found is not None:
            return found
        self.sessions[here] = row
        self.entries[row.log] = []
        return row

    def since(self, session: str, after: int, /, *, tenant: str) -> More | None:
        """Returns what a session's log holds beyond a number."""
        row = self.sessions.get((tenant, session))
        if row is None:
            return None
        entries = list(enumerate(self.entries[row.log], 1))[after:]
        return More(row.log, row.expires, entries)

    @property
    def near(self) -> bool:
        """Whether reading waits for nobody."""
        return True

    def add(self, entries: Sequence[NewEntry], /) -> list[bool]:
        """Adds entries; False for each where somebody else was first."""
        return [self._add(entry) for entry in entries]

    def _add(self, entry: NewEntry) -> bool:
        entries = self.entries.get(entry.log)
        if entries is None or entry.number != len(entries) + 1 or not entry.tenant:
            return False
        entries.append(entry.sealed)
        return True

    def renew(self, log: str, expires: int, /, *, tenant: str) -> None:
        """Lets a session end later."""
        for here, row in self.sessions.items():
            if row.log == log and row.tenant == tenant:
                self.sessions[here] = msgspec.structs.replace(row, expires=expires)

    def note(self, log: str, owners: Sequence[str], /, *, tenant: str) -> bool:
        """Keeps that a log is about those owners; False where there is no such log."""
        if not any((row.log, row.tenant) == (log, tenant) for row in self.sessions.values()):
            return False
        self.owners.setdefault(log, set()).update(owners)
        return True

    def forget(self, owner: str, /, *, tenant: str) -> int:
        """Destroys the logs that are about an owner, or of the session that it is; returns how many."""
        found = [
            here
            for here, row in self.sessions.items()
            if row.tenant == tenant and row.wrapped
            if owner in self.owners.get(row.log, ()) or owner == f"session:{row.session}"
        ]
        for here in found:
            self._mark("erased", here)
        return len(found)

    def _end(self, here: tuple[str, str], now: int) -> None:
        row = self.sessions[here]
        if row.expires + row.mark > now:
            self._mark(ENDED, here)
        else:
            del self.entries[self.sessions.pop(here).log]

    def _mark(self, why: str, here: tuple[str, str]) -> None:
        row = self.sessions[here]
        del self.entries[row.log]
        log = f"{why} {row.log}"
        self.sessions[here] = ToolSession(row.tenant, row.session, log, b"", row.expires + row.mark, -1)
        self.entries[log] = []

    def begin_anew(self, gone: str, row: ToolSession, first: NewEntry, /) -> bool:
        """Begins a log in the place of one that is gone; False where somebody else did."""
        found = self.sessions[row.tenant, row.session]
        if found.log != gone:
            return False
        del self.entries[gone]
        self.sessions[row.tenant, row.session], self.entries[row.log] = row, [first.sealed]
        return True

    def sweep(self, now: int, /, *, tenant: str) -> int:
        """Destroys what ended."""
        ended = [here for here, row in self.sessions.items() if row.expires <= now and row.tenant == tenant]
        for here in ended:
            self._end(here, now)
        return len(ended)


def histories(clock: Clock, store: Store | None = None, /, *, most: int = 100_000, minutes: int = 60) -> Histories:
    """Returns histories with keys that anyone could make, in memory where there is no other store.

    No two logs have one id, as those of several workers don't. What ended is remembered for a day where it has a name.
    """
    ports = Ports(clock, SystemIds(clock), NamedKeys(), SeededRandomness())
    return Histories(store if store is not None else MemoryHistories(), ports, Spans(minutes, days=1), most=most)
