"""Files of arrays: written by training, mapped read-only at run time so that all workers share their pages.

A file is a magic number, the length of a JSON head, the head, and the arrays, each at a multiple of 64 bytes. The head
says what the arrays are, and the SHA-256 of all that follows it.
"""

import hashlib
import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from asepsis.scan.names.errors import ModelError

__all__ = ["Array", "Head", "read", "write"]

_MAGIC: Final = b"ASEPSIS1"
_ALIGN: Final = 64
_HEAD_LIMIT: Final = 65_536
_TYPES: Final = {"float16": 2, "float32": 4, "uint8": 1, "uint32": 4}


class Array(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where an array stands in the file, counted from the end of the head."""

    type: str
    shape: tuple[int, ...]
    offset: int


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file holds: its arrays, and facts about them."""

    arrays: dict[str, Array]
    facts: dict[str, list[str]]
    sha256: str


def write(path: Path, arrays: Mapping[str, NDArray[np.generic]], *, facts: Mapping[str, list[str]]) -> str:
    """Writes a file beside its place and renames it; returns the SHA-256 of the whole file."""
    body = bytearray()
    table: dict[str, Array] = {}
    for name, array in arrays.items():
        body += bytes(-len(body) % _ALIGN)
        table[name] = Array(array.dtype.name, array.shape, len(body))
        body += np.ascontiguousarray(array).tobytes()
    head = msgspec.json.encode(Head(table, dict(facts), hashlib.sha256(body).hexdigest()))
    start = _MAGIC + len(head).to_bytes(4, "little") + head
    data = start + bytes(-len(start) % _ALIGN) + bytes(body)
    beside = path.with_suffix(".new")
    beside.write_bytes(data)
    beside.replace(path)
    return hashlib.sha256(data).hexdigest()


def read(path: Path, /) -> tuple[dict[str, NDArray[np.generic]], Head]:
    """Returns the arrays of a file, mapped read-only, and its head; raises ModelError."""
    try:
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise ModelError("expected a readable file of arrays", place=path.name) from error
    length = int.from_bytes(data[8:12], "little")
    if data[:8] != _MAGIC or length > _HEAD_LIMIT:
        raise ModelError("expected a file of arrays", place=path.name)
    try:
        head = msgspec.json.decode(data[12 : 12 + length], type=Head)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ModelError("expected a head of JSON", place=path.name) from error
    start = 12 + length
    start += -start % _ALIGN
    return {name: _mapped(data, start, one, path) for name, one in head.arrays.items()}, head


def _mapped(data: mmap.mmap, start: int, array: Array, path: Path) -> NDArray[np.generic]:
    size = _TYPES.get(array.type, 0)
    count = int(np.prod(array.shape, dtype=np.int64)) if array.shape else 1
    if (
        not size
        or array.offset < 0
        or min(array.shape, default=0) < 0
        or start + array.offset + count * size > len(data)
    ):
        raise ModelError("expected arrays inside the file", place=path.name)
    return np.frombuffer(data, array.type, count, start + array.offset).reshape(array.shape)
