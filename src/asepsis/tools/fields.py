"""Whose word a field of a result is, by its name: the same for what a schema says and for what a key says."""

import functools
import re
from typing import Final

from asepsis.tools.types import Source
from asepsis.tools.vocabulary import known, vocabulary, words_of

__all__ = ["says_more", "source_of", "speaks"]

_LONGEST: Final = 40
_SAYING: Final = 4
_SMALL: Final = frozenset({"and", "by", "in", "of", "on", "or", "per"})
_WRITTEN: Final = re.compile(r"[a-z]+(?:_[a-z0-9]+)+|[a-z]+(?:[A-Z][a-z0-9]*)+")
_LABEL: Final = re.compile(r"\w+(?:[ ./-]\(?\w+\)?){0,3}")
_DONE: Final = frozenset({"begun", "due", "given", "made", "paid", "seen", "sent"})
"""What something was when `placed_on` or `dueOn` says when."""

_REACHED: Final = frozenset({"number", "name", "address", "email", "phone", "fax", "contact"})


def speaks(name: str, /) -> bool:
    """Whether a name is one of a field: it says whose word that is, or is written as programmers write names."""
    return _is_name(name) and _speaks(name)


@functools.lru_cache(maxsize=4096)
def says_more(name: str, /) -> bool:
    """Whether a name has room for an order, as a tag has: several words, and not all such as names of fields have."""
    words = words_of(name)
    return len(words) >= _SAYING and not all(word in _SMALL or word.isdigit() or known(word) for word in words)


def _is_name(text: str) -> bool:
    """Whether a text is a field's name or its label; a sentence or an address is somebody's words, whichever it has."""
    return len(text) <= _LONGEST and _LABEL.fullmatch(text) is not None


@functools.lru_cache(maxsize=4096)
def _speaks(name: str) -> bool:
    return _WRITTEN.fullmatch(name) is not None or bool(vocabulary().says(vocabulary().results, name))


def source_of(name: str, answered: Source, /) -> Source:
    """Returns the source of a text in a field of that name, where the tool's own nouns say `answered`.

    How somebody is called or reached is theirs (`sender_number`); what a thing in a catalogue or directory is called is
    the catalogue's. Titles and subjects are anybody's. What nothing speaks for is the catalogue's too, and elsewhere a
    name that anybody may have chosen.
    """
    if not _is_name(name):
        return Source.FREE
    source, own = _source(name, answered), name.rpartition(".")[2]
    # What lies in a field says whose it is, not that the system wrote it: `rating.quote`.
    return _source(own, answered) if source is Source.SYSTEM and own != name else source


@functools.lru_cache(maxsize=4096)
def _source(name: str, answered: Source) -> Source:
    words = words_of(name)
    people = vocabulary().results["party"]
    if words and words[-1] in _REACHED and any(word in people for word in words[:-1]):
        return Source.PARTY
    if len(words) > 1 and (
        words[-1] == "at" or (words[-1] == "on" and (words[-2].endswith("ed") or words[-2] in _DONE))
    ):
        return Source.SYSTEM
    said = vocabulary().says(vocabulary().results, name)
    listed = answered in {Source.CATALOG, Source.PARTY}
    if said == "name":
        return answered if listed and words[-1:] == ("name",) else Source.NAME
    if said:
        return Source(said)
    return answered if listed else Source.NAME
