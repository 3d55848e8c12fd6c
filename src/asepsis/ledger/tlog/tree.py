"""The Merkle tree of RFC 6962 2.1: hashes, and the compact range that stands for all entries so far."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from asepsis.ledger.errors import unproven
from asepsis.ledger.tlog.encoding import HASH_SIZE

__all__ = ["EMPTY_ROOT", "ROW", "CompactRange", "fold", "leaf_hash", "leaf_hashes", "node_hash"]

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
ROW: Final = 256
"""How many leaves a tile has, whose root the tile above holds."""

_ROW_LEVEL: Final = 8


def leaf_hash(entry: bytes, /) -> bytes:
    """Returns the hash of an entry."""
    return hashlib.sha256(b"\0" + entry).digest()


def leaf_hashes(entries: Iterable[bytes], /) -> list[bytes]:
    """Returns the hash of each entry."""
    sha256 = hashlib.sha256
    return [sha256(b"\0" + entry).digest() for entry in entries]


def node_hash(left: bytes, right: bytes, /) -> bytes:
    """Returns the hash of a node over its two children."""
    return hashlib.sha256(b"\1" + left + right).digest()


def fold(hashes: Sequence[bytes], /) -> bytes:
    """Returns the root over perfect subtrees, the largest first; that of the empty tree where there is none."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


class CompactRange:
    """The roots of the perfect subtrees that the first `size` leaves fall into, the largest first.

    Enough to go on from and to name the root of. There is one for each bit that is set in `size`.
    """

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        if len(hashes) != size.bit_count() or any(len(one) != HASH_SIZE for one in hashes):
            raise unproven("expected one hash for each bit of a size")
        self.size = size
        self._hashes = list(hashes)

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """The roots, the largest subtree's first."""
        return tuple(self._hashes)

    def extend(self, leaves: Iterable[bytes], /) -> list[bytes]:
        """Takes the hashes of the next leaves; returns the roots of the rows of 256 leaves that are full now."""
        # Level by level: what was left of each, the nodes that came up to it, and what is left of it now.
        sha256, rest = hashlib.sha256, self._hashes
        nodes, before, level = list(leaves), self.size, 0
        self.size += len(nodes)
        kept: list[bytes] = []
        rows: list[bytes] = []
        while nodes:
            if level == _ROW_LEVEL:
                rows = nodes.copy()
            if before >> level & 1:
                nodes.insert(0, rest.pop())
            if len(nodes) & 1:
                kept.append(nodes.pop())
            pairs = iter(nodes)
            nodes = [sha256(b"\1" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
            level += 1
        self._hashes = rest + kept[::-1]
        return rows

    def root(self) -> bytes:
        """Returns the tree's root."""
        return fold(self._hashes)

    def copy(self) -> "CompactRange":
        """Returns a range that goes on by itself."""
        return CompactRange(self.size, self._hashes)
