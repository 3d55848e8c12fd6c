"""What the console asks of others."""

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

from asepsis.core.ports import Entry

__all__ = ["Exposition", "Log"]


class Log(Protocol):
    """A tenant's ledger, to be followed; reading raises NotTrusted when durable entries do not hold."""

    def tail_start(self, count: int, /) -> int:
        """Returns the index from which the last `count` entries start."""

    def follow(self, start: int, /, *, stop: asyncio.Event) -> AsyncIterator[Entry]:
        """Yields entries from `start` on as they become durable, until `stop` is set."""


class Exposition(Protocol):
    """Gives the metrics in a form that Prometheus reads."""

    def __call__(self) -> tuple[bytes, str]:
        """Returns the body and its content type."""
