"""The names and places that fill templates: lists of the repository, of Faker and of the shared data."""

import gzip
import importlib
import tomllib
import zlib
from importlib import resources
from pathlib import Path
from typing import Final, Literal, NamedTuple

from asepsis.scan.names.tokens import word

__all__ = ["Origin", "Place", "World", "toml"]

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
    suffixes: tuple[str, ...]
    lexicon: dict[str, tuple[str, ...]]
    forms: dict[str, tuple[str, ...]]
    numbers: dict[str, tuple[str, ...]]

    @classmethod
    def read(cls, names: Path, /, half: Half = "all") -> "World":
        """Returns the world of a folder of word lists; `half` keeps a tenth of the names for tests, or the rest."""
        cities = [line.split("\t") for line in lines(names / "us_cities_by_state.tsv.gz")[1:]]
        counties = [line.split("\t") for line in lines(names / "us_counties.tsv.gz")[1:]]
        states = [line.split("\t") for line in lines(names / "us_states.tsv")[1:]]
        suffixes = [line.split("\t") for line in lines(names / "street_suffixes.tsv")[1:]]
        common = set(lines(names / "common_words.txt.gz"))
        ranked = sorted(cities, key=lambda row: -int(row[2]))
        return cls(
            tuple(one for name, entry in toml("origins").items() for one in _origins(name, entry, half)),
            Origin(
                "listed",
                _kept([one.title() for one in lines(names / "first_names.txt.gz") if _usable(one, common)], half),
                _kept([one.title() for one in lines(names / "last_names.txt.gz") if _usable(one, common)], half),
            ),
            tuple(Place(row[0], row[1]) for row in cities),
            tuple(Place(row[0], row[1]) for row in ranked[:1500]),
            tuple(Place(row[0], row[1]) for row in counties),
            {row[0]: row[1] for row in states},
            tuple(sorted({row[2].title() for row in suffixes[:]} | {row[1].title() for row in suffixes})),
            _tuples(toml("lexicon")),
            _tuples(forms := toml("forms")),
            _tuples(forms["numbers"]),
        )


def toml(name: str, /) -> dict[str, object]:
    """Returns a file of the templates."""
    return tomllib.loads((resources.files("asepsis.scan.train") / "templates" / f"{name}.toml").read_text())


def lines(path: Path, /) -> list[str]:
    """Returns the lines of a file, which may be compressed."""
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode().splitlines()


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
    origin = Origin(name, _kept(sorted(set(first)), half), _kept(sorted(set(last)), half))
    return [origin] * int(entry.get("share", 1))
