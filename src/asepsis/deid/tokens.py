"""Tokens: what a model sees in the place of a value, and what can be turned back.

A token is `[NAME_kqzwb]`: the kind in capitals, so that a model knows what stands there, and a code of consonants. It
is ASCII that JSON does not escape. It holds no digit, so no rule that reads a value behind a keyword takes it for one,
and no vowel, so it is no word; a code means nothing in itself. Another spelling of the same value shares its code and
has a letter more, `[NAME_kqzwb_c]`: the model sees one person, and each spelling comes back as it was.

INVARIANT: the codes of a scope differ in more than case, and none stood in the input before: hence a token in any case
means one value or none.
"""

import re
from typing import Final

from asepsis.core.types import Kind
from asepsis.deid.dice import Dice

__all__ = ["ALPHABET", "LONGEST", "PATTERN", "SPELLINGS", "code", "label", "mentioned", "written"]

ALPHABET: Final = "bcdfghjkmnpqrstvwxz"
SPELLINGS: Final = ALPHABET
_LENGTHS: Final = (5, 6, 8)

_LABELS: Final = {
    Kind.AGE_OVER_89: "AGE",
    Kind.HEALTH_PLAN_ID: "PLAN_ID",
    Kind.OTHER_ID: "ID",
}

PATTERN: Final = re.compile(
    rf"\[[A-Z]{{2,10}}(?:_ID)?_[{ALPHABET}]{{5,8}}(?:_[{ALPHABET}])?\]", re.IGNORECASE | re.ASCII
)
"""What may be a token; only one that was issued is."""

LONGEST: Final = 26
"""The most characters of a token."""

_CODE: Final = re.compile(rf"_([{ALPHABET}]{{5,8}})(?![A-Za-z])", re.IGNORECASE | re.ASCII)


def label(kind: Kind, /) -> str:
    """Returns the kind as a token says it."""
    return _LABELS.get(kind, kind.value)


def code(dice: Dice, /, *, attempt: int) -> str:
    """Returns a code; later attempts get longer ones, so that a full scope still finds free ones."""
    return dice.text(ALPHABET, _LENGTHS[min(attempt // 8, len(_LENGTHS) - 1)])


def written(kind: Kind, code: str, spelling: int, /) -> str:
    """Returns the token of a code; spelling 0 is the first one seen. Raises IndexError beyond the last letter."""
    tail = f"_{SPELLINGS[spelling - 1]}" if spelling else ""
    return f"[{label(kind)}_{code}{tail}]"


def mentioned(text: str, /) -> set[str]:
    """Returns the codes that a text seems to speak of, in small letters: none of them may be issued."""
    return {found.lower() for found in _CODE.findall(text)} if "_" in text else set()
