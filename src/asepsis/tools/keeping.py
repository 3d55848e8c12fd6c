"""What is kept of tool calls, sealed: the arguments and the result of each, as one part of JSON.

It is about all whom the session is known to have touched; in a session about nobody known it is the session's.
"""

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from asepsis.core.ports import Content, Said, Scanner, Sealed, Sealer
from asepsis.core.types import Decision, Part, PartKind, Role
from asepsis.ledger.sealing.keeping import kept, never, record
from asepsis.tools.types import Json

__all__ = ["Keeping", "Place"]

_LARGE: Final = 1 << 16


class Place(NamedTuple):
    """Where something is said: whose tenant, with which Event, in which session, and what of the call it is."""

    tenant: str
    event: str
    session: str
    name: str
    role: Role


class Keeping(NamedTuple):
    """Seals what is said in calls; `everything`, or what policies ask for."""

    sealer: Sealer
    scanner: Scanner
    everything: bool

    async def seal(self, place: Place, said: Json, /, *, subjects: Sequence[str], decision: Decision) -> Sealed | None:
        """Seals a piece of JSON, None where the decision does not let it be kept; raises Unavailable."""
        if not kept(decision, everything=self.everything):
            return None
        text = msgspec.json.encode(said).decode()
        if len(text) > _LARGE:
            return await asyncio.to_thread(self._sealed, place, text, tuple(subjects), record(decision))
        return self._sealed(place, text, tuple(subjects), record(decision))

    def _sealed(self, place: Place, text: str, subjects: tuple[str, ...], kind: str) -> Sealed:
        said = Said(place.name, place.role.value, self._spared(place, text), subjects)
        return self.sealer.seal(Content(place.tenant, place.event, place.session, [said], kind))

    def _spared(self, place: Place, text: str) -> str:
        """Returns a text without what may not be kept in any form."""
        (found,) = self.scanner.scan([Part(PartKind.TEXT, place.name, text, place.role)])
        for one in reversed([one for one in found if never(one)]):
            text = f"{text[: one.start]}[{one.kind.value}]{text[one.end :]}"
        return text
