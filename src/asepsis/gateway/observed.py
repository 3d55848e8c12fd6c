"""A stream that is only observed: what comes is passed on byte for byte, and the guard reads along.

Where the guard denies, the rest is passed on unread, and the denial is noted as what would have been. A guard that
fails in any other way closes the stream, as it does everywhere.
"""

from collections.abc import Callable

from asepsis.core.types import Coverage, Finding
from asepsis.gateway.errors import Denied
from asepsis.gateway.sse import SseParser
from asepsis.gateway.stream import StreamGuard
from asepsis.gateway.surfaces.types import Usage

__all__ = ["ObservedStream"]


class ObservedStream:
    """Passes a stream through; `note` takes the denial that would have closed it."""

    __slots__ = ("_guard", "_note", "lost")

    def __init__(self, guard: StreamGuard, note: Callable[[Denied], None]) -> None:
        self._guard = guard
        self._note = note
        self.lost = False

    def feed(self, chunk: bytes, /) -> bytes:
        """Takes bytes of the upstream's body and returns them."""
        if not self.lost:
            try:
                self._guard.feed(chunk)
            except Denied as denied:
                self.lost = True
                self._note(denied)
        return chunk

    @property
    def complete(self) -> bool:
        """Whether the stream's own end has come; what a guard that stopped reading would say of it is not known."""
        return self._guard.complete and not self.lost

    @property
    def parser(self) -> SseParser:
        """What cuts the bytes into events."""
        return self._guard.parser

    @property
    def findings(self) -> list[Finding]:
        """What was found as far as it was read."""
        return self._guard.findings

    @property
    def said(self) -> list[tuple[str, str]]:
        """What is to be kept of what was read."""
        return self._guard.said

    @property
    def usage(self) -> Usage:
        """What the provider counted."""
        return self._guard.usage

    def coverage(self) -> Coverage:
        """Returns the record of what was seen and scanned."""
        return self._guard.coverage()

    def cut(self, model: str, /, *, why: str = "") -> bytes:
        """Returns the surface's own ending of a stream closed by a switch or a fault."""
        return self._guard.cut(model, why=why)

    def fail(self, code: str, message: str, /) -> bytes:
        """Returns the surface's own word for an upstream that broke off."""
        return self._guard.fail(code, message)

    def forget(self) -> None:
        """Lets go of the guard's channels."""
        self._guard.forget()
