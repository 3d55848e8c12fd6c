"""Random bytes that repeat."""

import hashlib

__all__ = ["SeededRandomness"]


class SeededRandomness:
    """A `core.ports.Randomness` for tests: the same bytes in the same order for the same seed."""

    def __init__(self, *, seed: int = 0) -> None:
        self._seed = seed
        self._drawn = 0

    def bytes(self, count: int, /) -> bytes:
        """Returns the next `count` bytes of the seed's stream."""
        self._drawn += 1
        name = f"{self._seed}:{self._drawn}".encode()
        return hashlib.shake_256(name).digest(count)
