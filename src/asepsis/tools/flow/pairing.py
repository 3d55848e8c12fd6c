"""What is said of a thing in one breath: *mark CL-10 as paid and CL-11 as denied* denies no CL-10.

The user's words are cut at what joins them. Where a piece says a thing by its number, and a state or a doing that the
tool knows, that is what is said of it; so is an amount (*pay 50 to Alder and 20 to Birch*).
"""

import re
from collections.abc import Collection
from typing import Final

from asepsis.tools.flow import texts
from asepsis.tools.types import Argument

__all__ = ["parted", "pieces"]

_PIECE: Final = re.compile(r"[,;!?\n()]|\.(?=\s|$)|\b(?:and|but|then|while|whereas)\b")
_BREATH: Final = re.compile(_PIECE.pattern.replace("[,;", "[;", 1))
"""A comma may as well stand before how much it is: *pay bill 4410, 212 dollars*."""


def pieces(text: str, /) -> list[str]:
    """Returns what a normal text says in one breath each."""
    return [piece for piece in _BREATH.split(text) if piece.strip()]


def parted(text: str, things: Collection[str], part: Argument, value: str, /) -> bool:
    """Whether a normal text says another state of one of these things, and not the value that this argument has."""
    states = {texts.normal(one): "" for one in (*part.values, value)}
    states |= {texts.normal(one): verb for one, verb in part.means}
    stems = {one: frozenset(map(texts.stem, texts.tokens(f"{one} {verb}"))) for one, verb in states.items()}
    about = [piece for piece in _PIECE.split(text) if any(texts.contains(piece, thing) for thing in things)]
    said = [frozenset(map(texts.stem, texts.tokens(piece))) for piece in about]
    told = [words for words in said if any(words & one for one in stems.values())]
    return bool(told) and not any(words & stems[value] for words in told)
