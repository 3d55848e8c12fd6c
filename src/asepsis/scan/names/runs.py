"""Runs of tokens inside identifiers, put together: names cut at sentences, dates and addresses made whole.

INVARIANT: a run grows by no more than `GROWS` tokens before it, behind it by `SAID` (a date) or `MOST` (an address).
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from asepsis.scan.names.blocks import street
from asepsis.scan.names.edges import called, closed, coded, dated, links, sentences, spoken, trimmed
from asepsis.scan.names.ends import cornered, ended, is_address, is_house, joins, numbered, stated
from asepsis.scan.names.tokens import word

__all__ = ["LIKELY", "NO_RUN", "Run", "titled", "whole"]

LIKELY: Final = 700
"""How likely, per mille, a name has to be to be looked for in the whole document."""

_BEHIND: Final = 99
"""How likely a place is at most that the model took along with one of the sentence before."""

_NEXT: Final = 2
"""How far behind a street the second one of a corner begins, at most by one: its *and*."""

_OLD: Final = re.compile(r"(?:9[0-9]|1[01][0-9])[FfMm]\s*")


_BEFORE: Final = frozenset({"the", "early", "late", "mid"})
_TITLES: Final = frozenset(one + end for one in ("Mr", "Mrs", "Ms", "Mx", "Dr", "Prof") for end in ("", " "))
_STREET: Final = frozenset({"Dr", "Dr "})
_NO_NAME: Final = frozenset("apt unit suite bldg floor north south east west and or who".split())  # noqa: SIM905 a list reads better so


class Run(NamedTuple):
    """Tokens that belong together: from `first` on, before `last`; their kind, and how likely it is, per mille."""

    first: int
    last: int
    kind: str
    likely: int


NO_RUN: Final = Run(0, -1, "", 0)


def whole(words: Sequence[str], runs: list[Run], /) -> list[Run]:
    """Returns runs cut and completed."""
    return _addressed(words, _between(words, _called(words, _completed(words, _apart(words, runs)))))


def titled(words: Sequence[str], runs: list[Run], /) -> list[Run]:
    """Returns runs, and the word with a capital behind each title, however ordinary: `Ms. Rash`."""
    if _TITLES.isdisjoint(words):
        return runs
    taken = {place for run in runs for place in range(run.first, run.last)}
    more = [
        Run(place, place + 1, "NAME", LIKELY)
        for at, one in enumerate(words)
        if one in _TITLES and (place := _named(words, at)) and place not in taken
    ]
    return sorted([*runs, *more]) if more else runs


def _named(words: Sequence[str], title: int) -> int:
    """The place of the name behind a title; 0 where none is, or the title is a street's: `12 Oak Dr. Unit 4`."""
    at = title + 1 + (words[title + 1 : title + 2] in ([". "], ["."]))
    look = word(words[at]) if at < len(words) else None
    if look is None or look.look not in "tx" or len(look.plain) < 2 or look.form in _NO_NAME:
        return 0
    street = words[title] in _STREET and title and word(words[title - 1]).look == "t"
    return 0 if street else at


def _apart(words: Sequence[str], runs: list[Run]) -> list[Run]:
    """The runs, names cut where a sentence ends; the one word that begins the next is hardly a place, and no date."""
    found: list[Run] = []
    for run in runs:
        pieces = sentences(words, run.first, run.last) if run.kind in ("NAME", "GEO", "DATE") else []
        if run.kind == "NAME" and len(pieces) > 1:
            found += [run._replace(first=low, last=high) for low, high in pieces]
        elif run.kind == "GEO" and len(pieces) == 2 and _begins(words, *pieces[1]):
            low, high = pieces[1]
            found += [run._replace(last=pieces[0][1]), Run(low, high, run.kind, min(run.likely, _BEHIND))]
        elif run.kind == "DATE" and (end := closed(words, run.first, run.last)) < run.last:
            found.append(run._replace(last=end))
        elif run.kind == "DATE" and len(pieces) == 2 and not any(map(str.isdigit, "".join(words[slice(*pieces[1])]))):
            found.append(run._replace(last=pieces[0][1]))
        else:
            found.append(run)
    return found


def _begins(words: Sequence[str], first: int, last: int) -> bool:
    """Whether tokens are one word, or begin with one that begins sentences and no names."""
    return last - first == 1 or (words[first][0].isupper() and trimmed(words, first, first + 1) != (first, first + 1))


def _between(words: Sequence[str], runs: list[Run]) -> list[Run]:
    """The runs, those between the two numbers of a street as one place with them."""
    found: list[Run] = []
    for run in runs:
        last = found[-1] if found else NO_RUN
        whole = street(words, run.first, run.last) if run.kind in ("NAME", "GEO", "ID") else None
        if whole is None or whole[0] < last.first:
            if run.last > last.last:
                found.append(run if run.first >= last.last else run._replace(first=last.last))
            continue
        likely = run.likely
        while found and found[-1].last > whole[0]:
            likely = max(likely, found.pop().likely)
        found.append(Run(*whole, "GEO", likely))
    return found


