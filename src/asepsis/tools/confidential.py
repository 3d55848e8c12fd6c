"""Which categories the data in a tool's results may be of, as names and descriptions say it: for people to confirm.

A category makes a session confidential, so that what reaches outside is asked about from then on; it is proposed beside
a draft and never drafted. What may flow into a tool (`clears`) no schema can say, and nothing proposes it.

1. A field is `phi` where it, or its tool, speaks of people and it of what is told of them, free text included; and
   wherever it names a diagnosis, a treatment or a result.
2. What is kept closer is named in the name, the description or the allowed values (`tables/categories.toml`). Substance
   use is `part2` as well: whether it comes from a program of 42 CFR Part 2 no schema says.
3. A tool that reads and whose fields nobody describes is told by its own name and description.
4. All that a tool answers is what any of its fields is.
"""

import functools
import tomllib
from collections.abc import Iterable, Iterator
from importlib import resources
from typing import Final, NamedTuple

import msgspec

from asepsis.core.labels import Category
from asepsis.tools.shapes import SchemaLeaf, schema_leaves
from asepsis.tools.types import Effect, Manifest, Tool
from asepsis.tools.vocabulary import singular, words_of

__all__ = ["Proposed", "kinds", "proposed"]

_LONGEST: Final = 2_000


class Proposed(NamedTuple):
    """Categories of a field, and why: the kinds of data. The path of all that a tool answers is empty."""

    path: str
    categories: tuple[Category, ...]
    kinds: tuple[str, ...]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The entries of the table, each as its words."""

    people: tuple[str, ...]
    ordinary: dict[str, tuple[str, ...]]
    health: dict[str, tuple[str, ...]]
    closer: dict[Category, tuple[str, ...]]


def proposed(tool: Tool, manifest: Manifest, /) -> tuple[Proposed, ...]:
    """Returns what is proposed for the fields of a tool's results, and last for all of them; nothing for none.

    Raises InputError for a schema beyond the limits.
    """
    about = _words(tool.name, tool.description)
    people = manifest.personal or _has(about, _table().people)
    leaves = schema_leaves(tool.output_schema) if tool.output_schema else ()
    found = [Proposed(leaf.path, *_told(kinds)) for leaf in leaves if (kinds := tuple(_kinds(leaf, people=people)))]
    if not any(leaf.name for leaf in leaves) and Effect.READ in manifest.effects:
        # Nothing says which fields there are.
        kinds = tuple(dict.fromkeys(_sensitive(about)))
        found += [Proposed("", *_told(kinds or ("record",)))] if kinds or people else []
    every = tuple(dict.fromkeys(kind for one in found for kind in one.kinds))
    return (*(one for one in found if one.path), Proposed("", *_told(every))) if found else ()


def kinds() -> frozenset[str]:
    """Returns the kinds of data by which something may be proposed."""
    table = _table()
    return frozenset({"name", "record", *table.ordinary, *table.health, *map(str, table.closer)})


def _told(kinds: tuple[str, ...]) -> tuple[tuple[Category, ...], tuple[str, ...]]:
    """The categories of kinds of data, with the kinds."""
    closer = {Category(kind) for kind in kinds if kind in _table().closer}
    health = set() if set(kinds) <= {Category.SECRET} else {Category.PHI}
    part2 = {Category.PART2} if Category.SUBSTANCE_USE in closer else set()
    return tuple(sorted(closer | health | part2)), kinds


def _kinds(leaf: SchemaLeaf, *, people: bool) -> Iterator[str]:
    """The kinds of data that a field says it has."""
    path = _words(leaf.path)
    yield from _sensitive(_words(leaf.path, leaf.description, *leaf.values))
    if people or _has(path, _table().people):
        yield from (kind for kind, entries in _table().ordinary.items() if _has(path, entries))
        if path[-1:] == ("name",) and (len(words_of(leaf.name)) == 1 or _has(_words(leaf.name), _table().people)):
            yield "name"


def _sensitive(words: tuple[str, ...]) -> Iterator[str]:
    """What is confidential wherever it is said."""
    for kinds in (_table().closer, _table().health):
        yield from (str(kind) for kind, entries in kinds.items() if _has(words, entries))


def _words(*texts: str) -> tuple[str, ...]:
    return tuple(singular(word) for text in texts for word in words_of(text[:_LONGEST]))


def _has(words: tuple[str, ...], entries: Iterable[str]) -> bool:
    """Whether the words of an entry stand together in others."""
    said = f" {' '.join(words)} "
    return any(f" {entry} " in said for entry in entries)


@functools.cache
def _table() -> _Table:
    text = resources.files("asepsis.tools").joinpath("tables/categories.toml").read_text()
    read = msgspec.convert(tomllib.loads(text), _Table)
    return _Table(
        people=_entries(read.people),
        ordinary={kind: _entries(one) for kind, one in read.ordinary.items()},
        health={kind: _entries(one) for kind, one in read.health.items()},
        closer={kind: _entries(one) for kind, one in read.closer.items()},
    )


def _entries(said: Iterable[str]) -> tuple[str, ...]:
    return tuple(" ".join(_words(one)) for one in said)
