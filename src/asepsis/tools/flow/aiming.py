"""What a doing is said of, of several numbers, addresses or choices.

*Approve PA-1 and tell me about PA-2* approves no PA-2; *show the largest claim and deny the smallest* denies one.

The user's words are cut where a doing or a reading begins (*and tell*), and where something is said beside it (*, it
was*, *after*). A number behind another doing is that one's, where this doing has a number of the same form behind it;
one in a part that nothing leads (*PA-2, too*) is anybody's.
"""

import functools
import re
from collections.abc import Collection
from typing import Final

from asepsis.tools.flow import texts
from asepsis.tools.flow.asking import asking
from asepsis.tools.vocabulary import english, vocabulary

__all__ = ["astray", "own"]

_TOKEN: Final = re.compile(r"[\w.%+-]+@[\w.-]*\w|[^\W_]+(?:[-_/.:#][^\W_]+)*|[.,;:!?\n()]")
_LEADING: Final = frozenset(
    {"", *".,;:!?\n()", "and", "or", "then", "but", "please", "also", "you", "to", "just", "now", "first"}
)
_BESIDE: Final = frozenset(
    {"after", "before", "because", "since", "while", "when", "unless", "until", "if", "although", "though"}
)
_SUBJECTS: Final = frozenset({"it", "it's", "its", "he", "she", "they", "we", "i", "which", "who", "this", "that"})
_ENDS: Final = frozenset(".!?\n;")
_DIGITS: Final = re.compile(r"\d+")
_SHORT: Final = 3
_OTHER: Final = "\0"


def astray(text: str, value: str, words: Collection[str], /) -> bool:
    """Whether a number or an address is only said where something else is asked for, and another for these doings."""
    value = value if "@" in value else texts.compact(value)
    form = _form(value)
    if not form:
        return False
    stems = {texts.stem(word.split()[0]) for word in words}
    mine: set[str] = set()
    rest: set[str] = set()
    for lead, said, _ in _parts(text):
        (mine if lead in stems else rest if not lead else set()).update(one for one in said if _form(one) == form)
    return bool(mine) and value not in mine | rest


def own(text: str, words: Collection[str], /) -> str:
    """Returns the parts of a text that these doings lead; nothing where no other doing leads any."""
    stems = {texts.stem(word.split()[0]) for word in words}
    parts = _parts(text)
    others = any(lead not in stems for lead, _, _ in parts if lead)
    return " \n ".join(said for lead, _, said in parts if lead in stems) if others else ""


def _form(value: str) -> str:
    """The form of a number or an address: its letters, with a 9 for its digits; empty for anything else."""
    if "@" in value:
        return "@"
    if value.isdigit():
        return "9" * len(value) if len(value) > _SHORT else ""
    return _DIGITS.sub("9", value) if _DIGITS.search(value) else ""


@functools.lru_cache(maxsize=64)
def _parts(text: str) -> tuple[tuple[str, tuple[str, ...], str], ...]:
    """The parts of a normal text: what leads each, what with digits or an `@` is said in it, and its text."""
    parts: list[tuple[str, list[str], int]] = [("", [], 0)]
    before = ""
    for found in _TOKEN.finditer(text):
        word = found[0]
        if before in _LEADING and (stem := _leads(word)):
            parts.append((stem, [], found.start()))
        elif word in _BESIDE or (before in {",", ";"} and word in _SUBJECTS):
            parts.append((_OTHER, [], found.start()))
        elif word in _ENDS:
            parts.append(("", [], found.start()))
        elif "@" in word or _DIGITS.search(word):
            parts[-1][1].append(word if "@" in word else texts.compact(word))
        before = word
    ends = [*(start for _, _, start in parts[1:]), len(text)]
    return tuple((lead, tuple(said), text[at:end]) for (lead, said, at), end in zip(parts, ends, strict=True))


def _leads(word: str) -> str:
    """The stem of a word that is a doing or a reading in its plain form; empty for any other."""
    plain = english(word) or word
    return texts.stem(plain) if plain in _doings() else ""


@functools.cache
def _doings() -> frozenset[str]:
    """The first words of all that users ask for."""
    asked = (word for doing in asking().doing for word in doing.words)
    done = (word for said in vocabulary().effects.values() for word in said)
    return frozenset(word.split()[0] for word in (*asked, *done))
