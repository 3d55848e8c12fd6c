"""The operating system's random numbers behind `core.ports.Randomness`."""

import os

__all__ = ["SystemRandomness"]


class SystemRandomness:
    """Unpredictable bytes from the operating system; safe after a fork, because nothing is kept."""

    __slots__ = ()

    def bytes(self, count: int, /) -> bytes:
        """Returns `count` bytes."""
        return os.urandom(count)
