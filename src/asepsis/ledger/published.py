"""Checks what a log published: its checkpoint, and the tiles and bundles that checkpoint needs, byte for byte.

The tiles are made again from the log's own entries, so a tool that reads only them sees the same log.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from asepsis.core.errors import NotTrusted
from asepsis.ledger.errors import damaged
from asepsis.ledger.publish import CHECKPOINT, read_row
from asepsis.ledger.scan import Batch
from asepsis.ledger.tlog import offline
from asepsis.ledger.tlog.checkpoints import Checkpoint
from asepsis.ledger.tlog.keys import VerifierKey
from asepsis.ledger.tlog.tiles import ENTRIES, WIDTH, Edge, Tile, bundle, bundle_entries, partial_tiles, path

__all__ = ["Tiles"]

_HEAL: Final = "remove the folder `tile` and the file `checkpoint`, and the writer makes them again at its next start"


class Tiles:
    """What a log published, checked entry by entry; of entries that were not published yet nothing is asked."""

    def __init__(self, folder: Path, keys: Sequence[VerifierKey], /) -> None:
        """Reads the published checkpoint, if there is one; raises NotTrusted unless each of the keys signed it."""
        self._folder = folder
        self._edge = Edge()
        self._entries: list[bytes] = []
        self._checkpoint = self._read(keys)

    def take(self, batch: Batch, /) -> None:
        """Takes the next batch of the log; raises NotTrusted for a tile or a bundle that is not as it has to be."""
        left = 0 if self._checkpoint is None else self._checkpoint.size - self._edge.size
        if left <= 0:
            return
        self._entries += batch.entries[:left]
        for tile, data in self._edge.extend(batch.leaves[:left], batch.rows):
            self._compare(tile, data)
            if tile.level == 0:
                self._compare(Tile(ENTRIES, tile.number), bundle(self._entries[:WIDTH]))
                del self._entries[:WIDTH]

    def finish(self) -> None:
        """Ends the check; raises NotTrusted when the checkpoint is not of this log or a partial tile is not right."""
        checkpoint = self._checkpoint
        if checkpoint is None:
            return
        if (checkpoint.size, checkpoint.root) != (self._edge.size, self._edge.range().root()):
            raise damaged("expected a published checkpoint of this log", place=str(self._folder / CHECKPOINT))
        for tile in partial_tiles(checkpoint.size):
            self._compare(tile, b"".join(self._edge.rows[tile.level]))
        if self._entries:
            self._compare_bundle()

    def _read(self, keys: Sequence[VerifierKey], /) -> Checkpoint | None:
        place = self._folder / CHECKPOINT
        if not place.exists():
            return None
        data = place.read_bytes()
        try:
            return max(offline.open_checkpoint(data, keys=[key]) for key in keys)  # all say the same
        except NotTrusted as error:
            raise damaged(
                f"expected a published checkpoint signed by the log's keys: {_HEAL}", place=str(place)
            ) from error

    def _compare(self, tile: Tile, data: bytes, /) -> None:
        try:
            found = read_row(self._folder, tile)
        except OSError as error:
            raise self._wrong(tile) from error
        if found != data:
            raise self._wrong(tile)

    def _compare_bundle(self) -> None:
        """Compares the partial bundle, or the full one's first entries where that has taken its place."""
        tile = Tile(ENTRIES, self._edge.size // WIDTH, len(self._entries))
        try:
            found = self._bundle(tile)
        except (OSError, NotTrusted) as error:
            raise self._wrong(tile) from error
        if found != self._entries:
            raise self._wrong(tile)

    def _bundle(self, tile: Tile, /) -> list[bytes]:
        """Returns a partial bundle's entries, from the full one where it is gone; raises OSError and NotTrusted."""
        try:
            return bundle_entries((self._folder / path(tile)).read_bytes(), width=tile.width)
        except FileNotFoundError:
            whole = (self._folder / path(tile._replace(width=WIDTH))).read_bytes()
            return bundle_entries(whole, width=WIDTH)[: tile.width]

    def _wrong(self, tile: Tile, /) -> NotTrusted:
        return damaged(f"a published tile does not hold: {_HEAL}", place=str(self._folder / path(tile)))
