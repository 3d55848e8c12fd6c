"""The entries of a log by their index, each proven to be in what the log published, or read from the log itself.

An entry bundle is read where it stands; that it is the log's is shown by the tree's upper tiles, which are checked
against the signed checkpoint once. What is not published yet, or not as it should be, is read from the segments.
"""

from contextlib import suppress
from pathlib import Path
from typing import Final

from asepsis.core.errors import NotTrusted
from asepsis.core.ports import Entry
from asepsis.ledger.errors import damaged, unproven
from asepsis.ledger.publish import CHECKPOINT, read_row
from asepsis.ledger.reader import LogReader
from asepsis.ledger.signing import VKEYS, read_vkeys
from asepsis.ledger.tlog import offline
from asepsis.ledger.tlog.checkpoints import Checkpoint
from asepsis.ledger.tlog.tiles import ENTRIES, WIDTH, Tile, bundle_entries, path, row_root, split
from asepsis.ledger.tlog.tree import CompactRange, leaf_hashes

__all__ = ["Places"]

_NOTHING: Final = Checkpoint("", 0, b"")


class Places:
    """Reads a log at any place. Cheapest in order; raises NotTrusted for an entry that does not hold."""

    def __init__(self, folder: Path, reader: LogReader, /) -> None:
        self._folder = folder
        self._reader = reader
        self._checkpoint = _NOTHING
        self._roots: list[bytes] = []
        self._number = -1
        self._bundle: list[bytes] = []
        with suppress(OSError, NotTrusted):
            checkpoint = offline.open_checkpoint((folder / CHECKPOINT).read_bytes(), keys=read_vkeys(folder / VKEYS))
            self._roots = self._rows(checkpoint)
            self._checkpoint = checkpoint

    def entry(self, index: int, /) -> Entry:
        """Returns the entry at an index; raises NotTrusted where there is none that holds."""
        if index < self._checkpoint.size:
            with suppress(OSError, NotTrusted):
                return self._proven(index)
        found = next(self._reader.entries(index), None)
        if found is None:
            raise damaged(f"expected an entry {index}", place=str(self._folder))
        return found

    def _proven(self, index: int, /) -> Entry:
        """Returns an entry from its bundle; raises OSError and NotTrusted."""
        number, place = divmod(index, WIDTH)
        if number != self._number:
            width = min(WIDTH, self._checkpoint.size - number * WIDTH)
            entries = bundle_entries(self._file(Tile(ENTRIES, number, width)), width=width)
            if row_root(leaf_hashes(entries)) != self._roots[number]:
                raise unproven("expected the entries of the tree")
            self._number, self._bundle = number, entries
        return Entry(index, self._bundle[place])

    def _file(self, tile: Tile, /) -> bytes:
        return (self._folder / path(tile)).read_bytes()

    def _rows(self, checkpoint: Checkpoint, /) -> list[bytes]:
        """Returns the root of each bundle, the last one's too; raises OSError, and NotTrusted for another tree's."""
        full, rest = divmod(checkpoint.size, WIDTH)
        roots: list[bytes] = []
        for number in range(-(-full // WIDTH)):
            width = min(WIDTH, full - number * WIDTH)
            roots += split(read_row(self._folder, Tile(1, number, width)), width=width)
        upper, edge = CompactRange(), CompactRange()
        upper.extend(roots)
        if rest:
            edge.extend(split(read_row(self._folder, Tile(0, full, rest)), width=rest))
            roots.append(edge.root())
        if CompactRange(checkpoint.size, [*upper.hashes, *edge.hashes]).root() != checkpoint.root:
            raise unproven("expected the tree of the checkpoint")
        return roots
