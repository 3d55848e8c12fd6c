"""The disk port over the operating system's calls."""

import os
from pathlib import Path

__all__ = ["OsDisk"]


class OsDisk:
    """Writes with pwrite and makes them last with fdatasync; files are readable by their owner only."""

    def create(self, path: Path, /) -> int:
        """Creates a new file; raises OSError, also when it exists."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def open(self, path: Path, /) -> int:
        """Opens or creates a file; raises OSError."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def write(self, descriptor: int, data: bytes, /, *, offset: int) -> None:
        """Writes all bytes, going on after short writes; raises OSError."""
        done = os.pwrite(descriptor, data, offset)
        while done < len(data):
            done += os.pwrite(descriptor, memoryview(data)[done:], offset + done)

    def truncate(self, descriptor: int, size: int, /) -> None:
        """Cuts the file; raises OSError."""
        os.ftruncate(descriptor, size)

    def sync(self, descriptor: int, /) -> None:
        """Calls fdatasync, which also writes a changed size; raises OSError."""
        os.fdatasync(descriptor)

    def sync_folder(self, path: Path, /) -> None:
        """Syncs the folder itself, so that a new name survives a power cut; raises OSError."""
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def remove(self, path: Path, /) -> None:
        """Unlinks the file; raises OSError."""
        path.unlink()

    def close(self, descriptor: int, /) -> None:
        """Closes the descriptor; raises OSError."""
        os.close(descriptor)
