"""A call as its approvers see it: which arguments there are, how long, where they come from, and what decides it."""

from collections.abc import Mapping
from typing import Final

from asepsis.core.types import PartKind, Piece, Role
from asepsis.tools.flow.inside import parts_of
from asepsis.tools.poison import legible
from asepsis.tools.shapes import Leaf, leaves
from asepsis.tools.types import Argument, ArgumentRole, Json, Manifest

__all__ = ["outlined"]

_DECIDE: Final = frozenset(
    {
        ArgumentRole.DESTINATION,
        ArgumentRole.OBJECT,
        ArgumentRole.SUBJECT,
        ArgumentRole.VALUE,
        ArgumentRole.CODE,
        ArgumentRole.URL,
        ArgumentRole.TIME,
    }
)
"""Arguments that say whom, what and how much: an approver can't answer without them."""
_NOBODY: Final = Manifest("nobody", "", frozenset())


def outlined(manifest: Manifest | None, arguments: Json, origins: Mapping[str, str], /) -> tuple[Piece, ...]:
    """Returns the pieces of a call's arguments, by their places; raises InputError beyond the limits of arguments.

    `origins` are where values come from, by place, as far as they are known.
    """
    known = manifest or _NOBODY
    parts = parts_of(known, list(leaves(arguments, known=known.takes)))
    return tuple(_piece(part, leaf, origins.get(leaf.place, "")) for part, leaf in parts)


def _piece(part: Argument, leaf: Leaf, origin: str) -> Piece:
    text = str(leaf.value)
    value = legible(text) if _decides(part, leaf) else ""
    return Piece(leaf.place, Role.ASSISTANT, PartKind.TEXT, len(text), origin=origin, value=value)


def _decides(part: Argument, leaf: Leaf) -> bool:
    """Whether a call is another by what stands there: what nobody confirmed may be anything, and keys say of what."""
    if part.role in _DECIDE or part.means or part.reads or part.does:
        return True
    return leaf.path.endswith("{*}") and part.role is not ArgumentRole.SECRET
