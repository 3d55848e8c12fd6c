"""Checks a whole log: every segment, entry, checkpoint and signature, how far it says it is durable, and its tiles.

The signed tree shows that nothing inside the log was changed, added or taken out. That nothing was cut off its end, and
that the whole was not written anew with the same keys, only an earlier checkpoint can show: what a verification prints,
or what the log published, kept elsewhere and given to a later one.
"""

import fcntl
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from asepsis.core.errors import InputError, NotTrusted
from asepsis.core.events import read
from asepsis.ledger.errors import damaged
from asepsis.ledger.format import (
    HEAD,
    Seal,
    check_tenant,
    segment_name,
    segments,
    start_size,
    unpack_head,
)
from asepsis.ledger.publish import ANCHORED
from asepsis.ledger.published import Tiles
from asepsis.ledger.scan import Batch, batches, start_of
from asepsis.ledger.signing import VKEYS, read_vkeys, signed_by
from asepsis.ledger.stamps import sizes, stamped
from asepsis.ledger.store import LOCK
from asepsis.ledger.tlog import notes, offline
from asepsis.ledger.tlog.checkpoints import Checkpoint
from asepsis.ledger.tlog.keys import VerifierKey
from asepsis.ledger.tlog.notes import Signature
from asepsis.ledger.tlog.tree import CompactRange

__all__ = ["Verified", "tenant_of", "verify", "witnessed_notes"]

_DASH: Final = "— ".encode()


class Verified(NamedTuple):
    """A log that holds: its checkpoint, and that as a signed note."""

    checkpoint: Checkpoint
    note: bytes


def witnessed_notes(data: bytes, /) -> tuple[bytes, ...]:
    """Returns signed checkpoints that stand one behind the other; raises InputError where there are none."""
    found: list[bytes] = []
    lines: list[bytes] = []
    signed = False
    for line in data.splitlines(keepends=True):
        if signed and not line.startswith(_DASH):
            found.append(b"".join(lines))
            lines = []
        signed = line.startswith(_DASH)
        lines.append(line)
    if not signed:
        raise InputError("expected signed checkpoints, as verification prints them", code="ledger_checkpoint")
    return (*found, b"".join(lines))


def tenant_of(data: bytes, /) -> str:
    """Returns whose log a checkpoint says it is of: its origin is `<name>/<tenant>`."""
    return data.partition(b"\n")[0].rpartition(b"/")[2].decode("utf-8", "replace")


class _Walk:
    """Where a verification stands in a log."""

    def __init__(self, folder: Path, keys: Sequence[VerifierKey], wanted: dict[int, bytes], /) -> None:
        self.folder = folder
        self.tenant = check_tenant(folder.name)
        self.key = keys[0]
        self.range = CompactRange()
        self.seal: Seal | None = None
        self.tiles = Tiles(folder, keys)
        self._wanted = wanted
        self._sizes = sorted(wanted, reverse=True)

    def start(self, seal: Seal, place: str, /) -> None:
        """Takes the checkpoint that a segment starts from; raises NotTrusted when it is not signed."""
        self._check(seal, place)
        self._meet(self.range)

    def take(self, batch: Batch, place: str, /) -> None:
        """Takes the next batch; raises NotTrusted when it is not signed or an entry is no Event of this tenant."""
        for index, entry in enumerate(batch.entries, batch.first):
            try:
                event = read(entry)
            except InputError as error:
                raise damaged("expected an event", place=f"{place}: entry {index}") from error
            if event.tenant != self.tenant:
                raise damaged("expected an event of this tenant", place=f"{place}: entry {index}")
        self._check(batch.seal, place)
        while self._sizes and self._sizes[-1] <= batch.seal.size:
            size = self._sizes.pop()
            if size <= batch.first:
                continue
            within = batch.before.copy()
            within.extend(batch.leaves[: size - batch.first])
            self._meet(within)
        self.tiles.take(batch)
        self.range = batch.after

    def finish(self) -> Verified:
        """Ends the walk; raises NotTrusted when a checkpoint is ahead of the log, or when its tiles do not hold."""
        if self._wanted:
            size = max(self._wanted)
            raise damaged(f"expected the {size} witnessed entries, got {self.range.size}", place=str(self.folder))
        self.tiles.finish()
        if self.seal is None:
            raise damaged("expected a signed checkpoint", place=str(self.folder))
        checkpoint = Checkpoint(self.key.name, self.seal.size, self.seal.root)
        signature = Signature(self.key.name, self.key.key_id, self.seal.signature)
        return Verified(checkpoint, notes.render(checkpoint.render(), [signature]))

    def _check(self, seal: Seal, place: str, /) -> None:
        if not signed_by(self.key, seal):
            raise damaged("expected the log's signature", place=f"{place}: checkpoint of {seal.size} entries")
        self.seal = seal

    def _meet(self, found: CompactRange, /) -> None:
        """Compares with what was witnessed of this size, if anything was; raises NotTrusted when they differ."""
        wanted = self._wanted.pop(found.size, None)
        if wanted is not None and wanted != found.root():
            raise damaged(f"differs from the checkpoint seen at {found.size} entries", place=str(self.folder))


