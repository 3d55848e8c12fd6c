"""Copies of files and of a SQLite database in use, with a manifest by which they are known to be whole."""

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, Final

from asepsis.core.errors import InputError, NotTrusted
from asepsis.infra import durable

__all__ = ["MANIFEST", "check", "copy", "copy_database", "finish", "fresh"]

MANIFEST: Final = "manifest-sha256.txt"

_PIECE: Final = 1 << 20


def fresh(folder: Path, /) -> Path:
    """Returns a folder that was made just now, or is empty; raises InputError for any other."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise InputError("expected a folder that can be made", place=str(folder)) from error
    if any(folder.iterdir()):
        raise InputError("expected an empty folder", place=str(folder))
    return folder


def copy(source: Path, target: Path, /, *, size: int | None = None) -> None:
    """Copies a file, or its first `size` bytes, durably and for its owner only; raises OSError."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with source.open("rb") as reader, durable.replacing(target) as writer:
        if size is None:
            shutil.copyfileobj(reader, writer, _PIECE)
        else:
            _copy_some(reader, writer, size)


def copy_database(source: Path, target: Path, /) -> None:
    """Copies a SQLite database as it is at one moment, while others use it; raises InputError."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    durable.write(target, b"")
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as here,
            closing(sqlite3.connect(target)) as to,
        ):
            here.backup(to)
            to.execute("PRAGMA journal_mode = DELETE")
            if to.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise InputError("expected a database that is whole", place=str(source))
    except sqlite3.Error as error:
        raise InputError("expected a database that can be copied", place=str(source)) from error


def finish(folder: Path, /) -> int:
    """Writes the manifest of what was copied and returns how many files there are; raises OSError."""
    lines = [f"{_digest(path)}  {path.relative_to(folder).as_posix()}\n" for path in _files(folder)]
    durable.write(folder / MANIFEST, "".join(lines).encode())
    for place in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        durable.sync_folder(place)
    return len(lines)


def check(folder: Path, /) -> None:
    """Raises NotTrusted unless the files are those of the manifest, and InputError where there is none."""
    try:
        said = (folder / MANIFEST).read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("expected a copy with its manifest", place=str(folder)) from error
    lines = [f"{_digest(path)}  {path.relative_to(folder).as_posix()}\n" for path in _files(folder)]
    if "".join(lines) != said:
        raise NotTrusted("expected the files that the manifest lists", place=str(folder), code="copy_damaged")


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path != folder / MANIFEST:
            yield path


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy_some(reader: BinaryIO, writer: BinaryIO, size: int) -> None:
    while size:
        piece = reader.read(min(size, _PIECE))
        if not piece:
            raise InputError("expected a longer file", place=os.fsdecode(reader.name))
        writer.write(piece)
        size -= len(piece)
