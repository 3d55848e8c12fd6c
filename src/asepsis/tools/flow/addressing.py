"""Whom the user writes to by what they are: *our medical director*, *my boss*, *the care team*.

Whoever is told of by that is not whoever sent what the user wants passed on. Who is told further (*the doctor who sent
it*) is told by that.
"""

import functools
import re
from typing import Final

from asepsis.tools.flow.asking import asking
from asepsis.tools.types import Argument, ArgumentRole, Manifest
from asepsis.tools.vocabulary import singular, vocabulary

__all__ = ["addressed", "addressees", "receives"]

_ADDRESSED: Final = re.compile(
    r"\b(?:to|send|e-?mail|mail|message|text|fax|forward|tell|write|notify|inform|page)"
    r" (?:my|our|your|the|his|her|their)"
    r"(?=((?: [a-z'\u2019-]+){1,3}))"
)
_OFFICES: Final = re.compile(
    r"\b(?:to|tell|notify|inform|alert|warn|ask|email|e-mail|message|text|fax|page|let|with)"
    r" (everyone|everybody|compliance|legal|billing|hr|security|finance|accounting|accounts payable|payroll|audit"
    r"|nursing|admissions|scheduling|quality|privacy|management|leadership|dispatch|intake|reception|support)"
    r"(?= (?:about|that|by|via|what|when|why|how|for|and|with|know|to)\b|[.,;:!?\n]|$)"
)
"""Those who are told of by what they do, as nobody's name is."""

_WRITING: Final = frozenset({"send", "share"})
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

_ABOUT: Final = re.compile(
    r"\b(?:about|regarding|concerning|whether|that|why|how|what|when|where|if|because)\b"
    r"(?:(?! to the | to \w+@)[^,.;:!?\n])*"
)
_OF: Final = re.compile(
    r"(?<=\w )(?:the|an?|his|her|their) (?:[\w-]+ ){1,3}(?:of|for|from|by|on) [^,.;:!?\n]*?(?= to |[,.;:!?\n]|$)"
)
_POSSESSOR: Final = re.compile(r"(?:[\w.-]+ ){0,2}[\w-]+(?:['\u2019]s|s['\u2019]) (?=\w)")
"""Whose somebody is (*Ann's supervisor*) is not who they are."""

_HANDED: Final = re.compile(
    r"(?:^|(?<=[.,;:!?\n] ))(?:share [^,.;:!?\n]*? (?=with )|[^,.;:!?\n]*? (?=to (?!(?:be|go|do|make)\b)))"
)
"""What is sent, before who gets it."""


def addressed(text: str, /) -> str:
    """Returns what a normal text that has somebody written to says of whom, without what they are written.

    *Send Ann's claims to Omar* and *mail Omar about Ann* say Omar.
    """
    text = _POSSESSOR.sub(" ", _ABOUT.sub(" ", text))
    return _HANDED.sub(" ", _OF.sub(" ", text))


def receives(manifest: Manifest, argument: Argument, /) -> bool:
    """Whether an argument says who is written to: a recipient, or a member where a tool that writes has no other."""
    if all(doing.name not in _WRITING for doing in asking().doings(manifest)):
        return False
    if argument.role is ArgumentRole.DESTINATION:
        return True
    others = (one for one in manifest.arguments if one.role is ArgumentRole.DESTINATION)
    return argument.role is ArgumentRole.SUBJECT and not any(others)


def addressees(text: str, /) -> frozenset[str]:
    """Returns who is written to by what they are, in a normal text."""
    return frozenset((*filter(None, map(_addressee, _ADDRESSED.findall(text))), *_OFFICES.findall(text)))


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
