"""What was shown once and may not be shown again, remembered by all processes of a machine until its time is up.

The file outlives a restart and is not synced: a machine that lost power may have forgotten the last moments, and takes
about as long to serve again as what is remembered is good for.
"""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from asepsis.core.errors import Unavailable
from asepsis.core.ports import Clock

__all__ = ["Replays", "mend"]

_TABLE = "CREATE TABLE IF NOT EXISTS seen (value BLOB PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID"


def mend(path: Path, /) -> None:
    """Takes a file away that can't be read, as a machine that lost power may leave one; before anybody uses it."""
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(path)) as connection:
            sound = connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
    except sqlite3.DatabaseError:
        sound = False
    if not sound:
        for left in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
            left.unlink(missing_ok=True)


class Replays:
    """Implements `first` over one SQLite file that several processes share; safe with threads."""

    def __init__(self, path: Path, *, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def first(self, value: bytes, /, *, seconds: int) -> bool:
        """Whether a value is shown for the first time in `seconds`; raises Unavailable where nobody can say."""
        now = self._clock.now()
        try:
            with self._lock, self._opened() as connection:
                connection.execute("DELETE FROM seen WHERE until <= ?", (now,))
                row = (value, now + seconds * 1000)
                return connection.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", row).rowcount == 1
        except sqlite3.Error as error:
            raise Unavailable("what was shown before can't be looked up", code="replays") from error

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = sqlite3.connect(self._path, timeout=5, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = OFF")
            self._connection.execute(_TABLE)
            self._connection.execute("CREATE INDEX IF NOT EXISTS seen_until ON seen (until)")
        return self._connection
