"""Checks a bundle with nothing but the bundle and keys that are trusted for another reason."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from cryptography.x509 import Certificate

from asepsis.core.errors import NotTrusted
from asepsis.infra.timestamps import Stamp
from asepsis.ledger.evidence import bag
from asepsis.ledger.evidence.claim import Claim, parse, select
from asepsis.ledger.evidence.opened import OPENED, OpenedEntry, checked
from asepsis.ledger.evidence.stamp import AUTHORITIES, TSR
from asepsis.ledger.evidence.stamp import checked as checked_stamp
from asepsis.ledger.tlog import offline, policies
from asepsis.ledger.tlog.checkpoints import Checkpoint
from asepsis.ledger.tlog.encoding import hash_from_base64
from asepsis.ledger.tlog.keys import VerifierKey
from asepsis.ledger.tlog.policies import Policy
from asepsis.ledger.tlog.proofs import check_consistency
from asepsis.ledger.tlog.tiles import bundle_entries
from asepsis.ledger.tlog.tree import CompactRange, leaf_hashes

__all__ = ["Finding", "verify"]

_NEEDED: Final = frozenset({"data/checkpoint", "data/claim.json", "data/entries", "data/vkey"})
_ALLOWED: Final = _NEEDED | {"data/policy", OPENED, TSR, AUTHORITIES}


class Finding(NamedTuple):
    """A bundle that holds: what it claims, in which state of the log, the entries asked for, and what was opened.

    `stamp` says when the checkpoint was there at the latest.
    """

    claim: Claim
    checkpoint: Checkpoint
    selected: tuple[bytes, ...]
    opened: tuple[OpenedEntry, ...] = ()
    stamp: Stamp | None = None


def verify(
    data: bytes,
    /,
    *,
    keys: Sequence[VerifierKey] = (),
    policy: Policy | None = None,
    authorities: Sequence[Certificate] = (),
) -> Finding:
    """Returns what a bundle shows.

    `keys` are the log's, from somewhere else than the bundle, and each of them has to have signed; so is `policy`. What
    the bundle itself carries of both counts only where neither is given: then it is shown that it is whole, and not
    whose it is. With `authorities` it has to be stamped under one of them; without, a stamp is held against the
    certificates that came along. Raises NotTrusted, and ConfigError for a stamp without the extra `timestamps`.
    """
    files = bag.unpack(data)
    payload = {name for name in files if name.startswith(bag.PAYLOAD)}
    if not _NEEDED <= payload <= _ALLOWED:
        raise bag.refused("expected the files of a bundle")
    if not keys and policy is None:
        keys = _vkeys(files["data/vkey"])
        policy = policies.parse(files["data/policy"]) if "data/policy" in files else None
    note = files["data/checkpoint"]
    checkpoint = offline.open_checkpoint(note, keys=keys, policy=policy)
    for key in keys:  # one that is broken some day is no reason to trust the other less
        offline.open_checkpoint(note, keys=[key])
    claim = parse(files["data/claim.json"])
    entries = _entries(files["data/entries"], claim)
    _check(claim, entries, checkpoint)
    opened = checked(files[OPENED], entries, start=claim.start) if OPENED in files else ()
    stamp = checked_stamp(files, roots=authorities)
    return Finding(claim, checkpoint, tuple(entries[index - claim.start] for index in claim.selected), opened, stamp)


def _check(claim: Claim, entries: list[bytes], checkpoint: Checkpoint, /) -> None:
    """Checks that exactly these entries stand in the range, and exactly the selected ones pass the filter."""
    if claim.origin != checkpoint.origin or claim.end > checkpoint.size:
        raise bag.refused("expected a claim about the log of the checkpoint")
    row = CompactRange(claim.start, tuple(map(hash_from_base64, claim.before)))
    row.extend(leaf_hashes(entries))
    proof = tuple(map(hash_from_base64, claim.proof))
    check_consistency(claim.end, row.root(), size2=checkpoint.size, root2=checkpoint.root, proof=proof)
    if claim.selected != tuple(select(entries, claim.start, claim.filter)):
        raise bag.refused("expected the entries that pass the filter to be the selected ones")


def _entries(data: bytes, claim: Claim, /) -> list[bytes]:
    if not 0 <= claim.start < claim.end:
        raise bag.refused("expected a range of at least one entry")
    return bundle_entries(data, width=claim.end - claim.start)


def _vkeys(data: bytes, /) -> tuple[VerifierKey, ...]:
    try:
        return tuple(map(VerifierKey.parse, data.decode().splitlines()))
    except UnicodeDecodeError as error:
        raise NotTrusted("expected vkeys", place="evidence", code="evidence_refused") from error
