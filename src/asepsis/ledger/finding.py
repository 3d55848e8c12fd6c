"""Finds the entry of an Event by its id, without an index and mostly without reading the log.

1. An id says when it was made (UUIDv7, RFC 9562 5.7), and a segment's first Event when the segment began: so the
   segment to look in is found by halving, and those beside it come next, for clocks go back and imports are old.
2. Its bytes are searched for the id, and its frames counted up to there.
3. What stands at that index is then read by `Places`: proven to be in the published tree, or checked against the log.

An id that is in no segment near its time is looked for in all others, so a miss costs a look at every byte.
"""

import mmap
import re
import struct
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from asepsis.core.errors import InputError
from asepsis.core.events import read
from asepsis.core.ports import Entry
from asepsis.ledger.format import LENGTH_SIZE, MARK, SEAL_SIZE, segment_name, segments, start_size
from asepsis.ledger.places import Places
from asepsis.ledger.reader import LogReader

__all__ = ["found_by_id"]

_UUID7: Final = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
_LENGTH: Final = struct.Struct(">I")
_PAGE: Final = 1 << 17


def found_by_id(folder: Path, name: str, /) -> Entry | None:
    """Returns the durable Event of that id; None where there is none. Raises NotTrusted for one that does not hold."""
    reader = LogReader(folder.parent, folder.name)
    size, firsts = reader.size(), segments(folder)
    ends = dict(zip(firsts, [*firsts[1:], size], strict=True))
    word = b'"id":' + msgspec.json.encode(name)
    places: Places | None = None
    for first in _nearest(folder, firsts, name):
        for index in _hits(folder / segment_name(first), first, word):
            if index >= min(ends[first], size):
                break
            places = places or Places(folder, reader)
            entry = places.entry(index)
            if read(entry.data).id == name:
                return entry
    return None


def _nearest(folder: Path, firsts: list[int], name: str, /) -> Iterator[int]:
    """Yields the segments, those first that may have been written when the id was made; all newest first else."""
    time = _time_of(name)
    if time is None:
        yield from reversed(firsts)
        return
    here = bisect_right(firsts, time, key=lambda first: _began(folder / segment_name(first))) - 1
    above, below = max(here, 0), max(here, 0) - 1
    while above < len(firsts) or below >= 0:
        if above < len(firsts):
            yield firsts[above]
        if below >= 0:
            yield firsts[below]
        above, below = above + 1, below - 1


def _time_of(name: str, /) -> int | None:
    """Returns the milliseconds that an id carries."""
    found = _UUID7.match(name)
    return int(found[1] + found[2], 16) if found else None


def _began(path: Path, /) -> int:
    """Returns the time of a segment's first Event, as far as it says one: a hint where to look first."""
    with path.open("rb") as file:
        data = file.read(_PAGE)
    start = start_size(int(path.stem))
    if len(data) < start + LENGTH_SIZE:
        return 1 << 62  # nothing is in it yet
    (length,) = _LENGTH.unpack_from(data, start)
    try:
        event = read(data[start + LENGTH_SIZE : start + LENGTH_SIZE + length])
    except InputError:
        return 0
    return _time_of(event.id) or event.time


def _hits(path: Path, first: int, word: bytes, /) -> Iterator[int]:
    """Yields the indexes of the entries of a segment in which the word stands."""
    with path.open("rb") as file:
        start = start_size(first)
        if path.stat().st_size <= start:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            index, at = first, start
            hit = data.find(word, at)
            while hit >= 0:
                index, at = _walk(data, index, at, hit)
                if at <= hit:
                    yield index
                hit = data.find(word, hit + 1)


def _walk(data: mmap.mmap, index: int, at: int, hit: int, /) -> tuple[int, int]:
    """Returns the entry whose frame a place lies in, from a frame before it on; a frame behind it where none does."""
    unpack, end = _LENGTH.unpack_from, len(data) - LENGTH_SIZE
    while at <= end:
        (length,) = unpack(data, at)
        behind = at + LENGTH_SIZE + (SEAL_SIZE if length == MARK else length)
        if behind > hit:
            return (index, at) if length != MARK else (index, behind)
        index += length != MARK
        at = behind
    return index, len(data)
