"""Made-up names in the place of real ones: of the same culture and gender as far as the name shows them.

Each word of a name is replaced on its own and kept with its role, so that *Smith* alone and the *Smith* of *John
Smith* become the same. Initials stay initials, titles and suffixes stay, and so do case, order and marks.
"""

import re
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

from asepsis.deid.dice import Dice

__all__ = ["People", "WordDraw", "people"]

_WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]{2,})?")
_TITLES: Final = (
    "mr mrs ms miss mx dr doctor prof professor sr jr sir madam rev fr md do rn np pa phd dds dmd esq ii iii iv the "
    "and of"
)
_PARTICLES: Final = "de la del van von der den bin al el y da dos di le st"
_POSSESSIVE: Final = re.compile(r"(?<=[^\W\d_])['\u2019]s\b")

WordDraw = Callable[[str, str, Callable[[Dice], str]], str]
"""Gives the surrogate of a word in a role, drawing with the function only when the word is new."""


class People(NamedTuple):
    """Name lists: by culture and role (`m`, `f`, `s` for surnames), what a word belongs to, and words that stay.

    `kept` are titles and particles; particles alone, and whatever a field says is a part of a name, are names.
    """

    lists: dict[tuple[str, str], tuple[str, ...]]
    known: dict[str, tuple[str, str]]
    kept: frozenset[str]
    titles: frozenset[str]

    def surrogate(self, text: str, draw: WordDraw, /, *, part: str = "") -> str:
        """Returns the name with each of its words replaced; `part` says that all are `given` or `family` names."""
        every = list(_WORD.finditer(_POSSESSIVE.sub("  ", text)))
        words = [found for found in every if found[0].lower() not in self.kept]
        words = words or [found for found in every if part or found[0].lower() not in self.titles]
        if not words:
            return text
        family = self._family(text, words) if not part else -1
        culture = self._culture(words)
        out: list[str] = []
        at = 0
        for number, word in enumerate(words):
            role = "s" if number == family or part == "family" else self._given(word[0], words)
            out += (text[at : word.start()], _like(word[0], self._word(word[0], culture, role, draw)))
            at = word.end()
        out.append(text[at:])
        return "".join(out)

    def _word(self, word: str, culture: str, role: str, draw: WordDraw) -> str:
        if len(word) == 1:
            return draw(word.lower(), "initial", lambda dice: dice.pick("ABCDEFGHJKLMNPRSTVW"))
        given = self.lists[culture, role]
        place = "surname" if role == "s" else "given"
        return draw(word.lower(), place, lambda dice: dice.pick(given))

    def _family(self, text: str, words: list[re.Match[str]]) -> int:
        """Which of the words is the family's: before a comma, else the last; a lone word only if no given name."""
        if len(words) == 1:
            known = self.known.get(words[0][0].lower())
            return -1 if known is not None and known[1] != "s" else 0
        comma = text.find(",", words[0].end(), words[1].start() + 1)
        return 0 if comma >= 0 else len(words) - 1

    def _culture(self, words: list[re.Match[str]]) -> str:
        for word in reversed(words):
            known = self.known.get(word[0].lower())
            if known is not None:
                return known[0]
        return "english"

    def _given(self, word: str, words: list[re.Match[str]]) -> str:
        for one in (word, *(found[0] for found in words)):
            known = self.known.get(one.lower())
            if known is not None and known[1] != "s":
                return known[1]
        return "f" if word.lower().endswith(("a", "e", "i")) else "m"


@cache
def people() -> People:
    """Returns the committed lists; they are read once."""
    lists: dict[tuple[str, str], tuple[str, ...]] = {}
    known: dict[str, tuple[str, str]] = {}
    file = resources.files("asepsis.deid") / "tables" / "people.tsv"
    for line in file.read_text(encoding="utf-8").splitlines():
        culture, role, names = line.split("\t")
        words = tuple(names.split(" "))
        for gender in "mf" if role == "g" else role:
            lists[culture, gender] = words
        for word in words:
            known.setdefault(word.lower(), (culture, "m" if role == "g" else role))
    titles = frozenset(_TITLES.split())
    return People(lists, known, titles | frozenset(_PARTICLES.split()), titles)


def _like(old: str, new: str) -> str:
    if len(old) > 1 and old.isupper():
        return new.upper()
    return new.lower() if old.islower() else new
