"""Has a log's published checkpoints stamped by an authority (RFC 3161): so old they are at least, says somebody else.

1. A checkpoint that is new is sent as its digest, at most once every so many seconds: the anchored one where witnesses
   are asked, so that the token covers their cosignatures, else the published one.
2. The answer counts once it names this digest and this nonce and was signed under one of the roots; it is kept beside
   the log.
3. A log with entries that no stamp has covered for too long is *overdue*: told once, until one does.

It runs in the control process. Nothing waits for it: an authority that is away costs calls nothing.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from cryptography.x509 import Certificate

from asepsis.core.errors import Error, NotTrusted, Unavailable
from asepsis.core.events import LedgerUnstamped
from asepsis.core.ports import Clock, Request, Transport
from asepsis.infra.timestamps import MOST_TOKEN, ask, check
from asepsis.ledger.publish import ANCHORED, CHECKPOINT
from asepsis.ledger.reader import tenants
from asepsis.ledger.signing import VKEYS, read_vkeys
from asepsis.ledger.stamps import Stamped, keep, newest
from asepsis.ledger.tlog import offline

__all__ = ["Authority", "Overdue", "Stamping"]

_LOGGER: Final = logging.getLogger(__name__)
_SECONDS: Final = 10.0
_GRANTED: Final = 200

Overdue = Callable[[str, LedgerUnstamped], None]
"""Takes a tenant and since when its log has waited for a stamp."""


class Authority(NamedTuple):
    """Who stamps: where it answers, the roots of its certificates, how often it is asked and when that is overdue."""

    url: str
    roots: Sequence[Certificate]
    seconds: int
    overdue_seconds: int

    @property
    def name(self) -> str:
        """Its host: the rest of a URL may hold a secret."""
        return urlsplit(self.url).hostname or ""


class _State:
    """One tenant's log: how far it is stamped, the time of that stamp, and since when what is newer has waited for one.

    What is newer than a stamp of an earlier process has waited since that stamp, as far as anybody knows.
    """

    def __init__(self, size: int, at: int, waits: int | None) -> None:
        self.size = size
        self.at = at
        self.waits = waits
        self.asked = at if size >= 0 else 0
        self.told = False


class Stamping:
    """Has all tenants' logs under `root` stamped; belongs to one event loop. `anchored` prefers cosigned checkpoints.

    Raises ConfigError without the extra `timestamps`.
    """

    def __init__(
        self,
        root: Path,
        authority: Authority,
        /,
        *,
        transport: Transport,
        clock: Clock,
        overdue: Overdue,
        anchored: bool = False,
    ) -> None:
        ask(b"-")
        self._root = root
        self._authority = authority
        self._transport = transport
        self._clock = clock
        self._overdue = overdue
        self._anchored = anchored
        self._states: dict[str, _State] = {}

    async def look(self) -> tuple[str, ...]:
        """Has each log stamped whose time has come; returns the tenants whose logs have entries without a stamp."""
        missing: list[str] = []
        for tenant in tenants(self._root):
            try:
                note, size = self._published(self._root / tenant)
            except (OSError, NotTrusted):
                missing.append(tenant)  # not published yet, or damaged: that is for `verify` to say
                continue
            state = self._state(tenant)
            await self._meet(tenant, state, note, size)
            if state.size < size:
                missing.append(tenant)
        return tuple(missing)

    def ages(self) -> dict[str, float]:
        """Returns for each tenant for how many seconds entries have waited for a stamp, 0 where none does."""
        now = self._clock.now()
        return {
            tenant: 0.0 if one.waits is None else max(0, now - one.waits) / 1000 for tenant, one in self._states.items()
        }

    @property
    def stamped(self) -> dict[str, tuple[int, int]]:
        """For each tenant how many entries are stamped, -1 for never, and when that was, in milliseconds."""
        return {tenant: (state.size, state.at) for tenant, state in self._states.items()}

    async def _meet(self, tenant: str, state: _State, note: bytes, size: int, /) -> None:
        """Has a checkpoint stamped if it is new and its time has come, and tells of one that waits too long."""
        if size <= state.size:
            state.waits = None
            return
        now = self._clock.now()
        if state.waits is None:
            state.waits = now
        due = not 0 <= now - state.asked < 1000 * self._authority.seconds
        if due and await self._stamp(tenant, state, note, size):
            return
        if state.told or now - state.waits < 1000 * self._authority.overdue_seconds:
            return
        state.told = True
        _LOGGER.error("ledger: no timestamp of %s since %d", tenant, state.waits)
        self._overdue(tenant, LedgerUnstamped(self._authority.name, max(0, state.size), size, state.waits))

    async def _stamp(self, tenant: str, state: _State, note: bytes, size: int, /) -> bool:
        """Asks the authority and returns whether it stamped; if it did not, the next look asks again."""
        try:
            query = ask(note)
            async with asyncio.timeout(_SECONDS):
                token = await self._post(query.data)
            found = check(token, note, roots=self._authority.roots, nonce=query.nonce)
            keep(self._root / tenant, Stamped(size, note, token))
        except (Error, OSError, TimeoutError) as error:
            what = error.message if isinstance(error, Error) else type(error).__name__
            _LOGGER.warning("ledger: timestamp authority %s: %s", self._authority.name, what)
            return False
        state.size, state.at, state.asked = size, found.time, self._clock.now()
        state.waits, state.told = None, False
        return True

    async def _post(self, body: bytes, /) -> bytes:
        headers = (("content-type", "application/timestamp-query"), ("accept", "application/timestamp-reply"))
        answer = await self._transport.send(Request("POST", self._authority.url, headers, body))
        data = bytearray()
        try:
            async for chunk in answer.chunks():
                data += chunk
                if len(data) > MOST_TOKEN:
                    raise Unavailable("answered too much", code="ledger_stamp")
        finally:
            answer.close()
        if answer.status != _GRANTED:
            raise Unavailable(f"answered {answer.status}", code="ledger_stamp")
        return bytes(data)

    def _published(self, folder: Path, /) -> tuple[bytes, int]:
        """Returns the checkpoint that is to be stamped, and its size; raises OSError and NotTrusted."""
        name = ANCHORED if self._anchored and (folder / ANCHORED).exists() else CHECKPOINT
        note = (folder / name).read_bytes()
        return note, offline.open_checkpoint(note, keys=read_vkeys(folder / VKEYS)).size

    def _state(self, tenant: str, /) -> _State:
        """Returns what is known of a log, from its last stamp at first."""
        if tenant not in self._states:
            self._states[tenant] = self._restored(self._root / tenant)
        return self._states[tenant]

    def _restored(self, folder: Path, /) -> _State:
        now = self._clock.now()
        with suppress(OSError, NotTrusted):
            last = newest(folder)
            if last is not None:
                found = check(last.token, last.note, roots=self._authority.roots)
                return _State(last.size, found.time, found.time)
        return _State(-1, now, now)
