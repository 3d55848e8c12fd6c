"""What a log asks of a witness, and how a witness judges it (C2SP tlog-witness, add-checkpoint)."""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Final, NamedTuple

from asepsis.core.errors import NotTrusted
from asepsis.ledger.errors import unproven
from asepsis.ledger.tlog import checkpoints, notes
from asepsis.ledger.tlog.checkpoints import Checkpoint
from asepsis.ledger.tlog.encoding import from_decimal, hash_from_base64, to_base64
from asepsis.ledger.tlog.keys import VerifierKey, verified
from asepsis.ledger.tlog.proofs import MAX_HASHES, check_consistency
from asepsis.ledger.tlog.tree import EMPTY_ROOT

__all__ = ["MAX_REQUEST", "NOTHING", "AddCheckpoint", "Held", "Ruling", "judge", "parse", "trusted"]

MAX_REQUEST: Final = notes.MAX_NOTE + 4096

_OLD: Final = "old "
_HEAD_LIMIT: Final = 4096


class Held(NamedTuple):
    """The latest state of a log that a witness cosigned."""

    size: int
    root: bytes


NOTHING: Final = Held(0, EMPTY_ROOT)
"""What a witness holds of a log that it never cosigned."""


class AddCheckpoint(NamedTuple):
    """A signed checkpoint, and the proof that it goes on from one of `old` entries."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes

    def render(self) -> bytes:
        """Returns the request's body."""
        lines = [f"{_OLD}{self.old}", *map(to_base64, self.proof), ""]
        return "".join(f"{line}\n" for line in lines).encode() + self.note


class Ruling(IntEnum):
    """What a witness answers, as an HTTP status."""

    COSIGNED = 200
    UNREADABLE = 400
    UNSIGNED = 403
    UNKNOWN_LOG = 404
    OTHER_SIZE = 409
    UNPROVEN = 422


def parse(data: bytes, /) -> AddCheckpoint:
    """Reads a request's body; raises NotTrusted."""
    head, blank, note = data.partition(b"\n\n")
    if not blank or len(head) > _HEAD_LIMIT or len(data) > MAX_REQUEST:
        raise unproven("expected an old size, a proof, an empty line and a checkpoint")
    try:
        old, *proof = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise unproven("expected an old size and a proof") from error
    if not old.startswith(_OLD) or len(proof) > MAX_HASHES:
        raise unproven(f"expected an old size and at most {MAX_HASHES} hashes")
    return AddCheckpoint(from_decimal(old.removeprefix(_OLD)), tuple(map(hash_from_base64, proof)), note)


def trusted(note: bytes, logs: Mapping[str, Sequence[VerifierKey]], /) -> Checkpoint | Ruling:
    """Returns a checkpoint that a key of its log signed, or why it is not taken; raises NotTrusted for what is none."""
    parsed = notes.parse(note)
    checkpoint = checkpoints.parse(parsed.text)
    keys = logs.get(checkpoint.origin)
    if keys is None:
        return Ruling.UNKNOWN_LOG
    try:
        signed = verified(parsed, keys)
    except NotTrusted:
        return Ruling.UNSIGNED
    return checkpoint if signed else Ruling.UNSIGNED


def judge(request: AddCheckpoint, checkpoint: Checkpoint, held: Held, /) -> Ruling:
    """Returns whether a log's checkpoint goes on from what the witness holds of that log."""
    if request.old > checkpoint.size:
        return Ruling.UNREADABLE
    if request.old != held.size:
        return Ruling.OTHER_SIZE
    if request.old == checkpoint.size and checkpoint.root != held.root:
        return Ruling.OTHER_SIZE
    try:
        _check(request, checkpoint, held)
    except NotTrusted:
        return Ruling.UNPROVEN
    return Ruling.COSIGNED


def _check(request: AddCheckpoint, checkpoint: Checkpoint, held: Held, /) -> None:
    if not held.size:
        if request.proof:
            raise unproven("expected no proof from nothing")
        return
    check_consistency(held.size, held.root, size2=checkpoint.size, root2=checkpoint.root, proof=request.proof)
