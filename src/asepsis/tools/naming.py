"""Which word of a tool's name is its verb, what the tool does by it, and what the tool is about.

Vendors put the verb first (`get_member_claims`), last (`claimSearch`, `pa_upd`) or behind a name of their own
(`crm_send_fax`), and some words are things as well as doings (`fax_get`, `refundIssue`); `tables/vocabulary.toml` says
which. Rules:

1. Of the first and the last word the verb is the one that is more of a verb; of two that are as much of one, the first.
2. Where the first word is none, it is the word behind it or the last one, again by which is more of a verb, and of two
   that are as much of one, the one that does something. Where the best is as much a thing, anything may be done.
3. What is opened is read, but for cases and the like, which begin by it.
4. What makes a fax, a message or a refund does what its name does (`createOutboundFax`).
5. A verb that may be a thing does what the other of the two would, too (`refundIssue`), and what an `and` adds counts
   always (`read_and_delete`).
"""

import itertools
from typing import Final, NamedTuple

from asepsis.tools.types import Effect
from asepsis.tools.vocabulary import singular, vocabulary, words_of

__all__ = ["Naming", "naming"]

_LINKING: Final = frozenset(
    {"a", "all", "an", "and", "current", "given", "into", "new", "or", "specific", "the", "their", "to", "up"}
)
_QUALIFYING: Final = frozenset({"by", "for", "from", "in", "of", "on", "to", "with"})
_JOINING: Final = frozenset({"and", "or", "then"})
_STRICTEST: Final = frozenset({Effect.WRITE, Effect.EGRESS, Effect.IRREVERSIBLE})
_MAKING: Final = frozenset({"create", "add", "make", "insert", "generate", "prepare", "compose", "put", "new"})
_CLEAR: Final = 3
_READING: Final = frozenset({Effect.READ})


class Naming(NamedTuple):
    """What a tool's name says; `things` are its nouns as they stand."""

    verbs: tuple[str, ...]
    things: tuple[str, ...]
    effects: frozenset[Effect]

    @property
    def nouns(self) -> tuple[str, ...]:
        """What the tool is about, in the singular."""
        return tuple(dict.fromkeys(singular(word) for word in self.things if word not in _LINKING))


def naming(name: str, /) -> Naming:
    """Returns what a tool's name says; a verb that nobody knows may do anything."""
    words = words_of(name)
    at = _place(words)
    verb = words[at : at + 1]
    joined = tuple(word for last, word in itertools.pairwise(words) if last in _JOINING and _does(word) - _READING)
    if verb and verb[0] in _MAKING and _does(words[-1]) - _READING:
        joined = (*joined, words[-1])
    effects = _does(*verb)
    if at and _strength(*verb) == 1:
        effects |= _STRICTEST
    if verb == ("open",) and set(words) & set(vocabulary().doubtful["opened"]):
        effects = frozenset({Effect.WRITE})
    if effects != _READING and effects and _strength(*verb) < _CLEAR:
        effects |= _does(words[0]) | _does(words[-1])
    effects = effects.union(*map(_does, joined))
    verbs = tuple(dict.fromkeys(word for word in (*verb, *joined) if _does(word) - _READING)) or verb
    # `refundIssue` is about refunds.
    both = len(words) > 1 and not at and _strength(*verb) == 1 and _does(words[-1])
    things = (*_things(words, at), *(verb if both else ()))
    return Naming(verbs, things, _whole(effects))


def _place(words: tuple[str, ...]) -> int:
    """Where the verb stands."""
    if not words:
        return 0
    first, end = _strength(words[0]), len(words) - 1
    if first:
        return 0 if first >= _strength(words[end], ends=True) else end
    places = [at for at in dict.fromkeys((1, end)) if at <= end and _does(words[at])]
    return max(places, key=lambda at: (_strength(words[at], ends=at == end), _does(words[at]) != _READING), default=0)


def _strength(word: str, *, ends: bool = False) -> int:
    """How much of a verb a word is: 0 for none, 1 where it is as much a thing, 2 where it may be one."""
    doubtful = vocabulary().doubtful
    if not _does(word):
        return 0
    if word in doubtful["things"] or (ends and word in doubtful["ending"]):
        return 1
    return 2 if word in doubtful["both"] else _CLEAR


def _does(word: str = "") -> frozenset[Effect]:
    return frozenset(Effect(name) for name, verbs in vocabulary().effects.items() if word in verbs)


def _whole(effects: frozenset[Effect]) -> frozenset[Effect]:
    if not effects:
        return _STRICTEST
    return effects if effects == _READING else effects - _READING | {Effect.WRITE}


def _things(words: tuple[str, ...], at: int) -> tuple[str, ...]:
    """The words behind the verb, or else before it, up to a qualifying one (`reviews` of `get_reviews_for_hotels`)."""
    nouns = words[at + 1 :] or words[:at]
    nouns = nouns[1:] if nouns and nouns[0] in _QUALIFYING else nouns
    ends = [at for at, word in enumerate(nouns) if word in _QUALIFYING and at]
    return nouns[: ends[0]] if ends else nouns