def verify(folder: Path, witnessed: Sequence[bytes] = (), /, *, keys: Sequence[VerifierKey] = ()) -> Verified:
    """Reads a tenant's log from its first byte to its last and returns its checkpoint.

    `witnessed` are signed checkpoints that it has to extend; those of other tenants are ignored. `keys` are the log's
    own, from somewhere safer than its folder; without them those in the folder count, and whoever could write there
    could have written all of it. It also has to extend what its folder says was anchored and stamped. Raises
    NotTrusted, with the place, for anything that does not hold; InputError for a folder with no tenant's name,
    ConfigError for an older format.
    """
    check_tenant(folder.name)
    found = segments(folder) if folder.is_dir() else []
    if not found:
        raise damaged("expected a log", place=str(folder))
    start_of(folder / segment_name(found[0]))  # an older format is told as such
    mine = read_vkeys(folder / VKEYS)
    if keys and tuple(keys) != mine:
        raise damaged("expected the log's public keys to be those given", place=str(folder / VKEYS))
    durable = _head(folder)
    anchored = [(folder / ANCHORED).read_bytes()] if (folder / ANCHORED).exists() else []
    stamps = [stamped(folder, size).note for size in sizes(folder)]
    walk = _Walk(folder, mine, _wanted(folder, mine, [*witnessed, *anchored, *stamps]))
    for first, behind in zip(found, [*found[1:], None], strict=True):
        _segment(walk, first, behind)
    if durable > walk.range.size:
        raise damaged(f"expected {durable} durable entries, got {walk.range.size}", place=str(folder))
    return walk.finish()


def _wanted(folder: Path, keys: Sequence[VerifierKey], witnessed: Sequence[bytes], /) -> dict[int, bytes]:
    """Returns the root that was seen at each size; raises NotTrusted when two differ or one is not the log's own."""
    tenant, place = folder.name, str(folder)
    wanted: dict[int, bytes] = {}
    for data in witnessed:
        if tenant_of(data) != tenant:
            continue
        try:
            seen = offline.open_checkpoint(data, keys=keys)
        except NotTrusted as error:
            raise damaged("expected a checkpoint signed with the log's key", place=place) from error
        if wanted.setdefault(seen.size, seen.root) != seen.root:
            raise damaged("two checkpoints of one size differ", place=place)
    return wanted


def _segment(walk: _Walk, first: int, behind: int | None, /) -> None:
    """Checks a segment, which ends where the one behind begins."""
    path = walk.folder / segment_name(first)
    start = start_of(path)
    if start is None or (start.range.size, start.range.hashes) != (walk.range.size, walk.range.hashes):
        raise damaged("expected a segment that goes on from the one before", place=str(path))
    walk.start(start.seal, str(path))
    end = start_size(first)
    for batch in batches(path, start.range, offset=end):
        if behind is not None and batch.seal.size > behind:
            break
        walk.take(batch, str(path))
        end = batch.end
    rest = path.stat().st_size - end
    if rest <= 0 or (behind is None and _is_written(walk.folder.parent)) or _was_taken(walk, behind):
        return
    torn = behind is None and _head(walk.folder) <= walk.range.size
    what = "a torn tail, which the writer will cut" if torn else "damage"
    raise damaged(f"{rest} bytes do not hold: {what}", place=f"{path}: entry {walk.range.size}, byte {end}")


def _was_taken(walk: _Walk, behind: int | None, /) -> bool:
    """Whether the next segment began with a take-over right here: what a deposed writer wrote after it counts not."""
    if behind is None or behind != walk.range.size:
        return False
    start = start_of(walk.folder / segment_name(behind))
    return start is not None and start.taken


def _head(folder: Path, /) -> int:
    path = folder / HEAD
    head = unpack_head(path.read_bytes(), place=str(path)) if path.exists() else None
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
