"""Sessions: one monitor per principal, whatever sessions a client opens; a new one clears nothing.

Only an application whose word is taken may tell sessions of one principal apart: its runtime does, and no model. By a
grant, and all that are narrowed from it, there is one: what one who acts by it has read, another may act on.

1. What a session takes stands in its log first (`history`), and the monitor takes just what stands there. The same log
   gives the same monitor, so that a restart, or another worker, changes no decision.
2. Before anything is decided a session is brought up to date with what other workers added. What one adds without
   having read what another did is refused by the log, and added again behind it; a place in a budget is looked for
   again.
3. A log that can't be read, or is not whole, holds up every call of its session.
4. Whom a session is about is kept beside its log before what they are read of. Where one of them is erased the log is
   destroyed, and the session goes on as one that has read the worst: nothing that speaks against a call is forgotten.

5. One that has a name of its own, and ended, begins under it as after an erasure: whoever names it goes on with what it
   was, and may still have in mind what it read. One without is all that its principal ever does, and begins clean.

Bounded: beyond 16 MB of log results are left out, and so is one of more than 2 MB, which is more than models read and
takes long to compare: after that whatever does something is asked about. Beyond 32 MB or 100,000 entries no call is
made. A session ends after a long time without a call; where too many are open a new one is refused, and none is ended
for it.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from asepsis.core import canonical
from asepsis.core.errors import NotTrusted, Unavailable
from asepsis.core.plans import Plan
from asepsis.core.ports import Clock, Digester
from asepsis.core.types import Principal
from asepsis.ledger.sealing.sealer import owner_of_subject
from asepsis.tools.flow.monitor import Monitor
from asepsis.tools.flow.turns import takes_back
from asepsis.tools.flow.types import Rule
from asepsis.tools.history import (
    Answered,
    Began,
    Ended,
    Entry,
    Erased,
    Heard,
    Histories,
    History,
    Planned,
    Read,
    Saw,
    Unmade,
    decode,
    encode,
)
from asepsis.tools.types import Json, Manifest

__all__ = ["Around", "Session", "Sessions"]

_HEARD: Final = 64
_ANSWERED: Final = 1_000
_ANSWER_SECONDS: Final = 600
_TRIES: Final = 100
_RESULT_BYTES: Final = 2_000_000
_CUT_BYTES: Final = 16_000_000
_MOST_BYTES: Final = 32_000_000
_MOST_ENTRIES: Final = 100_000
_NANOSECONDS: Final = 10**9


class Around(NamedTuple):
    """What sessions need from outside."""

    clock: Clock
    digester: Digester
    histories: Histories


class Session:
    """One principal's monitor, as far as its log was read, and how many of its calls are running here."""

    def __init__(self, make: Callable[[], Monitor], name: str, opening: Callable[[], History]) -> None:
        self.name = name
        self.running = 0
        self.used = 0
        self._make = make
        self._opening = opening
        self._lock = asyncio.Lock()
        self._history: History | None = None
        self._anew()

    def _anew(self) -> None:
        self.monitor = self._make()
        self._number = 0
        self._size = 0
        self._heard: deque[Heard] = deque(maxlen=_HEARD)
        self._answered: OrderedDict[str, int] = OrderedDict()
        self._manifests: dict[str, Manifest] = {}
        self._about: frozenset[str] = frozenset()

    @property
    def unread(self) -> bool:
        """Whether its log could not be opened so far."""
        return self._history is None

    async def fresh(self) -> None:
        """Takes what other workers added; raises Unavailable for a log that can't be read, or holds all that it may."""
        async with self._lock:
            await self._read()
        if self._size > _MOST_BYTES or self._number >= _MOST_ENTRIES:
            raise Unavailable("the session holds all that it may", code="tools.session_full")

    async def hear(self, words: str, turn: str = "", /) -> None:
        """Takes what the user said, once for each turn; raises Unavailable."""
        if words:
            said = Heard(words, turn)
            await self._add(lambda: None if self._knows(said) else said)

    async def commit(self, plan: Plan, /, *, within: Plan | None = None) -> bool:
        """Puts a plan in force, `within` that of a grant.

        False where something untrusted was read, or one is in force; raises Unavailable.
        """
        return await self._add(lambda: Planned(plan, within) if self.monitor.open_to_plans else None)

    async def begin(self, tool: str, call: str = "", /) -> bool:
        """Takes a place in a tool's budget, and in what is asked for once; False for none left; raises Unavailable."""
        if not (call or self.monitor.budgeted(tool)):
            return self.monitor.manifest(tool) is not None

        def began() -> Began | None:
            """The entry, where there is a place."""
            free = self.monitor.has_place(tool) and self.monitor.unmade(call)
            return Began(tool, call) if free else None

        return await self._add(began)

    async def unmake(self, tool: str, call: str, /) -> None:
        """Gives back what a call took that reached nobody; raises Unavailable."""
        if call or self.monitor.budgeted(tool):
            await self._add(lambda: Unmade(tool, call))

    async def once(self, nonce: str, until: int, /) -> bool:
        """Whether a question of this session is answered for the first time; raises Unavailable."""

        def answered() -> Answered | None:
            """The entry, unless it was answered, or more answers are remembered than may be."""
            known = nonce in self._answered or len(self._answered) >= _ANSWERED or self.monitor.forgot
            return None if known else Answered(nonce, until)

        return await self._add(answered)

    async def note(self, members: Iterable[str], /) -> None:
        """Keeps that the session is about members, by keyed digests, so that erasures reach it; raises Unavailable."""
        if not self._about.issuperset(members):
            async with self._lock:
                await self._note(frozenset(members))

    async def see(
        self,
        tool: str,
        arguments: dict[str, Json],
        result: Json,
        /,
        beside: Sequence[str] = (),
        *,
        about: Iterable[str] = (),
        hidden: bool = False,
    ) -> None:
        """Takes the result of a call that was made, the words beside it, and whom it is about; raises Unavailable.

        Of one that is `hidden` the agent did not get all, so that it is told no place in it.
        """
        large = len(msgspec.json.encode((result, beside))) > _RESULT_BYTES

        def saw() -> Saw:
            """The entry, by the manifest that the tool has now."""
            manifest = self.monitor.manifest(tool)
            digest = manifest.form if manifest is not None else ""
            told = None if digest in self._manifests else manifest
            if self._size > _CUT_BYTES or large:
                return Saw(tool, arguments, digest=digest, manifest=told, missed=True, hidden=hidden)
            return Saw(tool, arguments, result, tuple(beside), digest, told, hidden=hidden)

        await self._add(saw, about=frozenset(about))

    async def _add(self, make: Callable[[], Entry | None], *, about: frozenset[str] = frozenset()) -> bool:
        """Adds what `make` makes of the session as it stands, and takes it; False where that is nothing."""
        async with self._lock:
            for _ in range(_TRIES):
                await self._note(about)
                entry = make()
                if entry is None:
                    return False
                plain = encode(entry)
                history = self._history
                size = await history.add(self._number + 1, plain) if history is not None else 0
                if size:
                    self._take(decode(plain), size)
                    return True
                await self._read()
        raise Unavailable("others add to the session all the time", code="tools.session")

    def _knows(self, said: Heard) -> bool:
        """Whether that was heard: each call of a turn brings its words, and a late one those of an earlier turn.

        Words without a turn may be said once more. What takes back is heard then, for nothing is lost by it.
        """
        if said.turn:
            return said in self._heard
        known = any(one.text == said.text for one in self._heard)
        return known and (self._heard[-1].text == said.text or not takes_back(said.text))

    async def _note(self, members: frozenset[str]) -> None:
        """Keeps that the log is about members who are not known to be; one that was erased meanwhile is read anew."""
        for _ in range(_TRIES):
            new = members - self._about
            if not new:
                return
            owners = [owner_of_subject(one) for one in sorted(new)]
            if self._history is not None and await asyncio.to_thread(self._history.note, owners):
                self._about |= new
                return
            await self._read()
        raise Unavailable("others add to the session all the time", code="tools.session")

    async def _read(self) -> None:
        try:
            if self._history is None:
                self._history = await asyncio.to_thread(self._opening)
            read = await _since(self._history, self._number)
            if read is None:
                # The session ended meanwhile: what comes belongs to the next one, which may have begun elsewhere.
                self._anew()
                self._history = await asyncio.to_thread(self._opening)
                read = await _since(self._history, 0)
        except NotTrusted as error:
            raise Unavailable("the session can't be read", code="tools.session") from error
        if read is None:
            raise Unavailable("the session ended while it was opened", code="tools.session")
        for one in read:
            self._take(one.entry, one.size)
            await asyncio.sleep(0)  # many are read after a restart, and others wait for the loop

    def _take(self, entry: Entry, size: int) -> None:
        """Takes the next entry of the log. Nothing else changes the monitor."""
        self._number += 1
        self._size += size
        if isinstance(entry, Heard):
            self._heard.append(entry)
            self.monitor.hear(entry.text)
        elif isinstance(entry, Planned):
            self.monitor.seal(entry.plan, within=entry.within)
        elif isinstance(entry, Began):
            self.monitor.begin(entry.tool, entry.call)
        elif isinstance(entry, Unmade):
            self.monitor.unmake(entry.tool, entry.call)
        elif isinstance(entry, Erased | Ended):
            self.monitor.forget(Rule.ENDED if isinstance(entry, Ended) else Rule.ERASED)
        elif isinstance(entry, Answered):
            self._answered[entry.nonce] = entry.until
            # What may still be answered by then is remembered: the log has no other clock.
            over = [nonce for nonce, until in self._answered.items() if until <= entry.until - _ANSWER_SECONDS]
            for nonce in over:
                del self._answered[nonce]
        else:
            self._saw(entry)

    def _saw(self, entry: Saw) -> None:
        if entry.manifest is not None:
            self._manifests[entry.digest] = entry.manifest
        manifest = self._manifests.get(entry.digest) or Manifest(entry.tool, "", frozenset())
        before = self.monitor.results
        self.monitor.see(entry.tool, entry.arguments, entry.result, manifest=manifest, missed=entry.missed)
        for text in entry.beside:
            self.monitor.overhear(text)
        if entry.hidden:
            self.monitor.hide(before)


