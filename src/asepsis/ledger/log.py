"""One tenant's log: append-only segments, a Merkle tree over all entries, one signature and one sync per append.

INVARIANT: an append that returned is on the disk, and so is a signed checkpoint over it; what the head covers is never
cut. After a failed write or sync nothing more is taken until the log is opened again: a second fsync may report success
for pages that were lost.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from asepsis.core.errors import Unavailable
from asepsis.core.ports import KeyProvider
from asepsis.infra import durable
from asepsis.ledger.errors import broken, damaged
from asepsis.ledger.format import (
    HEAD,
    Head,
    Seal,
    Start,
    check_entries,
    check_tenant,
    pack,
    pack_head,
    pack_start,
    segment_name,
    segments,
    start_size,
    unpack_head,
)
from asepsis.ledger.ports import Disk
from asepsis.ledger.scan import batches, start_of
from asepsis.ledger.signing import keep, signed_by
from asepsis.ledger.tlog.tree import CompactRange, leaf_hashes

__all__ = ["SEGMENT_BYTES", "Appended", "Log"]

SEGMENT_BYTES: Final = 64 << 20


class Appended(NamedTuple):
    """What an append made durable: the first entry's index, the entries' hashes, the roots of the rows they fill."""

    first: int
    leaves: list[bytes]
    rows: list[bytes]


class Log:
    """An open log that one process writes. `count` entries, `cut` bytes of a torn tail removed at opening.

    A new log is called `<name>/<tenant>` (see `signing.keep`); its keys are `signers`. Opening raises NotTrusted when
    what was durable does not hold, ConfigError for an older format or other keys, and Unavailable when the disk fails.
    It reads the last segment only; `asepsis ledger verify` reads all. `guard` raises once another writer took over; a
    log that is `taken` over goes on in a new segment and with a new head, so that nothing the deposed writer has open
    is of the log any more.
    """

    def __init__(  # noqa: PLR0913 two ports, two settings, and two words about who else may have it open
        self,
        folder: Path,
        keys: KeyProvider,
        /,
        *,
        disk: Disk,
        segment_bytes: int = SEGMENT_BYTES,
        name: str = "",
        guard: Callable[[], None] = lambda: None,
        taken: bool = False,
    ) -> None:
        self._folder = folder
        self._guard = guard
        self._taken = taken
        check_tenant(folder.name)
        self._disk = disk
        self._segment_bytes = segment_bytes
        self._file = self._headfile = -1
        self._sound = False
        self._range = CompactRange()
        self._seal: Seal
        self.cut = 0
        try:
            self._open(keys, name)
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
    def seal(self) -> Seal:
        """The signed checkpoint over all durable entries."""
        return self._seal

    @property
    def sound(self) -> bool:
        """Whether the log takes entries; False after a failed write until it is opened again."""
        return self._sound

    def append(self, entries: Sequence[bytes], /) -> Appended:
        """Appends entries and returns once all are durable, with a signed checkpoint.

        Raises InputError for an entry that no log takes, and Unavailable when the disk fails now or failed before:
        then none of the entries counts.
        """
        check_entries(entries)
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

    def _append(self, entries: Sequence[bytes], /) -> Appended:
        if self._head.offset >= self._segment_bytes and self._head.size > self._head.segment:
            self._create(Start(self._range, self._seal.signature))
        first, leaves = self._head.size, leaf_hashes(entries)
        rows = self._range.extend(leaves)
        seal = self.signers.seal(self._range.size, self._range.root())
        data = pack(entries, seal=seal)
        self._disk.write(self._file, data, offset=self._head.offset)
        self._disk.sync(self._file)
        self._seal = seal
        self._publish(Head(seal.size, self._head.segment, self._head.offset + len(data), seal.root))
        return Appended(first, leaves, rows)

    def _publish(self, head: Head, /) -> None:
        # INVARIANT: only what is synced is published. The head itself need not be: an older one says less, not more.
        self._disk.write(self._headfile, pack_head(head), offset=0)
        self._head = head

    def _create(self, start: Start, /) -> None:
        first = start.range.size
        file = self._disk.create(self._folder / segment_name(first))
        try:
            self._disk.write(file, pack_start(start), offset=0)
            self._disk.sync(file)
            self._disk.sync_folder(self._folder)
        except OSError:
            self._close(file)
            raise
        if self._file >= 0:
            self._close(self._file)
        self._file = file
        self._head = Head(first, first, start_size(first), start.range.root())

    def _open(self, keys: KeyProvider, name: str, /) -> None:
        if not self._folder.is_dir():
            self._folder.mkdir(mode=0o700, parents=True)
            self._disk.sync_folder(self._folder.parent)
        if self._taken and (self._folder / HEAD).exists():
            with durable.replacing(self._folder / HEAD) as file:
                file.write((self._folder / HEAD).read_bytes())
        lost = not (self._folder / HEAD).exists()
        self._headfile = self._disk.open(self._folder / HEAD)
        published = unpack_head(os.pread(self._headfile, 128, 0), place=str(self._folder / HEAD))
        self.signers = keep(self._folder, keys, name=name)
        last = self._last_segment()
        if last is None:
            if published is not None and published.size:
                raise damaged("expected the segments that the head covers", place=str(self._folder))
            self._seal = self.signers.seal(0, self._range.root())
            self._create(Start(self._range, self._seal.signature))
        else:
            self._recover(*last, published)
            if lost:  # where there is no segment, making one syncs the head's name, too
                self._disk.sync_folder(self._folder)
            if self._taken:
                self._leave(last[0])
        if published != self._head:
            self._publish(self._head)

    def _last_segment(self) -> tuple[Path, Start] | None:
        """Returns the last segment, without one whose creation was cut short (it never held an entry)."""
        for first in reversed(segments(self._folder)):
            path = self._folder / segment_name(first)
            start = start_of(path)
            if start is not None and start.range.size == first and signed_by(self.signers.commit.verifier, start.seal):
                return path, start
            if path.stat().st_size > start_size(first):
                raise damaged("expected a segment's header", place=str(path))
            self._guard()
            self._disk.remove(path)
            self._disk.sync_folder(self._folder)
        return None

    def _recover(self, path: Path, start: Start, published: Head | None, /) -> None:
        """Finds the last batch that holds, refuses if durable ones do not, and cuts what comes after."""
        first = start.range.size
        end = Head(first, first, start_size(first), start.range.root())
        met = published is None or published.size < first or _same(published, end)
        after, seal = start.range, start.seal
        for batch in batches(path, start.range, offset=end.offset):
            if met and not signed_by(self.signers.commit.verifier, batch.seal):
                break
            after, seal = batch.after, batch.seal
            end = Head(seal.size, first, batch.end, seal.root)
            met = met or _same(published, end)
        if not met or not signed_by(self.signers.commit.verifier, seal):
            raise damaged("durable entries do not hold", place=f"{path} at byte {end.offset}")
        self._range, self._seal = after, seal
        self._file = self._disk.open(path)
        # INVARIANT: what was opened before nobody had taken over is no file of whoever takes over later.
        self._guard()
        self._rewrite(end, published.offset if published and published.segment == first else start_size(first))
        self._head = end

    def _leave(self, path: Path, /) -> None:
        """Goes on in a new segment, in the place of the last one if that has no entries."""
        if self._head.size == self._head.segment:
            self._disk.remove(path)
        self._create(Start(self._range, self._seal.signature, taken=True))

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
    return one is not None and (one.size, one.root) == (other.size, other.root)
