"""With which characters an expression can begin, as far as its text says it plainly."""

import re
from typing import Final

__all__ = ["alternatives", "beginnings"]

_PIECE: Final = re.compile(r"\\.|\[(?:\\.|[^\]])*\]|\{[0-9,]+\}|.", re.DOTALL)
_MAYBE: Final = re.compile(r"[?*]|\{0(?:,[0-9]*)?\}")
_SPECIAL: Final = frozenset(".^$)|*+?")
_ASCII: Final = tuple(map(chr, range(128)))


def alternatives(expression: str, /) -> list[str]:
    """Returns the alternatives of an expression that stand in no group."""
    found = [""]
    depth = 0
    for piece in _PIECE.findall(expression):
        depth += (piece == "(") - (piece == ")")
        if piece == "|" and not depth:
            found.append("")
        else:
            found[-1] += piece
    return found


def beginnings(expression: str, /) -> frozenset[str]:
    """Returns the ASCII characters that a match can begin with; none where that can't be said, or one may be empty."""
    found: set[str] = set()
    for one in alternatives(expression):
        some = _of_sequence(_PIECE.findall(one))
        if not some:
            return frozenset()
        found |= some
    return frozenset(found)


def _of_sequence(pieces: list[str]) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    at = 0
    while at < len(pieces):
        end = _end_of_group(pieces, at) if pieces[at] == "(" else at + 1
        some = _of_one(pieces[at:end])
        if not some:
            return frozenset()
        found |= some
        if end == len(pieces) or not _MAYBE.fullmatch(pieces[end]):
            return found
        at = end + 1
        while at < len(pieces) and pieces[at] in "?+":  # a reluctant or possessive one
            at += 1
    return frozenset()


def _of_one(pieces: list[str]) -> frozenset[str]:
    """What a group, a class or a character begins with."""
    first = pieces[0]
    if first == "(":
        inside = "".join(pieces[1:-1])
        return beginnings(inside.removeprefix("?:")) if inside[:1] != "?" or inside[:2] == "?:" else frozenset()
    if first.startswith("["):
        return frozenset(one for one in _ASCII if re.fullmatch(first, one))
    if first.startswith("\\"):
        return frozenset() if first[1].isalnum() else frozenset(first[1])
    return frozenset() if first in _SPECIAL else frozenset(first)


def _end_of_group(pieces: list[str], at: int) -> int:
    depth = 0
    for end in range(at, len(pieces)):
        depth += (pieces[end] == "(") - (pieces[end] == ")")
        if not depth:
            return end + 1
    return len(pieces)
