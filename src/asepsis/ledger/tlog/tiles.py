"""Tiles: the tree cut into files of 256 hashes, and the entries in bundles of 256 (C2SP tlog-tiles).

A tile of level l holds the roots of perfect subtrees of 256^l leaves. A full one never changes; the last of each level
may be partial, and then its path tells its width.
"""

import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from asepsis.ledger.errors import unproven
from asepsis.ledger.tlog.encoding import HASH_SIZE
from asepsis.ledger.tlog.proofs import Node
from asepsis.ledger.tlog.tree import ROW, CompactRange

__all__ = [
    "ENTRIES",
    "MAX_ENTRY",
    "WIDTH",
    "Edge",
    "Tile",
    "bundle",
    "bundle_entries",
    "node_reader",
    "partial_tiles",
    "path",
    "row_root",
    "split",
]

WIDTH: Final = ROW
ENTRIES: Final = -1
"""The level that stands for entry bundles."""
MAX_ENTRY: Final = 65_535

_LEVEL_BITS: Final = 8
_LENGTH: Final = struct.Struct(">H")


class Tile(NamedTuple):
    """Which tile or bundle, and how many hashes or entries it holds."""

    level: int
    number: int
    width: int = WIDTH


def path(tile: Tile, /) -> str:
    """Returns the tile's path below the log's: `tile/0/x001/x234/067`, with `.p/<width>` behind a partial one."""
    number, groups = tile.number, f"{tile.number % 1000:03d}"
    while number >= 1000:
        number //= 1000
        groups = f"x{number % 1000:03d}/{groups}"
    level = "entries" if tile.level == ENTRIES else str(tile.level)
    return f"tile/{level}/{groups}" + ("" if tile.width == WIDTH else f".p/{tile.width}")


def split(data: bytes, /, *, width: int) -> list[bytes]:
    """Returns a tile's hashes; raises NotTrusted unless there are `width` of them."""
    if len(data) != width * HASH_SIZE:
        raise unproven(f"expected a tile of {width} hashes")
    return [data[start : start + HASH_SIZE] for start in range(0, len(data), HASH_SIZE)]


def bundle(entries: Iterable[bytes], /) -> bytes:
    """Returns the bundle of entries of at most 65,535 bytes each, every one behind its length."""
    some = list(entries)
    pieces = some * 2
    pieces[::2] = map(_LENGTH.pack, map(len, some))
    pieces[1::2] = some
    return b"".join(pieces)


def bundle_entries(data: bytes, /, *, width: int) -> list[bytes]:
    """Returns a bundle's entries; raises NotTrusted unless there are `width` of them and nothing else."""
    entries: list[bytes] = []
    start = 0
    while start < len(data) and len(entries) < width:
        end = start + _LENGTH.size
        if end > len(data):
            raise unproven("expected whole entries")
        end += _LENGTH.unpack_from(data, start)[0]
        if end > len(data):
            raise unproven("expected whole entries")
        entries.append(data[start + _LENGTH.size : end])
        start = end
    if start != len(data) or len(entries) != width:
        raise unproven(f"expected a bundle of {width} entries")
    return entries


def row_root(hashes: Sequence[bytes], /) -> bytes:
    """Returns the root over the hashes of a tile, which stands in the tile above if it is full."""
    row = CompactRange()
    row.extend(hashes)
    return row.root()


def partial_tiles(size: int, /) -> list[Tile]:
    """Returns the partial tiles of a tree, from the leaves up."""
    found: list[Tile] = []
    level = 0
    while count := size >> (_LEVEL_BITS * level):
        if count % WIDTH:
            found.append(Tile(level, count // WIDTH, count % WIDTH))
        level += 1
    return found


def node_reader(size: int, read: Callable[[Tile], bytes], /) -> Node:
    """Returns the nodes of a tree of that size, computed from its tiles; they raise what `read` raises, or NotTrusted.

    What the tiles say is not checked here: a proof made from them is, against the root.
    """
    rows: dict[tuple[int, int], list[bytes]] = {}

    def node(level: int, index: int) -> bytes:
        row_level, height = divmod(level, _LEVEL_BITS)
        number, first = divmod(index << height, WIDTH)
        row = rows.get((row_level, number))
        if row is None:
            width = min(WIDTH, (size >> (_LEVEL_BITS * row_level)) - number * WIDTH)
            row = rows[row_level, number] = split(read(Tile(row_level, number, width)), width=width)
        return row_root(row[first : first + (1 << height)])

    return node


class Edge:
    """The right edge of a growing tree: the rows of its partial tiles.

    `rows` are those of the partial tiles from the leaves up; they have to be the ones of a tree of `size` leaves.
    """

    def __init__(self, size: int = 0, rows: Sequence[Sequence[bytes]] = ()) -> None:
        widths: list[int] = []
        while (count := size >> (_LEVEL_BITS * len(widths))) or not widths:
            widths.append(count % WIDTH)
        if size and [len(row) for row in rows] != widths:
            raise unproven("expected the rows of a tree's partial tiles")
        self.size = size
        self._rows = [list(row) for row in rows] or [[]]

    @property
    def rows(self) -> tuple[tuple[bytes, ...], ...]:
        """The rows of the partial tiles, from the leaves up; empty ones stand for tiles that are just full."""
        return tuple(map(tuple, self._rows))

    def range(self) -> CompactRange:
        """Returns the compact range of all leaves."""
        hashes: list[bytes] = []
        for row in reversed(self._rows):
            within = CompactRange()
            within.extend(row)
            hashes += within.hashes
        return CompactRange(self.size, hashes)

    def extend(self, leaves: Sequence[bytes], roots: Iterable[bytes], /) -> list[tuple[Tile, bytes]]:
        """Takes the hashes of the next leaves, and the roots of the rows that they fill as the range returns them.

        Returns the tiles that are full now, with their bytes.
        """
        full: list[tuple[Tile, bytes]] = []
        upper = iter(roots)
        start = 0
        while start < len(leaves):
            row = self._rows[0]
            some = leaves[start : start + WIDTH - len(row)]
            start += len(some)
            self.size += len(some)
            row += some
            if len(row) == WIDTH:
                self._fill(0, full)
                self._raise(1, next(upper), full)
        return full

    def _raise(self, level: int, root: bytes, full: list[tuple[Tile, bytes]], /) -> None:
        """Puts the root of a full tile into the one above."""
        if level == len(self._rows):
            self._rows.append([])
        row = self._rows[level]
        row.append(root)
        if len(row) == WIDTH:
            above = row_root(row)
            self._fill(level, full)
            self._raise(level + 1, above, full)

    def _fill(self, level: int, full: list[tuple[Tile, bytes]], /) -> None:
        number = (self.size >> (_LEVEL_BITS * (level + 1))) - 1
        full.append((Tile(level, number), b"".join(self._rows[level])))
        self._rows[level] = []
