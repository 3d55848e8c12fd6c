"""Events as lines of JSON in a file for a SIEM to follow: appended, synced, and renamed away by size.

A line is the Event as the ledger stores it, behind its place in the ledger and its time in RFC 3339. At least once:
after a crash the last lines may come again, with the same ids.
"""

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from asepsis.core.errors import Unavailable
from asepsis.infra.telemetry.ports import Item

__all__ = ["SiemSink", "line"]


class SiemSink:
    """Appends to `path`. Once that is over `size` bytes it becomes `path.1`, and so on up to `path.<files>`."""

    name = "siem"

    def __init__(self, path: Path, /, *, size: int, files: int) -> None:
        self._path = path
        self._size = size
        self._files = files

    async def deliver(self, items: Sequence[Item], /) -> None:
        """Returns once the lines are on the disk; raises Unavailable when it does not take them."""
        await asyncio.to_thread(self._append, b"".join(map(line, items)))

    async def close(self) -> None:
        """Nothing is held between deliveries."""

    def _append(self, data: bytes, /) -> None:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._path.exists() and self._path.stat().st_size >= self._size:
                self._rotate()
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "r+b", buffering=0) as file:
                self._write(file.fileno(), data)
        except OSError as error:
            raise Unavailable(f"cannot write: {os.strerror(error.errno or 0)}", code="siem_file") from error

    def _write(self, descriptor: int, data: bytes, /) -> None:
        """Writes whole lines: a line that an earlier failure left half done is cut off first, and comes again."""
        end = os.fstat(descriptor).st_size
        whole = _last_line_end(descriptor, end)
        if whole != end:
            os.ftruncate(descriptor, whole)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fdatasync(descriptor)

    def _rotate(self) -> None:
        names = [
            self._path,
            *(self._path.with_name(f"{self._path.name}.{number}") for number in range(1, self._files + 1)),
        ]
        for older, newer in zip(reversed(names), reversed(names[:-1]), strict=False):
            if newer.exists():
                newer.replace(older)


def line(item: Item, /) -> bytes:
    """Returns an Event's line."""
    time = (
        datetime.fromtimestamp(item.event.time / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
    return b'{"index":%d,"at":"%b",%b\n' % (item.entry.index, time.encode(), item.entry.data[1:])


def _last_line_end(descriptor: int, end: int, /) -> int:
    """Returns the offset behind the last line feed, 0 when there is none; reads backwards in blocks."""
    while end:
        start = max(0, end - 65_536)
        found = os.pread(descriptor, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0
