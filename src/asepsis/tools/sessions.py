"""Sessions: one monitor per principal, whatever sessions a client opens; a new one clears nothing.

Only an application whose word is taken may tell sessions of one principal apart: its runtime does, and no model. A
session's mark outlives the process. A session ends after a long time without a call; where there are too many a new one
is refused, and none is ended for it, since what it knew of confidential and untrusted data would be forgotten.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from asepsis.core import canonical
from asepsis.core.errors import Unavailable
from asepsis.core.labels import Label
from asepsis.core.ports import Clock, Digester
from asepsis.core.types import Principal
from asepsis.tools.flow.monitor import Monitor
from asepsis.tools.marks import Marks
from asepsis.tools.types import Manifest

__all__ = ["Around", "Session", "Sessions"]

_HEARD: Final = 64
_NANOSECONDS: Final = 10**9


class Around(NamedTuple):
    """What sessions need from outside."""

    clock: Clock
    digester: Digester
    marks: Marks


class Session:
    """One principal's monitor, and how many of its calls are running."""

    def __init__(self, monitor: Monitor, name: str) -> None:
        self.monitor = monitor
        self.name = name
        self.kept = Label()
        self.running = 0
        self.used = 0
        self._heard: deque[str] = deque(maxlen=_HEARD)

    def hear(self, words: str, /) -> None:
        """Takes what the user said, once."""
        if words and words not in self._heard:
            self._heard.append(words)
            self.monitor.hear(words)


class Sessions:
    """The sessions of one process."""

    def __init__(self, make: Callable[[], Monitor], around: Around, *, most: int, minutes: int) -> None:
        self._make = make
        self._marks = around.marks
        self._digester = around.digester
        self._clock = around.clock
        self._most = most
        self._lasts = minutes * 60 * _NANOSECONDS
        self._open: OrderedDict[tuple[str, str, str, str], Session] = OrderedDict()

    def of(self, who: Principal, name: str = "", /) -> Session:
        """Returns a principal's session of that name; raises Unavailable where all are in use."""
        key = (who.tenant, who.id, who.application, name)
        now = self._clock.monotonic()
        self._end(now)
        session = self._open.get(key)
        if session is None:
            if len(self._open) >= self._most:
                raise Unavailable("too many sessions are open; try again later", code="tools.sessions")
            name = self._digester.digest("session", canonical.digest(key[1:]), tenant=who.tenant)
            session = self._open[key] = Session(self._make(), name)
            if (mark := self._marks.get(name)) is not None:
                session.monitor.remember(mark)
                session.kept = mark
        session.used = now
        self._open.move_to_end(key)
        return session

    def keep(self, session: Session, /) -> None:
        """Keeps what a session's mark has risen to; raises Unavailable."""
        mark = session.monitor.standing
        if mark != session.kept:
            self._marks.put(session.name, mark)
            session.kept = mark

    def know(self, manifests: Sequence[Manifest], /) -> None:
        """Tells all sessions which tools there are now."""
        for session in self._open.values():
            session.monitor.know(manifests)

    def _end(self, now: int) -> None:
        while self._open:
            key, session = next(iter(self._open.items()))
            if session.running or now - session.used < self._lasts:
                return
            del self._open[key]
