"""How long a call took, and where: moments on a monotonic clock, told in microseconds."""

from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

from asepsis.core.ports import Clock

__all__ = ["Times"]

_T = TypeVar("_T")
_Given = TypeVarTuple("_Given")


class Times:
    """The moments of one call, in nanoseconds; 0 for those that did not come."""

    __slots__ = ("_now", "answered", "first", "guarded", "sent", "started")

    def __init__(self, clock: Clock) -> None:
        self._now = clock.monotonic
        self.started = self._now()
        self.sent = self.answered = self.first = self.guarded = 0

    def mark(self, moment: str, /) -> None:
        """Notes the time of a moment: `sent`, `answered` or `first`."""
        setattr(self, moment, self._now())

    def timed(self, work: Callable[[*_Given], _T], /, *given: *_Given) -> _T:
        """Does a piece of the guard's work and counts its time."""
        began = self._now()
        try:
            return work(*given)
        finally:
            self.guarded += self._now() - began

    @property
    def upstream_us(self) -> int:
        """From the request's leaving to the answer's head."""
        return max(0, self.answered - self.sent) // 1000

    @property
    def first_us(self) -> int:
        """From the beginning to the first byte of the answer that was let through."""
        return max(0, self.first - self.started) // 1000

    @property
    def total_us(self) -> int:
        """From the beginning until now."""
        return max(0, self._now() - self.started) // 1000

    @property
    def guard_us(self) -> int:
        """What the guard took of it."""
        return self.guarded // 1000
