"""What a session has taken, in its order, sealed: who has read it all has the same session.

1. A session's log has a random key, wrapped under the tenant's; who deletes it has erased the log. It is about whomever
   its results are about, and ends with the session.
2. Each entry is sealed (AES-256-GCM, NIST SP 800-38D) for its place: tenant, session, log and number. None can stand
   for another, and one that is missing among others shows.
3. An entry gets the number behind the last one that its writer has seen. Who was not the first to that number has to
   read what others added before it may try again, so that nothing is decided, and nothing kept, without it.

A manifest stands in the log where the first result by it does, so that what was read keeps the labels that it had.
What opens logs, sweeps or renews them may block, and belongs into a thread, and so does what reads one that `waits`.
"""

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol, TypeAlias

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from asepsis.core.errors import NotTrusted, Unavailable
from asepsis.core.plans import Plan
from asepsis.core.ports import Clock, Ids, KeyProvider, Randomness
from asepsis.infra.courier import Courier
from asepsis.infra.histories import ENDED, More, NewEntry
from asepsis.infra.records import ToolSession
from asepsis.tools.types import Json, Manifest

__all__ = [
    "Adding",
    "Answered",
    "Began",
    "Ended",
    "Entry",
    "Erased",
    "Heard",
    "Histories",
    "History",
    "Planned",
    "Ports",
    "Read",
    "Saw",
    "Spans",
    "Store",
    "Unmade",
    "decode",
    "encode",
]

_KEY: Final = "tools.sessions"
_SIZE: Final = 32
_NONCE: Final = 12
_RENEW_MS: Final = 60_000
_ENCODER: Final = msgspec.json.Encoder()


class Heard(msgspec.Struct, frozen=True, tag="heard"):
    """What the user said, and in which of their turns where that was told."""

    text: str
    turn: str = ""


class Planned(msgspec.Struct, frozen=True, tag="planned"):
    """A plan that was put in force, and that of the grant which it was made within."""

    plan: Plan
    within: Plan | None = None


class Began(msgspec.Struct, frozen=True, tag="began"):
    """A place of a tool's budget that was taken, and which call it was where it is one that is asked for once."""

    tool: str
    call: str = ""


class Unmade(msgspec.Struct, frozen=True, tag="unmade"):
    """A call that began and reached nobody: its place, and the order that it was asked for by, are free again."""

    tool: str
    call: str = ""


class Answered(msgspec.Struct, frozen=True, tag="answered"):
    """A question to the user that was answered, and may not be again until its time is up, in seconds."""

    nonce: str
    until: int


class Erased(msgspec.Struct, frozen=True, tag="erased"):
    """All before it is gone: somebody whom the session was about was erased."""


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """All before it is gone: the session had ended, and somebody goes on under its name."""


class Saw(msgspec.Struct, frozen=True, tag="saw", omit_defaults=True):
    """The result of a call that was made, and the words beside it.

    `digest` names the tool's manifest, and `manifest` is it where no entry before has it; none of both for a tool that
    nobody knows. `missed` says that the result was left out for its size, `hidden` that the agent did not get it as it
    is.
    """

    tool: str
    arguments: dict[str, Json]
    result: Json = None
    beside: tuple[str, ...] = ()
    digest: str = ""
    manifest: Manifest | None = None
    missed: bool = False
    hidden: bool = False


Entry: TypeAlias = Heard | Planned | Began | Answered | Saw | Erased | Ended | Unmade

_DECODER: Final = msgspec.json.Decoder(Entry)


class Store(Protocol):
    """Keeps rows; `infra.histories.HistoryRows` says what each does and raises."""

    def begin(self, row: ToolSession, now: int, /, *, most: int) -> ToolSession | None:
        """Returns the session that is there, adding it where it is not; None where too many are."""

    def since(self, session: str, after: int, /, *, tenant: str) -> More | None:
        """Returns what a session's log holds beyond a number."""

    @property
    def near(self) -> bool:
        """Whether reading waits for nobody."""

    def add(self, entries: Sequence[NewEntry], /) -> Sequence[bool]:
        """Adds entries; False for each where somebody else was first."""

    def renew(self, log: str, expires: int, /, *, tenant: str) -> None:
        """Lets a session end later."""

    def note(self, log: str, owners: Sequence[str], /, *, tenant: str) -> bool:
        """Keeps that a log is about those owners; False where there is no such log."""

    def begin_anew(self, gone: str, row: ToolSession, first: NewEntry, /) -> bool:
        """Begins a log in the place of one that is gone, with its first entry; False where somebody else did."""

    def sweep(self, now: int, /, *, tenant: str) -> int:
        """Destroys what ended."""


class Ports(NamedTuple):
    """What histories need from outside."""

    clock: Clock
    ids: Ids
    keys: KeyProvider
    randomness: Randomness


class Spans(NamedTuple):
    """How many minutes a session lasts without a call, and for how many days its name is remembered behind that."""

    minutes: int
    days: int


class Read(NamedTuple):
    """An entry that was read, and how many bytes it is sealed."""

    entry: Entry
    size: int


class Adding(NamedTuple):
    """Where entries are kept, and what brings them there beside the event loop."""

    store: Store
    courier: Courier[NewEntry, bool]


