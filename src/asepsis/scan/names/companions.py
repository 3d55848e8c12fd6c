"""Names that others beside them tell: `Vizirov, Barrett and Jones`, and who speaks at the beginning of a line.

The model looks at few words, and `Jones`, `White` and `Reed` alone may be anything. Behind a name and an *and*, a word
with a capital that is on a list of names is one, too; an ordinary word only where more names are listed before it. So
is such a first name that a colon and a quotation follow on its line, where somebody is named besides.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from asepsis.scan.names.doubts import BORNE, COMMON
from asepsis.scan.names.lists import FLAGS
from asepsis.scan.names.runs import LIKELY, NO_RUN, Run
from asepsis.scan.names.tokens import word

__all__ = ["accompanied", "headed"]

_FIRST: Final = 1 << FLAGS.index("first")
_JOINS: Final = frozenset({"and ", "or ", "& "})
_COLONS: Final = frozenset({":", ": "})
_SHUTS: Final = _COLONS | {"]", "] "}
_QUOTES: Final = frozenset({'"', "\\", "\u201c"})
_LEAST: Final = 3
_LONG: Final = 5
_WORDS: Final = 4
"""How many words and marks a name has at most that heads a line."""


Flags = Callable[[Sequence[str]], list[int]]


def accompanied(words: Sequence[str], runs: list[Run], flags: Flags, /) -> list[Run]:
    """Returns runs, and the names of one word that stand beside others or speak; `flags` are those of the lists."""
    if not any(run.kind == "NAME" for run in runs):
        return runs
    more = [*_listed(words, runs, flags), *_speakers(words, runs, flags)]
    return sorted([*runs, *more]) if more else runs


def headed(words: Sequence[str], runs: Sequence[Run], flags: Flags, /) -> Sequence[Run]:
    """Returns runs, and the words that head a line as a name heads another: `Tuimavave: stroke` beside `Ryu: gout`.

    A word that is on the list of common words is none of them, and a short one only where it is on a list of names.
    """
    ends = {run.last: run for run in runs if run.kind == "NAME"}
    if not ends or _SHUTS.isdisjoint(words):
        return runs
    heads = [(first, last) for first, last in _heads(words) if last - first == 1 or last in ends]
    known = {word(words[first]).look for first, last in heads if last in ends and ends[last].first <= first}
    taken = {place for run in runs for place in range(run.first, run.last)}
    more = [
        Run(first, last, "NAME", LIKELY)
        for first, last in heads
        if first not in taken and (look := word(words[first])).look in known
        if _may_be_called(flags(words[first:last])[0], len(look.plain))
    ]
    return sorted([*runs, *more]) if more else runs


def _may_be_called(bits: int, letters: int) -> bool:
    """Whether somebody may be called by a word of so many letters with these flags, and nothing else is."""
    return not bits & COMMON and letters >= (_LEAST if bits & BORNE else _LONG)


def _heads(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yields the tokens between the beginning of a line and a colon, or in brackets there."""
    first = 0
    for at, one in enumerate(words):
        if "\n" in one:
            first = at + 1
        elif one in _SHUTS:
            first += words[first] == "[" if first < at else 0
            if first < at <= first + _WORDS:
                yield first, at
            first = len(words)


def _listed(words: Sequence[str], runs: list[Run], flags: Flags) -> Iterator[Run]:
    """Yields the names behind the *and* of a list of names."""
    last = NO_RUN
    for at, run in enumerate(runs):
        place = run.last + 1
        if run.kind == "NAME" and "".join(words[run.last : place]) in _JOINS and _is_free(words, runs, at + 1, place):
            (bits,) = flags(words[place : place + 1])
            several = last.kind == "NAME" and last.last == run.first - 1 and words[last.last] == ", "
            if bits & BORNE and (several or not bits & COMMON):
                yield Run(place, place + 1, "NAME", LIKELY)
        last = run


def _is_free(words: Sequence[str], runs: list[Run], behind: int, place: int) -> bool:
    """Whether a word with a capital that belongs to nothing yet stands at a place, and none with one behind it."""
    if place >= len(words) or (behind < len(runs) and runs[behind].first <= place + 1):
        return False
    look = word(words[place])
    return look.look in "tx" and len(look.plain) >= _LEAST and not "".join(words[place + 1 : place + 2])[:1].isupper()


def _speakers(words: Sequence[str], runs: list[Run], flags: Flags) -> Iterator[Run]:
    """Yields the first names at the beginning of a line that a colon and a quotation follow."""
    if _QUOTES.isdisjoint(words):
        return
    taken = {run.first for run in runs}
    for at, one in enumerate(words[:-1]):
        if one not in _COLONS or not at or at - 1 in taken or words[at + 1] not in _QUOTES:
            continue
        look = word(words[at - 1])
        if (at == 1 or "\n" in words[at - 2]) and len(look.plain) >= _LEAST:
            (bits,) = flags(words[at - 1 : at])
            if bits & _FIRST and not bits & COMMON:
                yield Run(at - 1, at, "NAME", LIKELY)
