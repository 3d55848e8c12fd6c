"""Reads a tenant's log while another process writes it: durable entries only, in order, each checked as it is read."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

from asepsis.core.errors import InputError
from asepsis.core.ports import Entry
from asepsis.ledger.errors import damaged
from asepsis.ledger.format import (
    HEAD,
    HEADER_SIZE,
    RECORD_SIZE,
    Head,
    check_tenant,
    segment_name,
    segments,
    unpack_head,
    unpack_record,
)
from asepsis.ledger.scan import header, records

__all__ = ["LogReader", "tenants"]

_TRIES: Final = 20
_POLL_SECONDS: Final = 0.1
_BATCH: Final = 256
_HEAD_BYTES: Final = 128


def tenants(root: Path, /) -> tuple[str, ...]:
    """Returns the names of the tenants that have a log under `root`, sorted; none where there is no such folder."""
    if not root.is_dir():
        return ()
    return tuple(sorted(path.name for path in root.iterdir() if path.is_dir() and _is_log(path)))


def _is_log(folder: Path, /) -> bool:
    try:
        check_tenant(folder.name)
    except InputError:
        return False
    return (folder / HEAD).exists()


class LogReader:
    """Follows one tenant's log. Cheap to go on from where it last stood; any start works.

    Reading raises NotTrusted when durable entries do not hold.
    """

    def __init__(self, root: Path, tenant: str, /) -> None:
        self._folder = root / check_tenant(tenant)
        self._head_path = str(self._folder / HEAD)
        self._place = Head(0, -1, 0, b"")

    def size(self) -> int:
        """Returns how many entries are durable; 0 for a log that was never written."""
        head = self._head()
        return head.size if head else 0

    def tail_start(self, count: int, /) -> int:
        """Returns the index from which the last `count` entries start."""
        return max(0, self.size() - count)

    def entries(self, start: int, /) -> Iterator[Entry]:
        """Yields the durable entries from index `start` on, to the end as it is when reading starts."""
        head = self._head()
        if head is None or start >= head.size:
            return
        place = self._seek(start)
        while place.size < head.size:
            path = self._folder / segment_name(place.segment)
            limit = head.offset if place.segment == head.segment else None
            for record in records(path, place.digest, offset=place.offset, limit=limit):
                place = Head(place.size + 1, place.segment, record.end, record.digest)
                self._place = place
                yield Entry(place.size - 1, record.entry)
            if place.size < head.size:
                place = self._next(place)

    async def follow(self, start: int, /, *, stop: asyncio.Event) -> AsyncIterator[Entry]:
        """Yields entries from `start` on as they become durable, until `stop` is set."""
        while not stop.is_set():
            met = start
            for entry in self.entries(start):
                yield entry
                start = entry.index + 1
                if stop.is_set():
                    return
                if not start % _BATCH:
                    await asyncio.sleep(0)
            if start == met:
                await _wait(stop)

    def _head(self) -> Head | None:
        """Reads the head, again when it was just being written; None for a log that was never written."""
        for _ in range(_TRIES):
            data = _read(self._head_path)
            head = unpack_head(data)
            if head is not None or not data:
                return head
        raise damaged("expected a head", place=self._head_path)

    def _seek(self, start: int, /) -> Head:
        """Returns the place in front of entry `start`: from the last place, or its segment's start."""
        place = self._place
        if start != place.size or place.segment < 0:
            first = self._segment(start)
            if place.segment != first.segment or start < place.size:
                place = first
        return self._skip(place, start) if start > place.size else place

    def _segment(self, start: int, /) -> Head:
        first = max((first for first in segments(self._folder) if first <= start), default=0)
        path = self._folder / segment_name(first)
        found = header(path) if path.exists() else None
        if found is None or found[0] != first:
            raise damaged("expected a segment's header", place=str(path))
        return Head(first, first, HEADER_SIZE, found[1])

    def _next(self, place: Head, /) -> Head:
        """Enters the segment behind `place`; raises NotTrusted when the entries break off instead."""
        path = self._folder / segment_name(place.segment)
        behind = self._folder / segment_name(place.size)
        found = header(behind) if place.size > place.segment and behind.exists() else None
        if found != (place.size, place.digest):
            raise damaged("a durable entry does not hold", place=f"{path} at byte {place.offset}")
        return Head(place.size, place.size, HEADER_SIZE, place.digest)

    def _skip(self, place: Head, start: int, /) -> Head:
        """Steps over records by their lengths, unchecked: the digest in front of the first one read is what counts."""
        path = self._folder / segment_name(place.segment)
        size, segment, offset, digest = place
        with path.open("rb") as file:
            while size < start:
                file.seek(offset)
                found = unpack_record(file.read(RECORD_SIZE))
                if found is None:
                    raise damaged("a durable entry does not hold", place=f"{path} at byte {offset}")
                offset += RECORD_SIZE + found[0]
                digest = found[1]
                size += 1
        return Head(size, segment, offset, digest)


def _read(path: str, /) -> bytes:
    """Returns a small file's bytes, none where there is no such file; consumers look at it several times a second."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return b""
    try:
        return os.read(file, _HEAD_BYTES)
    finally:
        os.close(file)


async def _wait(stop: asyncio.Event, /) -> None:
    try:
        async with asyncio.timeout(_POLL_SECONDS):
            await stop.wait()
    except TimeoutError:
        return
