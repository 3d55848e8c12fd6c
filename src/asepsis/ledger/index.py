"""An index of a tenant's log: Parquet files that are derived from it, and a state that says up to where.

It can be removed at any time and is made again. What was appended to the log meanwhile is taken in before anything is
asked; the state names the entries, their compact range and the place that it goes on from. INVARIANT: nothing is
taken for the log's own because an index says so. A state that the log does not go on from, a file with another digest
or a gap between two has it all made anew.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from asepsis.core import canonical
from asepsis.core.errors import InputError, NotTrusted
from asepsis.core.events import Event, read
from asepsis.infra import columns, durable
from asepsis.infra.columns import Query, Row
from asepsis.ledger.errors import damaged
from asepsis.ledger.reader import LogReader, Place
from asepsis.ledger.scan import Batch
from asepsis.ledger.tlog.tree import CompactRange

__all__ = ["FOLDER", "Index", "event_of", "opened"]

FOLDER: Final = "index"
"""In a tenant's folder."""

_STATE: Final = "state.json"
_LOCK: Final = "lock"
_FORMAT: Final = 1
_ROWS: Final = 1 << 16
"""From how many rows on a file is left as it is; the last one is written again with what is new."""
_LAST: Final = (1 << 63) - 1
"""The last time, and the largest number, that a file has room for."""
_Number = Annotated[int, Meta(ge=0, le=_LAST)]
_Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file with the entries from `first` to the one before `end`."""

    first: _Number
    end: _Number
    digest: _Digest

    @property
    def name(self) -> str:
        return f"{self.first:020d}-{self.end:020d}.parquet"


class _State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is indexed: the first `size` entries, by their compact range; their last batch ends at `offset`."""

    format: int = _FORMAT
    size: _Number = 0
    hashes: tuple[_Digest, ...] = ()
    segment: _Number = 0
    offset: _Number = 0
    files: tuple[_File, ...] = ()

    def place(self) -> Place:
        """Returns where the log goes on; raises NotTrusted for a range that is none."""
        return Place(self.segment, self.offset, CompactRange(self.size, [bytes.fromhex(one) for one in self.hashes]))


_NOTHING: Final = _State()


@contextmanager
def opened(log: Path, at: Path, /) -> Iterator["Index"]:
    """Gives the index in folder `at` of the log in folder `log`, to one process at a time; raises OSError."""
    at.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(at / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield Index(log, at)
    finally:
        os.close(lock)


class Index:
    """The index of a log, while nobody else has it; raises NotTrusted when the log does not hold, and OSError."""

    def __init__(self, log: Path, at: Path, /) -> None:
        self._log = log
        self._at = at
        self._state = _NOTHING

    @property
    def size(self) -> int:
        """How many entries are indexed."""
        return self._state.size

    @property
    def root(self) -> bytes:
        """The root of the tree over them."""
        return self._state.place().before.root()

    def refresh(self, *, rebuild: bool) -> None:
        """Takes in what is durable now, from the first entry on if told to or if what is there does not hold."""
        if not rebuild:
            with suppress(NotTrusted, OSError, InputError):
                self._state = self._load()
                self._take_in()
                return
        self._state = _NOTHING
        self._take_in()

    def ask(self, query: Query, /) -> list[int]:
        """Returns where to look for what is asked for; raises InputError where the files say nothing of the kind."""
        wanted = [file for file in self._state.files if file.end > query.start]
        return columns.ask([self._at / file.name for file in wanted], query)

    def _load(self) -> _State:
        """Returns the state that is there; raises NotTrusted, InputError and OSError for one that does not hold."""
        try:
            state = msgspec.json.decode((self._at / _STATE).read_bytes(), type=_State)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._damaged("expected a state") from error
        ends = [0, *(file.end for file in state.files)]
        firsts = [*(file.first for file in state.files), state.size]
        if state.format != _FORMAT or ends != firsts or any(first >= end for first, end in pairwise(ends)):
            raise self._damaged("expected files without a gap")
        for file in state.files:
            if hashlib.sha256((self._at / file.name).read_bytes()).hexdigest() != file.digest:
                raise self._damaged("expected a file as it was written")
        return state

    def _take_in(self) -> None:
        place = self._state.place()
        reader = LogReader(self._log.parent, self._log.name, place if place.before.size else None)
        size, root = reader.durable()
        if size < self.size or (size == self.size and root != self.root):
            raise self._damaged("expected a log that goes on from what is indexed")
        rows: list[Row] = []
        for batch in reader.batches(self.size):
            rows += self._rows(batch)
            place = reader.behind(batch)
            if len(rows) >= _ROWS:
                self._add(rows, place)
                rows = []
        if rows:
            self._add(rows, place)
        if self._state is _NOTHING:
            self._keep(_NOTHING)

    def _rows(self, batch: Batch, /) -> list[Row]:
        found = [(index, event_of(entry, index, self._log)) for index, entry in enumerate(batch.entries, batch.first)]
        return [
            Row(
                index,
                max(-_LAST - 1, min(event.time, _LAST)),
                event.kind,
                int(event.verdict),
                event.principal,
                event.subjects,
            )
            for index, event in found
        ]

    def _add(self, rows: list[Row], place: Place, /) -> None:
        """Writes the rows, behind those of the last file while that is small."""
        files = list(self._state.files)
        behind, first = b"", self.size
        if files and files[-1].end - files[-1].first < _ROWS:
            last = files.pop()
            behind, first = (self._at / last.name).read_bytes(), last.first
        data = columns.pack(rows, behind=behind)
        file = _File(first, place.before.size, hashlib.sha256(data).hexdigest())
        self._write(file.name, data)
        hashes = tuple(one.hex() for one in place.before.hashes)
        self._keep(_State(_FORMAT, file.end, hashes, place.segment, place.offset, (*files, file)))

    def _keep(self, state: _State, /) -> None:
        """Writes the state, then removes what it does not name."""
        self._write(_STATE, canonical.encode(state))
        self._state = state
        named = {file.name for file in state.files}
        for path in self._at.glob("*.parquet"):
            if path.name not in named:
                path.unlink(missing_ok=True)

    def _write(self, name: str, data: bytes, /) -> None:
        with durable.replacing(self._at / name) as file:
            file.write(data)

    def _damaged(self, what: str, /) -> NotTrusted:
        return damaged(what, place=str(self._at))


def event_of(entry: bytes, index: int, log: Path, /) -> Event:
    """Reads an entry; raises NotTrusted when it is no Event of this tenant."""
    try:
        event = read(entry)
    except InputError as error:
        raise damaged("expected an event", place=f"{log}: entry {index}") from error
    if event.tenant != log.name:
        raise damaged("expected an event of this tenant", place=f"{log}: entry {index}")
    return event
