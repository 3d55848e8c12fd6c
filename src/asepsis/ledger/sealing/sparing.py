"""A sealer that goes on without what it can't keep, while an emergency is open for that.

A batch that failed took its calls along; those that come after are not kept until it is tried again half a minute
later. Their Events say that nothing was kept.
"""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

from asepsis.core.errors import Unavailable
from asepsis.core.ports import Clock, Content, Sealed, Sealer

__all__ = ["SparingSealer"]

_RETRY_NS: Final = 30_000_000_000


class SparingSealer:
    """Implements the port `Sealer` over another one. `allowed` says whether an emergency is open for sealing."""

    def __init__(self, sealer: Sealer, allowed: Callable[[], bool], /, *, clock: Clock) -> None:
        self._sealer = sealer
        self._allowed = allowed
        self._clock = clock
        self._failed = -_RETRY_NS

    def seal(self, content: Content, /) -> Sealed:
        """Seals content, or says that it was not kept; raises Unavailable where no emergency is open."""
        if self._clock.monotonic() - self._failed < _RETRY_NS and self._allowed():
            return _unkept()
        try:
            sealed = self._sealer.seal(content)
        except Unavailable:
            self._failed = self._clock.monotonic()
            if self._allowed():
                return _unkept()
            raise
        sealed.done.add_done_callback(self._ended)
        return sealed

    def _ended(self, done: "Future[None]", /) -> None:
        if not done.cancelled() and done.exception() is not None:
            self._failed = self._clock.monotonic()


def _unkept() -> Sealed:
    done: Future[None] = Future()
    done.set_result(None)
    return Sealed(None, done)
