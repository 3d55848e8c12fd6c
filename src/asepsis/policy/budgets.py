"""Budgets: what calls take is set aside before they are made, and settled after.

1. A worker leases blocks of each purse from the control database and spends them from memory, so that a call costs no
   write; before a block runs out the next is leased in the background.
2. What is leased is never more than there is, so parallel calls of all workers can't take more. A call sets aside the
   most it may take and gives back the rest; what it took beyond that, by a model that ignores its limit, is a debt that
   the next lease pays.
3. Each member counts once in a window. Workers count for themselves and tell the database, which gives a place back
   where another worker had counted the same member.
4. What a worker holds and nobody needs is given back after a while. A worker that is killed loses what it held: less is
   spent than there was until the window is over, never more.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple, Protocol

from asepsis.core.errors import Unavailable
from asepsis.core.ports import Clock, Reservation, Spending
from asepsis.infra.records import Purse
from asepsis.policy.config import PolicyConfig
from asepsis.policy.purses import Want, cost, wants

__all__ = ["Leases", "Rows", "Taken"]

_LOG: Final = logging.getLogger(__name__)
_BLOCKS: Final = 20
"""A lease is a twentieth of a budget beyond what is wanted now, so that the last of it is not spread over workers."""

_TRIES: Final = 3
_SECOND: Final = 1_000_000_000
_AGAIN: Final = _SECOND
_IDLE: Final = 10 * _SECOND
_TEND_SECONDS: Final = 5.0


class Rows(Protocol):
    """Where it is kept what was leased."""

    def lease(self, purse: Purse, ask: int, /, *, most: int, least: int = 0, instead: int = 0) -> int:
        """Takes up to so much of a purse, up to `instead` where less than `least` is left; returns how much.

        Raises Unavailable.
        """

    def give_back(self, purse: Purse, spare: int, /) -> None:
        """Returns what was leased and not spent; with a negative number, notes what was spent beyond it."""

    def members(self, purse: Purse, /) -> frozenset[str]:
        """Returns the members that were counted in a purse."""

    def count(self, purse: Purse, members: Iterable[str], /) -> int:
        """Counts members in a purse and returns how many another had counted already."""


class _Held:
    """What this worker holds of one purse: what is left of its leases, and whom it knows to be counted."""

    __slots__ = ("again", "leasing", "left", "members", "most", "short", "used")

    def __init__(self, most: int) -> None:
        self.most = most
        self.left = 0
        self.members: set[str] | None = None
        self.again = 0  # when a purse that had not `short` left is asked for that again, on the monotonic clock
        self.short = 0
        self.used = 0
        self.leasing = False


class Taken(NamedTuple):
    """Implements the port `Reservation`."""

    exhausted: str
    wants: tuple[Want, ...] = ()
    model: str = ""
    unit: str = ""


class Leases:
    """Implements the port `Budgets` for one worker; `rows` is called when the first lease is needed."""

    def __init__(self, config: PolicyConfig, rows: Callable[[], Rows], *, clock: Clock) -> None:
        self._budgets = config.budgets
        self._prices = config.prices
        self._unstated = config.unstated_tokens
        self._open = rows
        self._clock = clock
        self._rows: Rows | None = None
        self._held: dict[Purse, _Held] = {}
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(1, "budgets")
        self._ended = threading.Event()
        self._tending = False

    def ready(self, what: Spending, /) -> bool:
        """Whether `reserve` can say at once what becomes of a call."""
        with self._lock:
            return all(self._says(want) for want in self._wants(what))

    def reserve(self, what: Spending, /) -> Taken:
        """Sets aside what a call may take of each purse, or of none; leases where this worker holds too little."""
        asked = self._wants(what)
        for want in asked:
            if want.amount is None:
                return Taken(want.purse.name, unit=want.unit)
        short: list[Want] = []
        for _ in range(_TRIES):
            with self._lock:
                short = [want for want in asked if not self._covers(want)]
                if not short:
                    taken = tuple(self._take(want) for want in asked)
                    break
                for want in short:
                    if self._says(want):
                        return Taken(want.purse.name, unit=want.unit)
            for want in short:
                self._lease(want)
        else:
            return Taken(short[0].purse.name, unit=short[0].unit)
        for want in taken:
            self._foresee(want)
        return Taken("", taken, what.model)

    def settle(self, reserved: Reservation, tokens_in: int, tokens_out: int, /, *, made: bool) -> None:
        """Gives back what a call did not take."""
        if not isinstance(reserved, Taken):
            return
        for want in reserved.wants:
            if want.unit == "members" or (made and not tokens_in and not tokens_out):
                continue
            took = cost(want.unit, tokens_in, tokens_out, reserved.model, self._prices) if made else 0
            with self._lock:
                if want.purse.ends > self._clock.now():
                    held = self._held.setdefault(want.purse, _Held(want.most))
                    held.left += (want.amount or 0) - (took or 0)

    def close(self) -> None:
        """Gives back what is held and ends; calls that are still made settle with nobody."""
        if self._ended.is_set():
            return
        self._ended.set()
        self._pool.submit(self._return, lambda _: True)
        self._pool.shutdown(wait=False)

    def _wants(self, what: Spending) -> list[Want]:
        if what.tokens_out is None:
            what = what._replace(tokens_out=self._unstated)
        return list(wants(what, self._budgets, self._prices, self._clock.now()))

    def _says(self, want: Want) -> bool:
        """Whether it is known if a purse has enough: it has, or it had no more than that left a moment ago.

        Of members only that it has: another worker may have counted the same ones.
        """
        if want.amount is None:
            return True
        held = self._held.get(want.purse)
        if held is None or self._covers(want):
            return held is not None
        return want.unit != "members" and (want.amount or 0) >= held.short and self._clock.monotonic() < held.again

    def _covers(self, want: Want) -> bool:
        held = self._held.get(want.purse)
        if held is None:
            return False
        if want.unit == "members":
            return held.members is not None and held.left >= len(want.members - held.members)
        return held.left >= (want.amount or 0)

    def _take(self, want: Want) -> Want:
        held = self._held[want.purse]
        held.used = self._clock.monotonic()
        if want.unit == "members" and held.members is not None:
            new = want.members - held.members
            held.members |= new
            held.left -= len(new)
            return want._replace(amount=len(new), members=new)
        held.left -= want.amount or 0
        return want

    def _foresee(self, want: Want) -> None:
        """Has done in the background what must be done soon: counting new members, and leasing the next block."""
        if self._ended.is_set():
            return
        if want.unit == "members" and want.members:
            self._pool.submit(self._told, want)
        held = self._held.get(want.purse)
        if held is None or held.leasing or held.left * 2 >= _block(held.most):
            return
        if self._clock.monotonic() >= held.again:
            held.leasing = True
            self._pool.submit(self._lease_ahead, want._replace(amount=0, members=frozenset()))

    def _lease_ahead(self, want: Want) -> None:
        try:
            self._lease(want)
        except Unavailable as error:
            _LOG.error("a budget can't be leased ahead: %s", error.code)
        finally:
            with self._lock:
                if (held := self._held.get(want.purse)) is not None:
                    held.leasing = False

    def _lease(self, want: Want) -> None:
        """Leases what is missing for a call, and a block beyond; blocks.

        Where there is too little for the call, this worker's block is filled: the rest is for those that need less.
        """
        rows, purse = self._opened(), want.purse
        known = rows.members(purse) if want.unit == "members" else frozenset[str]()
        with self._lock:
            held = self._held.setdefault(purse, _Held(want.most))
            held.used = self._clock.monotonic()
            if want.unit == "members":
                held.members = (held.members or set()) | known
            needed = len(want.members - (held.members or set())) if want.unit == "members" else want.amount or 0
            missing, block = max(0, needed - held.left), _block(want.most)
            instead = max(1, block - held.left)
        given = rows.lease(purse, missing + block, most=want.most, least=missing, instead=instead)
        with self._lock:
            held.left += given
            if given < missing or not given:
                now = self._clock.monotonic()
                before = held.short if now < held.again else needed
                held.short = min(before, needed) if given else 0
                held.again = now + _AGAIN

    def _told(self, want: Want) -> None:
        try:
            again = self._opened().count(want.purse, sorted(want.members))
        except Unavailable as error:
            _LOG.error("members of a budget can't be counted, their places stay taken: %s", error.code)
            return
        with self._lock:
            if (held := self._held.get(want.purse)) is not None:
                held.left += again

    def _opened(self) -> Rows:
        with self._lock:
            if self._rows is None:
                self._rows = self._open()
            if not self._tending:
                self._tending = True
                threading.Thread(target=self._tend, name="budgets", daemon=True).start()
            return self._rows

    def _tend(self) -> None:
        while not self._ended.wait(_TEND_SECONDS):
            self._pool.submit(self._return, lambda held: self._clock.monotonic() - held.used > _IDLE)

    def _return(self, which: Callable[[_Held], bool]) -> None:
        """Gives back what is held of purses that nobody used for a while, and of windows that are over."""
        now = self._clock.now()
        with self._lock:
            done = [(purse, held) for purse, held in self._held.items() if purse.ends <= now or which(held)]
            for purse, _ in done:
                del self._held[purse]
        for purse, held in done:
            if held.left and purse.ends > now:
                try:
                    self._opened().give_back(purse, held.left)
                except Unavailable as error:
                    _LOG.error("a lease can't be given back, it stays taken: %s", error.code)


def _block(most: int) -> int:
    return max(1, most // _BLOCKS)
