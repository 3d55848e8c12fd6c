"""Findings that lie across the borders between pieces of one message: a model reads them as one text.

The pieces are the texts of content parts that follow each other, `content[0].text` and `content[1].text`, whatever
stands between, however many and however short. What lies across is found in each, with its share.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from asepsis.core.ports import Scanner
from asepsis.core.types import Finding, Part, PartKind
from asepsis.gateway.walk import Leaf

__all__ = ["across", "neighbours"]

_PLACE: Final = re.compile(r"(.+)\[([0-9]{1,6})\]\.text\Z")
_SIDE: Final = 160
"""How many characters of each side are read; no rule of ours reads further."""


class _Piece(NamedTuple):
    """What of a leaf is read: from where in its text, and where that stands among the pieces."""

    leaf: int
    begin: int
    start: int
    end: int


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
        if before[0] == here[0] and before[1] < here[1]:
            pairs.append((before[2], number))
        before = here
    return pairs


def across(scanner: Scanner, leaves: Sequence[Leaf], pairs: Sequence[tuple[int, int]]) -> list[tuple[int, Finding]]:
    """Returns the findings that lie across a border, as a leaf's number and its share of the finding."""
    rows = [row for run in _runs(pairs) for row in _rows(leaves, run)]
    joined: list[Part] = []
    for row in rows:
        part = leaves[row[0].leaf].part
        text = "".join([leaves[one.leaf].part.text[one.begin :][: one.end - one.start] for one in row])
        joined.append(Part(part.kind, part.place, text, part.role, part.label, part.key))
    shares: list[tuple[int, Finding]] = []
    for row, found in zip(rows, scanner.scan(joined), strict=True):
        for one in found:
            hit = [piece for piece in row if piece.start < one.end and one.start < piece.end]
            shares += [(piece.leaf, _share(one, leaves[piece.leaf], piece)) for piece in hit if len(hit) > 1]
    return shares


def _runs(pairs: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Returns the leaves that pairs link, in their order."""
    runs: list[list[int]] = []
    for left, right in pairs:
        if runs and runs[-1][-1] == left:
            runs[-1].append(right)
        else:
            runs.append([left, right])
    return runs


def _rows(leaves: Sequence[Leaf], run: Sequence[int]) -> list[list[_Piece]]:
    """Returns the pieces of a run that are read as one text; a long one ends a row with its head and begins another."""
    rows: list[list[_Piece]] = [[]]
    for at, number in enumerate(run):
        size, row = len(leaves[number].part.text), rows[-1]
        start = row[-1].end if row else 0
        if size > 2 * _SIDE or at in (0, len(run) - 1):
            if at:
                row.append(_Piece(number, 0, start, start + min(size, _SIDE)))
            if at < len(run) - 1:
                tail = _Piece(number, max(0, size - _SIDE), 0, min(size, _SIDE))
                rows.append([tail]) if at else row.append(tail)
        else:
            row.append(_Piece(number, 0, start, start + size))
    return rows


def _share(found: Finding, leaf: Leaf, piece: _Piece) -> Finding:
    start = max(found.start, piece.start) - piece.start + piece.begin
    end = min(found.end, piece.end) - piece.start + piece.begin
    return Finding(found.rule, found.kind, leaf.part.place, start, end, found.score, found.digest)
