"""The second look at a document: a name that was found once is covered wherever it stands.

A word is *known* when it is part of a name that is likely and has at least three letters; a word that is on the list of
common words is known only as it is written, with its capital. Each place where a known word stands outside of findings,
with a capital or in a text without capitals, is a finding too, with the initial that leads to it: `J. Gonzalez`,
`GONZALEZ`, `Gonzalez's`, `Gonzalez, Maria`.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from asepsis.scan.names.tokens import word

__all__ = ["LEAST", "Known", "known", "repeated"]

LEAST: Final = 3
"""How many letters a word has that is remembered."""

_COMMON: Final = 4


class Known(NamedTuple):
    """What is remembered of names: words in lower case, and words as they are written."""

    lower: frozenset[str]
    exact: frozenset[str]


def known(words: Sequence[str], flags: Sequence[int], /) -> Known:
    """Returns what is remembered of the words of names; `flags` are those of the word lists."""
    lower: set[str] = set()
    exact: set[str] = set()
    for one, bits in zip(words, flags, strict=True):
        look = word(one)
        if len(look.plain) < LEAST:
            continue
        if not bits & _COMMON:
            lower |= {look.form, one.strip().lower()}
        elif look.look == "t":
            exact.add(one.strip())
    return Known(frozenset(lower), frozenset(exact))


def repeated(words: Sequence[str], names: Known, taken: frozenset[int], /) -> Iterator[tuple[int, int]]:
    """Yields the tokens, from one on and before another, where a known word stands and nothing was found."""
    plain = not any(one[0].isupper() for one in words)
    last = 0
    for place, one in enumerate(words):
        if place in taken or not (plain or one[0].isupper()):
            continue
        bare = one.rstrip()
        if bare.lower() in names.lower or bare in names.exact:
            before = words[place - 2] if place - 2 >= last and words[place - 1] == ". " else ""
            first = place - 2 if len(before) == 1 and before.isupper() else place
            if not taken.intersection(range(first, place)):
                yield first, place + 1
                last = place + 1