def _named(who: Principal, name: str) -> str:
    """The name of a session: one user's words are not another's, so those that an agent acts for have their own."""
    behalf: list[str] = []
    other = who.on_behalf_of
    while other is not None:
        behalf.append(other.id)
        other = other.on_behalf_of
    return "\0".join([*behalf, name]) if behalf else name


async def _since(history: History, number: int) -> Sequence[Read] | None:
    """Reads a log beyond a number: at once where nothing is waited for, which is a third of the cost of a thread."""
    return await asyncio.to_thread(history.since, number) if history.waits else history.since(number)


class Sessions:
    """The sessions as one process knows them."""

    def __init__(self, make: Callable[[], Monitor], around: Around, *, most: int, minutes: int) -> None:
        self._make = make
        self._histories = around.histories
        self._digester = around.digester
        self._clock = around.clock
        self._most = most
        self._lasts = minutes * 60 * _NANOSECONDS
        self._open: OrderedDict[tuple[str, ...], Session] = OrderedDict()

    async def of(self, who: Principal, name: str = "", grant: str = "", /) -> Session:
        """Returns a principal's session of that name, or that of a grant, up to date; raises Unavailable for none."""
        key = (who.tenant, "grant", grant) if grant else (who.tenant, who.id, who.application, _named(who, name))
        now = self._clock.monotonic()
        self._end(now)
        session = self._open.get(key)
        if session is None:
            if len(self._open) >= self._most:
                raise Unavailable("too many sessions are open; try again later", code="tools.sessions")
            digest = self._digester.digest("session", canonical.digest(key[1:]), tenant=who.tenant)
            opening = self._opening(digest, who.tenant, remembered=bool(name) and not grant)
            session = self._open[key] = Session(self._make, digest, opening)
        session.used = now
        self._open.move_to_end(key)
        try:
            await session.fresh()
        except Unavailable:
            if session.unread and self._open.get(key) is session:
                del self._open[key]
            raise
        return session

    def know(self, manifests: Sequence[Manifest], /) -> None:
        """Tells all sessions which tools there are now."""
        for session in self._open.values():
            session.monitor.know(manifests)

    async def sweep(self, tenant: str, /) -> None:
        """Destroys what is kept of sessions that ended; raises Unavailable."""
        await asyncio.to_thread(self._histories.sweep, tenant=tenant)

    def _opening(self, name: str, tenant: str, *, remembered: bool) -> Callable[[], History]:
        return lambda: self._histories.open(name, tenant=tenant, remembered=remembered)

    def _end(self, now: int) -> None:
        for key, session in list(self._open.items()):
            if now - session.used < self._lasts:
                return
            if not session.running:
                del self._open[key]
