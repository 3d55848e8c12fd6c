"""Whom the user writes to by what they are: *our medical director*, *my boss*, *the care team*.

Whoever is told of by that is not whoever sent what the user wants passed on. Who is told further (*the doctor who sent
it*) is told by that.
"""

import functools
import re
from typing import Final

from asepsis.tools.vocabulary import singular, vocabulary

__all__ = ["addressees"]

_ADDRESSED: Final = re.compile(
    r"\b(?:to|send|e-?mail|mail|message|text|fax|forward|tell|write|notify|inform|page)"
    r" (?:my|our|your|the|his|her|their)"
    r"(?=((?: [a-z'\u2019-]+){1,3}))"
)
_FURTHER: Final = frozenset(
    {
        "a", "about", "an", "and", "at", "by", "for", "from", "in", "of", "on", "that", "the", "to", "what", "when",
        "who", "with",
    }
)  # fmt: skip
_NO_PEOPLE: Final = frozenset({"account", "directory", "profile", "household", "destination"})
_BY_OFFICE: Final = frozenset(
    {
        "assistant", "boss", "chief", "clinician", "dentist", "director", "doctor", "pharmacist", "physician",
        "secretary", "specialist", "surgeon", "therapist",
    }
)  # fmt: skip


def addressees(text: str, /) -> frozenset[str]:
    """Returns who is written to by what they are, in a normal text."""
    return frozenset(filter(None, map(_addressee, _ADDRESSED.findall(text))))


@functools.cache
def _people() -> frozenset[str]:
    """Words for somebody by what they are: *my boss*, *our medical director*."""
    known = frozenset(singular(word) for word in vocabulary().answers["party"] if " " not in word)
    return (known - _NO_PEOPLE) | _BY_OFFICE


def _addressee(phrase: str) -> str:
    """Who is written to by what they are, in the words behind *to the*; empty where those end in nobody.

    Whoever is told further (*the doctor who sent it*) is told by that.
    """
    said = phrase.split()
    end = next((at for at, word in enumerate(said) if word in _FURTHER), len(said))
    last = singular(said[end - 1]) if end else ""
    return last if last in _people() and said[end : end + 1] not in (["who"], ["that"]) else ""
