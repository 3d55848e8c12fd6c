"""What was used up once and for all: a file for each, beside the database, so that a writer of that brings none back.

INVARIANT: of two that spend one name at the same time, on one machine, one gets it (`O_EXCL`).
"""

import os
from pathlib import Path
from typing import Final

from asepsis.core.errors import Unavailable

__all__ = ["Spent"]

_LONGEST_SECONDS: Final = 31 * 86_400
_NAME: Final = 64


class Spent:
    """A folder of what was spent; it is forgotten after a month, when nothing that was asked for then is good."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def spend(self, name: str, /, *, tenant: str) -> bool:
        """Spends a name; False where it was spent before; raises Unavailable when the disk does not take it."""
        if not _is_name(name):
            return False
        try:
            folder = self._folder / tenant
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(folder / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            return False
        except OSError as error:
            raise Unavailable("expected a folder that what is used up can be noted in") from error
        return True

    def restore(self, name: str, /, *, tenant: str) -> None:
        """Takes back that a name was spent; raises Unavailable."""
        if not _is_name(name):
            return
        try:
            (self._folder / tenant / name).unlink(missing_ok=True)
        except OSError as error:
            raise Unavailable("expected a folder that what is used up can be noted in") from error

    def forget(self, now: int, /) -> int:
        """Takes out what is too old to matter, by a time in milliseconds, and returns how many there were."""
        count = 0
        for file in self._folder.glob("*/*"):
            try:
                if file.stat().st_mtime < now / 1000 - _LONGEST_SECONDS:
                    file.unlink()
                    count += 1
            except FileNotFoundError:
                continue
        return count


def _is_name(name: str) -> bool:
    return name.isascii() and name.replace("-", "").isalnum() and len(name) <= _NAME
