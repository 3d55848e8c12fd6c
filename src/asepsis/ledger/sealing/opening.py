"""Opening a sealed body: held against its Event first, then part by part with the keys that are still there."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from asepsis.core.events import CallClosed, CallOpened, Event, ToolCallClosed, ToolCallOpened, read_payload
from asepsis.core.ports import Unwrapper
from asepsis.core.types import SealedRef
from asepsis.infra.records import OwnerKey
from asepsis.ledger.errors import refused, unopened
from asepsis.ledger.sealing.bodies import Body, open_part, opened_text, parse, unwrap_data_key
from asepsis.ledger.sealing.commitments import Commitments, check
from asepsis.ledger.sealing.keyring import unwrapped

__all__ = ["OpenedBody", "OpenedPart", "checked", "open_body", "sealed_in"]

Rows = Callable[[Sequence[bytes]], Mapping[bytes, OwnerKey]]
"""Returns those keys that are there, by their ids."""

_HAVE: Final = (CallOpened, CallClosed, ToolCallOpened, ToolCallClosed)
_MOST_UNWRAPPED: Final = 4_096


class OpenedPart(msgspec.Struct, frozen=True):
    """A part that was opened: its number in the body, its salt in hex, and the bytes that were committed to."""

    number: int
    salt: str
    part: str

    @property
    def line(self) -> str:
        """It as a line for people, with what a terminal would act on spelled out; raises NotTrusted."""
        place, role, text = self.said
        return "".join(c if c.isprintable() or c in "\n\t" else f"\\u{ord(c):04x}" for c in f"{place} ({role}): {text}")

    @property
    def said(self) -> tuple[str, str, str]:
        """Its place, who speaks, and the text; raises NotTrusted."""
        plain = opened_text(self.part.encode())
        return plain.place, plain.role, plain.text


class OpenedBody(msgspec.Struct, frozen=True):
    """What could be opened of an Event's body; with all commitments, so that the root over them can be checked.

    `erased` is how many parts can't be opened any more, because a key of theirs was destroyed.
    """

    event: str
    commitments: tuple[str, ...]
    parts: tuple[OpenedPart, ...]
    erased: int = 0


def sealed_in(event: Event, /) -> SealedRef:
    """Returns what an Event says of its sealed body; raises InputError where it has none."""
    payload = read_payload(event)
    ref = payload.sealed if isinstance(payload, _HAVE) else None
    if ref is None:
        raise refused("expected an event with a sealed body", place=event.id)
    return ref


def checked(event: Event, data: bytes, /) -> Body:
    """Reads the sealed body of an Event and holds it against it, without any key; raises NotTrusted and InputError."""
    ref = sealed_in(event)
    if hashlib.sha256(data).hexdigest() != ref.digest:
        raise unopened("expected the body that the event names")
    body = parse(data)
    if (body.tenant, body.event, len(body.parts)) != (event.tenant, event.id, ref.parts):
        raise unopened("expected the body of this event")
    check([one.commitment for one in body.parts], Commitments(ref.commitments, ref.root))
    return body


def open_body(event: Event, data: bytes, rows: Rows, unwrapper: Unwrapper, /) -> OpenedBody:
    """Opens what can be opened of an Event's body; raises NotTrusted, Unavailable and InputError."""
    body = checked(event, data)
    wanted = sorted({key for group in body.owners for key in group.keys})
    if len(wanted) > _MOST_UNWRAPPED:
        raise unopened("expected a body with fewer owners")
    known = _Once(unwrapper)
    keys = {one: unwrapped(row, known) for one, row in rows(wanted).items() if row.tenant == event.tenant}
    boxes = [unwrap_data_key(group, keys) if keys.keys() >= set(group.keys) else None for group in body.owners]
    parts: list[OpenedPart] = []
    for number, sealed in enumerate(body.parts):
        box = boxes[sealed.owners]
        if box is not None:
            salt, part = open_part(body, number, box)
            opened_text(part)
            parts.append(OpenedPart(number, salt.hex(), part.decode()))
    commitments = tuple(one.commitment.hex() for one in body.parts)
    return OpenedBody(event.id, commitments, tuple(parts), len(body.parts) - len(parts))


class _Once:
    """Unwraps each key once: most keys of a body came from one window."""

    def __init__(self, unwrapper: Unwrapper) -> None:
        self._unwrapper = unwrapper
        self._known: dict[bytes, bytes] = {}

    def unwrap(self, wrapped: bytes, /) -> bytes:
        """Returns the key."""
        if wrapped not in self._known:
            self._known[wrapped] = self._unwrapper.unwrap(wrapped)
        return self._known[wrapped]
