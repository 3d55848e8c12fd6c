"""The short cut for a stream's usual event: the same bytes as one before it, but for one channel's text.

INVARIANT: it gives what the long way gives. An event is learned only when it was clean, named and ended nothing, holds
no escape, and its text stands in it once between quotes; so the bytes around that text are the rest of the same JSON
document. An event matches only when its own text needs no escape either.
"""

from typing import Final, NamedTuple

import msgspec

from asepsis.gateway.sse import ServerEvent, frame
from asepsis.gateway.surfaces.types import Delta, Document

__all__ = ["Same", "Short"]

_MARK: Final = "\0asepsis\0"
_MARKED: Final = msgspec.json.encode(_MARK)
_KEPT: Final = 4


class _Shape(NamedTuple):
    name: str
    before: bytes
    after: bytes
    head: bytes
    tail: bytes
    delta: Delta


class Short(NamedTuple):
    """A matched event: its channel, its text, and how to write it with other text."""

    delta: Delta
    text: str
    head: bytes
    tail: bytes

    def frame(self, text: str, /) -> bytes:
        """Returns the event's bytes with this text."""
        return self.head + msgspec.json.encode(text) + self.tail


class Same:
    """The shapes learned in one stream."""

    __slots__ = ("_shapes",)

    def __init__(self) -> None:
        self._shapes: list[_Shape] = []

    def match(self, event: ServerEvent, /) -> Short | None:
        """Returns the event's text if all else in it is known."""
        data = event.data
        for shape in self._shapes:
            if data.startswith(shape.before) and data.endswith(shape.after) and event.name == shape.name:
                middle = data[len(shape.before) : len(data) - len(shape.after)]
                if len(data) < len(shape.before) + len(shape.after) or b'"' in middle or b"\\" in middle:
                    return None
                try:
                    text = middle.decode()
                except UnicodeDecodeError:
                    return None
                return Short(shape.delta, text, shape.head, shape.tail) if text.isprintable() else None
        return None

    def learn(self, event: ServerEvent, document: Document, delta: Delta, text: str, /) -> None:
        """Learns the shape of an event that went the long way; `delta` is its only channel, still in `document`."""
        quoted = b'"%b"' % text.encode("utf-8", "surrogatepass")
        data = event.data
        if not text.isprintable() or b"\\" in data or data.count(quoted) != 1 or "sequence_number" in document:
            return
        released = delta.holder[delta.at]
        delta.holder[delta.at] = _MARK
        pieces = frame(ServerEvent(event.name, msgspec.json.encode(document))).split(_MARKED)
        delta.holder[delta.at] = released
        if len(pieces) != 2:
            return
        before, after = data.split(quoted)
        self._shapes.insert(0, _Shape(event.name, before + b'"', b'"' + after, pieces[0], pieces[1], delta))
        del self._shapes[_KEPT:]

    def forget(self) -> None:
        """Forgets everything, as when a channel ends."""
        self._shapes.clear()
