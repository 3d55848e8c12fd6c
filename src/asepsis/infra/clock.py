"""The system's clocks behind `core.ports.Clock`; no other file of the house reads one."""

import time

__all__ = ["SystemClock"]


class SystemClock:
    """The wall clock and the monotonic clock of this machine."""

    __slots__ = ()

    def now(self) -> int:
        """Returns milliseconds since the epoch, UTC; it can jump, so durations never come from it."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> int:
        """Returns nanoseconds of a clock that never goes back and means nothing outside this machine."""
        return time.monotonic_ns()
