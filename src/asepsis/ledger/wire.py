"""A Unix stream socket driven by the event loop's readiness calls: no task, so it can live inside a plain object."""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final

__all__ = ["Wire"]

_READ: Final = 1 << 18


class Wire:
    """One connection. `received` gets what comes in, `lost` is called once when the connection ends by itself.

    Making one raises OSError when nobody listens at `path`.
    """

    def __init__(self, path: Path, /, *, received: Callable[[bytes], None], lost: Callable[[], None]) -> None:
        self._path = path
        self._received = received
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._unsent = bytearray()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        try:
            self._inode = path.stat().st_ino
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise
        self._open = True
        self._loop.add_reader(self._socket, self._read)

    @property
    def replaced(self) -> bool:
        """Whether somebody else listens at the path by now."""
        try:
            return self._path.stat().st_ino != self._inode
        except OSError:
            return False

    def send(self, data: bytes, /) -> None:
        """Sends now what the socket takes, the rest as soon as it takes more."""
        if not self._open:
            return
        if self._unsent:
            self._unsent += data
            return
        sent = self._push(data)
        if sent < len(data) and self._open:
            self._unsent += memoryview(data)[sent:]
            self._loop.add_writer(self._socket, self._write)

    def close(self) -> None:
        """Ends the connection; `lost` is not called."""
        if self._open:
            self._open = False
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._socket.close()

    def _push(self, data: bytes | memoryview, /) -> int:
        """Sends what the socket takes and returns how much that was; ends the connection when it is broken."""
        try:
            return self._socket.send(data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:
            self._end()
            return 0

    def _write(self) -> None:
        with memoryview(self._unsent) as view:
            sent = self._push(view)
        del self._unsent[:sent]
        if not self._unsent and self._open:
            self._loop.remove_writer(self._socket)

    def _read(self) -> None:
        try:
            data = self._socket.recv(_READ)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if data:
            self._received(data)
        else:
            self._end()

    def _end(self) -> None:
        if self._open:
            self.close()
            self._lost()
