"""Which calls are open: opened in the log and not closed there.

The set is kept beside each log in a checkpoint, so that finding the calls a previous run left open reads the end of
the log only. The checkpoint is derived: without it the set is built again from the whole log.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from asepsis.core import canonical

__all__ = ["CHECKPOINT", "OpenCalls"]

CHECKPOINT: Final = "open-calls.json"

_OPENED: Final = "gateway.call.opened"
_ENDED: Final = frozenset({"gateway.call.closed", "gateway.call.unclosed"})
_MARK: Final = b'"gateway.call.'
_HEAD_BYTES: Final = 320


class _Head(msgspec.Struct):
    id: str
    kind: str
    payload: msgspec.Raw


class _End(msgspec.Struct):
    opened: str


class _Checkpoint(msgspec.Struct, frozen=True):
    index: int
    calls: tuple[str, ...]


_HEADS: Final = msgspec.json.Decoder(_Head)
_ENDS: Final = msgspec.json.Decoder(_End)


class OpenCalls:
    """The calls that are open after the first `index` entries, in the order they were opened."""

    def __init__(self, index: int = 0, calls: Iterable[str] = ()) -> None:
        self.index = index
        self._calls = dict.fromkeys(calls)

    @classmethod
    def load(cls, data: bytes, /) -> "OpenCalls":
        """Reads a checkpoint; bytes that are none give an empty set at index 0, which is always right to go on from."""
        try:
            checkpoint = canonical.decode(data, _Checkpoint)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return cls()
        return cls(checkpoint.index, checkpoint.calls)

    def dump(self) -> bytes:
        """Returns the checkpoint's bytes."""
        return canonical.encode(_Checkpoint(self.index, tuple(self._calls)))

    @property
    def calls(self) -> tuple[str, ...]:
        """The ids of the opened Events."""
        return tuple(self._calls)

    def feed(self, entries: Iterable[bytes], /) -> None:
        """Takes the next entries of the log; an entry that is no Event opens and closes nothing."""
        count = 0
        for entry in entries:
            count += 1
            if entry.find(_MARK, 0, _HEAD_BYTES) >= 0:
                self._take(entry)
        self.index += count

    def _take(self, entry: bytes, /) -> None:
        try:
            head = _HEADS.decode(entry)
            if head.kind == _OPENED:
                self._calls[head.id] = None
            elif head.kind in _ENDED:
                self._calls.pop(_ENDS.decode(head.payload).opened, None)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return
