"""A call as its approvers see it: which arguments there are, how long, where they come from, and what decides it."""

from collections.abc import Mapping
from typing import Final

from asepsis.core.types import PartKind, Piece, Role
from asepsis.tools.shapes import Leaf, leaves
from asepsis.tools.types import ArgumentRole, Json, Manifest

__all__ = ["outlined"]

_LONGEST: Final = 200
_DECIDE: Final = frozenset(
    {
        ArgumentRole.DESTINATION,
        ArgumentRole.OBJECT,
        ArgumentRole.SUBJECT,
        ArgumentRole.VALUE,
        ArgumentRole.URL,
        ArgumentRole.TIME,
    }
)
"""Arguments that say whom, what and how much: an approver can't answer without them."""


def outlined(manifest: Manifest | None, arguments: Json, origins: Mapping[str, str], /) -> tuple[Piece, ...]:
    """Returns the pieces of a call's arguments, by their places; raises InputError beyond the limits of arguments.

    `origins` are where values come from, by place, as far as they are known.
    """
    found = leaves(arguments, known=manifest.takes if manifest is not None else frozenset())
    return tuple(_piece(manifest, one, origins.get(one.place, "")) for one in found)


def _piece(manifest: Manifest | None, leaf: Leaf, origin: str) -> Piece:
    text = str(leaf.value)
    known = manifest.parts.get(leaf.path) if manifest is not None else None
    value = _legible(text) if known is not None and known.role in _DECIDE else ""
    return Piece(leaf.place, Role.ASSISTANT, PartKind.TEXT, len(text), origin=origin, value=value)


def _legible(text: str) -> str:
    """A value as it is, cut where it is long: its writer may have turned or hidden a part of it for the eye alone."""
    shown = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[:_LONGEST])
    return shown if len(text) <= _LONGEST else f"{shown}…"
