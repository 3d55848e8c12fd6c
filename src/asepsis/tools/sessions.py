"""Sessions: one monitor per principal, whatever sessions a client opens; a new one clears nothing.

Only an application whose word is taken may tell sessions of one principal apart: its runtime does, and no model.

A session ends after a long time without a call. Where there are too many a new one is refused; none is ended for it,
since what it knew of confidential and untrusted data would be forgotten.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import Final

from asepsis.core.errors import Unavailable
from asepsis.core.ports import Clock
from asepsis.core.types import Principal
from asepsis.tools.flow.monitor import Monitor
from asepsis.tools.types import Manifest

__all__ = ["Session", "Sessions"]

_HEARD: Final = 64
_NANOSECONDS: Final = 10**9


class Session:
    """One principal's monitor, and how many of its calls are running."""

    def __init__(self, monitor: Monitor) -> None:
        self.monitor = monitor
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

    def __init__(self, make: Callable[[], Monitor], *, clock: Clock, most: int, minutes: int) -> None:
        self._make = make
        self._clock = clock
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
            session = self._open[key] = Session(self._make())
        session.used = now
        self._open.move_to_end(key)
        return session

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
