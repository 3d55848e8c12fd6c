"""Events from lines of JSON: read, checked, appended, and each one's id told once it is durable."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

import msgspec

from asepsis.core import canonical
from asepsis.core.errors import Error, InputError
from asepsis.core.events import PAYLOADS, Event, build, read, read_payload
from asepsis.core.ports import Clock, Ids, Ledger
from asepsis.ledger.errors import refused
from asepsis.ledger.format import check_entry, check_tenant

__all__ = ["Intake"]

_TENANT: Final = "default"
_CHUNK: Final = 1 << 16
_LONGEST: Final = 1 << 20
_FLYING: Final = 4096


class _Short(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: str
    payload: msgspec.Raw
    tenant: str = _TENANT
    principal: str = ""


class _Flying(NamedTuple):
    id: str
    durable: Awaitable[None]


_SHORTS: Final = msgspec.json.Decoder(_Short)


class Intake:
    """Takes lines until there are no more.

    `say` gets the ids, in the order of the lines; `complain` what is wrong with a line, never what stands in it.
    """

    def __init__(
        self, ledger: Ledger, /, *, clock: Clock, ids: Ids, say: Callable[[str], None], complain: Callable[[str], None]
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._ids = ids
        self._say = say
        self._complain = complain
        self._flying: asyncio.Queue[_Flying | None] = asyncio.Queue(_FLYING)
        self._number = 0
        self._bad = 0
        self._failure: Error | None = None

    async def run(self, read_some: Callable[[int], bytes], /) -> int:
        """Appends what `read_some` gives (b"" at the end) and returns how many lines were bad.

        Raises Unavailable when an event did not become durable; ids of later ones may have been told before.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self._land())
            rest = b""
            while self._failure is None and (data := await asyncio.to_thread(read_some, _CHUNK)):
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    await self._take(line)
                if len(rest) > _LONGEST:
                    self._number += 1
                    self._reject(refused(f"expected a line of at most {_LONGEST} bytes, the rest is not read"))
                    rest = b""
                    break
            if rest:
                await self._take(rest)
            await self._flying.put(None)
        if self._failure:
            raise self._failure
        return self._bad

    async def _take(self, line: bytes, /) -> None:
        self._number += 1
        if not line.strip():
            return
        try:
            event = self._event(line)
        except InputError as error:
            self._reject(error)
            return
        await self._flying.put(_Flying(event.id, self._ledger.submit([event])))

    async def _land(self) -> None:
        while (flying := await self._flying.get()) is not None:
            try:
                await flying.durable
            except Error as error:
                self._failure = self._failure or error
            else:
                self._say(flying.id)

    def _reject(self, error: InputError, /) -> None:
        self._bad += 1
        self._complain(f"line {self._number}: {error.message}")

    def _event(self, line: bytes, /) -> Event:
        """Reads a whole event or the short form; raises InputError for what a ledger does not take."""
        try:
            event = read(line)
        except InputError:
            event = self._short(line)
        else:
            event = msgspec.structs.replace(event, payload=msgspec.Raw(canonical.encode(read_payload(event))))
        check_tenant(event.tenant)
        check_entry(event.encode())
        return event

    def _short(self, line: bytes, /) -> Event:
        try:
            short = _SHORTS.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise refused("expected an event, or an object with `kind` and `payload`") from error
        if short.kind not in PAYLOADS:
            raise refused("expected a known kind of event")
        try:
            payload = msgspec.json.decode(short.payload, type=PAYLOADS[short.kind][1])
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise refused(f"expected the payload of `{short.kind}`") from error
        now = self._clock.now()
        return build(payload, id=self._ids.new(), time=now, tenant=short.tenant, principal=short.principal)
