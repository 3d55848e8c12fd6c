"""The watch over the keys of issuers and trust domains: fetched again and again, and kept when a fetch fails.

A provider that replaces its keys publishes the new one beside the old one first; whoever looks often enough never
meets a token whose key is not known.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from asepsis.core.errors import Error
from asepsis.core.ports import Clock
from asepsis.identity.config import IdentityConfig, Source
from asepsis.identity.keysets import MOST, key_set, trust_bundle

__all__ = ["KeyRefresh"]

_LOG: Final = logging.getLogger(__name__)
_NANO: Final = 1_000_000_000
_AGAIN: Final = 2
_TAKEN: Final = _NANO
"""How long after an issuer's first keys are told all workers have them: they look twice a second."""


class KeyRefresh:
    """Fetches key sets by the settings in force; `fetch` gets an address and a limit, `tell` the key sets by source."""

    def __init__(
        self,
        settings: Callable[[], IdentityConfig],
        fetch: Callable[[str, int], Awaitable[bytes]],
        tell: Callable[[Mapping[str, str]], None],
        *,
        clock: Clock,
        known: Mapping[str, str],
    ) -> None:
        self._settings = settings
        self._fetch = fetch
        self._tell = tell
        self._clock = clock
        self._known = dict(known)
        self._next: dict[str, int] = {}
        self._failed: set[str] = set()
        self._told = -_TAKEN

    async def look(self) -> None:
        """Fetches what is due, and tells of the key sets when one changed or an issuer came or went."""
        config = self._settings()
        sources = {one.source for one in config.sources}
        found = {source: keys for source, keys in self._known.items() if source in sources}
        self._failed &= sources
        for one in config.sources:
            if self._clock.monotonic() >= self._next.get(one.source, 0):
                keys = await self._fetched(one)
                wait = config.refresh_seconds if keys else min(_AGAIN, config.refresh_seconds)
                self._next[one.source] = self._clock.monotonic() + wait * _NANO
                if keys:
                    found[one.source] = keys
        if found != self._known:
            new = not found.keys() <= self._known.keys()
            self._known = found
            self._tell(found)
            # Where keys are replaced, those of before are still good.
            self._told = self._clock.monotonic() if new else self._told

    async def holds(self) -> bool:
        """Whether the last fetch of all keys went well, and every worker has had time to take keys of all issuers."""
        taken = self._clock.monotonic() - self._told >= _TAKEN
        return taken and not self._failed and all(one.source in self._known for one in self._settings().sources)

    async def _fetched(self, one: Source) -> str:
        try:
            data = await self._fetch(one.address, MOST)
            (trust_bundle if one.spiffe else key_set)(data)
        except (Error, UnicodeDecodeError) as error:
            said = error.message if isinstance(error, Error) else "expected UTF-8"
            _LOG.warning("the keys of %s can't be had: %s", one.name, said)
            self._failed.add(one.source)
            return ""
        self._failed.discard(one.source)
        return data.decode()
