"""What goes out and can't be undone is made once for each time that the user asks for it: which calls are the same one.

| | two calls are the same where |
| --- | --- |
| with an amount | amounts are equal, and so is what is paid for, or else whom to, as far as both say it |
| all others | all that they say is equal |

So are payments by two tools that do the same sort of thing (`pay_bill`, `transfer_money`).
A payment is the same however its thing and payee are written (`INV-77`, `inv 77`, `77`; *Ann*, *Smith*, *Ann Smith*),
and whether or not its optional arguments are given: who ordered one bill to be paid has ordered one payment.
"""

import functools
import hashlib
import re
from collections.abc import Sequence
from typing import Final

import msgspec

from asepsis.tools.flow import figures
from asepsis.tools.flow.asking import asking
from asepsis.tools.flow.types import Given
from asepsis.tools.flow.words import Words
from asepsis.tools.types import ArgumentRole, Effect, Manifest

__all__ = ["once", "pays", "same"]

_THINGS: Final = frozenset({ArgumentRole.OBJECT, ArgumentRole.SUBJECT})
_PAYEES: Final = frozenset({ArgumentRole.DESTINATION})
_PIECES: Final = re.compile(r"[^\W\d_]+|\d+")
_KEPT: Final = 4_096


class _Payment(msgspec.Struct, frozen=True, array_like=True):
    """One payment: by which tool and which sorts of doing; and by path how much, what for, and whom to."""

    doing: tuple[str, ...]
    sorts: tuple[str, ...]
    amounts: dict[str, str]
    things: dict[str, str]
    payees: dict[str, str]


def once(manifest: Manifest, given: Sequence[Given], /) -> str:
    """Returns what tells a call from others that go out and can't be undone; empty for all other calls."""
    if not {Effect.EGRESS, Effect.IRREVERSIBLE} <= manifest.effects:
        return ""
    amounts = {
        one.part.path: str(amount)
        for one in given
        if one.part.role is ArgumentRole.VALUE and (amount := figures.amount(one.text)) is not None
    }
    if amounts:
        sorts = tuple(sorted(doing.name for doing in asking().doings(manifest)))
        payment = _Payment(manifest.doing, sorts, amounts, _by_path(given, _THINGS), _by_path(given, _PAYEES))
        return msgspec.json.encode(payment, order="deterministic").decode()
    told = sorted({(one.part.path, one.text) for one in given})
    text = "\0".join((*manifest.doing, *(f"{path}={text}" for path, text in told)))
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=16).hexdigest()


def pays(call: str, /) -> bool:
    """Whether a call (`once`) is a payment: all others are the same only where they are equal."""
    return call.startswith("[")


def same(words: Words, one: str, other: str, /) -> bool:
    """Whether two payments (`once`) are the same one, by a user's words."""
    if one == other:
        return True
    first, second = _payment(one), _payment(other)
    if set(first.amounts.values()).isdisjoint(second.amounts.values()):
        return False
    if first.doing != second.doing:
        if set(first.sorts).isdisjoint(second.sorts):
            return False
        first, second = _pathless(first), _pathless(second)
    elif any(first.amounts[path] != second.amounts[path] for path in first.amounts.keys() & second.amounts.keys()):
        return False
    things = _compared(words, first.things, second.things)
    return all(things) if things else all(_compared(words, first.payees, second.payees))


def _pathless(payment: _Payment) -> _Payment:
    """A payment whose values stand at one path: those of another tool stand at others."""
    things, payees = ({"": "\n".join(said.values())} for said in (payment.things, payment.payees))
    return msgspec.structs.replace(payment, things=things, payees=payees)


def _by_path(given: Sequence[Given], roles: frozenset[ArgumentRole]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for one in given:
        if one.part.role in roles:
            found.setdefault(one.part.path, []).append(one.text.encode(errors="replace").decode())
    return {path: " ".join(sorted(texts)) for path, texts in found.items()}


def _compared(words: Words, one: dict[str, str], other: dict[str, str]) -> list[bool]:
    """For each path that both say something at, whether it may be the same."""
    return [_alike(words, one[path], other[path]) for path in one.keys() & other.keys() if one[path] and other[path]]


def _alike(words: Words, one: str, other: str) -> bool:
    """Whether two texts, or any line of them, may name the same: one is part of the other, or they were said as one."""
    lines = [(first, second) for first in one.split("\n") for second in other.split("\n")]
    return any(_named_alike(words, first, second) for first, second in lines)


def _named_alike(words: Words, one: str, other: str) -> bool:
    first, second = _PIECES.findall(one), _PIECES.findall(other)
    short, long = sorted((first, second), key=len)
    parts = (long[at : at + len(short)] for at in range(len(long) - len(short) + 1))
    return short in parts or words.say(f"{one} {other}") or words.say(f"{other} {one}")


@functools.lru_cache(_KEPT)
def _payment(call: str) -> _Payment:
    return msgspec.json.decode(call, type=_Payment)
