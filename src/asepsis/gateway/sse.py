"""Server-sent events, framed by the WHATWG specification (HTML, 9.2): CR, LF and CRLF, comments, several data lines.

Only `event` and `data` are kept: comments, ids and retry times of the upstream are dropped, so nothing hides there.
"""

import re
from typing import Final, NamedTuple

from asepsis.gateway.errors import Denied

__all__ = ["ServerEvent", "SseParser", "frame"]

_USUAL: Final = re.compile(rb"data: [^\r\n]*\n\n").fullmatch
"""A chunk that is one whole event with one line of data, which most chunks are."""


class ServerEvent(NamedTuple):
    """One event: its name (empty for the default) and its data."""

    name: str
    data: bytes


class SseParser:
    """Cuts a byte stream into events; raises Denied for an event that is larger than `limit` bytes.

    `waiting` is how many bytes of an event that is not complete lie here.
    """

    __slots__ = ("_buffer", "_limit", "_started", "waiting")

    def __init__(self, limit: int) -> None:
        self._buffer = b""
        self._limit = limit
        self._started = False
        self.waiting = 0

    def feed(self, chunk: bytes, /) -> list[ServerEvent]:
        """Returns the events that `chunk` completes."""
        if self._started and not self._buffer and len(chunk) <= self._limit and _USUAL(chunk):
            return [ServerEvent("", chunk[6:-2])]
        data = self._buffer + chunk
        if b"\r" in data:
            data, tail = _plain_ends(data)
        else:
            tail = b""
        if not self._started and len(data) >= 3:
            self._started = True
            data = data.removeprefix(b"\xef\xbb\xbf")
        *blocks, rest = data.split(b"\n\n")
        self._buffer = rest + tail
        self.waiting = len(self._buffer)
        if max(map(len, (self._buffer, *blocks))) > self._limit:
            raise Denied("gateway.limits.event", f"an event is larger than {self._limit} bytes")
        return [event for block in blocks if (event := _event(block)) is not None]


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


def _event(block: bytes) -> ServerEvent | None:
    if block.startswith(b"data: ") and b"\n" not in block:
        return ServerEvent("", block[6:])
    name = ""
    lines: list[bytes] = []
    for line in block.split(b"\n"):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            lines.append(value)
        elif field == b"event":
            name = value.decode("utf-8", "replace")
    return ServerEvent(name, b"\n".join(lines)) if lines else None
