"""Checks a whole log: every segment, every digest, every Event, and how far it says it is durable.

The chain shows that nothing inside the log was changed, added or taken out. That nothing was cut off its end only an
earlier checkpoint can show: the text that a verification prints, kept elsewhere and given to a later one.
"""

import fcntl
from pathlib import Path
from typing import Final, NamedTuple

from asepsis.core.errors import InputError
from asepsis.core.events import read
from asepsis.ledger.errors import damaged
from asepsis.ledger.format import HEAD, HEADER_SIZE, check_tenant, seed, segment_name, segments, unpack_head
from asepsis.ledger.scan import Record, header, records
from asepsis.ledger.store import LOCK

__all__ = ["Checkpoint", "checkpoints", "verify"]

_TITLE: Final = "asepsis ledger 1"
_LINES: Final = 4


class Checkpoint(NamedTuple):
    """A log's state: its tenant, how many entries, and the digest of the last one."""

    tenant: str
    size: int
    digest: str

    def render(self) -> str:
        """Returns the text form: four lines."""
        return f"{_TITLE}\n{self.tenant}\n{self.size}\n{self.digest}\n"


def checkpoints(text: str, /) -> tuple[Checkpoint, ...]:
    """Reads checkpoints in text form, one behind the other; raises InputError."""
    lines = text.split()
    words = _TITLE.split()
    size = _LINES - 1 + len(words)
    found = [lines[start : start + size] for start in range(0, len(lines), size)]
    if not found or any(len(one) != size or one[: len(words)] != words or not one[-2].isdecimal() for one in found):
        raise InputError("expected checkpoints as verification prints them", code="ledger_checkpoint")
    return tuple(Checkpoint(one[-3], int(one[-2]), one[-1]) for one in found)


class _Walk:
    """Where a verification stands in a log."""

    def __init__(self, folder: Path, witnessed: tuple[Checkpoint, ...]) -> None:
        self.folder = folder
        self.tenant = check_tenant(folder.name)
        self.size = 0
        self.digest = seed(self.tenant)
        self._wanted = {one.size: one.digest for one in witnessed if one.tenant == self.tenant}
        if len(self._wanted) != len({one for one in witnessed if one.tenant == self.tenant}):
            raise damaged("two checkpoints of one size differ", place=str(folder))

    def take(self, record: Record, path: Path, /) -> None:
        """Takes the next record; raises NotTrusted when it is no Event of this tenant."""
        place = f"{path}: entry {self.size}"
        try:
            event = read(record.entry)
        except InputError as error:
            raise damaged("expected an event", place=place) from error
        if event.tenant != self.tenant:
            raise damaged("expected an event of this tenant", place=place)
        self.size += 1
        self.digest = record.digest
        self.meet()

    def meet(self) -> None:
        """Compares with the checkpoint of this size, if there is one; raises NotTrusted when they differ."""
        wanted = self._wanted.pop(self.size, None)
        if wanted is not None and wanted != self.digest.hex():
            raise damaged(f"differs from the checkpoint seen at {self.size} entries", place=str(self.folder))

    def finish(self) -> Checkpoint:
        """Ends the walk; raises NotTrusted when a checkpoint is ahead of the log."""
        if self._wanted:
            size = max(self._wanted)
            raise damaged(f"expected the {size} witnessed entries, got {self.size}", place=str(self.folder))
        return Checkpoint(self.tenant, self.size, self.digest.hex())


def verify(folder: Path, witnessed: tuple[Checkpoint, ...] = (), /) -> Checkpoint:
    """Reads a tenant's log from its first byte to its last and returns its checkpoint.

    Raises NotTrusted, with the place, for anything that does not hold; InputError for a folder with no tenant's name.
    """
    walk = _Walk(folder, witnessed)
    found = segments(folder) if folder.is_dir() else []
    if not found:
        raise damaged("expected a log", place=str(folder))
    durable = _head(folder)
    walk.meet()
    for first in found:
        _segment(walk, first, last=first == found[-1])
    if durable > walk.size:
        raise damaged(f"expected {durable} durable entries, got {walk.size}", place=str(folder))
    return walk.finish()


def _segment(walk: _Walk, first: int, /, *, last: bool) -> None:
    path = walk.folder / segment_name(first)
    if header(path) != (walk.size, walk.digest) or first != walk.size:
        raise damaged("expected a segment that goes on from the one before", place=str(path))
    end = HEADER_SIZE
    for record in records(path, walk.digest):
        walk.take(record, path)
        end = record.end
    rest = path.stat().st_size - end
    if rest <= 0 or (last and _is_written(walk.folder.parent)):
        return
    what = "a torn tail, which the writer will cut" if last and _head(walk.folder) <= walk.size else "damage"
    raise damaged(f"{rest} bytes do not hold: {what}", place=f"{path}: entry {walk.size}, byte {end}")


def _head(folder: Path, /) -> int:
    path = folder / HEAD
    head = unpack_head(path.read_bytes()) if path.exists() else None
    if head is None:
        raise damaged("expected a head", place=str(path))
    return head.size


def _is_written(root: Path, /) -> bool:
    """Whether a writer is at work; then what follows the durable end may be a write that is under way."""
    path = root / LOCK
    if not path.exists():
        return False
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
