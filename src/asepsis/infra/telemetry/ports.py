"""What the exporters ask of others, and what each of them is."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from asepsis.core.events import Event
from asepsis.core.ports import Entry
from asepsis.infra.telemetry.calls import Call

__all__ = ["Cursors", "Item", "Sink"]


class Cursors(Protocol):
    """Where each consumer stands, kept durably."""

    def get(self, consumer: str, /, *, tenant: str) -> int:
        """Returns the index that the consumer reads next."""

    def advance(self, consumer: str, next_index: int, *, tenant: str) -> None:
        """Moves the consumer on."""


class Item(NamedTuple):
    """An entry, its Event, and the call that it opened or ended, if it did either."""

    entry: Entry
    event: Event
    call: Call | None


class Sink(Protocol):
    """Takes items in order. What it took it may be given again after a crash, never out of order."""

    @property
    def name(self) -> str:
        """The consumer's name, which its cursor is kept under."""

    async def deliver(self, items: Sequence[Item], /) -> None:
        """Returns once the items are kept; raises Unavailable to be given them again, InputError to be spared them."""

    async def close(self) -> None:
        """Lets go of everything."""
