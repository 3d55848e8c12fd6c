"""Files that are on the disk when the call returns, and new ones readable by their owner only."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

__all__ = ["replacing", "rewrite", "sync_folder", "temporary", "write"]


def temporary(path: Path, /) -> Path:
    """Returns this process's temporary name beside `path`, on the same file system so that a rename is whole."""
    return path.with_name(f".{path.name}.{os.getpid()}")


def write(path: Path, data: bytes) -> None:
    """Writes a file of mode 600 and syncs it; what stood there is gone; raises OSError."""
    path.unlink(missing_ok=True)
    # O_EXCL: a link that someone put here meanwhile is not followed.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def replacing(path: Path, /) -> Iterator[BinaryIO]:
    """Gives a file of another name to write to, which takes the place of `path` once all went well; raises OSError.

    Whatever goes wrong meanwhile, `path` is what it was and nothing is left beside it.
    """
    beside = temporary(path)
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def rewrite(path: Path, data: bytes) -> None:
    """Puts other content into a file that is there, at once and as a whole; who may read it stays; raises OSError.

    A link stays, too: it is the file that it leads to that others name.
    """
    place = path.resolve(strict=True)
    with replacing(place) as file:
        status = place.stat()
        os.fchmod(file.fileno(), status.st_mode & 0o777)
        if (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
            os.fchown(file.fileno(), status.st_uid, status.st_gid)
        file.write(data)


def sync_folder(folder: Path, /) -> None:
    """Makes names that were added to or renamed in a folder durable; raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
