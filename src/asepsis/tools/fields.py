"""Whose word a field of a result is, by its name: the same for what a schema says and for what a key says."""

from typing import Final

from asepsis.tools.types import Source
from asepsis.tools.vocabulary import vocabulary, words_of

__all__ = ["source_of", "speaks"]

_REACHED: Final = frozenset({"number", "name", "address", "email", "phone", "fax", "contact"})


def speaks(name: str, /) -> bool:
    """Whether a name says anything."""
    return len(name) <= _LONGEST and bool(vocabulary().says(vocabulary().results, name))


def source_of(name: str, answered: Source, /) -> Source:
    """Returns the source of a text in a field of that name, where the tool's own nouns say `answered`.

    How somebody is called or reached is theirs (`sender_number`). What nothing speaks for is what the nouns say, which
    is free unless they say that the service itself, or people of a directory, are listed.
    """
    words = words_of(name)
    people = vocabulary().results["party"]
    if words and words[-1] in _REACHED and any(word in people for word in words[:-1]):
        return Source.PARTY
    said = vocabulary().says(vocabulary().results, name)
    listed = answered in {Source.CATALOG, Source.PARTY}
    if not said or said == "name":
        return answered if listed else Source.NAME if said else Source.FREE
    return Source(said)


_LONGEST: Final = 40
