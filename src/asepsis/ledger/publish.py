"""What other people's tools read of a log: tiles, entry bundles and the published checkpoint (C2SP tlog-tiles).

All of it is derived from the segments: written without a sync, and written again where it is missing at a start.
INVARIANT: only what is durable is published, and the tiles that a checkpoint needs are there before it is.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from asepsis.core.errors import NotTrusted
from asepsis.ledger.format import Seal
from asepsis.ledger.reader import LogReader
from asepsis.ledger.signing import Signers
from asepsis.ledger.tlog import checkpoints, notes, offline
from asepsis.ledger.tlog.checkpoints import Checkpoint
from asepsis.ledger.tlog.keys import VerifierKey
from asepsis.ledger.tlog.tiles import ENTRIES, WIDTH, Edge, Tile, bundle, partial_tiles, path, split
from asepsis.ledger.tlog.tree import CompactRange

__all__ = ["ANCHORED", "CHECKPOINT", "Publisher", "claimed", "published", "read_row"]

CHECKPOINT: Final = "checkpoint"
ANCHORED: Final = "anchored"
"""The last checkpoint that enough witnesses cosigned."""


class Publisher:
    """Publishes one log. `size` is how many entries its tiles hold; methods raise OSError."""

    def __init__(self, folder: Path, signers: Signers, reader: LogReader, /) -> None:
        """Goes on from the tiles that are there, if they are those of the log; from the first entry otherwise.

        Raises NotTrusted when the log itself does not hold.
        """
        self._folder = folder
        self._signers = signers
        self._reader = reader
        self._entries: list[bytes] = []
        self.published = -1
        self._edge = self._resume()

    @property
    def size(self) -> int:
        """How many entries the tiles hold."""
        return self._edge.size

    def take(self, entries: Sequence[bytes], leaves: Sequence[bytes], rows: Sequence[bytes], /) -> None:
        """Takes the next durable entries with their hashes, and writes the tiles and bundles that are full.

        `rows` are the roots of the rows of 256 that they fill.
        """
        self._entries += entries
        start = 0
        for tile, data in self._edge.extend(leaves, rows):
            self._write(tile, data)
            if tile.level == 0:
                self._write(Tile(ENTRIES, tile.number), bundle(self._entries[start : start + WIDTH]))
                start += WIDTH
        del self._entries[:start]

    def catch_up(self, limit: int, /) -> bool:
        """Takes up to about `limit` entries from the log itself and returns whether all are taken now."""
        end = self.size + limit
        for batch in self._reader.batches(self.size):
            skipped = self.size - batch.first
            self.take(batch.entries[skipped:], batch.leaves[skipped:], batch.rows_from(self.size))
            if self.size >= end:
                return False
        return True

    def publish(self, seal: Seal, /, *, time: int) -> bytes:
        """Publishes the checkpoint over all that was taken and returns it; `time`, in seconds, is told in it."""
        for tile in partial_tiles(self.size):
            self._write(tile, b"".join(self._edge.rows[tile.level]))
        if self._entries:
            self._write(Tile(ENTRIES, self.size // WIDTH, len(self._entries)), bundle(self._entries))
        text = Checkpoint(self._signers.origin, seal.size, seal.root).render()
        note = notes.render(text, [self._signers.committed(seal), self._signers.publish.sign(text, time=time)])
        _replace(self._folder / CHECKPOINT, note)
        self.published = seal.size
        return note

    def _resume(self) -> Edge:
        size = min(published(self._folder), self._reader.size()) // WIDTH * WIDTH
        if size:
            with suppress(NotTrusted, OSError):
                edge = Edge(size, _rows(self._folder, size))
                if edge.range().hashes == _range(self._reader, size).hashes:
                    return edge
        return Edge()

    def _write(self, tile: Tile, data: bytes, /) -> None:
        """Writes a tile that nobody asks for yet; one that is there is what a start before left, and may be torn."""
        place = f"{self._folder}/{path(tile)}"
        try:
            _create(place, data)
        except FileExistsError:
            if Path(place).read_bytes() != data:
                _replace(Path(place), data)
        except FileNotFoundError:
            Path(place).parent.mkdir(mode=0o700, parents=True)
            _create(place, data)
        if tile.width == WIDTH:
            _remove_partial(f"{place}.p")


def published(folder: Path, /) -> int:
    """Returns how many entries the published checkpoint says there are, unchecked; 0 where there is none."""
    try:
        return checkpoints.parse(notes.parse((folder / CHECKPOINT).read_bytes()).text).size
    except (OSError, NotTrusted):
        return 0


def claimed(folder: Path, keys: Sequence[VerifierKey], /) -> int:
    """Returns how many entries the log has said there are, in a checkpoint in its folder that its keys signed."""
    sizes = [0]
    for name in (CHECKPOINT, ANCHORED):
        with suppress(OSError, NotTrusted):
            sizes.append(offline.open_checkpoint((folder / name).read_bytes(), keys=keys).size)
    return max(sizes)


def read_row(folder: Path, tile: Tile, /) -> bytes:
    """Returns the bytes of a tile, from the full one where a partial one is gone; raises OSError."""
    try:
        return (folder / path(tile)).read_bytes()
    except FileNotFoundError:
        if tile.width == WIDTH:
            raise
        return (folder / path(tile._replace(width=WIDTH))).read_bytes()[: tile.width * 32]


def _rows(folder: Path, size: int, /) -> list[list[bytes]]:
    """Returns the rows of a tree's partial tiles from their files; raises OSError and NotTrusted."""
    partial = {tile.level: tile for tile in partial_tiles(size)}
    found = [partial.get(level) for level in range(max(partial, default=-1) + 1)]
    return [split(read_row(folder, tile), width=tile.width) if tile else [] for tile in found]


def _range(reader: LogReader, size: int, /) -> CompactRange:
    """Returns the range of the first `size` entries, of which there is at least one; raises NotTrusted."""
    batch = next(reader.batches(size - 1))
    found = batch.before.copy()
    found.extend(batch.leaves[: size - batch.first])
    return found


def _create(place: str, data: bytes, /) -> None:
    """Writes a file that is not there yet."""
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        done = os.write(descriptor, data)
        while done < len(data):
            done += os.write(descriptor, data[done:])
    finally:
        os.close(descriptor)


def _replace(place: Path, data: bytes, /) -> None:
    """Writes a file so that nobody reads half of it."""
    fresh = place.with_name(f".{place.name}.new")
    fresh.unlink(missing_ok=True)
    _create(str(fresh), data)
    fresh.replace(place)


def _remove_partial(folder: str, /) -> None:
    """Removes the partial tiles that a full one takes the place of."""
    with suppress(FileNotFoundError):
        for name in os.listdir(folder):  # noqa: PTH208 twice for 256 entries, and mostly there is no such folder
            Path(folder, name).unlink()
        Path(folder).rmdir()
