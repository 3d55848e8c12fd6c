"""A gateway worker: it builds itself in its own process and swaps in each new snapshot.

What a snapshot is and how a gateway is made of it is the composition root's to say; what is here is when. A snapshot
that can't be used leaves the one before in force.
"""

import asyncio
import gc
import logging
import ssl
from collections.abc import Callable
from typing import Final, Generic, NamedTuple, TypeVar

from asepsis.core.errors import ConfigError, Error
from asepsis.gateway.live import Live
from asepsis.gateway.service import Gateway
from asepsis.infra.snapshot import Fault, Watcher
from asepsis.infra.tls import Serving

__all__ = ["Maker", "Worker"]

_LOG = logging.getLogger(__name__)
_LOOK_SECONDS: Final = 0.5

T = TypeVar("T")


class Maker(NamedTuple, Generic[T]):
    """How a gateway is made of the first snapshot, what the next one makes of it, and whether it says to drain.

    `serving` gives the TLS that clients meet by a snapshot, None where it is the same as by the one before; raises
    ConfigError.
    """

    first: Callable[[T], Gateway]
    successor: Callable[[Live, T, T], Live]
    drains: Callable[[T], bool]
    serving: Callable[[T | None, T], ssl.SSLContext | None]


class Worker(Generic[T]):
    """What a server's process runs."""

    def __init__(self, watcher: Watcher[T], maker: Maker[T]) -> None:
        self._watcher = watcher
        self._maker = maker
        self._gateway: Gateway | None = None
        self._running: T | None = None
        self.tls: Serving | None = None
        self.renewed: Callable[[], None] = lambda: None

    def start(self, loop: asyncio.AbstractEventLoop) -> Gateway:
        """Returns the gateway that serves from now on; raises ConfigError without a snapshot to run on.

        `tls` is what clients meet then, None for none; `renewed` is called when it is another one.
        """
        first = self._watcher.poll()
        if first is None or isinstance(first, Fault):
            raise ConfigError("expected a snapshot to run on")
        gateway = self._gateway = self._maker.first(first)
        context = self._maker.serving(None, first)
        self.tls = Serving(context) if context is not None else None
        # What lives now lives as long as the worker, and calls make no cycles: the collector need not look often.
        gc.freeze()
        gc.set_threshold(50_000, 20, 5)
        self._running = first
        loop.call_later(_LOOK_SECONDS, self._look, loop)
        return gateway

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Swaps in a new snapshot whole; one that can't run leaves the old one in force."""
        loop.call_later(_LOOK_SECONDS, self._look, loop)
        current = self._watcher.poll()
        gateway, running = self._gateway, self._running
        if isinstance(current, Fault):
            _LOG.error("the snapshot can't be read, the old one stays: %s", current)
        if current is None or isinstance(current, Fault) or gateway is None or running is None:
            return
        try:
            context = self._maker.serving(running, current) if self.tls is not None else None
            gateway.live = self._maker.successor(gateway.live, running, current)
        except Error as error:
            _LOG.error("a new snapshot can't run, the old one stays: %s", error.code)
            return
        if context is not None and self.tls is not None:
            self.tls.current = context
            self.renewed()
        gateway.draining = self._maker.drains(current)
        self._running = current
