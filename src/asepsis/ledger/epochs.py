"""Whose turn it is to write: a ledger's epochs, each a number that one writer takes for good.

`<root>/writer.<number>` is made by the writer of that epoch, and by nobody else, for a name can be made only once. The
highest number writes. Its writer puts a new count into the file every second; whoever waits takes the next number once
the count has stood still for long enough. INVARIANT: a writer acknowledges nothing once there is a number above its
own, and looks for one behind each sync: what it acknowledged was on the disk before the next epoch began, where whoever
begins it finds it.

No clock is compared with another one. It needs a file system on which a name that was made is there for everybody:
a local disk, or a cluster file system; not NFS with cached names.
"""

import fcntl
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Final

from asepsis.core.errors import Unavailable
from asepsis.infra import durable

__all__ = ["BEAT_SECONDS", "Epoch", "latest"]

BEAT_SECONDS: Final = 1.0
"""How often the one who writes says that it is there."""

_NAME: Final = re.compile(r"writer\.([0-9]{20})\Z")
_COUNT: Final = 8


class Epoch:
    """A number that this process took. It lets go of it by ending; the number is never used again."""

    def __init__(self, root: Path, number: int, descriptor: int) -> None:
        self.number = number
        self._file = descriptor
        self._next = str(_path(root, number + 1))
        self._count = 0

    @classmethod
    def take(cls, root: Path, number: int, /) -> "Epoch | None":
        """Takes a number; None where somebody has it. What ended epochs left behind goes. Raises OSError."""
        beside = durable.temporary(_path(root, number))
        file = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        made = cls(root, number, file)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            made.beat()
            os.link(beside, _path(root, number))  # it is there locked, or not at all
        except FileExistsError:
            made.close()
            return None
        finally:
            beside.unlink(missing_ok=True)
        durable.sync_folder(root)
        _forget(root, number)
        return made

    @classmethod
    def begin(cls, root: Path, /) -> "Epoch":
        """Takes the number behind the highest there is; raises OSError."""
        while True:
            taken = cls.take(root, max(_numbers(root), default=0) + 1)
            if taken is not None:
                return taken

    @property
    def over(self) -> bool:
        """Whether somebody began the next epoch."""
        return os.path.exists(self._next)  # noqa: PTH110 once for each batch, and a Path costs as much as the call

    def hold(self) -> None:
        """Raises Unavailable once the epoch is over."""
        if self.over:
            raise Unavailable("another writer took over", place="ledger", code="ledger_deposed")

    def beat(self) -> None:
        """Says that its writer is there; a disk that does not take it is for the writer to find out."""
        self._count += 1
        with suppress(OSError):
            os.pwrite(self._file, self._count.to_bytes(_COUNT, "big"), 0)

    def close(self) -> None:
        """Lets go of the file."""
        os.close(self._file)


def latest(root: Path, /) -> tuple[int, bytes]:
    """Returns the highest number and the count in its file; 0 where nobody ever wrote."""
    number = max(_numbers(root), default=0)
    try:
        return number, _path(root, number).read_bytes()
    except FileNotFoundError:
        return number, b""


def _path(root: Path, number: int) -> Path:
    return root / f"writer.{number:020d}"


def _numbers(root: Path) -> list[int]:
    if not root.is_dir():
        return []
    return sorted(int(found[1]) for name in os.listdir(root) if (found := _NAME.match(name)))  # noqa: PTH208 names alone


def _forget(root: Path, mine: int) -> None:
    """Removes files of ended epochs: one is needed as long as the writer of an earlier one may still look for it."""
    for number in _numbers(root):
        if number >= mine or not _ended(_path(root, number)):
            return
        _path(root, number).unlink(missing_ok=True)


def _ended(path: Path) -> bool:
    """Whether the process that took a number is gone: its lock went with it."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(file)
    return True
