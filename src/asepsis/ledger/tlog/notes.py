"""Signed notes: a text, a blank line, and signature lines (C2SP signed-note).

A note is parsed whole or refused; which signatures count is for the keys to say (see `keys`).
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from asepsis.ledger.errors import unproven
from asepsis.ledger.tlog.encoding import from_base64, text_lines, to_base64

__all__ = ["MAX_NOTE", "Note", "Signature", "check_name", "parse", "render", "signature_lines"]

MAX_NOTE: Final = 1 << 19
"""Room for a checkpoint and over a hundred ML-DSA-44 signatures."""

_MAX_SIGNATURES: Final = 100
_MAX_NAME: Final = 255
_DASH: Final = "— "
_KEY_ID: Final = 4
_SPACE: Final = " "


class Signature(NamedTuple):
    """A signature line: whose key, and the signature's bytes."""

    name: str
    key_id: bytes
    value: bytes


class Note(NamedTuple):
    """A text, which ends with a newline, and its signatures, none of them checked yet."""

    text: str
    unverified: tuple[Signature, ...]


def check_name(name: str, /) -> str:
    """Returns a key's name; raises NotTrusted for an empty or long one, and for one with a space or a plus."""
    if not name or len(name.encode("utf-8", "replace")) > _MAX_NAME or "+" in name:
        raise unproven("expected a key's name")
    if any(one.isspace() or one < _SPACE for one in name):
        raise unproven("expected a key's name")
    return name


def parse(data: bytes, /) -> Note:
    """Reads a note; raises NotTrusted."""
    lines = text_lines(data, limit=MAX_NOTE)
    end = len(lines) - 1
    while end >= 0 and lines[end].startswith(_DASH):
        end -= 1
    signatures = lines[end + 1 :]
    if end < 1 or lines[end] or not 0 < len(signatures) <= _MAX_SIGNATURES:
        raise unproven(f"expected a text, a blank line and 1 to {_MAX_SIGNATURES} signatures")
    text = "\n".join(lines[:end]) + "\n"
    if any(one < _SPACE and one != "\n" for one in text):
        raise unproven("expected a text without control characters")
    return Note(text, tuple(map(_signature, signatures)))


def signature_lines(data: bytes, /) -> tuple[Signature, ...]:
    """Reads signature lines alone, as a witness answers; raises NotTrusted."""
    lines = text_lines(data, limit=MAX_NOTE)
    if not 0 < len(lines) <= _MAX_SIGNATURES:
        raise unproven(f"expected 1 to {_MAX_SIGNATURES} signatures")
    return tuple(map(_signature, lines))


def render(text: str, signatures: Iterable[Signature], /) -> bytes:
    """Returns the note's bytes."""
    lines = [f"{_DASH}{one.name} {to_base64(one.key_id + one.value)}\n" for one in signatures]
    return (text + "\n" + "".join(lines)).encode()


def _signature(line: str, /) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).partition(_SPACE)
    data = from_base64(encoded)
    if not line.startswith(_DASH) or not space or len(data) <= _KEY_ID:
        raise unproven("expected a signature line")
    return Signature(check_name(name), data[:_KEY_ID], data[_KEY_ID:])
