"""What goes in and out of a call, whichever shell carries it."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from asepsis.core.ports import UNSEEN, Peer
from asepsis.gateway.headers import Header

__all__ = ["Head", "Reply", "Shell"]


class Head(NamedTuple):
    """A request without its body, header names in lower case, and the other end of its connection."""

    method: str
    path: str
    query: str
    headers: tuple[Header, ...]
    peer: Peer = UNSEEN


class Reply(NamedTuple):
    """A whole answer to the client."""

    status: int
    headers: tuple[Header, ...]
    body: bytes


class Shell(Protocol):
    """The server's side of one exchange."""

    @property
    def left(self) -> bool:
        """Whether the client has left; the task that serves it is cancelled then."""

    @property
    def full(self) -> bool:
        """Whether the client has yet to take what was sent before."""

    async def body(self, limit: int, /) -> bytes:
        """Returns the request's body; raises Denied when it is larger than `limit` bytes, or comes too slowly."""

    async def reply(self, reply: Reply, /) -> None:
        """Sends a whole answer; a client that has left gets none."""

    async def start(self, status: int, headers: Sequence[Header], /) -> None:
        """Begins a streamed answer."""

    async def send(self, data: bytes, /) -> None:
        """Sends a piece of it; raises Unavailable when the client is gone."""

    def put(self, data: bytes, /) -> None:
        """Sends a piece of it without waiting for the client to take it."""

    async def finish(self) -> None:
        """Ends it."""
