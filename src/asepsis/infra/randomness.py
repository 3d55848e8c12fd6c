"""The operating system's random numbers behind `core.ports.Randomness`."""

import mmap
import os
from typing import Final

from asepsis.core.ports import Randomness

__all__ = ["PooledRandomness", "SystemRandomness"]

_BLOCK: Final = 256
_WIPE_ON_FORK: Final = 18  # MADV_WIPEONFORK of Linux 4.14, which `mmap` has no name for


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

    __slots__ = ("_block", "_mark", "_pools", "_source")

    def __init__(self, source: Randomness) -> None:
        self._source = source
        # A page that the kernel empties in every child, however it was forked: to look at it takes no system call.
        self._mark = mmap.mmap(-1, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._block = _BLOCK
        self._pools: dict[int, list[bytes]] = {}
        try:
            self._mark.madvise(_WIPE_ON_FORK)
        except OSError:  # a kernel that does not know it: then nothing is drawn before it is asked for
            self._block = 1

    def bytes(self, count: int, /) -> bytes:
        """Returns `count` bytes."""
        if not self._mark[0]:
            self._pools = {}
            self._mark[0] = 1
        try:
            return self._pools[count].pop()
        except (KeyError, IndexError):
            drawn = self._source.bytes(count * self._block)
        pieces = [drawn[start : start + count] for start in range(0, len(drawn), count)] if count else [b""]
        last = pieces.pop()
        self._pools[count] = pieces
        return last
