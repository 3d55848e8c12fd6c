"""A disk whose power goes: what was synced stays, and the rest is whole, gone or torn.

Of what came after the last sync each write is whole, missing or torn at any 512 bytes, new names may be gone and
removed ones back.
"""

import contextlib
import os
from pathlib import Path
from random import Random  # noqa: TID251 seeded numbers are the point
from typing import Final

from asepsis.ledger.disk import OsDisk

__all__ = ["CutDisk", "PowerCutError"]

SECTOR: Final = 512


class PowerCutError(BaseException):
    """No program sees it coming, and none handles it."""


class CutDisk(OsDisk):
    """A real folder, with what a power cut would leave of it; the power goes at operation number `end`."""

    def __init__(self, end: int) -> None:
        self._end = end
        self._paths: dict[int, Path] = {}
        self._sure: dict[Path, bytes] = {}
        self._unsure: dict[Path, list[tuple[int, bytes | None]]] = {}
        self._new: set[Path] = set()
        self._gone: dict[Path, bytes] = {}

    def _step(self) -> None:
        self._end -= 1
        if self._end < 0:
            raise PowerCutError

    def _known(self, descriptor: int, path: Path) -> int:
        self._paths[descriptor] = path
        self._sure.setdefault(path, path.read_bytes())
        self._unsure.setdefault(path, [])
        return descriptor

    def create(self, path: Path, /) -> int:
        """Creates a file, whose name is not sure yet."""
        self._step()
        self._new.add(path)
        return self._known(super().create(path), path)

    def open(self, path: Path, /) -> int:
        """Opens or creates a file."""
        self._step()
        if not path.exists():
            self._new.add(path)
        return self._known(super().open(path), path)

    def write(self, descriptor: int, data: bytes, /, *, offset: int) -> None:
        """Writes what is not sure yet."""
        self._unsure[self._paths[descriptor]].append((offset, bytes(data)))
        self._step()
        super().write(descriptor, data, offset=offset)

    def truncate(self, descriptor: int, size: int, /) -> None:
        """Cuts what is not sure yet."""
        self._unsure[self._paths[descriptor]].append((size, None))
        self._step()
        super().truncate(descriptor, size)

    def sync(self, descriptor: int, /) -> None:
        """Makes a file's bytes sure."""
        self._step()
        path = self._paths[descriptor]
        self._sure[path] = os.pread(descriptor, 1 << 30, 0)
        self._unsure[path] = []

    def sync_folder(self, path: Path, /) -> None:
        """Makes a folder's names sure."""
        self._step()
        self._new = {one for one in self._new if one.parent != path}
        self._gone = {one: data for one, data in self._gone.items() if one.parent != path}

    def remove(self, path: Path, /) -> None:
        """Removes a name, which may come back."""
        self._step()
        self._gone[path] = path.read_bytes()
        super().remove(path)

    def cut(self, luck: Random) -> None:
        """Leaves of each file what a power cut may leave."""
        for descriptor in self._paths:
            with contextlib.suppress(OSError):
                os.close(descriptor)
        for path, data in self._gone.items():
            if luck.random() < 0.5:
                path.write_bytes(data)
        for path, sure in self._sure.items():
            if path in self._gone:
                continue
            left = sure
            for offset, unsure in self._unsure[path]:
                left = self._left(left, offset, unsure, luck)
            path.write_bytes(left)
            if path in self._new and luck.random() < 0.5:
                path.unlink()

    @staticmethod
    def _left(data: bytes, offset: int, unsure: bytes | None, luck: Random) -> bytes:
        fate = luck.choice(["whole", "none", "torn"])
        if fate == "none":
            return data
        if unsure is None:
            return data[:offset]
        kept = bytearray(data.ljust(offset + len(unsure), b"\0"))
        place = offset
        while place < offset + len(unsure):
            end = min((place // SECTOR + 1) * SECTOR, offset + len(unsure))
            if fate == "whole" or luck.random() < 0.7:
                kept[place:end] = unsure[place - offset : end - offset]
            place = end
        # A size grows with the writes that reach it; a torn one may end early.
        size = (
            len(kept) if fate == "whole" else luck.randint(len(data), len(kept)) if len(kept) > len(data) else len(kept)
        )
        return bytes(kept[:size])
