"""The end of a tenant's log as several in one process follow it: what is new is read, checked and decoded once for all.

Belongs to one event loop. Whoever is behind what is kept, or asks for what was long ago, has it read anew.
"""

from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final, NamedTuple, Protocol

from asepsis.core.errors import InputError
from asepsis.core.events import Event, Payload, read
from asepsis.core.ports import Entry
from asepsis.infra.telemetry.calls import payload

__all__ = ["Log", "Read", "Tail", "Tails"]

_KEPT: Final = 4_096
"""More than comes in while the slowest of them pauses: whoever falls behind it reads a segment from its beginning."""


class Log(Protocol):
    """A tenant's ledger; reading raises NotTrusted when durable entries do not hold."""

    def size(self) -> int:
        """Returns how many entries are durable."""

    def entries(self, start: int, /) -> Iterator[Entry]:
        """Yields the durable entries from index `start` on, to the present end."""


class Read(NamedTuple):
    """An entry with its Event, None for what is none, which only a damaged writer leaves, and the call's payload.

    `what` is None where the Event tells of no call, and for a kind of a later version.
    """

    entry: Entry
    event: Event | None
    what: Payload | None


class Tail:
    """Reads a log for those who follow its end."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._kept: deque[Read] = deque(maxlen=_KEPT)
        self._next = -1

    def size(self) -> int:
        """Returns how many entries are durable."""
        return self._log.size()

    def tail_start(self, count: int, /) -> int:
        """Returns the index from which the last `count` entries start."""
        return max(0, self.size() - count)

    def reads(self, start: int, /) -> Iterator[Read]:
        """Yields what is durable from index `start` on, to the present end."""
        if not self._kept and self._next < 0:
            self._next = start
        first = self._next - len(self._kept)
        if not first <= start <= self._next:
            yield from map(_decoded, self._log.entries(start))
            return
        yield from list(islice(self._kept, start - first, None))
        for entry in self._log.entries(self._next):
            one = _decoded(entry)
            self._kept.append(one)
            self._next = entry.index + 1
            yield one


class Tails:
    """The ends of all tenants' logs; `open_log` opens one for reading."""

    def __init__(self, open_log: Callable[[str], Log]) -> None:
        self._open = open_log
        self._shared: dict[str, Tail] = {}

    def shared(self, tenant: str, /) -> Tail:
        """Returns the end of a tenant's log for those who follow what is new."""
        if tenant not in self._shared:
            self._shared[tenant] = self.alone(tenant)
        return self._shared[tenant]

    def alone(self, tenant: str, /) -> Tail:
        """Returns one for somebody who may be far behind, and would hold up the others."""
        return Tail(self._open(tenant))


def _decoded(entry: Entry) -> Read:
    try:
        event = read(entry.data)
    except InputError:
        return Read(entry, None, None)
    return Read(entry, event, payload(event))
