"""The bytes on disk: segments, records and the head.

A tenant's log is a folder of segment files, each named by the index of its first entry. A segment starts with a header
(magic, first index, the digest before it), then come records: length, digest, entry. Each digest is
SHA-256(previous digest || length || entry), so it covers all that came before; the first one starts from a seed that
names the tenant. The head says how far the log is durable: a single checksummed block, rewritten in place after every
sync. All integers are big-endian.
"""

import hashlib
import re
import struct
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from asepsis.ledger.errors import refused

__all__ = [
    "HEAD",
    "HEADER_SIZE",
    "LIMIT",
    "RECORD_SIZE",
    "Head",
    "check_entry",
    "check_tenant",
    "link",
    "pack",
    "pack_head",
    "pack_header",
    "seed",
    "segment_name",
    "segments",
    "unpack_head",
    "unpack_header",
    "unpack_record",
]

LIMIT: Final = 65_535
HEAD: Final = "head"

_MAGIC: Final = b"ASEPLOG1"
_HEADER: Final = struct.Struct(">8sQ32s")
_RECORD: Final = struct.Struct(">I32s")
_HEAD: Final = struct.Struct(">8sQQQ32s")
_TENANT: Final = re.compile(r"[a-z0-9-]{1,63}\Z")
_SEGMENT: Final = re.compile(r"([0-9]{20})\.log\Z")

HEADER_SIZE: Final = _HEADER.size
RECORD_SIZE: Final = _RECORD.size


class Head(NamedTuple):
    """How far a log is durable: how many entries, where the last one ends, and the digest of the last one."""

    size: int
    segment: int
    offset: int
    digest: bytes


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


def seed(tenant: str, /) -> bytes:
    """Returns the digest that stands before a tenant's first entry."""
    return hashlib.sha256(b"asepsis ledger 1\n" + tenant.encode()).digest()


def link(previous: bytes, entry: bytes, /) -> bytes:
    """Returns the digest of an entry behind `previous`."""
    return hashlib.sha256(previous + len(entry).to_bytes(4, "big") + entry).digest()


def pack(entries: Sequence[bytes], previous: bytes, /) -> tuple[bytes, bytes]:
    """Returns the records of `entries` and the digest of the last one."""
    sha256 = hashlib.sha256
    pieces: list[bytes] = []
    for entry in entries:
        length = len(entry).to_bytes(4, "big")
        previous = sha256(previous + length + entry).digest()
        pieces += (length, previous, entry)
    return b"".join(pieces), previous


def unpack_record(data: bytes, /) -> tuple[int, bytes] | None:
    """Returns the length and digest that a record starts with, None when there are too few bytes or no such length."""
    if len(data) != RECORD_SIZE:
        return None
    length, digest = _RECORD.unpack(data)
    return (length, digest) if 0 < length <= LIMIT else None


def pack_header(first: int, digest: bytes, /) -> bytes:
    """Returns a segment's header."""
    return _HEADER.pack(_MAGIC, first, digest)


def unpack_header(data: bytes, /) -> tuple[int, bytes] | None:
    """Returns a segment's first index and the digest before it, None when the bytes are no header."""
    if len(data) != HEADER_SIZE:
        return None
    magic, first, digest = _HEADER.unpack(data)
    return (first, digest) if magic == _MAGIC else None


def pack_head(head: Head, /) -> bytes:
    """Returns the head with its checksum."""
    body = _HEAD.pack(_MAGIC, *head)
    return body + hashlib.sha256(body).digest()


def unpack_head(data: bytes, /) -> Head | None:
    """Returns the head, None when the bytes are none (also when a reader met a write half done)."""
    body, checksum = data[: _HEAD.size], data[_HEAD.size :]
    if len(body) != _HEAD.size or hashlib.sha256(body).digest() != checksum:
        return None
    magic, size, segment, offset, digest = _HEAD.unpack(body)
    return Head(size, segment, offset, digest) if magic == _MAGIC else None


def segment_name(first: int, /) -> str:
    """Returns the file name of the segment whose first entry has that index."""
    return f"{first:020d}.log"


def segments(folder: Path, /) -> list[int]:
    """Returns the first indexes of a folder's segments, in order; raises OSError."""
    found = (_SEGMENT.match(path.name) for path in folder.iterdir())
    return sorted(int(match[1]) for match in found if match)
