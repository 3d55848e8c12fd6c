"""One tenant's log: append-only segments, a chained digest, one sync per append.

INVARIANT: an append that returned is on the disk; what the head covers is never cut. After a failed write or sync
nothing more is taken until the log is opened again: a second fsync may report success for pages that were lost.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from asepsis.core.errors import Unavailable
from asepsis.ledger.errors import broken, damaged
from asepsis.ledger.format import (
    HEAD,
    HEADER_SIZE,
    Head,
    check_entry,
    check_tenant,
    pack,
    pack_head,
    pack_header,
    seed,
    segment_name,
    segments,
    unpack_head,
)
from asepsis.ledger.ports import Disk
from asepsis.ledger.scan import header, records

__all__ = ["SEGMENT_BYTES", "Log"]

SEGMENT_BYTES: Final = 64 << 20


class Log:
    """An open log that one process writes. `count` entries, `cut` bytes of a torn tail removed at opening.

    Opening raises NotTrusted when what was durable does not hold, and Unavailable when the disk fails. It reads the
    last segment only; `asepsis ledger verify` reads all.
    """

    def __init__(self, folder: Path, /, *, disk: Disk, segment_bytes: int = SEGMENT_BYTES) -> None:
        self._folder = folder
        self._tenant = check_tenant(folder.name)
        self._disk = disk
        self._segment_bytes = segment_bytes
        self._file = self._headfile = -1
        self._sound = False
        self.cut = 0
        try:
            self._open()
        except OSError as error:
            self.close()
            raise broken(f"cannot open the log: {os.strerror(error.errno or 0)}") from error
        except BaseException:
            self.close()
            raise
        self._sound = True

    @property
    def count(self) -> int:
        """How many entries are durable, which is also the next entry's index."""
        return self._head.size

    @property
    def sound(self) -> bool:
        """Whether the log takes entries; False after a failed write until it is opened again."""
        return self._sound

    def append(self, entries: Sequence[bytes], /) -> int:
        """Appends entries and returns the first one's index once all are durable.

        Raises InputError for an entry that no log takes, and Unavailable when the disk fails now or failed before:
        then none of the entries counts.
        """
        for entry in entries:
            check_entry(entry)
        if not self._sound:
            raise broken("the log failed before and has to be opened again")
        try:
            return self._append(entries)
        except OSError as error:
            self._sound = False
            raise broken(f"cannot write the log: {os.strerror(error.errno or 0)}") from error

    def close(self) -> None:
        """Closes the files; never fails."""
        self._sound = False
        for descriptor in (self._file, self._headfile):
            if descriptor >= 0:
                self._close(descriptor)
        self._file = self._headfile = -1

    def _append(self, entries: Sequence[bytes], /) -> int:
        first = self._head.size
        if self._head.offset >= self._segment_bytes:
            self._create(first, self._head.digest)
        data, digest = pack(entries, self._head.digest)
        self._disk.write(self._file, data, offset=self._head.offset)
        self._disk.sync(self._file)
        self._publish(Head(first + len(entries), self._head.segment, self._head.offset + len(data), digest))
        return first

    def _publish(self, head: Head, /) -> None:
        # INVARIANT: only what is synced is published. The head itself need not be: an older one says less, not more.
        self._disk.write(self._headfile, pack_head(head), offset=0)
        self._head = head

    def _create(self, first: int, digest: bytes, /) -> None:
        file = self._disk.create(self._folder / segment_name(first))
        try:
            self._disk.write(file, pack_header(first, digest), offset=0)
            self._disk.sync(file)
            self._disk.sync_folder(self._folder)
        except OSError:
            self._close(file)
            raise
        if self._file >= 0:
            self._close(self._file)
        self._file = file
        self._head = Head(first, first, HEADER_SIZE, digest)

    def _open(self) -> None:
        if not self._folder.is_dir():
            self._folder.mkdir(mode=0o700, parents=True)
            self._disk.sync_folder(self._folder.parent)
        self._headfile = self._disk.open(self._folder / HEAD)
        published = unpack_head(os.pread(self._headfile, 128, 0))
        last = self._last_segment()
        if last is None:
            if published is not None and published.size:
                raise damaged("expected the segments that the head covers", place=str(self._folder))
            self._create(0, seed(self._tenant))
        else:
            self._recover(last, published)
        if published != self._head:
            self._publish(self._head)

    def _last_segment(self) -> int | None:
        """Returns the last segment, without one whose creation was cut short (it never held an entry)."""
        for first in reversed(segments(self._folder)):
            path = self._folder / segment_name(first)
            start = header(path)
            if start is not None and start[0] == first:
                return first
            if path.stat().st_size > HEADER_SIZE:
                raise damaged("expected a segment's header", place=str(path))
            self._disk.remove(path)
            self._disk.sync_folder(self._folder)
        return None

    def _recover(self, first: int, published: Head | None, /) -> None:
        """Finds the last record that holds, refuses if durable ones do not, and cuts what comes after."""
        path = self._folder / segment_name(first)
        start = header(path)
        if start is None:
            raise damaged("expected a segment's header", place=str(path))
        end = Head(first, first, HEADER_SIZE, start[1])
        met = published is None or published.size < first or _same(published, end)
        for record in records(path, start[1]):
            end = Head(end.size + 1, first, record.end, record.digest)
            met = met or _same(published, end)
        if not met:
            raise damaged("durable entries do not hold", place=f"{path} at byte {end.offset}")
        self._file = self._disk.open(path)
        self._rewrite(end, published.offset if published and published.segment == first else HEADER_SIZE)
        self._head = end

    def _rewrite(self, end: Head, durable: int, /) -> None:
        """Makes the tail durable. A sync that failed before a restart left clean pages behind, so write them again."""
        size = os.fstat(self._file).st_size
        self.cut = size - end.offset
        if self.cut:
            self._disk.truncate(self._file, end.offset)
        if end.offset > durable:
            self._disk.write(self._file, os.pread(self._file, end.offset - durable, durable), offset=durable)
        if self.cut or end.offset > durable:
            self._disk.sync(self._file)

    def _close(self, descriptor: int, /) -> None:
        try:
            self._disk.close(descriptor)
        except (OSError, Unavailable):
            return


def _same(one: Head | None, other: Head, /) -> bool:
    return one is not None and (one.size, one.digest) == (other.size, other.digest)
