"""The word lists the model looks words up in, gathered from the shared data, Faker and a list of English words.

The lists of names are wide: they call `song`, `million` and `guess` names. So an English word is a name only where
Faker, whose lists are of names that people bear, has it as one; and it is an ordinary word where Faker has not. So are
the medicines, products and studies of the templates' lexicon.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from asepsis.scan.names.lists import FLAGS
from asepsis.scan.names.tokens import tokens, word
from asepsis.scan.train.english import english
from asepsis.scan.train.world import Half, borne, called, lines, toml

__all__ = ["gather", "widened"]

_BITS: Final = {name: 1 << at for at, name in enumerate(FLAGS)}
_LEAST: Final = 5000
"""How many people live in a place whose name counts as a city's; smaller ones count as words of places."""

_FREQUENT: Final = 8000
"""How many of the most frequent English words are on a list of their own."""


_SHORTEST: Final = 2
_SHORT: Final = 3
"""Names of so few letters are on no list of origins, and those of so few where they are medical words."""

_NOBODYS: Final = ("brand", "product", "trial", "organisation")
"""What of the templates' lexicon is written like names and is called after nobody."""


def gather(names: Path, /) -> dict[str, int]:
    """Returns each word with the bits of its lists."""
    found: dict[str, int] = {}
    medical = [one for one in lines(names / "common_words.txt.gz") if one.isalpha() and len(one) < 20]
    ordinary = frozenset(english())
    first, last = (frozenset(word(one).form for name in some for one in name.split()) for some in borne())
    alone = (first | last).difference(medical)
    _add(found, _names(names / "first_names.txt.gz", ordinary, first), "first")
    _add(found, _names(names / "last_names.txt.gz", ordinary, last), "last")
    _add(found, medical, "common")
    _add(found, (one for one in english() if one not in alone), "common")
    _add(found, (one for one in english()[:_FREQUENT] if one not in alone), "frequent")
    for slot in _NOBODYS:
        _add(found, (one for said in _said(slot) for one in _words(said) if one not in alone), "common")
    rows = [line.split("\t") for line in lines(names / "us_cities_by_state.tsv.gz")[1:]]
    for name, _, population in rows:
        words = _words(name)
        _add(found, words, "city" if len(words) == 1 and int(population) >= _LEAST else "place")
    for line in lines(names / "us_counties.tsv.gz")[1:]:
        _add(found, [one for one in _words(line.split("\t")[0]) if one not in ("county", "parish")], "place")
    for line in lines(names / "us_states.tsv")[1:]:
        code, name, _ = line.split("\t")
        _add(found, [code.lower(), *_words(name)], "state")
    for line in lines(names / "countries.txt"):
        _add(found, _words(line), "state")
    for line in lines(names / "street_suffixes.tsv")[1:]:
        _add(found, [one for cell in line.split("\t") for one in _words(cell)], "street")
    return found


def widened(found: Mapping[str, int], names: Path, /, half: Half = "all") -> dict[str, int]:
    """Returns the lists that a model runs with: those it is fitted with, and the names of all origins.

    Of English names the lists have nearly all, of Turkish and Chinese ones few. A model that is fitted with all of them
    on its lists leans on those, and misses more of the names that are on none (ADR 63). English words stay what they
    are, and so do short medical ones: `ros`, `osa`. `half` leaves out the names that are kept for tests.
    """
    wide = dict(found)
    ordinary = frozenset(english())
    short = frozenset(one for one in lines(names / "common_words.txt.gz") if len(one) <= _SHORT)
    for some, name in zip(called(half), ("first", "last"), strict=True):
        _add(wide, (one for one in sorted(some - ordinary - short) if len(one) > _SHORTEST), name)
    return wide


def _said(slot: str) -> list[str]:
    entries = toml("lexicon")[slot]
    assert isinstance(entries, list)
    return [str(one) for one in entries]


def _names(path: Path, ordinary: frozenset[str], people: frozenset[str]) -> Iterable[str]:
    return (one for one in lines(path) if one not in ordinary or one in people)


def _add(found: dict[str, int], words: Iterable[str], name: str) -> None:
    bit = _BITS[name]
    for one in words:
        found[one] = found.get(one, 0) | bit


def _words(name: str) -> list[str]:
    return [look.form for token in tokens(name) if (look := word(token)).plain and len(look.form) > 1]
