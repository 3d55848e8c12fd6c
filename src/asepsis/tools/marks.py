"""What survives a restart of a session: its mark, so that to be started anew clears nothing.

A mark says whether anything untrusted was read, which categories, and about whom, by keyed digests; never a text. What
the user said and what was read are not kept: after a restart the user has to say it again, or a person is asked.
"""

from pathlib import Path
from typing import Final, Protocol

import msgspec

from asepsis.core import canonical
from asepsis.core.errors import ConfigError, Unavailable
from asepsis.core.labels import Label
from asepsis.core.ports import Clock
from asepsis.infra import durable

__all__ = ["FileMarks", "Marks"]

_MOST_BYTES: Final = 64_000_000


class Marks(Protocol):
    """Where marks are kept, by keyed digests of sessions."""

    def get(self, session: str, /) -> Label | None:
        """Returns a session's mark."""

    def put(self, session: str, mark: Label, /) -> None:
        """Keeps a session's mark; raises Unavailable."""


class _Kept(msgspec.Struct, frozen=True):
    mark: Label
    until: int


class FileMarks:
    """Marks in a file that one process writes; each is forgotten `minutes` after it was last kept."""

    def __init__(self, path: Path, *, clock: Clock, minutes: int) -> None:
        """Raises ConfigError for a file that can't be read: without it, what sessions have read would be forgotten."""
        self._path = path
        self._clock = clock
        self._lasts = minutes * 60_000
        try:
            data = path.read_bytes() if path.exists() else b"{}"
            if len(data) > _MOST_BYTES:
                raise ConfigError("expected fewer marks of sessions", place=str(path))
            self._kept = msgspec.json.decode(data, type=dict[str, _Kept])
        except (OSError, msgspec.DecodeError) as error:
            raise ConfigError("expected the marks of sessions", place=str(path)) from error

    def get(self, session: str, /) -> Label | None:
        """Returns a session's mark, None for one that has none or whose time is up."""
        found = self._kept.get(session)
        return found.mark if found is not None and found.until > self._clock.now() else None

    def put(self, session: str, mark: Label, /) -> None:
        """Keeps a session's mark on the disk; raises Unavailable."""
        now = self._clock.now()
        self._kept = {name: one for name, one in self._kept.items() if one.until > now}
        self._kept[session] = _Kept(mark, now + self._lasts)
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with durable.replacing(self._path) as file:
                file.write(canonical.encode(self._kept))
        except OSError as error:
            raise Unavailable("the marks of sessions can't be kept", code="tools.marks") from error
