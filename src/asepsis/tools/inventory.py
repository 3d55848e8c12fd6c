"""What servers of tools offer: asked of all at the same time, and told in the log and the ledger where it changed.

A server that does not answer has no tools until it does, and holds no other up.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import msgspec

from asepsis.core import canonical
from asepsis.core.errors import Error
from asepsis.core.events import ToolsKept
from asepsis.core.ports import Clock
from asepsis.tools.catalogue import Catalogue
from asepsis.tools.ports import ToolServer
from asepsis.tools.standing import Kept, Standing, Told

__all__ = ["Inventory"]

_LOG: Final = logging.getLogger(__name__)
_GONE: Final = "gone"
_NAME: Final = 64
_AGAIN: Final = 5_000_000_000
"""How many nanoseconds a server that failed is left alone by those who call it."""


class Inventory:
    """Asks the servers and fills the catalogue; `record` has it recorded that tools are kept from agents."""

    def __init__(
        self,
        catalogue: Catalogue,
        servers: Mapping[str, ToolServer],
        clock: Clock,
        record: Callable[[ToolsKept], Awaitable[None]],
    ) -> None:
        self._catalogue = catalogue
        self._servers = servers
        self._clock = clock
        self._record = record
        self._offered: dict[str, str] = {}
        self._standing: dict[str, Standing] = {}
        self._asked = 0
        self._failed: dict[str, int] = {}
        self._locks = {name: asyncio.Lock() for name in servers}

    @property
    def told(self) -> Told:
        """How servers stand that were asked, in the order of the settings."""
        return Told(self._asked, tuple(self._standing[name] for name in self._servers if name in self._standing))

    async def take(self) -> None:
        """Asks all servers once; raises what `record` raises, once all have answered or failed."""
        asked = (self._take(name, server) for name, server in self._servers.items())
        for failed in await asyncio.gather(*asked, return_exceptions=True):
            if failed is not None:
                raise failed

    async def freshen(self, name: str) -> bool:
        """Asks a server that began anew, or whose tools changed, and returns whether it was asked.

        One that failed is not asked again at once, whoever calls it.
        """
        server = self._servers.get(name)
        if server is None or not self._due(name, server):
            return False
        async with self._locks[name]:
            if not self._due(name, server):
                return False
            await self._take(name, server)
        return True

    def _due(self, name: str, server: ToolServer) -> bool:
        """Whether a server has to be asked now."""
        return not server.listed and self._clock.monotonic() - self._failed.get(name, -_AGAIN) >= _AGAIN

    async def _take(self, name: str, server: ToolServer) -> None:
        found = await self._taken(name, server)
        known = self._standing.get(name)
        if known is None or msgspec.structs.replace(found, since=known.since) != known:
            self._standing[name] = found
        self._asked = self._clock.now()

    async def _taken(self, name: str, server: ToolServer) -> Standing:
        catalogue = self._catalogue
        try:
            offered = await server.tools()
            kept = catalogue.offer(name, offered)
        except Error as error:
            catalogue.forget(name)
            if self._offered.get(name) != _GONE:
                said = "tools: server `%s` does not answer, its tools are out: %s; ask it by `asepsis tools list %s`"
                _LOG.warning(said, name, error.message, name)
            self._offered[name] = _GONE
            self._failed[name] = self._clock.monotonic()
            return Standing(name, self._clock.now(), error.message)
        self._failed.pop(name, None)
        digest, admitted = canonical.digest(offered), len(offered) - len(kept)
        shown = tuple(Kept(name, _plain(one.tool), one.reason) for one in kept)
        if self._offered.get(name) != digest and kept:
            back = ", ".join(f"'{one.tool}' ({one.reason})" for one in shown)
            _LOG.warning("tools: of server `%s` kept from agents until somebody confirms them: %s", name, back)
            await self._record(ToolsKept(name, digest, admitted, tuple(sorted(one.reason for one in kept))))
        self._offered[name] = digest
        return Standing(name, self._clock.now(), "", admitted, shown, catalogue.gone(name, offered))


def _plain(name: str) -> str:
    """A name as people may read it: nobody knows what a server writes into it."""
    return ascii(name)[1:-1][:_NAME]
