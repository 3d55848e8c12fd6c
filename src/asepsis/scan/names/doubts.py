"""How likely a run has to be that is made of ordinary words or is one letter.

The model's threshold is low, because a name that is missed costs more than a word that is masked. An ordinary word is
rarely anybody's name, and a model that half believes it is, is mostly wrong: it has to be more likely. *Ordinary* are
words on the list of common words and on none of names; where people are called so, the model is surer than that.
"""

from collections.abc import Sequence
from itertools import takewhile
from typing import Final

from asepsis.scan.names.lists import FLAGS
from asepsis.scan.names.tokens import Word, word

__all__ = ["BORNE", "COMMON", "MOST", "is_any_place", "is_doubtful", "is_heading"]

MOST: Final = 600
"""A run that is so likely, per mille, is in no doubt."""

_BITS: Final = {name: 1 << at for at, name in enumerate(FLAGS)}
COMMON: Final = _BITS["common"] | _BITS["frequent"]
BORNE: Final = _BITS["first"] | _BITS["last"]
_PLACED: Final = _BITS["city"] | _BITS["state"] | _BITS["place"]
_ANY_PLACE: Final = frozenset(
    """
    a an the at of in general hospital hospitals center centre clinic clinics college university school high middle
    elementary nursing home care adult medical facility office emergency room department primary urgent family health
    surgery surgical outpatient inpatient pharmacy day rehab rehabilitation pulmonary hand bariatric examination
    downtown city town village county area
    """.split()  # noqa: SIM905 a list of words reads better so
)
"""What houses and places are called that have no name."""

_NAMING: Final = frozenset({"at", "in", "of", "for"})
_ITEM: Final = 3
_LETTER: Final = 600
_USUAL: Final = 100
_NAMES: Final = 300
_WHOLE_NAMES: Final = 200
_PLACES: Final = 200
_TIMES: Final = 350
_CODES: Final = 400
"""How likely small letters alone have to be a code: they may be a user name."""


def is_doubtful(words: Sequence[str], flags: Sequence[int], kind: str, likely: int, /) -> bool:
    """Whether words of a run, with the flags of their lists, are too ordinary to be an identifier of a kind."""
    looks = [(look, bits) for one, bits in zip(words, flags, strict=True) if (look := word(one)).plain]
    if kind == "ID" and looks and all(look.look == "l" for look in map(word, words)):
        return likely < _CODES
    if not looks or any(not bits & COMMON for _, bits in looks):
        listed = kind == "NAME" and any(bits & BORNE and not bits & COMMON for _, bits in looks)
        return likely < _USUAL and not listed
    if kind == "NAME":
        if len(looks) == 1 and len(looks[0][0].plain) == 1:
            return likely < _LETTER
        # A capital and a list of names together are reason enough.
        borne = any(look.look != "l" and bits & BORNE for look, bits in looks)
        return likely < (_NAMES if len(looks) == 1 else _WHOLE_NAMES) and not borne
    small = all(look.look == "l" for look, _ in looks)
    if kind == "GEO":
        alone = len(looks) == 1 and not looks[0][1] & _PLACED
        return likely < (_PLACES if small else _USUAL if alone else 0)
    return kind == "DATE" and small and len(looks) > 1 and likely < _TIMES


def is_heading(words: Sequence[str], first: int, last: int, /) -> bool:
    """Whether tokens stand between the beginning of a line, with what marks an item of a list, and a colon."""
    if not "".join(words[last : last + 1]).startswith(":"):
        return False
    at = first
    while at and not any(map(str.isalpha, words[at - 1])) and "\n" not in words[at - 1] and first - at < _ITEM:
        at -= 1
    return at == 0 or "\n" in words[at - 1]


def is_any_place(words: Sequence[str], first: int, last: int, /) -> bool:
    """Whether tokens are a place without a name, and none follows: `the hospital`, but not `Hospital of Tulsa`."""
    own = list(takewhile(_is_any, map(word, words[first:last])))  # most are none by their first word
    if len(own) < last - first or not any(look.plain for look in own):
        return False
    looks = [*own, *map(word, words[last : last + 2])]
    inner = own[-1].form in _NAMING
    behind = looks[last - first - inner : last - first - inner + 2]
    return not (behind and behind[0].form in _NAMING and any(look.look in "tu" for look in behind[1:2]))


def _is_any(look: Word) -> bool:
    """Whether a token is a word of a place without a name, or a mark or number."""
    return not look.plain or look.form in _ANY_PLACE
