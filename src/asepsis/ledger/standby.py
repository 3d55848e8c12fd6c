"""A warm standby: it follows the logs, and takes over once whoever writes has been silent for long enough.

1. It looks at the count that the writer puts into its epoch's file, four times a second, by its own clock alone.
2. Once the count has stood still for so many seconds it takes the next epoch: from then on the writer before, however
   alive, acknowledges nothing any more (see `epochs`). Of several standbys one gets the number; the others wait on.
3. It opens each log in a new segment, records that it took over, and serves the socket.

Meanwhile it reads what becomes durable and checks every hash of it, so that damage is told before it matters and what
it will need is in memory.
"""

import asyncio
import logging
from pathlib import Path
from typing import Final

from asepsis.core.errors import Error
from asepsis.core.ports import Clock
from asepsis.ledger.epochs import Epoch, latest
from asepsis.ledger.errors import broken
from asepsis.ledger.reader import LogReader, tenants
from asepsis.ledger.store import Takeover

__all__ = ["PATIENCE_SECONDS", "Standby"]

PATIENCE_SECONDS: Final = 6.0
_LOOK_SECONDS: Final = 0.25
_FOLLOW_NS: Final = 1_000_000_000
_SOME: Final = 2_000
"""How many entries of a log are read in one go, so that the look at the count is never late."""

_LOGGER: Final = logging.getLogger(__name__)


class Standby:
    """Waits for its turn on the ledger under `root`. `read` says how far each tenant's log was read."""

    def __init__(self, root: Path, /, *, clock: Clock, patience: float = PATIENCE_SECONDS) -> None:
        self._root = root
        self._clock = clock
        self._patience = int(patience * 1_000_000_000)
        self._seen = (-1, b"")
        self._since = clock.monotonic()
        self._followed = 0
        self._readers: dict[str, LogReader] = {}
        self.read: dict[str, int] = {}

    async def turn(self, stop: asyncio.Event, /) -> Takeover | None:
        """Returns once it took over, or with None when it is to stop; raises Unavailable for a bad disk."""
        while not stop.is_set():
            taken = self.look()
            if taken is not None:
                return taken
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    await stop.wait()
            except TimeoutError:
                continue
        return None

    def look(self) -> Takeover | None:
        """Looks once, and takes over if it is time; reads some of what became durable if it is not."""
        try:
            seen = latest(self._root)
            now = self._clock.monotonic()  # behind the look: a pause in between makes nothing seem older
            if seen != self._seen:
                self._seen, self._since = seen, now
            silent = now - self._since
            if silent >= self._patience:
                return self._take(seen[0], silent // 1_000_000)
        except OSError as error:
            raise broken("cannot use the folder") from error
        if now - self._followed >= _FOLLOW_NS:
            self._followed = now
            self._follow()
        return None

    def _take(self, number: int, silent_ms: int, /) -> Takeover | None:
        epoch = Epoch.take(self._root, number + 1)
        if epoch is None:
            return None  # another one was first: it is watched from now on
        _LOGGER.error("ledger: the writer was silent for %d ms, epoch %d begins", silent_ms, epoch.number)
        return Takeover(epoch, silent_ms)

    def _follow(self) -> None:
        for tenant in tenants(self._root):
            reader = self._readers.setdefault(tenant, LogReader(self._root, tenant))
            try:
                # From the last entry of what is there: a log of years is for `verify` to read.
                start = self.read.setdefault(tenant, max(0, reader.size() - 1))
                for batch in reader.batches(start):
                    self.read[tenant] = batch.seal.size
                    if batch.seal.size - start >= _SOME:
                        break
            except (Error, OSError) as error:
                what = error.message if isinstance(error, Error) else type(error).__name__
                _LOGGER.error("ledger: the log of %s can't be followed: %s", tenant, what)  # noqa: TRY400 no stack
