"""The process that opens sealed bodies: the only one that has the other half of the key-encrypting key.

1. A request says who asks for which Event, for what purpose, signed by a reader (`verify`); one that was seen before,
   is of a time before this process, or not of now, is none.
2. It counts against the reader's quota of the day, whatever comes of it.
3. The body is held against its Event and opened. INVARIANT: nothing is answered before the Event that says so is
   durable.

A request and an answer are four length bytes and that many of content; an answer is JSON.
"""

import asyncio
import contextlib
import logging
import socket as sockets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import msgspec

from asepsis.core.errors import Error, InputError, NotTrusted, Unavailable
from asepsis.core.events import BodyOpened, Event, build
from asepsis.core.ports import Clock, Digester, Ids, Ledger, Unwrapper
from asepsis.core.types import Purpose, Verdict
from asepsis.infra.records import OwnerKey
from asepsis.ledger.sealing.keyring import DAY_MS
from asepsis.ledger.sealing.opening import OpenedBody, open_body
from asepsis.ledger.writer import listen, unlink

__all__ = ["FRESH_MS", "Answer", "Asked", "Opener", "Openings", "Tools", "request", "serve"]

FRESH_MS: Final = 5 * 60_000
"""How far a request's time may be from the opener's."""

_REQUEST: Final = 1 << 16
_ANSWER: Final = 1 << 30
_SECONDS: Final = 60.0
_QUOTA: Final = "opener.quota"
_BODY: Final = "opener.body"
_LOG: Final = logging.getLogger(__name__)


class Asked(NamedTuple):
    """A request that was verified: who asks for which Event, for what, and when, in milliseconds."""

    reader: str
    event: str
    purpose: Purpose
    at: int


class Openings(Protocol):
    """The keys that are left, and how much each reader opened."""

    def get(self, keys: Sequence[bytes], /, *, tenant: str) -> Mapping[bytes, OwnerKey]:
        """Returns those of the keys that are there."""

    def opens(self, reader: str, day: int, /, *, tenant: str, most: int) -> bool:
        """Counts an opening; False where that were more than `most`."""


class Tools(NamedTuple):
    """What an opener works with."""

    clock: Clock
    ids: Ids
    digester: Digester
    ledger: Ledger
    unwrapper: Unwrapper


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came of a request: a body, or why there is none. `recorded` is the id of the Event that tells of it."""

    recorded: str = ""
    opened: OpenedBody | None = None
    code: str = ""
    message: str = ""


class Opener:
    """Answers requests about one tenant's Events."""

    def __init__(  # noqa: PLR0913 each is a collaborator, and all are named at the call
        self,
        tenant: str,
        tools: Tools,
        openings: Openings,
        /,
        *,
        verify: Callable[[bytes], Asked],
        find: Callable[[str], Event],
        body: Callable[[Event], bytes],
        quota: int,
    ) -> None:
        self._tenant = tenant
        self._tools = tools
        self._openings = openings
        self._verify = verify
        self._find = find
        self._body = body
        self._quota = quota
        self._seen: dict[Asked, int] = {}
        self._began = tools.clock.now()

    async def answer(self, data: bytes, /) -> Answer:
        """Returns what comes of a request; raises nothing but Unavailable where that can't be recorded."""
        try:
            asked = self._new(data)
        except NotTrusted as error:
            _LOG.warning("a request that nobody vouches for was refused")
            return Answer(code=error.code, message=error.message)
        reader = self._tools.digester.digest("principal", asked.reader, tenant=self._tenant)
        told = BodyOpened(asked.event, reader, asked.purpose)
        day = self._tools.clock.now() // DAY_MS
        if not await asyncio.to_thread(self._openings.opens, reader, day, tenant=self._tenant, most=self._quota):
            recorded = await self._record(msgspec.structs.replace(told, rule=_QUOTA))
            return Answer(recorded, code=_QUOTA, message=f"more than {self._quota} bodies a day")
        try:
            opened = await asyncio.to_thread(self._open, asked.event)
        except Error as error:
            event = asked.event if not isinstance(error, InputError) else ""
            recorded = await self._record(msgspec.structs.replace(told, event=event, rule=_BODY))
            return Answer(recorded, code=error.code, message=error.message)
        done = msgspec.structs.replace(told, event=opened.event, parts=len(opened.parts), erased=opened.erased)
        return Answer(await self._record(done), opened)

    def _new(self, data: bytes) -> Asked:
        now = self._tools.clock.now()
        self._seen = {one: until for one, until in self._seen.items() if until > now}
        asked = self._verify(data)
        # By what was signed: the envelope around it can be written in many ways. What was asked before this process
        # began may have been answered by the one before.
        if asked in self._seen or asked.at < self._began:
            raise NotTrusted("expected a request that was not made before", code="opener_request")
        self._seen[asked] = now + 2 * FRESH_MS
        return asked

    def _open(self, which: str) -> OpenedBody:
        event = self._find(which)
        rows = lambda keys: self._openings.get(keys, tenant=self._tenant)  # noqa: E731 it binds the tenant
        return open_body(event, self._body(event), rows, self._tools.unwrapper)

    async def _record(self, told: BodyOpened) -> str:
        tools = self._tools
        verdict = Verdict.DENY if told.rule else Verdict.ALLOW
        event = build(
            told,
            id=tools.ids.new(),
            time=tools.clock.now(),
            tenant=self._tenant,
            principal="opener",
            verdict=verdict,
        )
        await tools.ledger.submit([event])
        return event.id


async def serve(opener: Opener, socket: Path, stop: asyncio.Event) -> None:
    """Serves requests on a Unix socket for its owner and group until `stop` is set; raises ConfigError."""
    one = asyncio.Semaphore(1)  # what is opened at a time is bounded, and so is what a flood costs

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers one request."""
        try:
            async with asyncio.timeout(_SECONDS):
                data = await _read(reader, _REQUEST)
                async with one:
                    answer = await opener.answer(data)
                writer.write(_framed(msgspec.json.encode(answer)))
                await writer.drain()
        except Exception as error:  # noqa: BLE001 whatever fails, nothing is answered, and the next one is taken
            _LOG.warning("a request was not answered: %s", type(error).__name__)
        finally:
            writer.close()

    server = await asyncio.start_unix_server(talk, sock=listen(socket, mode=0o660))
    try:
        await stop.wait()
    finally:
        server.close()
        unlink(socket)


def request(socket: Path, data: bytes, /) -> Answer:
    """Asks the opener at a socket; raises Unavailable where it does not answer."""
    try:
        with contextlib.closing(sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM)) as connection:
            connection.settimeout(_SECONDS)
            connection.connect(str(socket))
            connection.sendall(_framed(data))
            with connection.makefile("rb") as file:
                size = int.from_bytes(file.read(4), "big")
                found = file.read(min(size, _ANSWER))
        return msgspec.json.decode(found, type=Answer)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unavailable("the opener does not answer", place=str(socket), code="opener_unreachable") from error


async def _read(reader: asyncio.StreamReader, most: int) -> bytes:
    size = int.from_bytes(await reader.readexactly(4), "big")
    if size > most:
        raise InputError("expected a shorter request", code="opener_request")
    return await reader.readexactly(size)


def _framed(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data
