"""What the words in the names of tools, arguments and fields say; `tables/vocabulary.toml` holds them.

A name is cut into words, what is cut short is written out, and what is run together (`MBRINQ`) is cut where all its
parts are known; Spanish words are read as English ones (`tables/spanish.toml`). The longest entry that ends a name
wins, then the longest that stands anywhere in it.
"""

import functools
import re
import tomllib
import unicodedata
from importlib import resources
from typing import Final

import msgspec

__all__ = ["Vocabulary", "english", "known", "singular", "vocabulary", "words_of"]

_SHORTEST: Final = 2
_LEAST: Final = 4
_NUMBERING: Final = frozenset({"id", "no"})
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


class Vocabulary(msgspec.Struct, frozen=True):
    """The tables: by what it says, the words that say it."""

    arguments: dict[str, tuple[str, ...]]
    results: dict[str, tuple[str, ...]]
    answers: dict[str, tuple[str, ...]]
    effects: dict[str, tuple[str, ...]]
    outside: dict[str, tuple[str, ...]]
    doubtful: dict[str, tuple[str, ...]]
    made: dict[str, str]
    phrasal: dict[str, str]
    verdicts: dict[str, tuple[str, ...]]
    switches: dict[str, str]
    least: dict[str, tuple[str, ...]]
    short: dict[str, str]
    clipped: dict[str, str]
    coded: dict[str, str]

    def says(self, table: dict[str, tuple[str, ...]], name: str, /) -> str:
        """Returns what a name says by a table, empty where no word of it is known."""
        # As one text, for results may have any number of names, each of which is looked up.
        words = f" {' '.join(words_of(name))} "
        ending: tuple[int, int, str] = (0, 0, "")
        inside: tuple[int, int, str] = (0, 0, "")
        for order, (said, entries) in enumerate(table.items()):
            for entry in entries:
                part = f" {entry} "
                if part in words:
                    found = (part.count(" ") - 1, -order, said)
                    ending = max(ending, found) if words.endswith(part) else ending
                    inside = max(inside, found)
        return ending[2] or inside[2]


@functools.cache
def vocabulary() -> Vocabulary:
    """Returns the tables, read once."""
    text = resources.files("asepsis.tools").joinpath("tables/vocabulary.toml").read_text()
    return msgspec.convert(tomllib.loads(text), Vocabulary)


@functools.cache
def _spanish() -> dict[str, str]:
    text = resources.files("asepsis.tools").joinpath("tables/spanish.toml").read_text()
    said = msgspec.convert(tomllib.loads(text), dict[str, str])
    return {word: english for english, words in said.items() for word in words.split()}


def english(word: str, /) -> str:
    """Returns the English word that a Spanish one is read as, empty for any other."""
    return _spanish().get(_bare(word), "")


def _bare(text: str) -> str:
    """A text without accents."""
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


@functools.lru_cache(maxsize=8192)
def words_of(name: str, /) -> tuple[str, ...]:
    """Returns the words of a name such as `sendDirectMessage`, without accents, each in full and in English."""
    words = (word.casefold() for word in _WORD.findall(_bare(name)))
    return tuple(part for word in words for part in _in_full(word))


def _in_full(word: str) -> tuple[str, ...]:
    short = vocabulary().short.get(word)
    if short is not None:
        return tuple(short.split())
    return (word,) if word in _known() else (english(word),) if english(word) else _cut(word) or (word,)


def _cut(word: str) -> tuple[str, ...]:
    """The known parts that a word is run together of, the longest first part first; none where any is unknown."""
    for at in range(len(word) - _SHORTEST + 1, _SHORTEST - 1, -1):
        head, tail = word[:at], word[at:]
        if not _is_part(head):
            continue
        ends = _is_part(tail) or (tail in _NUMBERING and (len(head) >= _LEAST or head in vocabulary().short))
        rest = (tail,) if ends else _cut(tail)
        if rest:
            return tuple(part for one in (head, *rest) for part in _in_full(one))
    return ()


def _is_part(word: str) -> bool:
    """Whether a word may be run together with others: one that is cut short, or of more than two letters."""
    return word in vocabulary().short or (len(word) > _SHORTEST and word in _known())


def known(word: str, /) -> bool:
    """Whether a word, or its singular, stands in one of the tables."""
    return word in _known() or singular(word) in _known()


@functools.cache
def _known() -> frozenset[str]:
    """The words of the tables."""
    tables = vocabulary()
    entries = (table.values() for table in (tables.arguments, tables.results, tables.answers, tables.effects))
    return frozenset(word for table in entries for said in table for entry in said for word in entry.split())


def singular(word: str, /) -> str:
    """Returns an English noun's singular, or the word as it is."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3 else word
