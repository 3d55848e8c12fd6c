"""Brings the control plane's Events from the outbox into the ledger: each once, in order, however long that takes.

1. The one that waits longest, of each tenant, is submitted; only once it is durable is the next one's turn.
2. A submission that failed may still have become durable. Before it is offered again, and for what an earlier process
   left, the end of the log is searched for the Event's id.
3. An Event's principal is the person who did what it tells of, where a person did it. Whom a kill switch is about does
   not go into the ledger by name: a keyed digest stands in its place.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import Final, Protocol

import msgspec

from asepsis.core.errors import InputError
from asepsis.core.events import (
    AccessDecided,
    ApprovalDecided,
    ApprovalExpired,
    ConfigRejected,
    GlassReviewed,
    GrantRefused,
    KillCleared,
    KillSet,
    Payload,
    build,
)
from asepsis.core.ports import Digester, Entry, Ledger
from asepsis.core.types import Verdict
from asepsis.infra.outbox import Waiting

__all__ = ["Delivery"]

_LOG = logging.getLogger(__name__)
_SEARCHED: Final = 65_536
_AT_ONCE: Final = 64
_NOBODY: Final = "system"
_REFUSALS: Final = (ApprovalExpired, ConfigRejected, GrantRefused)


class Store(Protocol):
    """Where Events wait."""

    def first(self) -> tuple[Waiting, ...]:
        """Returns what waits longest, one for each tenant."""

    def done(self, waiting: Waiting, /) -> None:
        """Takes out an Event that is in the ledger."""


class Log(Protocol):
    """A tenant's log."""

    def tail_start(self, count: int, /) -> int:
        """Returns the index from which the last `count` entries start."""

    def entries(self, start: int, /) -> Iterator[Entry]:
        """Yields the durable entries from `start` on."""


class Delivery:
    """Offers what waits to the ledger; `open_log` opens a tenant's log for reading."""

    def __init__(self, store: Store, ledger: Ledger, open_log: Callable[[str], Log], digester: Digester) -> None:
        self._store = store
        self._ledger = ledger
        self._open_log = open_log
        self._digester = digester
        self._searched: dict[str, int] = {}

    async def deliver(self) -> int:
        """Delivers what waits, a bounded number at a time, and returns how many; raises Unavailable, losing nothing."""
        count = 0
        while count < _AT_ONCE and (waiting := await asyncio.to_thread(self._store.first)):
            for one in waiting:
                await self._bring(one)
                count += 1
        return count

    async def _bring(self, one: Waiting) -> None:
        if not await asyncio.to_thread(self._is_there, one):
            who, verdict = getattr(one.payload, "person", "") or _NOBODY, _verdict(one.payload)
            event = build(self._safe(one), id=one.id, time=one.at, tenant=one.tenant, principal=who, verdict=verdict)
            try:
                await self._ledger.submit([event])
            except InputError as error:
                # It would stop all behind it, and no later try could be better.
                _LOG.error("an event of the control plane can't be stored and is dropped: %s", error.code)
        await asyncio.to_thread(self._store.done, one)

    def _is_there(self, one: Waiting) -> bool:
        """Looks for an Event in what was not searched before; an entry's id stands in its head."""
        log = self._open_log(one.tenant)
        start = max(self._searched.get(one.tenant, 0), log.tail_start(_SEARCHED))
        mark = f'"id":"{one.id}"'.encode()
        found = False
        for entry in log.entries(start):
            self._searched[one.tenant] = entry.index + 1
            found = found or mark in entry.data
        return found

    def _safe(self, one: Waiting) -> Payload:
        payload = one.payload
        if isinstance(payload, KillSet | KillCleared) and payload.target == "principal" and payload.name != "*":
            name = self._digester.digest("principal", payload.name, tenant=one.tenant)
            return msgspec.structs.replace(payload, name=name)
        return payload


def _verdict(payload: Payload) -> Verdict:
    """Returns DENY for what tells that somebody got a no: who searches for denials looks for those, too."""
    refused = isinstance(payload, ApprovalDecided) and not payload.approved
    refused |= isinstance(payload, AccessDecided) and not payload.granted
    refused |= isinstance(payload, GlassReviewed) and not payload.right
    return Verdict.DENY if refused or isinstance(payload, _REFUSALS) else Verdict.ALLOW
