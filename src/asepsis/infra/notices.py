"""Notices that processes leave in the state folder for others to read: one for each process, replaced as a whole.

A notice counts for as long as its process lives, so that what one said that was killed is not taken for how things are.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from asepsis.infra import durable

__all__ = ["Notices"]

_LOG: Final = logging.getLogger(__name__)


class Notices:
    """The notices in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = folder / f"{os.getpid()}.json"

    def put(self, data: bytes, /) -> None:
        """Puts this process's notice in the place of the one before; one that can't be written is logged."""
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with durable.replacing(self._own) as file:
                file.write(data)
            for path in self._folder.glob("*.json"):
                if not _lives(path):
                    path.unlink(missing_ok=True)
        except OSError as error:
            _LOG.error("a notice can't be written: %s", error.strerror)

    def take_down(self) -> None:
        """Takes this process's notice away."""
        self._own.unlink(missing_ok=True)

    def read(self) -> Iterator[bytes]:
        """Yields the notices of all processes that live."""
        for path in sorted(self._folder.glob("*.json")):
            if _lives(path):
                with suppress(OSError):  # it was taken down just now
                    yield path.read_bytes()


def _lives(path: Path) -> bool:
    if not path.stem.isdecimal():
        return False
    try:
        os.kill(int(path.stem), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
