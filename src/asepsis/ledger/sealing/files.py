"""The files that sealed bodies lie in: segments that only grow, each written by one process, named in Events.

    <root>/<tenant>/<day>-<random>.bodies

A body stands at its offset, whole; what its Event says of its size and digest is how it is found and checked. A process
begins segments of its own and never goes on with one that it found, so a torn tail is what nobody was told of.
"""

import os
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from asepsis.core.errors import Unavailable
from asepsis.core.ports import Clock, Randomness
from asepsis.core.types import SealedRef
from asepsis.infra.clock import today
from asepsis.ledger.errors import unopened
from asepsis.ledger.format import check_tenant
from asepsis.ledger.ports import Disk

__all__ = ["MOST_BYTES", "BodyFiles", "Spot", "read_body", "remove_before", "segments_of"]

MOST_BYTES: Final = 1 << 26
"""The largest body, and about the size at which a segment ends."""

_DAY_MS: Final = 86_400_000
_SUFFIX: Final = ".bodies"
_NAME: Final = re.compile(r"[0-9]{8}-[0-9a-f]{16}")


_NO_RUN: Final[tuple[list[bytes], int]] = ([], -1)


class Spot(msgspec.Struct, frozen=True, gc=False):
    """A place that was taken for a body: whose it is, the file and where in it."""

    tenant: str
    segment: str
    offset: int


class _End:
    """Where the next body of a tenant goes."""

    __slots__ = ("day", "offset", "segment")

    def __init__(self, segment: str, day: int) -> None:
        self.segment = segment
        self.day = day
        self.offset = 0


class BodyFiles:
    """Takes places for bodies, and writes them there; places are taken in one thread at a time, written in another."""

    def __init__(self, root: Path, disk: Disk, /, *, clock: Clock, randomness: Randomness) -> None:
        self._root = root
        self._disk = disk
        self._clock = clock
        self._randomness = randomness
        self._ends: dict[str, _End] = {}
        self._open: dict[tuple[str, str], int] = {}
        self._broken: set[str] = set()

    def take(self, tenant: str, size: int, /) -> Spot:
        """Takes a place behind the bodies of that tenant, in a segment of today; raises InputError for its name."""
        day = self._clock.now() // _DAY_MS
        end = self._ends.get(tenant)
        if end is None or end.day != day or end.offset + size > MOST_BYTES or end.segment in self._broken:
            check_tenant(tenant)
            name = f"{today(self._clock.now())}-{self._randomness.bytes(8).hex()}"
            end = self._ends[tenant] = _End(name, day)
        offset = end.offset
        end.offset += size
        return Spot(tenant, end.segment, offset)

    def write(self, bodies: Sequence[tuple[Spot, bytes]], /) -> None:
        """Writes bodies to their places and returns once they are durable; raises Unavailable.

        What failed once is never written again: the next body of that tenant begins a new segment.
        """
        stretches = _joined(bodies)
        segments = {spot.segment for spot, _ in stretches}
        if not self._broken.isdisjoint(segments):
            raise Unavailable("cannot write sealed bodies", place="ledger", code="sealing_disk")
        try:
            for spot, data in stretches:
                self._disk.write(self._file(spot), data, offset=spot.offset)
            for descriptor in {self._file(spot) for spot, _ in stretches}:
                self._disk.sync(descriptor)
        except OSError as error:
            self._broken |= segments
            reason = os.strerror(error.errno or 0)
            raise Unavailable(f"cannot write sealed bodies: {reason}", place="ledger", code="sealing_disk") from error
        self._close(keep={(spot.tenant, spot.segment) for spot, _ in stretches})

    def close(self) -> None:
        """Closes the files."""
        self._close(keep=set())

    def _file(self, spot: Spot) -> int:
        descriptor = self._open.get((spot.tenant, spot.segment))
        if descriptor is None:
            folder = self._root / spot.tenant
            if not folder.exists():
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._disk.sync_folder(self._root.parent)
                self._disk.sync_folder(self._root)
            descriptor = self._disk.create(folder / f"{spot.segment}{_SUFFIX}")
            self._open[spot.tenant, spot.segment] = descriptor
            self._disk.sync_folder(folder)
        return descriptor

    def _close(self, *, keep: set[tuple[str, str]]) -> None:
        """Closes the segments that nothing is written to any more."""
        keep = keep | {(tenant, end.segment) for tenant, end in tuple(self._ends.items())}
        for place in [place for place in self._open if place not in keep]:
            self._disk.close(self._open.pop(place))


def _joined(bodies: Sequence[tuple[Spot, bytes]]) -> list[tuple[Spot, bytes]]:
    """Returns bodies with those of a segment that lie one behind the other as one; they come in the order of places."""
    runs: list[tuple[Spot, list[bytes]]] = []
    last: dict[str, tuple[list[bytes], int]] = {}
    segment, (pieces, end) = "", _NO_RUN
    for spot, data in bodies:
        if spot.segment is not segment:
            last[segment] = (pieces, end)
            segment = spot.segment
            pieces, end = last.get(segment, _NO_RUN)
        if end != spot.offset:
            pieces, end = [], spot.offset
            runs.append((spot, pieces))
        pieces.append(data)
        end += len(data)
    return [(spot, b"".join(pieces)) for spot, pieces in runs]


def read_body(root: Path, tenant: str, ref: SealedRef, /) -> bytes:
    """Returns the bytes of a body, whatever they are now; raises NotTrusted for a place that can't be one's."""
    check_tenant(tenant)
    if not _NAME.fullmatch(ref.segment) or not (0 < ref.size <= MOST_BYTES and 0 <= ref.offset <= MOST_BYTES):
        raise unopened("expected the place of a body")
    try:
        with (root / tenant / f"{ref.segment}{_SUFFIX}").open("rb") as file:
            return os.pread(file.fileno(), ref.size, ref.offset)
    except FileNotFoundError:
        return b""


def segments_of(root: Path, tenant: str, /) -> Iterator[Path]:
    """Yields the segments of a tenant, by their days."""
    check_tenant(tenant)
    folder = root / tenant
    yield from sorted(folder.glob(f"*{_SUFFIX}")) if folder.is_dir() else ()


def remove_before(root: Path, tenant: str, day: int, needed: Collection[int] = (), /) -> int:
    """Removes the segments of days before `day`, a number such as 20261126, that are not needed; returns how many."""
    named = [(int(path.stem[:8]), path) for path in segments_of(root, tenant) if _NAME.fullmatch(path.stem)]
    old = [path for when, path in named if when < day and when not in needed]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
