"""The names and places that fill templates: lists of the repository, of Faker and of the shared data."""

import gzip
import importlib
import tomllib
import zlib
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Final, Literal, NamedTuple

from asepsis.scan.names.tokens import tokens, word
from asepsis.scan.train.english import english

__all__ = ["Half", "Origin", "Place", "World", "borne", "called", "lines", "toml"]

Half = Literal["all", "train", "test"]

_NAMES: Final = (
    "first_names", "first_names_male", "first_names_female", "first_names_unisex",
    "last_names", "last_names_male", "last_names_female",
)  # fmt: skip


class Origin(NamedTuple):
    """An origin of names, with first and last names."""

    name: str
    first: tuple[str, ...]
    last: tuple[str, ...]


class Place(NamedTuple):
    """A place in the United States."""

    name: str
    state: str


class World(NamedTuple):
    """All that templates are filled from."""

    origins: tuple[Origin, ...]
    listed: Origin
    places: tuple[Place, ...]
    large: tuple[Place, ...]
    counties: tuple[Place, ...]
    states: dict[str, str]
    countries: tuple[str, ...]
    common: tuple[str, ...]
    suffixes: tuple[str, ...]
    lexicon: dict[str, tuple[str, ...]]
    forms: dict[str, tuple[str, ...]]
    numbers: dict[str, tuple[str, ...]]
    abroad: tuple[tuple[str, ...], ...]

    @classmethod
    def read(cls, names: Path, /, half: Half = "all") -> "World":
        """Returns the world of a folder of word lists; `half` keeps a tenth of the names for tests, or the rest."""
        cities = [line.split("\t") for line in lines(names / "us_cities_by_state.tsv.gz")[1:]]
        counties = [line.split("\t") for line in lines(names / "us_counties.tsv.gz")[1:]]
        states = [line.split("\t") for line in lines(names / "us_states.tsv")[1:]]
        suffixes = [line.split("\t") for line in lines(names / "street_suffixes.tsv")[1:]]
        common = set(lines(names / "common_words.txt.gz"))
        first, last = borne()
        spoken = {word(name).form for name in (*first, *last)}
        words = common.union(one for one in english() if one not in spoken)
        ranked = sorted(cities, key=lambda row: -int(row[2]))
        return cls(
            tuple(one for name, entry in toml("origins").items() for one in _origins(name, entry, half)),
            Origin(
                "listed",
                _kept([one.title() for one in lines(names / "first_names.txt.gz") if _usable(one, words)], half),
                _kept([one.title() for one in lines(names / "last_names.txt.gz") if _usable(one, words)], half),
            ),
            tuple(Place(row[0], row[1]) for row in cities),
            tuple(Place(row[0], row[1]) for row in ranked[:1500]),
            tuple(Place(row[0], row[1]) for row in counties),
            {row[0]: row[1] for row in states},
            tuple(lines(names / "countries.txt")),
            tuple(sorted(one for one in words if 3 < len(one) < 16 and one.isalpha())),
            tuple(sorted({row[2].title() for row in suffixes[:]} | {row[1].title() for row in suffixes})),
            _tuples(toml("lexicon")),
            _tuples(forms := toml("forms")),
            _tuples(forms["numbers"]),
            _abroad(_tuples(forms)["city_locales"]),
        )


def toml(name: str, /) -> dict[str, object]:
    """Returns a file of the templates."""
    return tomllib.loads((resources.files("asepsis.scan.train") / "templates" / f"{name}.toml").read_text())


def lines(path: Path, /) -> list[str]:
    """Returns the lines of a file, which may be compressed."""
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode().splitlines()


def _abroad(locales: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Towns of other countries, by locale, as Faker lists them."""
    providers = [importlib.import_module(f"faker.providers.address.{one}").Provider for one in locales]
    return tuple(tuple(sorted(set(one.cities))) for one in providers)  # some are sets, in any order


def _tuples(table: object) -> dict[str, tuple[str, ...]]:
    assert isinstance(table, dict)
    return {name: tuple(map(str, values)) for name, values in table.items() if isinstance(values, list)}


def _usable(one: str, common: set[str]) -> bool:
    return 2 < len(one) < 16 and one.isalpha() and one not in common


def _kept(names: list[str], half: Half) -> tuple[str, ...]:
    if half == "all":
        return tuple(names)
    kept = tuple(one for one in names if (zlib.crc32(word(one).form.encode()) % 10 == 0) is (half == "test"))
    return kept or tuple(names)


def borne() -> tuple[list[str], list[str]]:
    """Returns the first and the last names of Faker's locales that are used here."""
    locales = ({"locales": entry.get("locales", ())} for entry in toml("origins").values() if isinstance(entry, dict))
    origins = [_origins("", entry, "all")[0] for entry in locales]
    return [name for one in origins for name in one.first], [name for one in origins for name in one.last]


def called(half: Half = "all", /) -> tuple[set[str], set[str]]:
    """Returns the words of the first and the last names of all origins; `half` as for a world."""
    origins = [_origins("", entry, half)[0] for entry in toml("origins").values()]
    return _parts(name for one in origins for name in one.first), _parts(name for one in origins for name in one.last)


def _parts(names: Iterable[str]) -> set[str]:
    return {look.form for name in names for token in tokens(name) if (look := word(token)).plain}


def _origins(name: str, entry: object, half: Half) -> list[Origin]:
    """An origin, as often as its share says."""
    assert isinstance(entry, dict)
    first = [str(one) for one in entry.get("first", ())]
    last = [str(one) for one in entry.get("last", ())]
    for locale in entry.get("locales", ()):
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        for attribute in _NAMES:
            found = getattr(provider, attribute, None)
            if isinstance(found, tuple | list | dict):
                (last if attribute.startswith("last") else first).extend(
                    one for one in found if one and one[0].isalpha()
                )
    first += [one + other for one in entry.get("first_begins", ()) for other in entry.get("first_ends", ())]
    last += [one + other for one in entry.get("last_begins", ()) for other in entry.get("last_ends", ())]
    origin = Origin(name, _kept(sorted(set(first)), half), _kept(sorted(set(last)), half))
    return [origin] * int(entry.get("share", 1))
