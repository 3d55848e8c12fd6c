"""What a tool does besides, where the verb of its name only reads, by what stands beside that verb.

1. A verb with a particle is another verb (`check_off_task`, `get_rid_of`), and so is one before a Spanish `y`.
2. What is taken or opened and nobody knows may be anything, as a door; money is taken (`pull_funds`); who obtains a
   consent or recommends a denial brings it about.
3. A word that may be a thing before one that may be a doing: it is one, unless the description begins with a reading
   (`inquiry_close`).
"""

from typing import Final

from asepsis.tools.described import CLEAR, does, opening, strength
from asepsis.tools.naming import STRICTEST, Naming, name_words
from asepsis.tools.types import Effect
from asepsis.tools.vocabulary import known, vocabulary

__all__ = ["besides"]

_READING: Final = frozenset({Effect.READ})
_PARTICLES: Final = frozenset({"away", "down", "off", "out", "rid"})
_TAKING: Final = frozenset({"extract", "grab", "load", "obtain", "open", "pull", "retrieve"})
_ANYTHING: Final = frozenset({"access", "grab", "obtain", "open", "pull"})
_MONEY: Final = frozenset({"cash", "fund", "funds", "money"})
_BROUGHT: Final = frozenset({"obtain", "recommend"})
_GIVEN: Final = frozenset({"authorization", "consent", "signature"})
_PAIR: Final = 2


def besides(name: str, described: str, named: Naming, /) -> Naming:
    """Returns what a name says with what its tool does besides reading; any other name's as it is."""
    if named.effects != _READING:
        return named
    words = name_words(name)
    if _turns(words) or _brings(named):
        return named._replace(effects=STRICTEST)
    done = _ending(words, described)
    return named._replace(verbs=done, effects=frozenset({Effect.WRITE}).union(*map(does, done))) if done else named


def _turns(words: tuple[str, ...]) -> bool:
    """Whether what stands behind a verb that reads makes another one of it."""
    return any(
        does(verb)
        and ((behind in _PARTICLES and (behind, then) != ("out", "of")) or (behind == "y" and does(then) != _READING))
        for verb, behind, then in zip(words, words[1:], (*words[2:], ""), strict=False)
    )


def _brings(named: Naming) -> bool:
    """Whether something is taken, opened or brought about that is not only looked at."""
    verbs, things = set(named.verbs), named.things[-1:]
    if verbs & _ANYTHING and not all(known(thing) or known(f"{thing}s") for thing in things):
        return True
    if verbs & _TAKING and not _MONEY.isdisjoint(named.nouns):
        return True
    return bool(verbs & _BROUGHT) and any(thing in _GIVEN or thing in vocabulary().made for thing in things)


def _ending(words: tuple[str, ...], described: str) -> tuple[str, ...]:
    """The doing that a name of two words ends in."""
    if len(words) != _PAIR or strength(words[0]) == CLEAR or words[1] not in vocabulary().doubtful["ending"]:
        return ()
    told = opening(described)[:1]
    return () if told and does(*told) == _READING else tuple(word for word in words[1:] if does(word) - _READING)
