"""Reads a segment's batches and checks each against the tree."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from asepsis.ledger.format import (
    LENGTH_SIZE,
    LIMIT,
    MARK,
    SEAL_SIZE,
    Seal,
    Start,
    start_size,
    unpack_seal,
    unpack_start,
)
from asepsis.ledger.tlog.tree import ROW, CompactRange, leaf_hashes

__all__ = ["Batch", "batches", "start_of"]

_BUFFER: Final = 1 << 18
_LITTLE: Final = 1 << 12
"""Who follows a log reads a little, often: a large buffer would cost more than what is read into it."""
_LONGEST_START: Final = start_size((1 << 63) - 1)


class Batch(NamedTuple):
    """A batch that holds: where it ends in its segment, its entries with their hashes, and what seals it.

    `before` is the range of all entries in front of it, `after` that of all up to its last; `rows` are the roots of the
    rows of 256 entries that it fills.
    """

    end: int
    entries: list[bytes]
    leaves: list[bytes]
    seal: Seal
    before: CompactRange
    after: CompactRange
    rows: list[bytes]

    @property
    def first(self) -> int:
        """The index of its first entry."""
        return self.before.size

    def rows_from(self, index: int, /) -> list[bytes]:
        """Returns the roots of the rows that its entries from `index` on fill."""
        return self.rows[index // ROW - self.first // ROW :]


def start_of(path: Path, /) -> Start | None:
    """Returns what a segment starts from, None for a bad header; raises OSError, ConfigError for an older format."""
    with path.open("rb") as file:
        return unpack_start(file.read(_LONGEST_START), place=str(path))


def batches(path: Path, before: CompactRange, /, *, offset: int, limit: int | None = None) -> Iterator[Batch]:
    """Yields the batches from `offset` on, up to `limit` bytes, as long as they hold; stops at the first that does not.

    `before` is the range of all entries before `offset`. Whether the end is the right one is for the caller to say.
    Raises OSError.
    """
    size = _BUFFER if limit is None else min(_BUFFER, max(_LITTLE, limit - offset))
    with path.open("rb", buffering=size) as file:
        file.seek(offset)
        while limit is None or offset < limit:
            found = _batch(file)
            if found is None:
                return
            entries, seal = found
            leaves = leaf_hashes(entries)
            after = before.copy()
            rows = after.extend(leaves)
            if (after.size, after.root()) != (seal.size, seal.root):
                return
            offset += sum(map(len, entries)) + LENGTH_SIZE * (len(entries) + 1) + SEAL_SIZE
            yield Batch(offset, entries, leaves, seal, before, after, rows)
            before = after


def _batch(file: BinaryIO, /) -> tuple[list[bytes], Seal] | None:
    """Returns a batch's entries and what seals it, None where the bytes break off or are none."""
    entries: list[bytes] = []
    read = file.read
    while len(word := read(LENGTH_SIZE)) == LENGTH_SIZE:
        length = int.from_bytes(word, "big")
        if length == MARK:
            seal = unpack_seal(read(SEAL_SIZE))
            return (entries, seal) if seal is not None else None
        if not 0 < length <= LIMIT:
            return None
        entry = read(length)
        if len(entry) != length:
            return None
        entries.append(entry)
    return None
