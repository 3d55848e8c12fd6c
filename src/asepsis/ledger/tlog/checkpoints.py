"""Checkpoints: a log's name, size and root in three lines (C2SP tlog-checkpoint)."""

from typing import NamedTuple

from asepsis.ledger.errors import unproven
from asepsis.ledger.tlog.encoding import from_decimal, hash_from_base64, to_base64
from asepsis.ledger.tlog.notes import check_name

__all__ = ["Checkpoint", "parse"]

_LINES = 3


class Checkpoint(NamedTuple):
    """The state of a log. `extensions` are further lines, which a cosignature may not cover."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def render(self) -> str:
        """Returns the text that is signed."""
        return "".join(f"{line}\n" for line in (self.origin, self.size, to_base64(self.root), *self.extensions))


def parse(text: str, /) -> Checkpoint:
    """Reads a checkpoint's text; raises NotTrusted."""
    lines = text.split("\n")
    if len(lines) <= _LINES or lines[-1] or not all(lines[:-1]):
        raise unproven("expected a checkpoint of at least three lines")
    origin, size, root, *extensions = lines[:-1]
    return Checkpoint(check_name(origin), from_decimal(size), hash_from_base64(root), tuple(extensions))
