"""Streets between two numbers, as generators of forms and much of the world write them: `43 ul. Jadwigi 112`.

The model often takes the words between for somebody's name. They are a street where they fill a line, or a line up to a
comma, and a unit, a town with its country, or a code follows, or what stands before says that it is an address.

INVARIANT: a name grows into a street by no more than `GROWS` words before and behind it, and the numbers.
"""

from collections.abc import Sequence
from typing import Final

from asepsis.scan.names.edges import GROWS
from asepsis.scan.names.ends import behind_marks, closes, ended, is_house, opens
from asepsis.scan.names.tokens import form_of, word

__all__ = ["street"]

_UNITS: Final = frozenset({"apt", "apartment", "suite", "unit", "flat"})
_LEADS: Final = frozenset({"address", "addresses", "lives", "live", "living", "moved", "reside", "resides"})
_LEAD: Final = 4
"""How many tokens before a street say that it is one, and how many marks stand before its unit."""


def street(words: Sequence[str], first: int, last: int, /) -> tuple[int, int] | None:
    """Returns the tokens of the street that a name or place is in; None where it is in none."""
    if not any(one[:1].isdecimal() for one in words[max(0, first - GROWS - 1) : first]):
        return None  # most have no number before them
    low, high = first, last
    while low > max(0, first - GROWS) and _is_within(words[low - 1]):
        low -= 1
    while high < min(len(words), last + GROWS - (first - low)) and _is_within(words[high]):
        high += 1
    if not low or high >= len(words) or not (is_house(words[low - 1]) and is_house(words[high])):
        return None
    low, high = low - 1, high + 1
    stop = high < len(words) and words[high].strip() == "." and closes(words, high + 1)
    if not opens(words, low) or not (stop or closes(words, high)):
        return None
    return (low, high) if _is_address(words, low, high + stop) else None


def _is_within(token: str) -> bool:
    """Whether a token may stand within a street: a word, or the full stop of a short one."""
    return "\n" not in token and (token.strip() == "." or bool(word(token).plain))


def _is_address(words: Sequence[str], low: int, high: int) -> bool:
    """Whether what stands around a street says that it is one."""
    if any(form_of(one) in _LEADS for one in words[max(0, low - _LEAD) : low]):
        return True
    at = behind_marks(words, high, min(len(words), high + _LEAD))
    unit = at < len(words) and form_of(words[at]) in _UNITS
    return unit or ended(words, high) > high
