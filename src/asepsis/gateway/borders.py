"""Findings that lie across the border between two pieces of one message: a model reads them as one text.

The pieces are the texts of neighbouring content parts, `content[0].text` and `content[1].text`. What lies across is
found in both, each with its share.
"""

import re
from collections.abc import Sequence
from typing import Final

from asepsis.core.ports import Scanner
from asepsis.core.types import Finding, Part, PartKind
from asepsis.gateway.walk import Leaf

__all__ = ["across", "neighbours"]

_PLACE: Final = re.compile(r"(.+)\[([0-9]{1,6})\]\.text\Z")
_SIDE: Final = 160
"""How many characters of each side are read; no rule of ours reads further."""


def neighbours(leaves: Sequence[Leaf]) -> list[tuple[int, int]]:
    """Returns the pairs of leaves, by number, whose texts stand next to each other in one message."""
    pairs: list[tuple[int, int]] = []
    before: tuple[str, int, int] = ("", -1, -1)
    for number, leaf in enumerate(leaves):
        part = leaf.part
        if part.key != "text" or part.kind is not PartKind.TEXT or leaf.encoded is not None:
            continue
        found = _PLACE.fullmatch(part.place)
        if found is None:
            continue
        here = (found[1], int(found[2]), number)
        if before[0] == here[0] and before[1] + 1 == here[1]:
            pairs.append((before[2], number))
        before = here
    return pairs


def across(scanner: Scanner, leaves: Sequence[Leaf], pairs: Sequence[tuple[int, int]]) -> list[tuple[int, Finding]]:
    """Returns the findings that lie across a border, as a leaf's number and its share of the finding."""
    joined: list[Part] = []
    for left, right in pairs:
        part, behind = leaves[left].part, leaves[right].part.text
        text = part.text[-_SIDE:] + behind[:_SIDE]
        joined.append(Part(part.kind, part.place, text, part.role, part.label, part.key))
    shares: list[tuple[int, Finding]] = []
    for (left, right), found in zip(pairs, scanner.scan(joined), strict=True):
        size = len(leaves[left].part.text)
        border = min(size, _SIDE)
        for one in found:
            if one.start < border < one.end:
                shares.append((left, _share(one, leaves[left], size - border + one.start, size)))
                shares.append((right, _share(one, leaves[right], 0, one.end - border)))
    return shares


def _share(found: Finding, leaf: Leaf, start: int, end: int) -> Finding:
    return Finding(found.rule, found.kind, leaf.part.place, start, end, found.score, found.digest)
