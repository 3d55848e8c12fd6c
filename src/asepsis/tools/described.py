"""What the description of a tool says: whether it begins with a doing or a thing, and what it does besides."""

import re
from typing import Final

from asepsis.tools.types import Effect
from asepsis.tools.vocabulary import known, singular, vocabulary, words_of

__all__ = [
    "BEHIND",
    "CLEAR",
    "DETERMINERS",
    "QUALIFYING",
    "also",
    "are_several",
    "begins",
    "clause",
    "does",
    "is_one",
    "opening",
    "plain",
    "strength",
]

_MAILS: Final = re.compile(r"\be-mail", re.IGNORECASE)
_ENDS: Final = re.compile(r"[.:;\n]")
CLEAR: Final = 3
"""How much of a verb a word is that is nothing else."""


BEHIND: Final = frozenset({"about", "between", "from", "of", "that", "which", "who"})
DETERMINERS: Final = frozenset({"a", "all", "an", "each", "every", "one", "the"})
_WHICH: Final = frozenset(
    {
        "active",
        "all",
        "available",
        "current",
        "latest",
        "new",
        "open",
        "past",
        "pending",
        "recent",
        "scheduled",
        "the",
        "unread",
    }
)
QUALIFYING: Final = frozenset({"by", "for", "from", "in", "of", "on", "to", "with"})
_JOINING: Final = frozenset({"and", "or", "then", "y"})
_OBJECTS: Final = DETERMINERS | {
    "any",
    "both",
    "el",
    "her",
    "him",
    "his",
    "it",
    "its",
    "la",
    "las",
    "lo",
    "los",
    "their",
    "them",
    "these",
    "those",
    "two",
    "un",
    "una",
}
_GIVING: Final = frozenset({"build", "compose", "export", "generate", "prepare", "return", "run"})
"""What a tool that reads does for who calls it: *Returns the claims*, *Runs a search*."""

_GIVEN: Final = frozenset({"accept", "resolve"})
_TURNED: Final = frozenset({"into", "return", "returns", "to"})
"""What is given to a tool that reads, and comes back as something else: *Resolves a name to an id*."""

_HAPPENING: Final = {
    "archived": "archive", "deleted": "delete", "destroyed": "destroy", "erased": "erase", "marked": "mark",
    "purged": "purge", "wiped": "wipe",
}  # fmt: skip
_HAPPENS: Final = re.compile(rf"[.;:,\n][^.;:\n]* (?:is|are|gets?) ({'|'.join(_HAPPENING)})\b")
"""What is said to happen besides: *Lists the faxes; those that were read are deleted.*"""

_OBTAINED: Final = re.compile(
    r"gets? (?:rid of|approval|consent|permission|(?:(?:a|an|the) )?[a-z]+ (?:a|an) [a-z]+)\b"
)
"""*Gets rid of a record* and *Gets the member a refill* get nothing to read."""

_SENTENCES: Final = re.compile(r"[.;:\n]+\s+")
_MOST_SENTENCES: Final = 50
_PAIR: Final = 2
_READING: Final = frozenset({Effect.READ})


def clause(described: str) -> tuple[str, ...]:
    """The words of a description up to what ends its first clause; who e-mails something emails it."""
    return words_of(_MAILS.sub("mail", _ENDS.split(described, maxsplit=1)[0]))


def opening(described: str) -> tuple[str, ...]:
    """The first words of a description up to a qualifying one, the verbs among them in their plain form."""
    words = clause(described)
    words = ("get", *words[1:]) if words[:1] == ("returns",) else words  # what a function returns, it gives its caller
    end = next((at for at, word in enumerate(words) if word in QUALIFYING and at), len(words))
    return tuple(plain(word) for word in words[:end])


def begins(described: str) -> bool:
    """Whether a description begins with a doing.

    A word that may be a thing, or that nobody knows, is one before what it is done to.
    """
    first, behind = opening(described)[:1], clause(described)[1:2]
    done = behind != () and behind[0] in DETERMINERS
    if not does(*first) - _READING:
        return done and first != () and not known(*first)
    strong = strength(*first)
    return strong == CLEAR or done or (strong > 1 and behind != () and behind[0] not in QUALIFYING)


def also(described: str) -> tuple[str, ...]:
    """Returns the doings that a description tells of beside what the name says, in their plain form.

    What it begins with is one (*Requests a signature*), what is joined to that (*Finds and reserves a slot*), what an
    `and` goes on with that is done to something (*Shows a claim and marks it as seen*), and what a later sentence
    begins with in the third person (*Looks up a member. Resets the PIN.*): other sentences speak to whoever calls.
    """
    found = ["".join(opening(described)[:1])] if begins(described) else []
    for number, sentence in enumerate(_SENTENCES.split(_MAILS.sub("mail", described))[:_MOST_SENTENCES]):
        words = words_of(sentence)
        if words and (not number or plain(words[0]) != words[0]) and _is_done(words[0], words[1:2]):
            found.append(plain(words[0]))
        for at, word in enumerate(words[:-1]):
            verb, behind = words[at + 1], words[at + 2 : at + 3]
            told = strength(plain(verb)) == CLEAR or (strength(plain(words[0])) > 1 and plain(verb) != verb)
            if word in _JOINING and (_is_done(verb, behind) or (at == 1 and told)):
                found.append(plain(verb))
    found += [_HAPPENING[one] for one in _HAPPENS.findall(described.casefold())]
    found += ["request"] if _OBTAINED.match(described.casefold()) else []
    given = _GIVING | (_GIVEN if not _TURNED.isdisjoint(clause(described)) else set())
    return tuple(one for one in dict.fromkeys(found) if does(one) - _READING and one not in given)


def _is_done(verb: str, behind: tuple[str, ...]) -> bool:
    """Whether a word is a doing that is done to what stands behind it."""
    return bool(does(plain(verb)) - _READING) and behind != () and behind[0] in _OBJECTS


def is_one(told: tuple[str, ...]) -> bool:
    """Whether words begin with an article or the like, and no clear verb is among them."""
    return told[:1] != () and told[0] in DETERMINERS and not any(strength(word) == CLEAR for word in told)


def are_several(told: tuple[str, ...]) -> bool:
    """Whether words begin with known things and say more of them: *Calls to the nurse line*, *New orders of a unit*."""
    things = told[1:] if told[:1] != () and told[0] in _WHICH else told
    if len(things) < _PAIR or things[0] == singular(things[0]):
        return False
    behind = things[1] in QUALIFYING or things[1] in BEHIND
    return behind and known(things[0]) and strength(plain(things[0])) < CLEAR


def plain(word: str) -> str:
    """Returns the plain form of a verb that is known, or the word as it is."""
    forms = (word, singular(word), word.removesuffix("s"))
    return next((form for form in forms if does(form)), word)


def strength(word: str, *, ends: bool = False) -> int:
    """How much of a verb a word is: 0 for none, 1 where it is as much a thing, 2 where it may be one."""
    doubtful = vocabulary().doubtful
    if not does(word):
        return 0
    if word in doubtful["things"] or (ends and word in doubtful["ending"]):
        return 1
    return 2 if word in doubtful["both"] else CLEAR


def does(word: str = "") -> frozenset[Effect]:
    """Returns what a verb does, nothing for a word that no list knows."""
    return frozenset(Effect(name) for name, verbs in vocabulary().effects.items() if word in verbs)