def _addressed(words: Sequence[str], runs: list[Run]) -> list[Run]:
    """The runs, addresses whole: with their numbers, the second street of a corner, the country and the code."""
    if not any(run.kind == "GEO" for run in runs):
        return runs
    found: list[Run] = []
    within = False
    for given in runs:
        run, last = given, found[-1] if found else NO_RUN
        if run.first < last.last:
            # What the address before it took along: all of it, or its beginning.
            if run.last <= last.last:
                continue
            if run.kind == last.kind:
                run = Run(found.pop().first, run.last, run.kind, max(last.likely, run.likely))
                last = found[-1] if found else NO_RUN
            else:
                run = run._replace(first=last.last)
        within = within and joins(words, last.last, run.first)
        near = last.kind == "GEO" and run.kind in ("GEO", "NAME") and run.first - last.last < _NEXT
        if near and (_is_house_of(words, last, run) or run.first == cornered(words, *last[:2])):
            run = Run(found.pop().first, run.last, "GEO", max(last.likely, run.likely))
        if run.kind == "GEO":
            low, high = numbered(words, run.first, stated(words, run.last))
            low = max(low, found[-1].last if found else 0)
            within = within or is_address(words[low:high])
            high = ended(words, high) if within else high
            if low != run.first or high != run.last:
                run = Run(low, high, "GEO", run.likely)
        found.append(run)
    return found


def _is_house_of(words: Sequence[str], run: Run, behind: Run) -> bool:
    """Whether a run is the number of the house in the street that a name right behind it is: `4507 Jason Track`."""
    return run.kind == "GEO" and run.last - run.first == 1 and run.last == behind.first and is_house(words[run.first])


def _called(words: Sequence[str], runs: list[Run]) -> list[Run]:
    """The runs, names whole: with their initials and particles, and as one where those join two."""
    found: list[Run] = []
    for given in runs:
        run, last = given, found[-1] if found else NO_RUN
        if run.kind == "NAME":
            low, high = called(words, run.first, run.last)
            first = max(low, last.last)
            if first != run.first or high != run.last:
                run = Run(first, high, "NAME", run.likely)
            if last.kind == "NAME" and (
                first == last.last > low or links(words, last.last, first) or _is_first(words, last, run)
            ):
                run = Run(found.pop().first, high, "NAME", max(last.likely, run.likely))
        elif run.first < last.last:
            if run.last <= last.last:
                continue
            run = run._replace(first=last.last)
        found.append(run)
    return found


def _is_first(words: Sequence[str], run: Run, behind: Run) -> bool:
    """Whether a run is one word with a capital right before a name with one."""
    if run.last - run.first != 1 or run.last != behind.first or not words[run.first].endswith(" "):
        return False
    return words[run.first][0].isupper() and words[behind.first][0].isupper()


def _completed(words: Sequence[str], runs: list[Run]) -> list[Run]:
    """The runs, dates with the day of the week before them and an article found apart; an age over 89 behind a name."""
    found: list[Run] = []
    for given in runs:
        run = given
        if found and run.first < found[-1].last:
            # A year that is said was taken along by the month before it.
            if run.last <= found[-1].last:
                continue
            run = run._replace(first=found[-1].last)
        if _is_rest(words, run):
            # `AUTH-12345` is a code, though five digits alone are like a ZIP code.
            begun = found.pop().first if found and found[-1].kind == "ID" and found[-1].last == run.first else run.first
            run = run._replace(first=begun, kind="ID")
        if run.kind == "ID":
            run = run._replace(first=max(coded(words, run.first), found[-1].last if found else 0))
        if run.kind == "DATE":
            if found and _is_article(words, found[-1], run.first):
                run = run._replace(first=found.pop().first)
            run = run._replace(first=max(dated(words, run.first), found[-1].last if found else 0))
            run = run._replace(last=max(run.last, spoken(words, run.last)))
        if found and run.kind == "NAME" and _is_initial(words, found[-1], run.first):
            initial = found.pop()
            run = run._replace(first=initial.first, likely=max(initial.likely, run.likely))
        if found and found[-1].kind == "NAME" and run.first > found[-1].last:
            found += _age(words, found[-1].last)
        found.append(run)
    return [*found, *_age(words, found[-1].last)] if found and found[-1].kind == "NAME" else found


def _is_rest(words: Sequence[str], run: Run) -> bool:
    """Whether a run is a number that letters are written to: the rest of a code."""
    number = run.kind in ("GEO", "ID") and run.last - run.first == 1 and words[run.first].strip().isdecimal()
    return number and coded(words, run.first) < run.first


def _age(words: Sequence[str], place: int) -> list[Run]:
    """The age over 89 at a place: a number with the letter of a sex, which has the looks of those under 90."""
    return [Run(place, place + 1, "AGE", LIKELY)] if _OLD.fullmatch("".join(words[place : place + 1])) else []


def _is_initial(words: Sequence[str], run: Run, before: int) -> bool:
    """Whether a run ends in an initial whose full stop is all that stands between it and the name behind it."""
    if run.kind != "NAME" or len(words[run.last - 1].strip()) != 1 or not words[run.last - 1].strip().isalpha():
        return False
    return before - run.last == 1 and words[run.last].strip() == "." and "\n" not in words[run.last]


def _is_article(words: Sequence[str], run: Run, before: int) -> bool:
    """Whether a run is the article of what begins at `before`, or says how late it is."""
    return run.kind == "DATE" and run[:2] == (before - 1, before) and words[run.first].strip().lower() in _BEFORE
