"""What goes in and out of a call, whichever shell carries it."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from asepsis.gateway.headers import Header

__all__ = ["Head", "Reply", "Shell"]


class Head(NamedTuple):
    """A request without its body; header names in lower case."""

    method: str
    path: str
    query: str
    headers: tuple[Header, ...]


class Reply(NamedTuple):
    """A whole answer to the client."""

    status: int
    headers: tuple[Header, ...]
    body: bytes


class Shell(Protocol):
    """The server's side of one exchange, as RSGI or ASGI carries it."""

    async def body(self, limit: int, /) -> bytes:
        """Returns the request's body; raises Denied when it is larger than `limit` bytes."""

    async def reply(self, reply: Reply, /) -> None:
        """Sends a whole answer; raises Unavailable when the client is gone."""

    async def start(self, status: int, headers: Sequence[Header], /) -> None:
        """Begins a streamed answer."""

    async def send(self, data: bytes, /) -> None:
        """Sends a piece of it; raises Unavailable when the client is gone."""

    async def finish(self) -> None:
        """Ends it."""

    async def gone(self) -> None:
        """Returns once the client has left."""
