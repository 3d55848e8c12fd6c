"""A copy of a log in use: exactly what is durable at one moment.

The keys, what witnesses cosigned, what an authority stamped, and the head are copied first, then the segments up to
where that head says: they only grow, so the copy is a log that once was. The checkpoint and its tiles are left out: the
writer makes them again.
"""

from pathlib import Path

from asepsis.infra import copies
from asepsis.ledger.errors import damaged
from asepsis.ledger.format import HEAD, segment_name, segments, unpack_head
from asepsis.ledger.publish import ANCHORED
from asepsis.ledger.signing import VKEYS
from asepsis.ledger.stamps import FOLDER as STAMPS

__all__ = ["copy_log"]


def copy_log(folder: Path, target: Path, /) -> int:
    """Copies a tenant's log and returns how many entries it has; raises NotTrusted, InputError and OSError."""
    for one in [*sorted(folder.glob(f"{STAMPS}/*")), *(folder / name for name in (VKEYS, ANCHORED, HEAD))]:
        if one.exists():
            copies.copy(one, target / one.relative_to(folder))
    head = unpack_head((target / HEAD).read_bytes(), place=str(folder))
    if head is None:
        raise damaged("expected a head", place=str(folder))
    for first in segments(folder):
        if first <= head.segment:
            name = segment_name(first)
            copies.copy(folder / name, target / name, size=head.offset if first == head.segment else None)
    return head.size
