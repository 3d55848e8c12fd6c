"""Which sentences of an answer rest on untrusted sources, for its reader: text alone can mislead with no tool called.

A sentence rests on a leaf that anybody may have written where it repeats a run of its words, or most of its own words
that mean something stand there, or an address, a link or a number of it does; and where the user did not say it first.
That is lexical, as all of the monitor is: of a sentence in quite other words nobody can say what it rests on, so that
an answer without any such sentence is not thereby free of what was read.
"""

import re
from collections import Counter
from typing import Final, NamedTuple

from asepsis.tools.flow import texts
from asepsis.tools.flow.asking import asking
from asepsis.tools.flow.seen import Seen, Spot
from asepsis.tools.flow.words import Words

__all__ = ["Resting", "resting"]

_SENTENCE: Final = re.compile(r"[^.!?\n]+(?:[.!?](?=\S)[^.!?\n]*)*[.!?]*")
_RUN: Final = 5
_FEWEST: Final = 3
_MOST: Final = 0.6
_SENTENCES: Final = 500
_PLACES: Final = 3
_DIGITS: Final = 4


class Resting(NamedTuple):
    """One sentence, by code points of the text, and the places that it rests on, the likeliest first."""

    start: int
    end: int
    places: tuple[str, ...]


def resting(text: str, seen: Seen, words: Words, /) -> tuple[Resting, ...]:
    """Returns the sentences of a text that rest on what anybody may have written, up to some."""
    stop = frozenset(asking().stop.words)
    found = []
    for one in list(_SENTENCE.finditer(text))[:_SENTENCES]:
        places = _places(texts.normal(one[0]), seen, words, stop)
        if places:
            lead = len(one[0]) - len(one[0].lstrip())
            found.append(Resting(one.start() + lead, one.end(), places))
    return tuple(found)


def _places(sentence: str, seen: Seen, words: Words, stop: frozenset[str]) -> tuple[str, ...]:
    if words.say(sentence):
        return ()
    tokens = texts.tokens(sentence)
    meant = {word for word in tokens if word not in stop and len(word) > 2}
    shared: Counter[Spot] = Counter()
    for word in meant:
        shared.update(spot for spot in seen.speaking(word) if spot.source.untrusted)
    exact = [*texts.addresses(sentence), *texts.links(sentence)]
    exact += [word for word in tokens if len(word) >= _DIGITS and word.isdigit()]
    close = [
        spot
        for spot, many in shared.most_common()
        if _alike(tokens, spot, many, len(meant))
        or any(texts.contains(spot.text, one) for one in exact if not words.say(one))
    ]
    return tuple(dict.fromkeys(spot.where for spot in close))[:_PLACES]


def _alike(tokens: list[str], spot: Spot, many: int, meant: int) -> bool:
    """Whether a sentence repeats a leaf: most of its own words, or a run of them as they stand."""
    if meant >= _FEWEST and many >= _FEWEST and many >= _MOST * meant:
        return True
    runs = (" ".join(tokens[at : at + _RUN]) for at in range(len(tokens) - _RUN + 1))
    said = " ".join(texts.tokens(spot.text))
    return any(run in said for run in runs)
