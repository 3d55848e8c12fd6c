"""The tables of ways to ask: what people say who want something done, and which tools do what they say.

`tables/intent.toml` holds them. They are lexical: a paraphrase that no list knows is answered with a question, never
with a call.
"""

import functools
import tomllib
from importlib import resources
from typing import Final

import msgspec

from asepsis.tools.flow import texts
from asepsis.tools.types import Manifest
from asepsis.tools.vocabulary import singular

__all__ = ["VERDICTS", "Asking", "Doing", "asking"]

_DECIDING: Final = frozenset({"decide", "rule"})
VERDICTS: Final = ("approve", "deny")
"""The sorts of doing that are a yes and a no."""


class Doing(msgspec.Struct, frozen=True):
    """One sort of doing: the verbs of tools that do it, and the words of users who ask for it.

    With `whole`, what is done is done to the thing that a tool is about, and not to something of it.
    """

    name: str
    tools: tuple[str, ...]
    words: tuple[str, ...]
    whole: bool = False


class WordList(msgspec.Struct, frozen=True):
    """A list of words."""

    words: tuple[str, ...]


class Extreme(msgspec.Struct, frozen=True):
    """Words for the most and the least of a list's numbers or times."""

    of: str
    most: tuple[str, ...]
    least: tuple[str, ...]


class Things(msgspec.Struct, frozen=True):
    """Words that name a thing as well as a doing, and those that make them a thing."""

    words: tuple[str, ...]
    before: tuple[str, ...]


class Writing(msgspec.Struct, frozen=True):
    """Words for writing to somebody, and what is sent by it."""

    words: tuple[str, ...]
    sent: tuple[str, ...]


class Asking(msgspec.Struct, frozen=True):
    """The tables."""

    doing: tuple[Doing, ...]
    same: tuple[WordList, ...]
    things: Things
    all: WordList
    everybody: WordList
    extreme: tuple[Extreme, ...]
    writing: Writing
    answering: WordList
    common: WordList
    linking: WordList
    nothing: WordList
    stop: WordList

    @property
    def plain(self) -> frozenset[str]:
        """The single words, in their plain form, in which users ask for something to be done."""
        return _plain()

    @property
    def whole(self) -> frozenset[str]:
        """The single words for what is done to a thing as a whole, without those that are things as well."""
        return _whole()

    @property
    def verdicts(self) -> tuple[frozenset[str], ...]:
        """The stems of the single words for a yes, and of those for a no."""
        return _verdicts()

    def doings(self, manifest: Manifest, /) -> tuple[Doing, ...]:
        """Returns the sorts of doing that a tool does; where its nouns say it better than its verb, those alone."""
        return _doings(manifest.verbs, manifest.nouns)

    def names(self, manifest: Manifest, /) -> frozenset[str]:
        """Returns the words for what a tool is about."""
        return _named(manifest.nouns)

    def words_of(self, manifest: Manifest, /) -> frozenset[str]:
        """Returns the stems of the words that ask for a tool: its doing, and what it is about."""
        said = {word for doing in self.doings(manifest) for word in doing.words} | self.names(manifest)
        return frozenset(texts.stem(singular(word)) for phrase in said for word in texts.tokens(phrase))


@functools.cache
def asking() -> Asking:
    """Returns the tables, read once."""
    text = resources.files("asepsis.tools").joinpath("tables/intent.toml").read_text()
    return msgspec.convert(tomllib.loads(text), Asking)


@functools.cache
def _plain() -> frozenset[str]:
    return frozenset(word for doing in asking().doing for word in doing.words if word.isalpha())


@functools.cache
def _whole() -> frozenset[str]:
    words = (word for doing in asking().doing if doing.whole for word in doing.words if word.isalpha())
    return frozenset(words) - frozenset(asking().things.words)


@functools.cache
def _verdicts() -> tuple[frozenset[str], ...]:
    found = (doing.words for doing in asking().doing if doing.name in VERDICTS)
    return tuple(frozenset(texts.stem(word) for word in words if word.isalpha()) for words in found)


@functools.lru_cache(maxsize=4096)
def _doings(verbs: tuple[str, ...], nouns: tuple[str, ...]) -> tuple[Doing, ...]:
    exact = {f"{verb} {noun}" for verb in verbs for noun in nouns}
    head = {f"{verb} {noun}" for verb in verbs for noun in nouns[-1:]}
    closer = tuple(doing for doing in asking().doing if exact & set(doing.tools))
    found = closer
    if not any(head & set(doing.tools) for doing in closer):  # a payment plan is no payment
        found += tuple(doing for doing in asking().doing if set(verbs) & set(doing.tools) and doing not in closer)
    if any(doing.name in _DECIDING for doing in found):
        # Whoever asks for a verdict asks for the tool that records one.
        found += tuple(doing for doing in asking().doing if doing.name in VERDICTS and doing not in found)
    return found


@functools.lru_cache(maxsize=4096)
def _named(nouns: tuple[str, ...]) -> frozenset[str]:
    found = set(nouns)
    for noun in nouns:
        for same in asking().same:
            if noun in same.words:
                found.update(same.words)
    return frozenset(found)
