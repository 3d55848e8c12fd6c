"""What a bundle says was in sealed bodies: opened parts with their salts, each held against the Event in its entry.

`data/opened.json` is a list, by index: the Event's id, the commitments to all parts of its body, and the opened parts,
each with its salt and the bytes that were committed to. Whoever checks makes the commitments anew.
"""

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from asepsis.core import canonical
from asepsis.core.errors import InputError, NotTrusted
from asepsis.core.events import read
from asepsis.core.types import SealedRef
from asepsis.ledger.errors import refused as unusable
from asepsis.ledger.evidence.bag import refused
from asepsis.ledger.sealing.bodies import opened_text
from asepsis.ledger.sealing.commitments import Commitments, check, commit
from asepsis.ledger.sealing.opening import OpenedBody, OpenedPart, sealed_in

__all__ = ["OPENED", "OpenedEntry", "checked", "render"]

OPENED: Final = "data/opened.json"

_Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
_MOST: Final = 1 << 28


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: Annotated[int, Meta(ge=0)]
    salt: _Hash
    part: str


class OpenedEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The opened parts of the body of the Event at an index."""

    index: Annotated[int, Meta(ge=0)]
    event: str
    commitments: tuple[_Hash, ...]
    parts: Annotated[tuple[_Part, ...], Meta(min_length=1)]

    @property
    def said(self) -> tuple[OpenedPart, ...]:
        """The opened parts."""
        return tuple(OpenedPart(one.number, one.salt, one.part) for one in self.parts)


def render(bodies: Sequence[OpenedBody], entries: Sequence[bytes], /, *, start: int) -> bytes:
    """Returns the list for opened bodies of Events among entries from `start` on.

    Raises InputError for one of another Event, or of which nothing could be opened, NotTrusted for what does not hold.
    """
    ids = {read(entry).id: index for index, entry in enumerate(entries, start)}
    found: dict[int, OpenedEntry] = {}
    for one in bodies:
        if one.event not in ids or not one.parts:
            raise unusable("expected something that was opened of an event in the range", place=one.event)
        parts = tuple(_Part(part.number, part.salt, part.part) for part in one.parts)
        found[ids[one.event]] = OpenedEntry(ids[one.event], one.event, one.commitments, parts)
    data = canonical.encode([found[index] for index in sorted(found)])
    checked(data, entries, start=start)
    return data


def checked(data: bytes, entries: Sequence[bytes], /, *, start: int) -> tuple[OpenedEntry, ...]:
    """Reads the list and holds it against the entries from `start` on; raises NotTrusted."""
    if len(data) > _MOST:
        raise refused("expected fewer opened parts")
    try:
        found = msgspec.json.decode(data, type=tuple[OpenedEntry, ...])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise refused("expected opened parts") from error
    if canonical.encode(found) != data:
        raise refused("expected opened parts in their one form")
    indexes = [one.index for one in found]
    if indexes != sorted(set(indexes)) or any(not start <= one < start + len(entries) for one in indexes):
        raise refused("expected opened parts of entries in the range, by index")
    for one in found:
        _check(one, entries[one.index - start])
    return found


def _check(one: OpenedEntry, entry: bytes) -> None:
    try:
        event = read(entry)
        ref: SealedRef = sealed_in(event)
    except InputError as error:
        raise refused("expected an event with a sealed body") from error
    numbers = [part.number for part in one.parts]
    if event.id != one.event or ref.parts != len(one.commitments) or numbers != sorted(set(numbers)):
        raise refused("expected the opened parts of that event, by number")
    try:
        check([bytes.fromhex(commitment) for commitment in one.commitments], Commitments(ref.commitments, ref.root))
        for part in one.parts:
            plain = opened_text(part.part.encode())
            if plain.render() != part.part.encode():
                raise refused("expected a part in its one form")
            said = commit(bytes.fromhex(part.salt), part.part.encode()).hex()
            if part.number >= len(one.commitments) or said != one.commitments[part.number]:
                raise refused("expected the part that was committed to")
    except (NotTrusted, UnicodeEncodeError) as error:
        raise refused("expected opened parts that hold") from error
