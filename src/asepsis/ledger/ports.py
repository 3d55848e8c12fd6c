"""What the ledger asks of the disk. A port, so that tests can tear a write, fill the disk or fail a sync."""

from pathlib import Path
from typing import Protocol

__all__ = ["Disk"]


class Disk(Protocol):
    """Writes that last. Every method raises OSError when it fails, and what it wrote is then unknown."""

    def create(self, path: Path, /) -> int:
        """Creates a file that is not there yet and returns its descriptor."""

    def open(self, path: Path, /) -> int:
        """Opens a file for reading and writing, creating it where it is missing, and returns its descriptor."""

    def write(self, descriptor: int, data: bytes, /, *, offset: int) -> None:
        """Writes all of `data` at `offset`."""

    def truncate(self, descriptor: int, size: int, /) -> None:
        """Cuts the file to `size` bytes."""

    def sync(self, descriptor: int, /) -> None:
        """Returns once the file's bytes and its size are on the disk."""

    def sync_folder(self, path: Path, /) -> None:
        """Returns once the folder's names are on the disk."""

    def remove(self, path: Path, /) -> None:
        """Removes a file."""

    def close(self, descriptor: int, /) -> None:
        """Closes a descriptor."""
