"""What lies in an object whose keys no schema names: each value plays the part that its own key says.

A tool that takes `body` as an object takes whom it goes to as well as what is said, and the manifest knows of a text
alone. So what may be anything (a text, a time) is that in an object only under a key that says so; under one that says
another part it is that, and under one that says nothing whoever receives: the strictest.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from asepsis.tools.shapes import Leaf
from asepsis.tools.types import Argument, ArgumentRole, Manifest, outer
from asepsis.tools.vocabulary import vocabulary, words_of

__all__ = ["part_of", "parts_of"]

_LAX: Final = frozenset({ArgumentRole.TEXT, ArgumentRole.TIME, ArgumentRole.QUERY, ArgumentRole.FREE})
_OPEN: Final = frozenset(
    {"attributes", "annotations", "context", "extra", "headers", "labels", "metadata", "options", "properties", "tags"}
)
"""What holds anything, by the last word of its name."""

_FIELD: Final = re.compile(r"[a-z]+(?:[A-Z][a-z]*)*(?:[_-][a-z]+)*")


def parts_of(manifest: Manifest, given: Sequence[Leaf], /) -> Iterator[tuple[Argument, Leaf]]:
    """Yields each leaf of a call's arguments with the part that it plays."""
    keys = {leaf.place[:-1]: str(leaf.value) for leaf in given if leaf.path.endswith("{*}")}
    for leaf in given:
        known = part_of(manifest, leaf)
        lax = known.role in _LAX and "{" in leaf.path and not manifest.reads_only
        yield (_by_key(known, leaf, keys) if lax else known), leaf


def part_of(manifest: Manifest, leaf: Leaf, /) -> Argument:
    """Returns the part of a leaf: as declared, or as what it lies in; else the strictest."""
    # A place says no key that whoever calls chose.
    return manifest.part(leaf.path) or Argument(leaf.place, ArgumentRole.DESTINATION)


def _by_key(known: Argument, leaf: Leaf, keys: dict[str, str]) -> Argument:
    """The part that the nearest key says; of what is open by its name, and of fields' names, that which is declared."""
    if _OPEN.intersection(words_of(known.path.partition("{")[0].rpartition(".")[2])[-1:]):
        return known
    if leaf.path.endswith("{*}"):
        named = _FIELD.fullmatch(str(leaf.value)) is not None
        return known if named else Argument(leaf.place, ArgumentRole.DESTINATION)
    place = leaf.place
    while place and place not in keys:
        place = outer(place)
    says = vocabulary().says(vocabulary().arguments, keys.get(place, ""))
    return Argument(leaf.place, ArgumentRole(says) if says else ArgumentRole.DESTINATION)
