"""The bytes on disk: segments, batches and the head.

A tenant's log is a folder of segment files, each named by the index of its first entry. A segment starts with a header:
magic, first index, the compact range of all entries before (see `tlog.tree`) and the signature of the checkpoint that
ends them. Then come batches: entries, each behind its length, and the checkpoint that covers them and all before. A
batch counts when its checkpoint's root is that of the tree. The head says how far the log is durable: a single
checksummed block, rewritten in place after every sync. All integers are big-endian.
"""

import hashlib
import re
import struct
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from asepsis.core.errors import ConfigError
from asepsis.ledger.errors import refused
from asepsis.ledger.tlog.encoding import HASH_SIZE
from asepsis.ledger.tlog.tree import CompactRange

__all__ = [
    "HEAD",
    "LENGTH_SIZE",
    "LIMIT",
    "MARK",
    "SEAL_SIZE",
    "Head",
    "Seal",
    "Start",
    "check_entries",
    "check_entry",
    "check_tenant",
    "pack",
    "pack_head",
    "pack_seal",
    "pack_start",
    "segment_name",
    "segments",
    "start_size",
    "unpack_head",
    "unpack_seal",
    "unpack_start",
]

LIMIT: Final = 65_535
HEAD: Final = "head"
LENGTH_SIZE: Final = 4
MARK: Final = 0xC0FFEE00
"""Stands in the place of a length, in front of a checkpoint."""

_MAGIC: Final = b"ASEPLOG2"
_TAKEN: Final = b"ASEPTAKE"
_OLDER: Final = b"ASEPLOG1"
_FIRST: Final = struct.Struct(">8sQ")
_SIGNATURE: Final = 64
_SEAL: Final = struct.Struct(">Q32s64s")
_HEAD: Final = struct.Struct(">8sQQQ32s")
_LENGTH: Final = struct.Struct(">I")
_TENANT: Final = re.compile(r"[a-z0-9-]{1,63}\Z")
_SEGMENT: Final = re.compile(r"([0-9]{20})\.log\Z")

SEAL_SIZE: Final = _SEAL.size


class Head(NamedTuple):
    """How far a log is durable: how many entries, where the last one's batch ends, and the tree's root."""

    size: int
    segment: int
    offset: int
    root: bytes


class Seal(NamedTuple):
    """What ends a batch: the checkpoint over all entries so far, with the Ed25519 signature of its text."""

    size: int
    root: bytes
    signature: bytes


class Start(NamedTuple):
    """What a segment starts from: the compact range of all entries before it, and the signature of their checkpoint.

    `taken` says that a writer began it when it took over: one that was deposed may have written behind the end of the
    segment before, and nothing there counts.
    """

    range: CompactRange
    signature: bytes
    taken: bool = False

    @property
    def seal(self) -> Seal:
        """The checkpoint that the segment goes on from."""
        return Seal(self.range.size, self.range.root(), self.signature)


@lru_cache(maxsize=4096)
def check_tenant(tenant: str, /) -> str:
    """Returns the name if it may name a tenant's folder; raises InputError."""
    if not _TENANT.match(tenant):
        raise refused("expected a tenant of 1 to 63 lower-case letters, digits and hyphens")
    return tenant


def check_entry(entry: bytes, /) -> bytes:
    """Returns the entry if a log takes it; raises InputError for an empty one or one over the limit."""
    if not 0 < len(entry) <= LIMIT:
        raise refused(f"expected an entry of 1 to {LIMIT} bytes, got {len(entry)}")
    return entry


def check_entries(entries: Sequence[bytes], /) -> None:
    """Raises InputError unless a log takes each of the entries."""
    sizes = set(map(len, entries))
    if sizes and not 0 < min(sizes) <= max(sizes) <= LIMIT:
        raise refused(f"expected entries of 1 to {LIMIT} bytes")


def pack(entries: Sequence[bytes], /, *, seal: Seal | None = None) -> bytes:
    """Returns the entries of a batch, each behind its length, and what ends it."""
    pieces: list[bytes] = [b""] * (2 * len(entries))
    pieces[::2] = map(_LENGTH.pack, map(len, entries))
    pieces[1::2] = entries
    if seal is not None:
        pieces.append(pack_seal(seal))
    return b"".join(pieces)


def pack_seal(seal: Seal, /) -> bytes:
    """Returns what ends a batch."""
    return _LENGTH.pack(MARK) + _SEAL.pack(*seal)


def unpack_seal(data: bytes, /) -> Seal | None:
    """Returns the checkpoint behind a mark, None when there are too few bytes."""
    return Seal(*_SEAL.unpack(data)) if len(data) == SEAL_SIZE else None


def start_size(size: int, /) -> int:
    """Returns how long the header of a segment is that goes on from `size` entries."""
    return _FIRST.size + size.bit_count() * HASH_SIZE + _SIGNATURE


def pack_start(start: Start, /) -> bytes:
    """Returns a segment's header."""
    return (
        _FIRST.pack(_TAKEN if start.taken else _MAGIC, start.range.size)
        + b"".join(start.range.hashes)
        + start.signature
    )


def unpack_start(data: bytes, /, *, place: str) -> Start | None:
    """Returns what a segment's first bytes say, None when they are no header.

    Raises ConfigError for a segment of the format before this one.
    """
    if data.startswith(_OLDER):
        raise _older(place)
    if len(data) < _FIRST.size:
        return None
    magic, size = _FIRST.unpack_from(data)
    if magic not in (_MAGIC, _TAKEN) or len(data) < start_size(size):
        return None
    end = start_size(size) - _SIGNATURE
    hashes = [data[at : at + HASH_SIZE] for at in range(_FIRST.size, end, HASH_SIZE)]
    return Start(CompactRange(size, hashes), data[end : end + _SIGNATURE], magic == _TAKEN)


def pack_head(head: Head, /) -> bytes:
    """Returns the head with its checksum."""
    body = _HEAD.pack(_MAGIC, *head)
    return body + hashlib.sha256(body).digest()


def unpack_head(data: bytes, /, *, place: str) -> Head | None:
    """Returns the head, None when the bytes are none (also when a reader met a write half done).

    Raises ConfigError for the head of the format before this one.
    """
    if data.startswith(_OLDER):
        raise _older(place)
    body, checksum = data[: _HEAD.size], data[_HEAD.size :]
    if len(body) != _HEAD.size or hashlib.sha256(body).digest() != checksum:
        return None
    magic, size, segment, offset, root = _HEAD.unpack(body)
    return Head(size, segment, offset, root) if magic == _MAGIC else None


def segment_name(first: int, /) -> str:
    """Returns the file name of the segment whose first entry has that index."""
    return f"{first:020d}.log"


def segments(folder: Path, /) -> list[int]:
    """Returns the first indexes of a folder's segments, in order; raises OSError."""
    found = (_SEGMENT.match(path.name) for path in folder.iterdir())
    return sorted(int(match[1]) for match in found if match)


def _older(place: str, /) -> ConfigError:
    what = "expected a log of format 2, got format 1: `asepsis ledger tail --jsonl` of the release that wrote it takes"
    return ConfigError(
        f"{what} its events out, `asepsis ledger append` takes them in", place=place, code="ledger_format"
    )
