"""Which nonces were used: a memory that forgets what is too old to be used anyway.

Bounded: a cache that is full of nonces that still hold says no to more, since to forget one would be to let it pass
twice. One process's memory; owners of tools with several processes give a store of their own that answers `first`.
"""

import threading
from typing import Final

__all__ = ["Replay"]

_MOST: Final = 200_000


class Replay:
    """Safe with threads."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._until: dict[str, int] = {}
        self._swept = 0
        self._lock = threading.Lock()

    def first(self, nonce: str, /, *, until: int, now: int) -> bool:
        """Whether a nonce is used for the first time, in seconds since the epoch; False too where there is no room."""
        with self._lock:
            if nonce in self._until:
                return False
            if now > self._swept or len(self._until) >= self._most:
                self._until = {one: end for one, end in self._until.items() if end > now}
                self._swept = now
            if len(self._until) >= self._most:
                return False
            self._until[nonce] = until
            return True
