"""A witness: remembers the latest state of each log it knows and cosigns only what goes on from there.

A log can show one history to one reader and another to the next; it cannot show two to the same witness. INVARIANT:
what is cosigned is on the disk before the cosignature is out, and the check and the change are one step: requests are
answered one after the other, by the one process that holds the folder's lock.
"""

import fcntl
import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from asepsis.core.errors import ConfigError, NotTrusted
from asepsis.core.ports import Clock, KeyProvider
from asepsis.infra import durable
from asepsis.ledger.errors import broken, damaged
from asepsis.ledger.tlog import checkpoints, notes
from asepsis.ledger.tlog.keys import KeyType, SigningKey, VerifierKey, verified
from asepsis.ledger.tlog.witnessing import NOTHING, AddCheckpoint, Held, Ruling, judge, parse, trusted

__all__ = ["Reply", "Witness", "witness_keys"]

_TENANT: Final = "witness"
_LOCK: Final = "witness.lock"
_SIZE: Final = "text/x.tlog.size"
_PLAIN: Final = "text/plain; charset=utf-8"


class Reply(NamedTuple):
    """What is answered over HTTP."""

    status: int
    body: bytes
    kind: str = _PLAIN


def witness_keys(keys: KeyProvider, name: str, /) -> tuple[SigningKey, ...]:
    """Returns the keys of a witness of that name: for cosignature/v1 and for ML-DSA-44; raises Unavailable."""
    return (
        SigningKey(name, KeyType.COSIGNATURE, keys.key("witness ed25519", tenant=_TENANT)),
        SigningKey(name, KeyType.ML_DSA_44, keys.key("witness ml-dsa-44", tenant=_TENANT)),
    )


class Witness:
    """Cosigns the checkpoints of `logs`, which are known by their origins.

    Opening raises ConfigError when another process has the folder, Unavailable for a bad disk.
    """

    def __init__(
        self,
        folder: Path,
        /,
        *,
        keys: Sequence[SigningKey],
        logs: Mapping[str, Sequence[VerifierKey]],
        clock: Clock,
    ) -> None:
        self._folder = folder
        self._keys = tuple(keys)
        self._logs = logs
        self._clock = clock
        self._lock = _lock(folder)

    def close(self) -> None:
        """Lets go of the folder."""
        if self._lock >= 0:
            os.close(self._lock)
        self._lock = -1

    def add_checkpoint(self, body: bytes, /) -> Reply:
        """Answers a request to cosign; raises NotTrusted when what is kept is damaged, Unavailable for a bad disk."""
        try:
            request = parse(body)
            checkpoint = trusted(request.note, self._logs)
        except NotTrusted:
            return Reply(Ruling.UNREADABLE, b"expected a request of add-checkpoint\n")
        if isinstance(checkpoint, Ruling):
            return Reply(checkpoint, b"expected a checkpoint of a known log, signed by it\n")
        held = self._held(checkpoint.origin)
        ruling = judge(request, checkpoint, held)
        if ruling == Ruling.OTHER_SIZE:
            return Reply(ruling, f"{held.size}\n".encode(), _SIZE)
        if ruling != Ruling.COSIGNED:
            return Reply(ruling, b"expected a checkpoint that goes on from the one held\n")
        return self._cosign(checkpoint.origin, request)

    def checkpoint(self, name: str, /) -> bytes | None:
        """Returns the latest cosigned checkpoint of a log, by the SHA-256 of its origin; None for no such log."""
        known = {_name(origin): origin for origin in self._logs}
        path = self._folder / name
        return path.read_bytes() if name in known and path.exists() else None

    def _cosign(self, origin: str, request: AddCheckpoint, /) -> Reply:
        note = notes.parse(request.note)
        now = self._clock.now() // 1000
        cosignatures = [key.sign(note.text, time=now) for key in self._keys]
        signed = notes.render(note.text, [*self._own(note, origin), *cosignatures])
        try:
            with durable.replacing(self._folder / _name(origin)) as file:
                file.write(signed)
            durable.sync_folder(self._folder)
        except OSError as error:
            raise broken(f"cannot keep a checkpoint: {os.strerror(error.errno or 0)}") from error
        _, _, lines = notes.render(note.text, cosignatures).rpartition(b"\n\n")
        return Reply(Ruling.COSIGNED, lines)

    def _own(self, note: notes.Note, origin: str, /) -> list[notes.Signature]:
        """Returns the log's own signatures, which alone are kept."""
        mine = {(key.name, key.key_id) for key in verified(note, self._logs[origin])}
        return [one for one in note.unverified if (one.name, one.key_id) in mine]

    def _held(self, origin: str, /) -> Held:
        path = self._folder / _name(origin)
        if not path.exists():
            return NOTHING
        try:
            note = notes.parse(path.read_bytes())
            kept = checkpoints.parse(note.text)
            if kept.origin != origin or not verified(note, (key.verifier for key in self._keys)):
                raise damaged("expected a checkpoint cosigned here", place=str(path))
        except OSError as error:
            raise broken(f"cannot read a checkpoint: {os.strerror(error.errno or 0)}") from error
        return Held(kept.size, kept.root)


def _name(origin: str, /) -> str:
    return hashlib.sha256(origin.encode()).hexdigest()


def _lock(folder: Path, /) -> int:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise broken(f"cannot use the folder: {os.strerror(error.errno or 0)}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise ConfigError(
            "expected no other witness on this folder", place=str(folder), code="ledger_locked"
        ) from error
    return descriptor
