"""An emergency mode for the record (45 CFR 164.308(a)(7)(ii)(C)), opened by two people, for a time, by what they sign.

Without it, and it is off unless settings name a folder for it, an outage denies: no Event, no answer. While it is open
for the `ledger`, Events that the log does not take go into a journal on another disk (see `journal`); while it is open
for `sealing`, calls go on without what can't be kept. The file is looked at only when something failed, and needs
neither the log's disk nor the control database.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from asepsis.core.errors import NotTrusted
from asepsis.core.ports import Clock

__all__ = ["LEDGER", "OPEN", "SEALING", "Emergency", "Opening"]

OPEN: Final = "open"
"""The file in the emergency's folder that opens it."""
LEDGER: Final = "ledger"
SEALING: Final = "sealing"

_MOST: Final = 1 << 16


class Opening(NamedTuple):
    """What two people signed: an id, what it is open for, until when (milliseconds), why, and who they are."""

    id: str
    scopes: tuple[str, ...]
    until: int
    reason: str
    by: tuple[str, ...]


class Emergency:
    """What the file in a folder opens. `admit` checks its signatures and raises NotTrusted."""

    def __init__(self, folder: Path, admit: Callable[[bytes], Opening], /, *, clock: Clock) -> None:
        self.folder = folder
        self.admit = admit
        self._clock = clock
        self._seen: tuple[int, int, int] | None = None
        self._opening: Opening | None = None

    def current(self) -> Opening | None:
        """Returns what is open now; None for a file that is missing, not signed by two, or over."""
        try:
            found = (self.folder / OPEN).stat()
        except OSError:
            self._seen = None
            return None
        seen = (found.st_ino, found.st_mtime_ns, found.st_size)
        if seen != self._seen:
            self._seen, self._opening = seen, self._read()
        opening = self._opening
        return opening if opening is not None and self._clock.now() < opening.until else None

    def allows(self, scope: str, /) -> Opening | None:
        """Returns what is open now if it is open for that."""
        opening = self.current()
        return opening if opening is not None and scope in opening.scopes else None

    def _read(self) -> Opening | None:
        try:
            file = os.open(self.folder / OPEN, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            with os.fdopen(file, "rb") as opened:
                return self.admit(opened.read(_MOST))
        except (OSError, NotTrusted):
            return None
