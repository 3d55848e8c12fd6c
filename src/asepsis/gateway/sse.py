"""Server-sent events, framed by the WHATWG specification (HTML, 9.2): CR, LF and CRLF, comments, several data lines.

Only `event` and `data` are kept: comments, ids and retry times of the upstream are dropped, so nothing hides there.
"""

import re
from typing import Final, NamedTuple

from asepsis.gateway.errors import Denied

__all__ = ["ServerEvent", "SseParser", "frame"]

_USUAL: Final = re.compile(rb"data: [^\r\n]*\n\n").fullmatch
"""A chunk that is one whole event with one line of data, which most chunks are."""


_MARK: Final = b"\xef\xbb\xbf"
"""What may stand before the first event: the mark of UTF-8."""


_BESIDE: Final = 64
"""How much an event may carry beside its data, such as an id, without being counted."""


class ServerEvent(NamedTuple):
    """One event: its name (empty for the default) and its data."""

    name: str
    data: bytes


class SseParser:
    """Cuts a byte stream into events.

    Raises Denied for an event that is larger than `limit` bytes, and for more than `limit` bytes of comments and of
    what else is dropped. `waiting` is how many bytes of an event that is not complete lie here.
    """

    __slots__ = ("_buffer", "_dropped", "_limit", "_return", "_started", "waiting")

    def __init__(self, limit: int) -> None:
        self._buffer = bytearray()
        self._limit = limit
        self._started = False
        self._return = b""
        self._dropped = 0
        self.waiting = 0

    def feed(self, chunk: bytes, /) -> list[ServerEvent]:
        """Returns the events that `chunk` completes."""
        if self._started and not self.waiting and len(chunk) <= self._limit and _USUAL(chunk):
            return [ServerEvent("", chunk[6:-2])]
        if self._return or b"\r" in chunk:
            chunk, self._return = _plain_ends(self._return + chunk)
        blocks = self._blocks(chunk)
        self.waiting = len(self._buffer) + len(self._return)
        if max(map(len, (self._buffer, *blocks))) > self._limit:
            raise Denied("gateway.limits.event", f"an event is larger than {self._limit} bytes")
        return [event for block in blocks if (event := self._event(block)) is not None]

    def _blocks(self, chunk: bytes) -> list[bytes]:
        """Returns what blank lines end; only what is new is searched for one."""
        buffer = self._buffer
        begin = max(0, len(buffer) - 1)
        buffer += chunk
        if not self._started:
            if len(buffer) < len(_MARK):
                return []
            self._started = True
            if buffer.startswith(_MARK):
                del buffer[: len(_MARK)]
            begin = 0
        if buffer.find(b"\n\n", begin) < 0:
            return []
        *blocks, rest = bytes(buffer).split(b"\n\n")
        self._buffer = bytearray(rest)
        return blocks

    def _event(self, block: bytes) -> ServerEvent | None:
        if block.startswith(b"data: ") and b"\n" not in block:
            return ServerEvent("", block[6:])
        name, dropped = "", 0
        lines: list[bytes] = []
        for line in block.split(b"\n"):
            field, _, value = line.partition(b":")
            value = value.removeprefix(b" ")
            if field == b"data":
                lines.append(value)
            elif field == b"event":
                name = value.decode("utf-8", "replace")
            else:
                dropped += len(line)
        self._drop(max(0, dropped - _BESIDE) if lines else len(block) + 2)
        if not lines:
            return None
        return ServerEvent(name, b"\n".join(lines))

    def _drop(self, size: int) -> None:
        self._dropped += size
        if self._dropped > self._limit:
            raise Denied("gateway.limits.comments", f"there are more than {self._limit} bytes of comments")


def frame(event: ServerEvent, /) -> bytes:
    """Returns an event's bytes; its data has no line ends, as JSON has none."""
    if event.name:
        return b"event: %b\ndata: %b\n\n" % (event.name.encode(), event.data)
    return b"data: %b\n\n" % event.data


def _plain_ends(data: bytes) -> tuple[bytes, bytes]:
    """Turns CRLF and CR into LF; a CR at the very end waits, since an LF may follow."""
    tail = b"\r" if data.endswith(b"\r") else b""
    body = data[: len(data) - len(tail)]
    return body.replace(b"\r\n", b"\n").replace(b"\r", b"\n"), tail
