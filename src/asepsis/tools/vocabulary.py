"""What the words in the names of tools, arguments and fields say; `tables/vocabulary.toml` holds them.

A name is cut into words; the longest entry that ends the name wins, then the longest that stands anywhere in it.
"""

import functools
import re
import tomllib
from importlib import resources
from typing import Final

import msgspec

__all__ = ["Vocabulary", "singular", "vocabulary", "words_of"]

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


class Vocabulary(msgspec.Struct, frozen=True):
    """The tables: by what it says, the words that say it."""

    arguments: dict[str, tuple[str, ...]]
    results: dict[str, tuple[str, ...]]
    answers: dict[str, tuple[str, ...]]
    effects: dict[str, tuple[str, ...]]
    outside: dict[str, tuple[str, ...]]
    doubtful: dict[str, tuple[str, ...]]
    least: dict[str, tuple[str, ...]]
    short: dict[str, str]

    def says(self, table: dict[str, tuple[str, ...]], name: str, /) -> str:
        """Returns what a name says by a table, empty where no word of it is known."""
        words = words_of(name)
        ending: tuple[int, int, str] = (0, 0, "")
        inside: tuple[int, int, str] = (0, 0, "")
        for order, (said, entries) in enumerate(table.items()):
            for entry in entries:
                parts = tuple(entry.split())
                if words[-len(parts) :] == parts:
                    ending = max(ending, (len(parts), -order, said))
                elif any(words[at : at + len(parts)] == parts for at in range(len(words))):
                    inside = max(inside, (len(parts), -order, said))
        return ending[2] or inside[2]


@functools.cache
def vocabulary() -> Vocabulary:
    """Returns the tables, read once."""
    text = resources.files("asepsis.tools").joinpath("tables/vocabulary.toml").read_text()
    return msgspec.convert(tomllib.loads(text), Vocabulary)


@functools.lru_cache(maxsize=8192)
def words_of(name: str, /) -> tuple[str, ...]:
    """Returns the words of a name such as `sendDirectMessage`, in lower case, those cut short in full."""
    short = vocabulary().short
    words = (word.casefold() for word in _WORD.findall(name))
    return tuple(part for word in words for part in (short.get(word) or word).split())


def singular(word: str, /) -> str:
    """Returns an English noun's singular, or the word as it is."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3 else word
