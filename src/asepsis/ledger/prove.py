"""Finds an Event in a log and proves that it is there, from what the log published."""

from pathlib import Path
from typing import NamedTuple

from asepsis.core.errors import InputError, NotTrusted
from asepsis.core.ports import Entry
from asepsis.ledger.errors import damaged
from asepsis.ledger.finding import found_by_id
from asepsis.ledger.publish import ANCHORED, CHECKPOINT, read_row
from asepsis.ledger.reader import LogReader
from asepsis.ledger.signing import VKEYS, read_vkeys
from asepsis.ledger.tlog import offline
from asepsis.ledger.tlog.checkpoints import Checkpoint
from asepsis.ledger.tlog.keys import VerifierKey
from asepsis.ledger.tlog.offline import OfflineProof
from asepsis.ledger.tlog.proofs import prove_inclusion
from asepsis.ledger.tlog.tiles import node_reader

__all__ = ["Proven", "find", "prove"]


class Proven(NamedTuple):
    """An Event's stored bytes and the proof that they are in the log."""

    entry: bytes
    proof: OfflineProof


def find(folder: Path, which: str, /) -> Entry:
    """Returns the Event of that id, or at that index; raises InputError when there is none, NotTrusted for damage."""
    if which.isdecimal():
        found = next(LogReader(folder.parent, folder.name).entries(int(which)), None)
    else:
        found = found_by_id(folder, which)
    if found is None:
        raise InputError(
            "expected the id or the index of an event in this log", place=str(folder), code="ledger_missing"
        )
    return found


def prove(folder: Path, which: str, /) -> Proven:
    """Returns an Event with the checked proof that it is in the log: in what is anchored, if that goes so far.

    Raises what `find` raises, InputError for one that is not published yet, NotTrusted when what is published does not
    hold.
    """
    entry = find(folder, which)
    try:
        keys = read_vkeys(folder / VKEYS)
        note, checkpoint = _covering(folder, entry.index, keys)
        node = node_reader(checkpoint.size, lambda tile: read_row(folder, tile))
        proof = OfflineProof(entry.index, tuple(prove_inclusion(entry.index, size=checkpoint.size, node=node)), note)
        proof.check(entry.data, keys=keys)
    except FileNotFoundError as error:
        raise _unpublished(folder) from error
    except NotTrusted as error:
        raise damaged("what is published does not hold", place=str(folder)) from error
    return Proven(entry.data, proof)


def _covering(folder: Path, index: int, keys: tuple[VerifierKey, ...], /) -> tuple[bytes, Checkpoint]:
    """Returns the checkpoint that an entry is in, the anchored one if that goes so far."""
    for name in (ANCHORED, CHECKPOINT):
        if name == CHECKPOINT or (folder / name).exists():
            note = (folder / name).read_bytes()
            checkpoint = offline.open_checkpoint(note, keys=keys)
            if index < checkpoint.size:
                return note, checkpoint
    raise _unpublished(folder)


def _unpublished(folder: Path, /) -> InputError:
    what = "expected an event that is published; that takes a second while the writer runs"
    return InputError(what, place=str(folder), code="ledger_unpublished")
