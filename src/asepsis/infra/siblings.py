"""Datagrams between processes of one kind on one machine, such as the workers that serve the same clients.

What one tells, all others hear that have a socket in the same folder, at most once: what is told to one that is gone,
or that has more to do than it can, is lost.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from asepsis.core.errors import ConfigError

__all__ = ["MOST", "Siblings"]

MOST: Final = 64_000
"""How many bytes may be told at once."""

_LOG: Final = logging.getLogger(__name__)
_AT_ONCE: Final = 64


class Siblings:
    """A process among its siblings: what it tells and hears."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = folder / f"{os.getpid()}.sock"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)  # noqa: FBT003 it takes no name

    def open(self, heard: Callable[[bytes], None]) -> None:
        """Hears from now on, in the running event loop; raises ConfigError where there can be no socket."""
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with suppress(FileNotFoundError):
                self._own.unlink()  # of one that had the same number and was killed
            self._socket.bind(str(self._own))
            self._own.chmod(0o600)
        except OSError as error:
            self._socket.close()
            told = error.strerror or "the path is too long"
            raise ConfigError(f"cannot listen: {told}", place=str(self._own)) from error
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._hear, heard)

    def tell(self, data: bytes, /) -> None:
        """Tells all others; what is longer than `MOST` is told to nobody."""
        if len(data) > MOST:
            _LOG.error("%d bytes are too many to tell other workers", len(data))
            return
        for other in sorted(self._folder.glob("*.sock")):
            if other != self._own:
                self._tell(other, data)

    def close(self) -> None:
        """Hears nothing any more."""
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()
        self._own.unlink(missing_ok=True)

    def _tell(self, other: Path, data: bytes) -> None:
        try:
            self._socket.sendto(data, str(other))
        except ConnectionRefusedError:
            other.unlink(missing_ok=True)  # it was killed
        except OSError as error:
            _LOG.error("a worker can't be told: %s", error.strerror)

    def _hear(self, heard: Callable[[bytes], None]) -> None:
        for _ in range(_AT_ONCE):
            try:
                data = self._socket.recv(MOST)
            except BlockingIOError:
                return
            heard(data)
