"""What a surface has to say about itself."""

from collections.abc import Hashable, Iterable
from typing import NamedTuple, Protocol

import msgspec

from asepsis.gateway.errors import Denied
from asepsis.gateway.sse import ServerEvent
from asepsis.gateway.walk import Json

__all__ = [
    "Delta",
    "Dialect",
    "Document",
    "Envelope",
    "Surface",
    "Usage",
    "child",
    "encode_event",
    "items",
    "number",
    "whole",
    "within",
]

Document = dict[str, Json]


class Delta(NamedTuple):
    """A piece of text that a stream event adds to one of its channels, and the slot that it stands in.

    `bare` says that the event carries nothing else, so that it may be left out while the text is held back; `read` that
    the text is for the reader of the answer, and not the arguments of a tool.
    """

    channel: Hashable
    group: Hashable
    holder: Document
    at: str
    json: bool
    bare: bool
    read: bool = False


class Usage(NamedTuple):
    """Tokens that the provider counted."""

    tokens_in: int = 0
    tokens_out: int = 0


class Envelope(NamedTuple):
    """An event about to be sent: its name and its document, None for the end mark `[DONE]`."""

    name: str
    document: Document | None


class Dialect(Protocol):
    """How one answer streams on a surface; an object lives as long as the stream."""

    def deltas(self, document: Document, /) -> list[Delta]:
        """Returns the pieces of channels in an event, having taken out what can't be guarded (log probabilities)."""

    def ends(self, document: Document, /) -> Iterable[Hashable]:
        """Returns the groups of channels that an event ends."""

    def guarded(self, document: Document, /) -> None:
        """Takes note of an event that has been guarded; what a dialect sends of its own is made of nothing else."""

    def carry(self, channel: Hashable, text: str, /) -> Envelope:
        """Returns an event that carries text of a channel for which there was a delta before."""

    def tools(self, document: Document, /) -> list[str]:
        """Returns the names of the tools that an event starts to call."""

    def usage(self, document: Document, /) -> Usage | None:
        """Returns the usage that an event reports."""

    def terminal(self, document: Document | None, /) -> bool:
        """Whether the answer is complete with this event (None: the end mark)."""

    def cut(self, model: str, /) -> list[Envelope]:
        """Returns the surface's own way to end a stream for its content."""

    def fail(self, code: str, message: str, /) -> list[Envelope]:
        """Returns the surface's own way to say that the upstream broke off."""

    def number(self, document: Document, /) -> None:
        """Numbers an event that is about to be sent, where the surface numbers its events."""


class Surface(Protocol):
    """One API."""

    @property
    def name(self) -> str:
        """The surface's name in Events, such as `openai.chat`."""

    @property
    def family(self) -> str:
        """Which upstreams speak it: `openai` or `anthropic`."""

    def denial(self, status: int, code: str, message: str, event: str, /) -> bytes:
        """Returns an error in the surface's own shape."""

    def dialect(self) -> Dialect:
        """Returns a fresh dialect for one stream; raises Denied where the surface does not stream."""

    def state(self, document: Document, /) -> tuple[str, ...]:
        """Returns the provider-side state a request asks for, and switches off what is on without being asked for."""

    def tools(self, document: Document, /) -> list[str]:
        """Returns the names of the tools that a whole answer calls."""

    def usage(self, document: Document, /) -> Usage:
        """Returns the usage that a whole answer reports."""

    def strip(self, document: Document, /) -> tuple[str, ...]:
        """Takes out of a whole answer what can't be guarded, and returns its kinds."""


def child(document: Document, name: str, /) -> Document:
    """Returns the object under a name, an empty one when there is none."""
    value = document.get(name)
    return value if isinstance(value, dict) else {}


def items(document: Document, name: str, /) -> list[Document]:
    """Returns the objects in the list under a name."""
    value = document.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def within(value: Json, names: frozenset[str], /) -> set[str]:
    """Returns which of these fields stand anywhere in a document with something in them."""
    found: set[str] = set()
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            found.update(name for name in names if one.get(name))
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return found


def whole(document: Document, name: str, /) -> int:
    """Returns the whole number under a name, 0 when there is none."""
    value = document.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53 else 0


def number(document: Document, name: str, /, *, missing: int = 0) -> int:
    """Returns the index under a name, `missing` when there is none.

    Raises Denied for what is no whole number: to some readers 1.0 and true are the same index as 1.
    """
    value = document.get(name)
    if value is None:
        return missing
    if type(value) is not int or not 0 <= value < 1 << 53:
        raise Denied("gateway.stream.index", "expected an index that is a whole number")
    return value


def encode_event(envelope: Envelope, /) -> ServerEvent:
    """Returns the event's bytes-to-be."""
    if envelope.document is None:
        return ServerEvent(envelope.name, b"[DONE]")
    return ServerEvent(envelope.name, msgspec.json.encode(envelope.document))