class History:
    """One session's log, as far as one worker has read it."""

    def __init__(self, row: ToolSession, adding: Adding, ports: Ports, lasts: int) -> None:
        self._row = row
        self._store, self._courier = adding
        self._ports = ports
        self._lasts = lasts
        self._expires = row.expires
        bound = _bound(row.tenant, row.session, row.log)
        self._box = AESGCM(_opened(AESGCM(ports.keys.key(_KEY, tenant=row.tenant)), row.wrapped, bound))

    @property
    def waits(self) -> bool:
        """Whether to read it may take as long as somebody else does."""
        return not self._store.near or self._due(self._ports.clock.now())

    def since(self, number: int, /) -> Sequence[Read] | None:
        """Returns the entries beyond a number, None where the session ended meanwhile; raises NotTrusted, Unavailable.

        Whoever asks uses the session, which ends later for it.
        """
        row, now = self._row, self._ports.clock.now()
        found = self._store.since(row.session, number, tenant=row.tenant)
        if found is None or found.log != row.log or found.expires <= now:
            return None
        self._expires = found.expires
        if self._due(now):
            self._renew(now)
        if [at for at, _ in found.entries] != list(range(number + 1, number + 1 + len(found.entries))):
            raise NotTrusted("expected every entry of a session", code="tools.session")
        return [Read(self._entry(at, sealed), len(sealed)) for at, sealed in found.entries]

    async def add(self, number: int, plain: bytes, /) -> int:
        """Adds an entry and returns how many bytes it takes; 0 where somebody else was first; raises Unavailable."""
        entry, now = self.sealed(number, plain), self._ports.clock.now()
        if self._due(now):
            await asyncio.to_thread(self._renew, now)
        return len(entry.sealed) if await self._courier.send(entry) else 0

    def sealed(self, number: int, plain: bytes, /) -> NewEntry:
        """Returns an entry as it is kept."""
        row, nonce = self._row, self._ports.randomness.bytes(_NONCE)
        return NewEntry(row.tenant, row.log, number, nonce + self._box.encrypt(nonce, plain, self._place(number)))

    def note(self, owners: Sequence[str], /) -> bool:
        """Keeps that the log is about those owners, so that their erasure finds it; False where it is gone."""
        return self._store.note(self._row.log, owners, tenant=self._row.tenant)

    def _due(self, now: int) -> bool:
        """Whether the session has to be told to end later, once a minute at most."""
        return self._expires < now + self._lasts - _RENEW_MS

    def _renew(self, now: int) -> None:
        self._store.renew(self._row.log, now + self._lasts, tenant=self._row.tenant)
        self._expires = now + self._lasts

    def _entry(self, number: int, sealed: bytes) -> Entry:
        try:
            return decode(_opened(self._box, sealed, self._place(number)))
        except msgspec.DecodeError as error:
            raise NotTrusted("expected an entry of a session", code="tools.session") from error

    def _place(self, number: int) -> bytes:
        return _bound(self._row.tenant, self._row.session, self._row.log, str(number))


class Histories:
    """The logs of one tenant's sessions, each of which ends some time after it was used last."""

    def __init__(self, store: Store, ports: Ports, spans: Spans, *, most: int) -> None:
        self._store = store
        self._adding = Adding(store, Courier(store.add, "sessions"))
        self._ports = ports
        self._lasts = spans.minutes * 60_000
        self._marks = spans.days * 86_400_000
        self._most = most

    def open(self, session: str, /, *, tenant: str, remembered: bool = False) -> History:
        """Returns a session's log, which is begun where there is none; raises NotTrusted, Unavailable.

        One that was erased begins anew, and with word of that; so does one that ended where it was to be `remembered`.
        """
        ports, now = self._ports, self._ports.clock.now()
        log, key, nonce = ports.ids.new(), ports.randomness.bytes(_SIZE), ports.randomness.bytes(_NONCE)
        outer = AESGCM(ports.keys.key(_KEY, tenant=tenant))
        wrapped = nonce + outer.encrypt(nonce, key, _bound(tenant, session, log))
        row = ToolSession(tenant, session, log, wrapped, now + self._lasts, self._marks if remembered else 0)
        found = self._store.begin(row, now, most=self._most)
        if found is None:
            raise Unavailable("too many sessions are open; try again later", code="tools.sessions")
        if not found.wrapped:
            history = History(row, self._adding, ports, self._lasts)
            why = Ended() if found.log.startswith(ENDED) else Erased()
            mine = self._store.begin_anew(found.log, row, history.sealed(1, encode(why)))
            return history if mine else self.open(session, tenant=tenant, remembered=remembered)
        return History(found, self._adding, ports, self._lasts)

    def sweep(self, *, tenant: str) -> int:
        """Destroys the sessions that ended; returns how many; raises Unavailable."""
        return self._store.sweep(self._ports.clock.now(), tenant=tenant)


def encode(entry: Entry, /) -> bytes:
    """Returns an entry as it is sealed; raises Unavailable for one that can't be written."""
    try:
        return _ENCODER.encode(entry)
    except (OverflowError, RecursionError, TypeError, ValueError) as error:
        raise Unavailable("what a call answered can't be kept", code="tools.session") from error


def decode(plain: bytes, /) -> Entry:
    """Returns the entry that bytes are; raises DecodeError."""
    entry: Entry = _DECODER.decode(plain)
    return entry


def _bound(*place: str) -> bytes:
    return _ENCODER.encode(("asepsis session", *place))


def _opened(box: AESGCM, sealed: bytes, bound: bytes) -> bytes:
    try:
        return box.decrypt(sealed[:_NONCE], sealed[_NONCE:], bound)
    except (InvalidTag, ValueError) as error:
        raise NotTrusted("an entry of a session does not open", code="tools.session") from error
