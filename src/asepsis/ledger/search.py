"""Searches a tenant's log: by its index, or without one from the first entry to the last.

The index only says where to look. Each Event that is found is read from the log and compared with what was asked for:
a forged index can hide Events and cannot invent one, and where it names a wrong one it is made anew. One that is made
anew for the search hides nothing, and neither does a search without it.
"""

from pathlib import Path
from typing import NamedTuple

import msgspec

from asepsis.core.errors import Bug, InputError
from asepsis.core.events import Event
from asepsis.core.ports import Entry
from asepsis.infra.columns import Query
from asepsis.ledger.index import Index, event_of, opened
from asepsis.ledger.places import Places
from asepsis.ledger.reader import LogReader

__all__ = ["Found", "Hit", "scan", "search"]


class Hit(NamedTuple):
    """An Event that was asked for, and its entry in the log."""

    entry: Entry
    event: Event


class Found(NamedTuple):
    """What was found in the first `size` entries of a log whose tree has that root; `more` says that there is more."""

    hits: tuple[Hit, ...]
    size: int
    root: bytes
    more: bool


def search(folder: Path, query: Query, /, *, index: Path, rebuild: bool = False) -> Found:
    """Returns what is asked for, by the index in a folder, which is brought up to date or made anew first.

    Raises NotTrusted when the log does not hold, Unavailable without the extra `search`, OSError.
    """
    with opened(folder, index) as found:
        for anew in (rebuild, True):
            found.refresh(rebuild=anew)
            hits = _hits(folder, found, query)
            if hits is not None:
                return Found(hits[: query.limit], found.size, found.root, more=len(hits) > query.limit)
    raise Bug("expected an index that was just made to fit its log", place=str(index))


def scan(folder: Path, query: Query, /) -> Found:
    """Returns what is asked for, from every entry; raises NotTrusted when the log does not hold, OSError."""
    reader = LogReader(folder.parent, folder.name)
    hits: list[Hit] = []
    size, root = reader.durable()
    for batch in reader.batches(0):
        size, root = batch.after.size, batch.seal.root
        if len(hits) <= query.limit:
            hits += _fitting(folder, batch.first, batch.entries, query)
    return Found(tuple(hits[: query.limit]), size, root, more=len(hits) > query.limit)


def _hits(folder: Path, index: Index, query: Query, /) -> tuple[Hit, ...] | None:
    """Returns up to one more than the limit; None where the index does not tell the truth."""
    places = Places(folder, LogReader(folder.parent, folder.name))
    try:
        wanted = index.ask(_one_more(query))
    except InputError:
        return None
    hits: list[Hit] = []
    for number in wanted:
        if not query.start <= number < index.size or (hits and number <= hits[-1].entry.index):
            return None
        entry = places.entry(number)
        event = event_of(entry.data, number, folder)
        if not query.fits(event):
            return None
        hits.append(Hit(entry, event))
    return tuple(hits)


def _one_more(query: Query, /) -> Query:
    return msgspec.structs.replace(query, limit=query.limit + 1)


def _fitting(folder: Path, first: int, entries: list[bytes], query: Query, /) -> list[Hit]:
    found: list[Hit] = []
    for number, data in enumerate(entries, first):
        event = event_of(data, number, folder)
        if number >= query.start and query.fits(event):
            found.append(Hit(Entry(number, data), event))
    return found
