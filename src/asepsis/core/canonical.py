"""Canonical JSON: the one byte form of a value that is hashed, signed or stored.

Mapping keys and sets are sorted, Struct fields stand in declaration order, and there are no floats: scores and
durations are integers. Stored bytes are hashed as they are, never a second serialisation of them.
"""

import hashlib
from typing import Final, TypeVar

import msgspec

from asepsis.core.errors import Bug

__all__ = ["decode", "digest", "encode"]

T = TypeVar("T")

_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


def encode(value: object, /) -> bytes:
    """Returns the canonical bytes of a Struct or of plain data; raises Bug for what has no canonical form."""
    try:
        return _ENCODER.encode(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise Bug(f"no canonical form for `{type(value).__name__}`") from error


def decode(data: bytes, kind: type[T], /) -> T:
    """Reads canonical bytes into `kind`; raises msgspec.ValidationError or DecodeError when they do not fit."""
    return msgspec.json.decode(data, type=kind)


def digest(value: object, /) -> str:
    """Returns the SHA-256 of the canonical bytes, in hex."""
    return hashlib.sha256(encode(value)).hexdigest()
