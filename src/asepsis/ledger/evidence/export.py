"""Makes a bundle from what a log published."""

from contextlib import suppress
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from asepsis.core.errors import InputError, NotTrusted
from asepsis.infra import timestamps
from asepsis.ledger.errors import damaged
from asepsis.ledger.evidence import bag
from asepsis.ledger.evidence.claim import Claim, Filter
from asepsis.ledger.evidence.cover import cover, facts
from asepsis.ledger.evidence.opened import OPENED, render
from asepsis.ledger.evidence.page import MOST_BYTES, page
from asepsis.ledger.evidence.paper import paper
from asepsis.ledger.evidence.stamp import AUTHORITIES, TSR, checked
from asepsis.ledger.publish import ANCHORED, CHECKPOINT, read_row
from asepsis.ledger.reader import LogReader
from asepsis.ledger.sealing.opening import OpenedBody
from asepsis.ledger.signing import VKEYS, read_vkeys
from asepsis.ledger.stamps import Stamped, sizes, stamped
from asepsis.ledger.tlog import offline
from asepsis.ledger.tlog.encoding import to_base64
from asepsis.ledger.tlog.keys import VerifierKey
from asepsis.ledger.tlog.policies import Policy
from asepsis.ledger.tlog.policies import parse as parse_policy
from asepsis.ledger.tlog.proofs import Span, perfect_roots, prove_consistency
from asepsis.ledger.tlog.tiles import bundle, node_reader

__all__ = ["Wanted", "export"]


class Wanted(NamedTuple):
    """What is to go out: entries from index `start` to the one before `end`, and which of them are asked for.

    Without an end all go out that are published, or anchored where there is anything anchored and `anchored` says so.
    `opened` bodies of Events in the range go along with their salts. With `authorities`, certificates in PEM, so does
    the first timestamp under them that covers the range, or the last one where there is no end. `pdf` has the cover as
    PDF, too.
    """

    start: int = 0
    end: int | None = None
    asked: Filter = Filter()
    policy: bytes = b""
    opened: tuple[OpenedBody, ...] = ()
    authorities: bytes = b""
    pdf: bool = False


def export(folder: Path, wanted: Wanted, /) -> bytes:
    """Returns the bundle of a tenant's log.

    With a policy the checkpoint is the anchored one, and it has to meet the quorum. Raises InputError for a range that
    is empty or not published, NotTrusted when what is published does not hold, OSError.
    """
    keys = read_vkeys(folder / VKEYS)
    policy = parse_policy(wanted.policy) if wanted.policy else None
    stamp = _stamp(folder, wanted, keys, policy) if wanted.authorities else None
    note = _note(folder, anchored=policy is not None) if stamp is None else stamp.note
    checkpoint = offline.open_checkpoint(note, keys=keys, policy=policy)
    end = checkpoint.size if wanted.end is None else wanted.end
    if not 0 <= wanted.start < end <= checkpoint.size:
        raise InputError(f"expected a range within {checkpoint.size} entries", place=str(folder), code="ledger_missing")
    entries = _entries(folder, wanted.start, end)
    node = node_reader(checkpoint.size, lambda tile: read_row(folder, tile))
    claim = Claim.of(
        checkpoint.origin,
        wanted.start,
        entries,
        asked=wanted.asked,
        before=tuple(map(to_base64, perfect_roots(Span(0, wanted.start), node))),
        proof=tuple(map(to_base64, prove_consistency(end, size2=checkpoint.size, node=node))),
    )
    files = {
        "data/checkpoint": note,
        "data/claim.json": claim.render(),
        "data/entries": bundle(entries),
        "data/vkey": "".join(f"{key.render()}\n" for key in keys).encode(),
        "bag-info.txt": f"External-Description: events of the log {checkpoint.origin}\n".encode(),
        "verify.py": resources.files("asepsis.ledger.evidence").joinpath("standalone.py").read_bytes(),
    }
    if stamp is not None:
        files |= {TSR: stamp.token, AUTHORITIES: wanted.authorities}
    told = facts(claim, checkpoint, entries, opened=wanted.opened, stamp=checked(files))
    files["cover.html"] = cover(told)
    if wanted.pdf:
        files["cover.pdf"] = paper(told)
    if wanted.policy:
        files["data/policy"] = wanted.policy
    if wanted.opened:
        files[OPENED] = render(wanted.opened, entries, start=wanted.start)
    payload = {name: data for name, data in files.items() if name.startswith(bag.PAYLOAD)}
    if sum(map(len, payload.values())) <= MOST_BYTES:
        files["verify.html"] = page(payload)
    return bag.pack(files)


def _note(folder: Path, /, *, anchored: bool) -> bytes:
    place = folder / (ANCHORED if anchored else CHECKPOINT)
    if not place.exists():
        raise InputError("expected a published checkpoint", place=str(place), code="ledger_unpublished")
    return place.read_bytes()


def _stamp(folder: Path, wanted: Wanted, keys: tuple[VerifierKey, ...], policy: Policy | None, /) -> Stamped:
    """Returns the stamp that says most about the range; raises InputError where there is none."""
    roots = timestamps.roots_of(wanted.authorities)
    found = sizes(folder)
    for size in found[::-1] if wanted.end is None else [size for size in found if size >= wanted.end]:
        stamp = stamped(folder, size)
        with suppress(NotTrusted):
            offline.open_checkpoint(stamp.note, keys=keys, policy=policy)
            timestamps.check(stamp.token, stamp.note, roots=roots)
            return stamp
    raise InputError("expected a timestamp over this range", place=str(folder), code="ledger_unstamped")


def _entries(folder: Path, start: int, end: int, /) -> list[bytes]:
    found: list[bytes] = []
    for entry in LogReader(folder.parent, folder.name).entries(start):
        if entry.index >= end:
            break
        found.append(entry.data)
    if len(found) != end - start:
        raise damaged("expected the entries that are published", place=str(folder))
    return found
