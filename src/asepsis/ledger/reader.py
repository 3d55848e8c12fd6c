"""Reads a tenant's log while another process writes it: durable entries only, in order, each checked as it is read."""

import asyncio
import os
from bisect import bisect_right
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from asepsis.core.errors import Bug, InputError
from asepsis.core.ports import Entry
from asepsis.ledger.errors import damaged
from asepsis.ledger.format import HEAD, Head, check_tenant, segment_name, segments, start_size, unpack_head
from asepsis.ledger.scan import Batch, batches, start_of
from asepsis.ledger.tlog.tree import CompactRange

__all__ = ["LogReader", "Place", "logs", "tenants"]

_TRIES: Final = 20
_POLL_SECONDS: Final = 0.1
_BATCH: Final = 256
_HEAD_BYTES: Final = 128


class Place(NamedTuple):
    """Where a batch starts: its segment, its offset there, and the range of all entries before it."""

    segment: int
    offset: int
    before: CompactRange


def tenants(root: Path, /) -> tuple[str, ...]:
    """Returns the names of the tenants that have a log under `root`, sorted; none where there is no such folder."""
    if not root.is_dir():
        return ()
    return tuple(sorted(path.name for path in root.iterdir() if path.is_dir() and _is_log(path)))


def logs(folder: Path, /) -> tuple[Path, ...]:
    """Returns the tenants' folders: the one given, or those in it; raises InputError when there is none."""
    if folder.is_dir() and ((folder / HEAD).exists() or segments(folder)):
        return (folder,)
    found = tuple(folder / name for name in _folders(folder))
    if not found:
        raise InputError("expected a ledger, got a folder without a log", place=str(folder), code="ledger_missing")
    return found


def _folders(root: Path, /) -> tuple[str, ...]:
    """Returns every folder in `root`: one without a head is damage to report, not a log to leave out."""
    return tuple(sorted(path.name for path in root.iterdir() if path.is_dir())) if root.is_dir() else ()


def _is_log(folder: Path, /) -> bool:
    try:
        check_tenant(folder.name)
    except InputError:
        return False
    # One whose head was lost is a log, too: its writer makes it again.
    return (folder / HEAD).exists() or bool(segments(folder))


class LogReader:
    """Follows one tenant's log. Cheap to go on from where it last stood; any start works.

    Reading raises NotTrusted when durable entries do not hold. Signatures are for `verify` to check.
    """

    def __init__(self, root: Path, tenant: str, place: Place | None = None, /) -> None:
        """Goes on from `place`, as `behind` told it; it may be wrong: then nothing that is read from there holds."""
        self._folder = root / check_tenant(tenant)
        self._head_path = str(self._folder / HEAD)
        self._place = place

    def size(self) -> int:
        """Returns how many entries are durable; 0 for a log that was never written."""
        head = self._head()
        return head.size if head else 0

    def durable(self) -> tuple[int, bytes]:
        """Returns how many entries are durable, and the root of their tree, as they are at one moment."""
        head = self._head()
        return (head.size, head.root) if head else (0, CompactRange().root())

    def behind(self, batch: Batch, /) -> Place:
        """Returns the place behind the batch that was yielded last."""
        if self._place is None:
            raise Bug("expected a batch that was read")
        return Place(self._place.segment, batch.end, batch.after)

    def tail_start(self, count: int, /) -> int:
        """Returns the index from which the last `count` entries start."""
        return max(0, self.size() - count)

    def entries(self, start: int, /) -> Iterator[Entry]:
        """Yields the durable entries from index `start` on, to the end as it is when reading starts."""
        for batch in self.batches(start):
            first = batch.first
            skipped = max(0, start - first)
            for index, entry in enumerate(batch.entries[skipped:], first + skipped):
                yield Entry(index, entry)

    def batches(self, start: int, /) -> Iterator[Batch]:
        """Yields the durable batches from the one that holds entry `start` on, to the end as it is now."""
        head = self._head()
        if head is None or start >= head.size:
            return
        place = self._seek(start)
        firsts: list[int] = []
        while place.before.size < head.size:
            path = self._folder / segment_name(place.segment)
            last = place.segment == head.segment
            end = head.size if last else self._end(place.segment, firsts)
            for batch in batches(path, place.before, offset=place.offset, limit=head.offset if last else None):
                if batch.seal.size > end:
                    break  # a deposed writer's: the segment ended where the next one began
                behind = Place(place.segment, batch.end, batch.after)
                if batch.seal.size > start:
                    self._place = place
                    yield batch
                place = self._place = behind
            if place.before.size < head.size:
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
            head = unpack_head(data, place=self._head_path)
            if head is not None or not data:
                return head
        raise damaged("expected a head", place=self._head_path)

    def _seek(self, start: int, /) -> Place:
        """Returns a place at or before entry `start`: where the last reading stood, or its segment's start."""
        place = self._place
        if place is not None and place.before.size == start:
            return place
        first = max((first for first in segments(self._folder) if first <= start), default=0)
        if place is not None and place.segment >= first and place.before.size <= start:
            return place
        path = self._folder / segment_name(first)
        begin = start_of(path) if path.exists() else None
        if begin is None or begin.range.size != first:
            raise damaged("expected a segment's header", place=str(path))
        return Place(first, start_size(first), begin.range)

    def _end(self, segment: int, firsts: list[int], /) -> int:
        """Returns the index behind the last entry of a segment that is not the last one.

        `firsts` are the segments that were there when they were last looked for: new ones come behind them.
        """
        if not firsts or firsts[-1] <= segment:
            firsts[:] = segments(self._folder)
        behind = bisect_right(firsts, segment)
        return firsts[behind] if behind < len(firsts) else 1 << 63

    def _next(self, place: Place, /) -> Place:
        """Enters the segment behind `place`; raises NotTrusted when the entries break off instead."""
        path = self._folder / segment_name(place.segment)
        size = place.before.size
        behind = self._folder / segment_name(size)
        begin = start_of(behind) if size > place.segment and behind.exists() else None
        if begin is None or (begin.range.size, begin.range.hashes) != (size, place.before.hashes):
            raise damaged("a durable entry does not hold", place=f"{path} at byte {place.offset}")
        return Place(size, start_size(size), begin.range)


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
