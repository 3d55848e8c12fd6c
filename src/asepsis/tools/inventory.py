"""What servers of tools offer: asked of all at the same time, and told in the log and the ledger where it changed.

A server that does not answer has no tools until it does, and holds no other up, nor for long those who call it: it is
asked once at a time, whoever wants to know, and goes on being asked when they no longer wait.
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
_REFUSED: Final = "tools.refused"
_AGAIN: Final = 5_000_000_000
"""How many nanoseconds a server that failed is left alone by those who call it."""
_PATIENCE: Final = 10_000_000_000
"""How many nanoseconds a call waits for its server to say what it offers."""
_SILENT: Final = "the server was asked and has not answered yet"


class Inventory:
    """Asks the servers and fills the catalogue; `record` has it recorded that tools are kept from agents.

    `changed` is called whenever the catalogue may have other tools.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        servers: Mapping[str, ToolServer],
        clock: Clock,
        record: Callable[[ToolsKept], Awaitable[None]],
        changed: Callable[[], None],
    ) -> None:
        self._catalogue = catalogue
        self._servers = servers
        self._clock = clock
        self._record = record
        self._changed = changed
        self._offered: dict[str, str] = {}
        self._standing: dict[str, Standing] = {}
        self._asked = 0
        self._failed: dict[str, int] = {}
        self._asking: dict[str, asyncio.Future[None]] = {}
        self._began: dict[str, int] = {}

    @property
    def told(self) -> Told:
        """How servers stand that were asked, in the order of the settings."""
        return Told(self._asked, tuple(self._standing[name] for name in self._servers if name in self._standing))

    async def take(self) -> None:
        """Asks all servers once; raises what `record` raises, once all have answered or failed."""
        asked = [self._ask(name) for name in self._servers]
        if asked:
            await asyncio.wait(asked)
        for one in asked:
            one.result()

    def again(self) -> None:
        """Has all servers asked once more; nobody waits for it."""
        for name in self._servers:
            self._ask(name).add_done_callback(_unheard)

    async def freshen(self, name: str) -> None:
        """Asks a server that began anew, or whose tools changed; raises what `record` raises.

        One that failed is not asked again at once, whoever calls it, and one that keeps silent is not waited for.
        """
        server = self._servers.get(name)
        if server is None or not self._due(name, server):
            return
        if (asking := self._asking.get(name)) is not None:
            await self._wait(name, asking)
        if self._due(name, server):  # the server may have begun anew after it was asked
            await self._wait(name, self._ask(name))

    def failed(self, name: str, error: Error, /) -> None:
        """Says in the log that a server gave no result of a call: one that begins anew shows it nowhere else."""
        if error.code != _REFUSED:  # what a server says no to is the caller's to mend
            _LOG.warning("tools: server `%s` gave no result of a call: %s", name, error.message)

    async def close(self) -> None:
        """Asks no more."""
        asking = list(self._asking.values())
        for one in asking:
            one.cancel()
        if asking:
            await asyncio.wait(asking)

    def _due(self, name: str, server: ToolServer) -> bool:
        """Whether a server has to be asked now."""
        return not server.listed and self._clock.monotonic() - self._failed.get(name, -_AGAIN) >= _AGAIN

    def _ask(self, name: str) -> asyncio.Future[None]:
        """Begins to ask a server, unless it is being asked."""
        if (asking := self._asking.get(name)) is not None:
            return asking
        self._began[name] = self._clock.monotonic()
        asking = self._asking[name] = asyncio.ensure_future(self._take(name, self._servers[name]))
        asking.add_done_callback(lambda _: self._asking.pop(name, None))
        return asking

    async def _wait(self, name: str, asking: asyncio.Future[None]) -> None:
        """Waits for what a server is asked, but not for long; until it has answered its tools are out."""
        left = self._began[name] + _PATIENCE - self._clock.monotonic()
        done, _ = await asyncio.wait([asking], timeout=max(left, 0) / 1e9)
        if done:
            asking.result()
            return
        asking.add_done_callback(_unheard)
        self._catalogue.forget(name)
        self._changed()
        self._stands(Standing(name, self._clock.now(), _SILENT))

    async def _take(self, name: str, server: ToolServer) -> None:
        try:
            found = await self._taken(name, server)
        finally:
            self._changed()
        self._stands(found)
        self._asked = self._clock.now()

    def _stands(self, found: Standing) -> None:
        known = self._standing.get(found.server)
        if known is None or msgspec.structs.replace(found, since=known.since) != known:
            self._standing[found.server] = found

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
        if self._failed.pop(name, None) is not None:
            _LOG.info("tools: server `%s` answers again", name)
        admitted = len(offered) - len(kept)
        shown = tuple(Kept(name, _plain(one.tool), one.reason) for one in kept)
        digest = canonical.digest(offered)
        seen = canonical.digest((digest, kept))
        if self._offered.get(name) != seen and kept:
            back = ", ".join(f"'{one.tool}' ({one.reason})" for one in shown)
            _LOG.warning("tools: of server `%s` kept from agents until somebody confirms them: %s", name, back)
            await self._record(ToolsKept(name, digest, admitted, tuple(sorted(one.reason for one in kept))))
        self._offered[name] = seen
        return Standing(name, self._clock.now(), "", admitted, shown, catalogue.gone(name, offered))


def _unheard(asked: asyncio.Future[None]) -> None:
    """Nobody is there any more to be told that it could not be recorded; the next who asks is."""
    if not asked.cancelled():
        asked.exception()


def _plain(name: str) -> str:
    """A name as people may read it: nobody knows what a server writes into it."""
    return ascii(name)[1:-1][:_NAME]
