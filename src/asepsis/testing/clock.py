"""A clock that stands still until it is moved."""

__all__ = ["ManualClock"]


class ManualClock:
    """A `core.ports.Clock` for tests: both of its clocks move only by `advance`."""

    def __init__(self, *, now: int = 1_700_000_000_000) -> None:
        self._now = now
        self._monotonic = 0

    def now(self) -> int:
        """Returns milliseconds since the epoch, as set."""
        return self._now

    def monotonic(self) -> int:
        """Returns the nanoseconds that `advance` has added up to."""
        return self._monotonic

    def advance(self, *, milliseconds: int) -> None:
        """Moves both clocks on; raises ValueError for a step back."""
        if milliseconds < 0:
            raise ValueError("a clock does not go back")
        self._now += milliseconds
        self._monotonic += milliseconds * 1_000_000
