"""Offline proofs that an entry is in a log: index, inclusion proof and checkpoint in one text (C2SP tlog-proof)."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from asepsis.ledger.errors import unproven
from asepsis.ledger.tlog import checkpoints, notes
from asepsis.ledger.tlog.checkpoints import Checkpoint
from asepsis.ledger.tlog.encoding import from_base64, from_decimal, hash_from_base64, text_lines, to_base64
from asepsis.ledger.tlog.keys import VerifierKey, verified
from asepsis.ledger.tlog.policies import Policy
from asepsis.ledger.tlog.proofs import MAX_HASHES, check_inclusion
from asepsis.ledger.tlog.tree import leaf_hash

__all__ = ["MAX_PROOF", "OfflineProof", "open_checkpoint", "parse"]

MAX_PROOF: Final = 1 << 20

_TITLE: Final = "c2sp.org/tlog-proof@v1"
_EXTRA: Final = "extra "
_INDEX: Final = "index "


class OfflineProof(NamedTuple):
    """That something stands at `index` of the log whose signed checkpoint it carries; nothing of it is checked yet.

    `unverified_extra` is not covered by any signature.
    """

    index: int  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleMethodOverride]  # the specification's word for its place
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    unverified_extra: bytes = b""

    def render(self) -> bytes:
        """Returns the bytes of a `.tlog-proof` file."""
        extra = [_EXTRA + to_base64(self.unverified_extra)] if self.unverified_extra else []
        lines = [_TITLE, *extra, f"{_INDEX}{self.index}", *map(to_base64, self.hashes), ""]
        return "".join(f"{line}\n" for line in lines).encode() + self.checkpoint

    def check(self, entry: bytes, /, *, keys: Sequence[VerifierKey] = (), policy: Policy | None = None) -> Checkpoint:
        """Returns the checkpoint that the entry is in.

        Raises NotTrusted unless the log's signature, by one of `keys` or by the policy's logs, the policy's quorum and
        the inclusion proof all hold.
        """
        checkpoint = open_checkpoint(self.checkpoint, keys=keys, policy=policy)
        check_inclusion(leaf_hash(entry), self.index, size=checkpoint.size, root=checkpoint.root, proof=self.hashes)
        return checkpoint


def open_checkpoint(data: bytes, /, *, keys: Sequence[VerifierKey] = (), policy: Policy | None = None) -> Checkpoint:
    """Returns a signed checkpoint's content; raises NotTrusted unless a key of its log signed it and the quorum is met.

    The log's keys are `keys`, those of the policy where none are given.
    """
    note = notes.parse(data)
    if policy is not None:
        policy.check(note)
        keys = keys or [log.key for log in policy.logs]
    checkpoint = checkpoints.parse(note.text)
    if not any(key.name == checkpoint.origin for key in verified(note, keys)):
        raise unproven("expected the signature of the log itself")
    return checkpoint


def parse(data: bytes, /) -> OfflineProof:
    """Reads a `.tlog-proof` file; raises NotTrusted."""
    lines = text_lines(data, limit=MAX_PROOF)
    if lines[0] != _TITLE or "" not in lines:
        raise unproven("expected a proof of version 1")
    end = lines.index("")
    head = lines[1:end]
    extra = from_base64(head.pop(0).removeprefix(_EXTRA)) if head and head[0].startswith(_EXTRA) else b""
    if not head or not head[0].startswith(_INDEX) or len(head) > MAX_HASHES + 1:
        raise unproven("expected an index and an inclusion proof")
    checkpoint = "".join(f"{line}\n" for line in lines[end + 1 :]).encode()
    checkpoints.parse(notes.parse(checkpoint).text)
    index = from_decimal(head[0].removeprefix(_INDEX))
    return OfflineProof(index, tuple(map(hash_from_base64, head[1:])), checkpoint, extra)
