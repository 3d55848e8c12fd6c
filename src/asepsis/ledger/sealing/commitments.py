"""Salted commitments to the parts of a body: what its Event says of them.

A part's commitment is HMAC-SHA256 (RFC 2104) of its bytes under a salt of 32 random bytes, which is sealed with the
part: who may not open it can guess nothing, and who opened it can prove what it said. The first three stand in the
Event by themselves; over the rest stands the root of a Merkle tree (RFC 6962 2.1) whose entries they are.
"""

import hmac
from collections.abc import Sequence
from typing import Final, NamedTuple

from asepsis.ledger.errors import unopened
from asepsis.ledger.tlog.tree import CompactRange, leaf_hashes

__all__ = ["APART", "SALT_SIZE", "Commitments", "check", "commit", "commitments_of"]

SALT_SIZE: Final = 32
APART: Final = 3
"""How many commitments stand in the Event by themselves."""


class Commitments(NamedTuple):
    """What an Event says of a body's parts, in hex: the first commitments, and the root over the rest, if any."""

    first: tuple[str, ...]
    root: str


def commit(salt: bytes, part: bytes, /) -> bytes:
    """Returns the commitment to a part."""
    return hmac.digest(salt, part, "sha256")


def commitments_of(parts: Sequence[bytes], /) -> Commitments:
    """Returns what stands in the Event for the parts' commitments."""
    first = tuple([one.hex() for one in parts[:APART]])
    return Commitments(first, _root(parts[APART:]).hex() if len(parts) > APART else "")


def check(parts: Sequence[bytes], said: Commitments, /) -> None:
    """Raises NotTrusted unless these are all of the commitments that an Event stands for, in order."""
    if any(len(one) != SALT_SIZE for one in parts) or commitments_of(parts) != said:
        raise unopened("expected the commitments of the event")


def _root(rest: Sequence[bytes]) -> bytes:
    tree = CompactRange()
    tree.extend(leaf_hashes(rest))
    return tree.root()
