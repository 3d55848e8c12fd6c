"""What the console asks of others."""

from collections.abc import Iterator
from typing import Protocol

from asepsis.core.ports import Entry

__all__ = ["Exposition", "Log"]


class Log(Protocol):
    """A tenant's ledger; reading raises NotTrusted when durable entries do not hold."""

    def tail_start(self, count: int, /) -> int:
        """Returns the index from which the last `count` entries start."""

    def entries(self, start: int, /) -> Iterator[Entry]:
        """Yields the durable entries from `start` on, to the present end."""


class Exposition(Protocol):
    """Gives the metrics in a form that Prometheus reads."""

    def __call__(self) -> tuple[bytes, str]:
        """Returns the body and its content type."""
