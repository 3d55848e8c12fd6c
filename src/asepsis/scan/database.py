"""Where rules may match: one Hyperscan database over all triggers, asked once per text.

Triggers may hold look-around: in prefilter mode the engine leaves out what it cannot do, and then answers with more
than there is, never with less. Compiling takes longer than a worker has to start, so the compiled form is kept in a
cache folder under the digest of what it was made from. What is not there, or can't be used, is looked for beside the
installed program, where `make run` puts what ships, and made again; a cache that can't be written is no fault.
"""

import hashlib
import os
import sys
import threading
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Final

import hyperscan

from asepsis.scan.errors import PackError

__all__ = ["Prefilter"]

_FLAGS: Final = hyperscan.HS_FLAG_DOTALL | hyperscan.HS_FLAG_PREFILTER
_MODE: Final = hyperscan.HS_MODE_BLOCK
_INSTALLED: Final = Path(sys.prefix) / "share" / "asepsis"
"""Where compiled rules lie that were made when the program was installed: who can write there can write the program."""


class Prefilter:
    """Finds where triggers end. Any thread may ask: each has a scratch space of its own."""

    def __init__(self, triggers: Sequence[str], *, cache: Path | None = None) -> None:
        self._database = _database(tuple(triggers), cache)
        self._own = threading.local()

    def hits(self, data: bytes, /) -> list[tuple[int, int]]:
        """Returns the number of the trigger and the end of the match, for every one, in the order of their ends."""
        try:
            scratch = self._own.scratch
        except AttributeError:
            scratch = self._own.scratch = hyperscan.Scratch(self._database)
        found: list[tuple[int, int]] = []

        def hit(number: int, start: int, end: int, flags: int, context: object) -> None:  # noqa: ARG001 the library's signature
            found.append((number, end))

        self._database.scan(data, hit, scratch=scratch)
        return found

    def fired(self, data: bytes, /) -> list[int]:
        """Returns the numbers of the triggers that match, in order."""
        return sorted({number for number, _ in self.hits(data)})


def _database(triggers: tuple[str, ...], cache: Path | None) -> hyperscan.Database:
    name = f"scan-{_digest(triggers)}.hs"
    database = _load(cache / name) if cache is not None else None
    database = database or _load(_INSTALLED / name)
    if database is None:
        database = _compile(triggers)
        if cache is not None:
            _keep(cache / name, hyperscan.dumpb(database))
    return database


def _compile(triggers: tuple[str, ...]) -> hyperscan.Database:
    database = hyperscan.Database(mode=_MODE)
    numbers = list(range(len(triggers)))
    try:
        database.compile(
            expressions=[one.encode() for one in triggers],
            ids=numbers,
            elements=len(triggers),
            flags=[_FLAGS] * len(triggers),
        )
    except hyperscan.error as error:
        raise PackError("a trigger can't be compiled", place=_culprit(triggers)) from error
    return database


def _culprit(triggers: tuple[str, ...]) -> str:
    """The number of the first trigger that can't be compiled on its own."""
    for number, trigger in enumerate(triggers):
        try:
            hyperscan.Database(mode=_MODE).compile(expressions=[trigger.encode()], ids=[0], elements=1, flags=[_FLAGS])
        except hyperscan.error:
            return f"trigger {number}"
    return ""


def _digest(triggers: tuple[str, ...]) -> str:
    made_from = "\0".join((metadata.version("hyperscan"), str(_FLAGS), *triggers))
    return hashlib.sha256(made_from.encode()).hexdigest()[:32]


def _load(path: Path) -> hyperscan.Database | None:
    try:
        return hyperscan.loadb(path.read_bytes(), _MODE)
    except (OSError, hyperscan.error):
        return None


def _keep(path: Path, data: bytes) -> None:
    """Writes beside and renames, so that another worker never reads half a database."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(f".{os.getpid()}")
        beside.write_bytes(data)
        beside.replace(path)
    except OSError:
        return
