"""UUIDv7 identifiers (RFC 9562 5.7): 48 bits of milliseconds and 74 random bits; the time part is no order.

The random tails are made in blocks, which costs one system call per block instead of one per identifier.

INVARIANT: a block never outlives a fork: a child that inherited tails would hand out its parent's identifiers.
"""

import os
from typing import Final

from asepsis.core.ports import Clock

__all__ = ["SystemIds"]

_BLOCK: Final = 256
_TAIL: Final = 10

# The variant digit is one of 8, 9, a, b (RFC 9562 4.1): two of the random digit's four bits.
_VARIANT: Final = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


class SystemIds:
    """Makes identifiers from a clock and the operating system's random numbers; safe with threads and forks."""

    __slots__ = ("_now", "_process", "_tails")

    def __init__(self, clock: Clock) -> None:
        self._now = clock.now
        self._process = -1
        self._tails: list[str] = []

    def new(self) -> str:
        """Returns a new UUIDv7 in its text form."""
        if self._process != os.getpid():
            self._tails, self._process = _tails(), os.getpid()
        try:
            tail = self._tails.pop()
        except IndexError:
            self._tails = _tails()
            tail = self._tails.pop()
        time = f"{self._now():012x}"
        return f"{time[:8]}-{time[8:]}-{tail}"


def _tails() -> list[str]:
    digits = os.urandom(_BLOCK * _TAIL).hex()
    size = _TAIL * 2
    return [_tail(digits[start : start + size]) for start in range(0, len(digits), size)]


def _tail(digits: str) -> str:
    return f"7{digits[:3]}-{_VARIANT[digits[3]]}{digits[4:7]}-{digits[7:19]}"
