"""The timestamps of a log, beside it: each the published checkpoint that was stamped, and the authority's token for it.

`stamps/<size>.note` and `stamps/<size>.tsr` are what `openssl ts -verify -data … -in …` takes. They are never the
truth about the log: each note is one of its checkpoints or is refused, and each token is checked against the roots of
whoever asks.
"""

from pathlib import Path
from typing import Final, NamedTuple

from asepsis.infra import durable

__all__ = ["FOLDER", "Stamped", "covering", "keep", "newest", "sizes", "stamped"]

FOLDER: Final = "stamps"
"""In a tenant's folder."""

_NOTE: Final = ".note"
_TSR: Final = ".tsr"
_DIGITS: Final = 20


class Stamped(NamedTuple):
    """A checkpoint of `size` entries as a signed note, and the token that says when it was there at the latest."""

    size: int
    note: bytes
    token: bytes


def sizes(folder: Path, /) -> list[int]:
    """Returns the sizes of the checkpoints that a log has stamps of, in order."""
    place = folder / FOLDER
    if not place.is_dir():
        return []
    names = {one.name for one in place.iterdir()}
    stems = [name.removesuffix(_TSR) for name in names if name.endswith(_TSR)]
    return sorted(int(one) for one in stems if len(one) == _DIGITS and one.isdecimal() and one + _NOTE in names)


def stamped(folder: Path, size: int, /) -> Stamped:
    """Returns a log's stamp at a size; raises OSError where there is none."""
    place = folder / FOLDER / f"{size:0{_DIGITS}d}"
    return Stamped(size, place.with_suffix(_NOTE).read_bytes(), place.with_suffix(_TSR).read_bytes())


def newest(folder: Path, /) -> Stamped | None:
    """Returns a log's last stamp."""
    found = sizes(folder)
    return stamped(folder, found[-1]) if found else None


def covering(folder: Path, end: int, /) -> Stamped | None:
    """Returns the first stamp over at least `end` entries: the earliest time at which those were there for sure."""
    return next((stamped(folder, size) for size in sizes(folder) if size >= end), None)


def keep(folder: Path, stamp: Stamped, /) -> None:
    """Keeps a stamp, the token last, for it is what says that the note is there; raises OSError."""
    place = folder / FOLDER
    place.mkdir(mode=0o700, exist_ok=True)
    for suffix, data in ((_NOTE, stamp.note), (_TSR, stamp.token)):
        with durable.replacing(place / f"{stamp.size:0{_DIGITS}d}{suffix}") as file:
            file.write(data)
    durable.sync_folder(place)
