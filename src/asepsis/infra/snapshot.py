"""A read-only snapshot in a file: published whole by one process, watched by many.

1. The writer fills a file of another name beside it and syncs it.
2. A rename swaps it in: a reader sees the old bytes or the new ones, never a mixture.
3. A watcher asks for the file's identity (device, inode, time, size) and reads only when that changed.

INVARIANT: a watcher keeps what it has until a new snapshot decodes; a broken one is a value, not an exception.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from asepsis.core.errors import Unavailable
from asepsis.infra import durable

__all__ = ["Fault", "Watcher", "publish"]

T = TypeVar("T")


class Fault(NamedTuple):
    """A snapshot could not be read or decoded; `reason` is safe to log."""

    reason: str


class _Identity(NamedTuple):
    device: int
    inode: int
    modified: int
    size: int


def publish(path: Path, data: bytes) -> None:
    """Puts `data` at `path`, durable and whole; raises Unavailable when the disk does not take it."""
    temporary = durable.temporary(path)
    try:
        durable.write(temporary, data)
        temporary.replace(path)
        durable.sync_folder(path.parent)
    except OSError as error:
        raise Unavailable("expected a disk that takes the snapshot") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


class Watcher(Generic[T]):
    """Watches one snapshot. Polling costs one stat while nothing changes."""

    def __init__(self, path: Path, decode: Callable[[bytes], T]) -> None:
        self._path = path
        self._decode = decode
        self._seen: _Identity | None = None

    def poll(self) -> T | Fault | None:
        """Returns the new value, a Fault for a broken or vanished file (once per change), None for no change."""
        identity = self._identity()
        if identity == self._seen:
            return None
        if identity is None:
            self._seen = None
            return Fault("the snapshot is gone")
        self._seen = identity
        try:
            return self._decode(self._path.read_bytes())
        except Exception as error:  # noqa: BLE001 whatever a decoder raises, the worker goes on with what it has
            return Fault(f"the snapshot cannot be used: `{type(error).__name__}`")

    def _identity(self) -> _Identity | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return _Identity(status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size)
