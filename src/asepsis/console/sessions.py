"""Sessions of people in the console: kept at the server, and in the browser only a secret that names one.

1. The secret is 256 random bits, and the database has its SHA-256: whoever reads that becomes nobody.
2. A session ends after its hours, when it was not used for a while, when its person leaves, and when the provider says
   so; a look that a page takes by itself does not count as use.
3. Signing in, and showing anew who one is, give another secret; the one before is gone.
4. What stands in forms is derived from the secret, so that only a page of this session can post.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

import msgspec

from asepsis.console.config import SignIn
from asepsis.console.oidc import Ended, SignedIn
from asepsis.console.people import Person
from asepsis.core import canonical
from asepsis.core.events import ConsoleLeft, ConsoleSignedIn
from asepsis.core.ports import Clock, Digester, Randomness
from asepsis.identity.config import Issuer
from asepsis.infra.records import ConsoleSession

__all__ = ["Sessions", "Store", "Tools"]

_BYTES: Final = 32
_SEEN: Final = 60_000
_HOUR: Final = 3_600_000
_MINUTE: Final = 60_000
_SECOND: Final = 1_000


class Store(Protocol):
    """Where sessions are kept."""

    def begin(self, row: ConsoleSession, told: ConsoleSignedIn, /, *, instead: str = "") -> None:
        """Adds a session, in the place of another of the same browser where there is one."""

    def get(self, session: str, /, *, tenant: str) -> ConsoleSession | None:
        """Returns a session, None where there is none of that name."""

    def see(self, session: str, now: int, /, *, tenant: str) -> None:
        """Notes that a session is in use."""

    def end(self, session: str, told: ConsoleLeft, /, *, tenant: str) -> bool:
        """Ends a session; returns whether there was one."""

    def named(self, issuer: str, /, *, tenant: str, subject: str = "", sid: str = "") -> Sequence[ConsoleSession]:
        """Returns the sessions that a provider means."""

    def over(self, now: int, idle: int, /, *, tenant: str) -> Sequence[ConsoleSession]:
        """Returns the sessions whose time is up."""


class Tools(NamedTuple):
    """What sessions need from outside."""

    clock: Clock
    randomness: Randomness
    digester: Digester


class _Facts(msgspec.Struct, frozen=True):
    roles: tuple[str, ...]
    acr: str
    amr: tuple[str, ...]
    at: int


class Sessions:
    """The sessions of one tenant's console."""

    def __init__(self, store: Store, tools: Tools, config: SignIn, *, tenant: str) -> None:
        self._store = store
        self._tools = tools
        self._tenant = tenant
        self._lasts = config.hours * _HOUR
        self._idle = config.idle_minutes * _MINUTE

    def begin(self, who: SignedIn, issuer: Issuer, /, *, before: str = "") -> str:
        """Begins a session and returns its secret; `before` is the digest of the browser's session until now."""
        secret = urlsafe_b64encode(self._tools.randomness.bytes(_BYTES)).decode().rstrip("=")
        now = self._tools.clock.now()
        principal = f"{issuer.name}:{who.subject}"
        row = ConsoleSession(
            tenant=self._tenant,
            session=_digest(secret),
            principal=principal,
            issuer=issuer.name,
            subject=who.subject,
            sid=who.sid,
            facts=canonical.encode(_Facts(who.roles, who.acr, who.amr, who.at * _SECOND)),
            created=now,
            seen=now,
            expires=now + self._lasts,
        )
        told = ConsoleSignedIn(self._keyed(principal), again=bool(before), person=principal)
        self._store.begin(row, told, instead=before)
        return secret

    def person(self, secret: str, /, *, used: bool) -> Person | None:
        """Returns whose session a secret names, None where it is none any more; `used` says that somebody is there."""
        row = self._row(_digest(secret)) if secret else None
        if row is None:
            return None
        now = self._tools.clock.now()
        if used and now - row.seen >= _SEEN:
            self._store.see(row.session, now, tenant=self._tenant)
        facts = canonical.decode(row.facts, _Facts)
        posting = hmac.new(secret.encode(), b"form", "sha256").hexdigest()
        return Person(row.principal, facts.roles, facts.acr, facts.amr, facts.at, row.session, posting)

    def lasts(self, session: str, /) -> bool:
        """Whether a session, by its digest, goes on."""
        return self._row(session) is not None

    def leave(self, person: Person, /, *, why: str = "left") -> None:
        """Ends somebody's session."""
        self._store.end(
            person.session, ConsoleLeft(self._keyed(person.principal), why, person.principal), tenant=self._tenant
        )

    def end(self, issuer: Issuer, whose: Ended, /) -> int:
        """Ends the sessions that a provider means, and returns how many there were."""
        rows = self._store.named(issuer.name, tenant=self._tenant, subject=whose.subject, sid=whose.sid)
        return sum(self._ended(row, "provider") for row in rows)

    def sweep(self) -> int:
        """Takes out the sessions whose time is up, and returns how many there were."""
        rows = self._store.over(self._tools.clock.now(), self._idle, tenant=self._tenant)
        return sum(self._ended(row, "time") for row in rows)

    def _ended(self, row: ConsoleSession, why: str) -> bool:
        told = ConsoleLeft(self._keyed(row.principal), why, row.principal)
        return self._store.end(row.session, told, tenant=self._tenant)

    def _row(self, session: str) -> ConsoleSession | None:
        row = self._store.get(session, tenant=self._tenant)
        now = self._tools.clock.now()
        if row is None or now >= row.expires or now - row.seen >= self._idle:
            return None
        return row

    def _keyed(self, principal: str) -> str:
        return self._tools.digester.digest("principal", principal, tenant=self._tenant)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
