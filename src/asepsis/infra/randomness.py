"""The operating system's random numbers behind `core.ports.Randomness`."""

import os
from typing import Final

from asepsis.core.ports import Randomness

__all__ = ["PooledRandomness", "SystemRandomness"]

_BLOCK: Final = 256


class SystemRandomness:
    """Unpredictable bytes from the operating system; safe after a fork, because nothing is kept."""

    __slots__ = ()

    def bytes(self, count: int, /) -> bytes:
        """Returns `count` bytes."""
        return os.urandom(count)


class PooledRandomness:
    """Random bytes that are drawn many pieces at once: one system call for 256 of them; safe with threads.

    Each piece is given out once and let go of, so that nothing that was drawn is in memory for longer than it is used.
    INVARIANT: what was drawn never outlives a fork: a child that inherited it would give out what its parent does.
    """

    __slots__ = ("_pools", "_process", "_source")

    def __init__(self, source: Randomness) -> None:
        self._source = source
        self._process = -1
        self._pools: dict[int, list[bytes]] = {}

    def bytes(self, count: int, /) -> bytes:
        """Returns `count` bytes."""
        if self._process != os.getpid():
            self._pools, self._process = {}, os.getpid()
        try:
            return self._pools[count].pop()
        except (KeyError, IndexError):
            drawn = self._source.bytes(count * _BLOCK)
        pieces = [drawn[start : start + count] for start in range(0, len(drawn), count)] if count else [b""]
        last = pieces.pop()
        self._pools[count] = pieces
        return last
