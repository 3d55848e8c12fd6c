"""Reads a segment's records and checks each against the one before."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from asepsis.ledger.format import HEADER_SIZE, RECORD_SIZE, link, unpack_header, unpack_record

__all__ = ["Record", "header", "records"]

_BUFFER: Final = 1 << 18
_LITTLE: Final = 1 << 12
"""Who follows a log reads a little, often: a large buffer would cost more than what is read into it."""


class Record(NamedTuple):
    """One record that holds: where it ends in its segment, its digest and the entry."""

    end: int
    digest: bytes
    entry: bytes


def header(path: Path, /) -> tuple[int, bytes] | None:
    """Returns a segment's first index and the digest before it, None for a bad header; raises OSError."""
    with path.open("rb") as file:
        return unpack_header(file.read(HEADER_SIZE))


def records(path: Path, digest: bytes, /, *, offset: int = HEADER_SIZE, limit: int | None = None) -> Iterator[Record]:
    """Yields the records from `offset` on, up to `limit` bytes, as long as they hold; stops at the first that does not.

    `digest` is that of the record before `offset`. Whether the end is the right one is for the caller to say. Raises
    OSError.
    """
    size = _BUFFER if limit is None else min(_BUFFER, max(_LITTLE, limit - offset))
    with path.open("rb", buffering=size) as file:
        file.seek(offset)
        while limit is None or offset < limit:
            head = unpack_record(file.read(RECORD_SIZE))
            if head is None:
                return
            length, claimed = head
            entry = file.read(length)
            if len(entry) != length or link(digest, entry) != claimed:
                return
            digest = claimed
            offset += RECORD_SIZE + length
            yield Record(offset, digest, entry)
