"""The watch over the configuration's files: a change is tried, and put in force or refused; nothing is missed.

1. The first look compares the file's digest with the one in force, so that a change made between the start and this
   look is one like any other.
2. Later looks ask for the files' identities (device, inode, times, size) and read them only when one changed.
3. A file that can't be used leaves the old configuration in force and is told once per change.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final, Generic, TypeVar

import msgspec

from asepsis.core.errors import ConfigError, Error
from asepsis.infra.config import Loaded

__all__ = ["FileWatch", "repeat"]

_LOG = logging.getLogger(__name__)
_NEVER: Final = (-1,)

T = TypeVar("T", bound=msgspec.Struct)


class FileWatch(Generic[T]):
    """Watches a file. `activate` puts a configuration in force and `refuse` records one that can't be used.

    `beside` are the files that it names, and that are a part of it.
    """

    def __init__(
        self,
        file: Path | None,
        *,
        beside: Callable[[], Sequence[Path]],
        load: Callable[[], Loaded[T]],
        in_force: Callable[[], str],
        activate: Callable[[Loaded[T]], None],
        refuse: Callable[[ConfigError], None],
    ) -> None:
        self._file = file
        self._beside = beside
        self._load = load
        self._in_force = in_force
        self._activate = activate
        self._refuse = refuse
        self._seen: tuple[int, ...] = _NEVER
        self._refused = False

    async def holds(self) -> bool:
        """Whether the file as it stands is the configuration in force."""
        return not self._refused

    async def look(self) -> None:
        """Looks once; raises what `activate` and `refuse` raise, and then looks again next time."""
        identity = self._identity()
        if identity != self._seen:
            await asyncio.to_thread(self._changed)
            self._seen = identity

    def _changed(self) -> None:
        try:
            loaded = self._load()
            if loaded.digest != self._in_force():
                self._activate(loaded)
        except ConfigError as error:
            _LOG.error("the new configuration is refused, the old one stays: %s", error)
            self._refused = True
            self._refuse(error)
        else:
            self._refused = False

    def _identity(self) -> tuple[int, ...]:
        own = () if self._file is None else (self._file,)
        return tuple(one for file in (*own, *self._beside()) for one in _identity(file))


def _identity(file: Path) -> tuple[int, ...]:
    try:
        status = file.stat()
    except OSError:
        return (0,)
    return (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)


async def repeat(looks: Sequence[Callable[[], Awaitable[object]]], stop: asyncio.Event, *, seconds: float) -> None:
    """Takes each look every so many seconds until told to stop; one that fails is told and taken again next time."""
    while not stop.is_set():
        for look in looks:
            try:
                await look()
            except Exception as error:  # noqa: BLE001 whatever breaks in one look, the next ones are taken
                said = error.message if isinstance(error, Error) else type(error).__name__
                _LOG.error("the watch failed and looks again: %s", said)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds)
