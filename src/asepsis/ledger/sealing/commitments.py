"""Salted commitments to the parts of a body: what its Event says of them.

A part's commitment is HMAC-SHA256 (RFC 2104) of its bytes under a salt of 32 random bytes, which is sealed with the
part: who may not open it can guess nothing, and who opened it can prove what it said. The first three stand in the
Event by themselves; over the rest stands the root of a Merkle tree (RFC 6962 2.1) whose entries they are.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec

from asepsis.ledger.errors import unopened
from asepsis.ledger.tlog.tree import CompactRange, leaf_hashes

__all__ = ["APART", "SALT_SIZE", "Commitments", "check", "commit", "commitments_of"]

SALT_SIZE: Final = 32
_SHA256: Final = hashlib.sha256
_HEX: Final = bytes.hex
_INNER, _OUTER = (bytes(one ^ pad for one in range(256)) for pad in (0x36, 0x5C))
_INNER_REST, _OUTER_REST = b"\x36" * SALT_SIZE, b"\x5c" * SALT_SIZE  # a block of SHA-256 has 64 bytes
APART: Final = 3
"""How many commitments stand in the Event by themselves."""


class Commitments(msgspec.Struct, frozen=True, gc=False):
    """What an Event says of a body's parts, in hex: the first commitments, and the root over the rest, if any."""

    first: tuple[str, ...]
    root: str


def commit(salt: bytes, part: bytes, /) -> bytes:
    """Returns the commitment to a part, for a salt of 32 bytes."""
    # RFC 2104 2, for a key of 32 bytes: as `hmac.digest`, which takes twice as long to begin.
    sha256 = _SHA256
    inner = sha256(salt.translate(_INNER) + _INNER_REST + part).digest()
    return sha256(salt.translate(_OUTER) + _OUTER_REST + inner).digest()


def commitments_of(parts: Sequence[bytes], /) -> Commitments:
    """Returns what stands in the Event for the parts' commitments."""
    if len(parts) <= APART:
        return Commitments(tuple(map(_HEX, parts)), "")
    return Commitments(tuple(map(_HEX, parts[:APART])), _root(parts[APART:]).hex())


def check(parts: Sequence[bytes], said: Commitments, /) -> None:
    """Raises NotTrusted unless these are all of the commitments that an Event stands for, in order."""
    if any(len(one) != SALT_SIZE for one in parts) or commitments_of(parts) != said:
        raise unopened("expected the commitments of the event")


def _root(rest: Sequence[bytes]) -> bytes:
    tree = CompactRange()
    tree.extend(leaf_hashes(rest))
    return tree.root()
