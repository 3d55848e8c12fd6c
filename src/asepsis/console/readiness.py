"""Readiness that tells the truth: every check is made, each on its own, and one that fails or hangs says no."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple

__all__ = ["Check", "Checker", "Readiness"]

_SECONDS: Final = 2.0
_FRESH_SECONDS: Final = 1.0

Checker = Callable[[], Awaitable[bool]]


class Check(NamedTuple):
    """What a check said."""

    name: str
    ready: bool


class Readiness:
    """Makes the checks side by side; an answer stands for a second, so that asking often costs nothing."""

    def __init__(self, checks: Mapping[str, Checker], /, *, seconds: float = _SECONDS) -> None:
        self._checks = dict(checks)
        self._seconds = seconds
        self._answer: tuple[Check, ...] = ()
        self._until = 0.0
        self._lock = asyncio.Lock()

    async def ask(self) -> tuple[Check, ...]:
        """Returns what every check says, in the order they were given."""
        async with self._lock:
            now = asyncio.get_running_loop().time()
            if now >= self._until:
                said = await asyncio.gather(*(self._ask(checker) for checker in self._checks.values()))
                self._answer = tuple(map(Check, self._checks, said))
                self._until = asyncio.get_running_loop().time() + _FRESH_SECONDS
            return self._answer

    async def _ask(self, checker: Checker, /) -> bool:
        try:
            async with asyncio.timeout(self._seconds):
                return bool(await checker())
        except Exception:  # noqa: BLE001 a check that breaks is a check that says no
            return False
