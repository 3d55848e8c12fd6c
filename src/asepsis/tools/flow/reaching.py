"""Whether a word for a doing is said of what a tool is about, and not of another thing: *confirm the address of it*.

A word is no doing behind an article (*a close look*), is another one before a particle (*clear up*), and does nothing
to what it only says (*confirm that*). Else it is done to the words behind it, up to what ends them; where they end in
what a thing has (*the address*), or in what is none at all (*pay attention*), that has to be what the tool is about.
"""

import functools
import re
from collections.abc import Collection
from typing import Final

from asepsis.tools.flow import texts
from asepsis.tools.flow.asking import asking
from asepsis.tools.flow.telling import SAID
from asepsis.tools.vocabulary import english, singular, vocabulary

__all__ = ["reaches"]

_TOKEN: Final = re.compile(rf"[^\W_]+(?:['\u2019-][^\W_]+)*|[.,;:!?\n\u2026(){SAID}]")
_ARTICLES: Final = frozenset(
    {"a", "an", "the", "my", "his", "her", "their", "our", "your", "its", "this", "that", "these", "those", "make"}
)
_PARTICLES: Final = frozenset({"up", "down", "out", "away", "back", "along", "around", "aside", "forth"})
_LOOSE: Final = frozenset({"in", "on", "off", "over", "by", "through", "to"})
_BEHIND: Final = frozenset({"and", "or", "to", "me", "us", ".", ",", ";", ":", "!", "?", "\n"})
_CONTENT: Final = frozenset({"whether", "why", "how", SAID})
_WHATEVER: Final = frozenset({"what", "whatever", "whichever", "anything", "everything"})
_US: Final = frozenset({"me", "us", "you"})
_THESE: Final = frozenset({"it", "them", "this", "that", "these", "those", "him", "her", "one", "ones", "all", "both"})
_ENDS: Final = frozenset(
    {
        *".,;:!?\n\u2026()", SAID, "about", "after", "and", "as", "at", "because", "before", "but", "by", "for", "from",
        "if", "in", "into", "of", "on", "or", "per", "so", "that", "then", "to", "under", "unless", "until", "when",
        "where", "which", "while", "who", "with", "without",
    }
)  # fmt: skip
_LONGEST: Final = 8


def reaches(text: str, word: str, names: Collection[str], /) -> bool:
    """Whether a normal text has a word for a doing where it is said of what is called by one of the names."""
    words = _split(text)
    stem = texts.stem(word)
    places = (at for at, one in enumerate(words) if stem in (texts.stem(one), texts.stem(english(one))))
    return any(_reaches(words, at, names) for at in places)


@functools.lru_cache(maxsize=64)
def _split(text: str) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(text))


def _reaches(words: tuple[str, ...], at: int, names: Collection[str]) -> bool:
    first, second = (*words[at + 1 : at + 3], ".", ".")[:2]
    another = first in _PARTICLES or (first in _LOOSE and second in _BEHIND)
    if another or first in _CONTENT or (at and words[at - 1] in _ARTICLES):
        return False
    done = _done(words[at + 1 : at + 1 + _LONGEST])
    said = {form for one in done for form in (one, singular(one), texts.stem(singular(one)))}
    if not done or said & _THESE or not said.isdisjoint(names) or any(c.isdigit() for one in done for c in one):
        return True
    whatever = done[0] in _WHATEVER
    return whatever or (not _US.issuperset(done) and singular(done[-1]) not in _things())


def _done(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words behind a doing, up to what ends them."""
    end = next((at for at, one in enumerate(words) if one in _ENDS and (at or one != "that")), len(words))
    return words[:end]


@functools.cache
def _things() -> frozenset[str]:
    """What a thing has (an address, a summary, a day), and what is none at all; no letter or fax, which is one."""
    tables = vocabulary()
    had = {entry for one in ("destination", "text", "time") for entry in tables.arguments[one]}
    return frozenset(singular(entry) for entry in had - {*tables.answers["free"]}) | frozenset(asking().nothing.words)
