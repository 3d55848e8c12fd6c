"""The wish to end, as a signal brings it to a process without an event loop.

`threading.Event` is no place for it: a handler runs in the main thread between any two steps of it, also while that
thread holds the event's own lock in `wait`, and would then wait for itself for ever.
"""

import signal
import time
from typing import Final

__all__ = ["SIGNALS", "Ending"]

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Ending:
    """Whether the end was asked for; no lock is taken by any of it."""

    __slots__ = ("asked",)

    def __init__(self) -> None:
        self.asked = False

    def ask(self) -> None:
        """Asks for the end."""
        self.asked = True

    def catch_signals(self) -> None:
        """Takes SIGINT and SIGTERM as the wish to end."""
        for number in SIGNALS:
            signal.signal(number, lambda *_: self.ask())

    def wait(self, seconds: float, /) -> bool:
        """Waits that long unless the end was asked for before; returns whether it is asked for now."""
        if not self.asked:
            time.sleep(seconds)
        return self.asked
