"""Telemetry: follows the ledger and tells others. Every way out has a cursor of its own and none holds up another.

What a receiver does not take now is offered again later, from the ledger; what it refuses for good is counted and
passed over. Nothing that fails here stops anything.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from asepsis.core.errors import ConfigError, Error, InputError
from asepsis.infra import config as settings
from asepsis.infra.http import HttpTransport
from asepsis.infra.telemetry.calls import TOOL_CALL, UNCLOSED, Call, advance
from asepsis.infra.telemetry.meters import Meters
from asepsis.infra.telemetry.ports import Cursors, Item, Sink
from asepsis.infra.telemetry.siem import SiemSink
from asepsis.infra.telemetry.tail import Read, Tail, Tails
from asepsis.infra.telemetry_config import TelemetryConfig

__all__ = ["Telemetry"]

if TYPE_CHECKING:
    from asepsis.infra.telemetry.push import Push

_LOG: Final = logging.getLogger(__name__)
_METRICS: Final = "metrics"
_BATCH: Final = 256
_POLL_SECONDS: Final = 0.25
_BUSY_SECONDS: Final = 0.02
"""How long to rest where much comes in: what is read in small pieces holds up no call on the same core for long."""

_MUCH: Final = 8
_LIST_SECONDS: Final = 1.0
_WARM: Final = 2_048
_OPEN_CALLS: Final = 16_384
_PAUSE_SECONDS: Final = 0.5
_PAUSE_LIMIT_SECONDS: Final = 30.0


def _rest(items: Sequence[Item]) -> float:
    """How long to rest behind a batch."""
    return 0 if len(items) == _BATCH else _BUSY_SECONDS if len(items) > _MUCH else _POLL_SECONDS


class Telemetry:
    """The exporters of all tenants. `tails` are the ends of their ledgers.

    `tenants` names those that have a ledger, and is asked again and again: a tenant that comes later is followed from
    its first Event. `more` are ways out beside those of the settings. Making one raises ConfigError for
    settings that can't be used.
    """

    def __init__(
        self,
        config: TelemetryConfig,
        tails: Tails,
        tenants: Callable[[], Iterable[str]],
        *,
        cursors: Cursors,
        more: Sequence[Sink] = (),
        asks_budget: int = 0,
    ) -> None:
        headers = _headers(config.otlp_headers)
        self._tails = tails
        self._tenants = tenants
        self._turns: dict[str, asyncio.Lock] = {}
        self._behind: dict[tuple[str, str], int] = {}
        self._cursors = cursors
        self._sinks = (*_sinks(config, headers), *more)
        self.meters = Meters(config.models, push=_push(config, headers), asks_budget=asks_budget)

    def prometheus(self) -> tuple[bytes, str]:
        """Returns the metrics as Prometheus reads them, and their content type."""
        return self.meters.prometheus()

    async def run(self, stop: asyncio.Event) -> None:
        """Follows the ledgers until `stop` is set; a fault in one exporter is counted and stops nothing."""
        try:
            async with asyncio.TaskGroup() as group:
                await self._follow_all(group, stop)
        finally:
            for sink in self._sinks:
                await sink.close()
            await asyncio.to_thread(self.meters.close)

    async def _follow_all(self, group: asyncio.TaskGroup, stop: asyncio.Event) -> None:
        """Begins to follow each tenant once it has a ledger."""
        known: set[str] = set()
        first = -1
        while not stop.is_set():
            try:
                found = set(self._tenants()) - known
            except OSError as error:
                await self._fault("tenants", error, stop, _PAUSE_SECONDS)
                continue
            for tenant in sorted(found):
                group.create_task(self._measure(tenant, stop, start=first))
                for sink in self._sinks:
                    group.create_task(self._export(sink, tenant, stop))
            known |= found
            first = 0
            await _pause(stop, _LIST_SECONDS)

    def _feed(self, name: str, tenant: str) -> "_Feed":
        def lag(entries: int) -> None:
            self._behind[name, tenant] = entries
            self.meters.lag(name, sum(count for (one, _), count in self._behind.items() if one == name))

        # Metrics are of what is new, as the console is; an exporter goes on where it stood.
        tail = self._tails.shared(tenant) if name == _METRICS else self._tails.alone(tenant)
        return _Feed(tail, lag)

    async def _measure(self, tenant: str, stop: asyncio.Event, *, start: int) -> None:
        """Counts what becomes durable from now on: Prometheus expects a counter to start again at nothing."""
        feed = self._feed(_METRICS, tenant)
        while not stop.is_set():
            try:
                start = feed.warm(feed.size()) if start < 0 else start
                items = feed.take(start)
            except Exception as error:  # noqa: BLE001 whatever breaks here, guarding goes on without it
                await self._fault(_METRICS, error, stop, _PAUSE_LIMIT_SECONDS)
                continue
            for item in items:
                self._count(item)
            start = items[-1].entry.index + 1 if items else start
            await _pause(stop, _rest(items))

    async def _export(self, sink: Sink, tenant: str, stop: asyncio.Event) -> None:
        """Delivers batch after batch and moves the cursor behind each; a batch that is not taken comes again."""
        feed = self._feed(sink.name, tenant)
        start = -1
        pause = _PAUSE_SECONDS
        while not stop.is_set():
            try:
                start = feed.warm(self._cursors.get(sink.name, tenant=tenant)) if start < 0 else start
                items = feed.take(start)
                if items:
                    await self._deliver(sink, items)
                    start = items[-1].entry.index + 1
                    await asyncio.to_thread(self._cursors.advance, sink.name, start, tenant=tenant)
                pause = _PAUSE_SECONDS
            except Exception as error:  # noqa: BLE001 whatever an exporter raises, guarding goes on without it
                start = -1
                await self._fault(sink.name, error, stop, pause)
                pause = min(_PAUSE_LIMIT_SECONDS, pause * 2)
                continue
            await _pause(stop, 0 if len(items) == _BATCH else _POLL_SECONDS)

    async def _deliver(self, sink: Sink, items: list[Item]) -> None:
        """Delivers one batch; the tenants take turns."""
        try:
            async with self._turns.setdefault(sink.name, asyncio.Lock()):
                await sink.deliver(items)
        except InputError as error:
            _LOG.error("telemetry: %s dropped %d entries: %s", sink.name, len(items), error.message)
            self.meters.dropped(sink.name, len(items))

    async def _fault(self, name: str, error: Exception, stop: asyncio.Event, pause: float) -> None:
        said = error.message if isinstance(error, Error) else type(error).__name__
        _LOG.warning("telemetry: %s waits %.1f seconds: %s", name, pause, said)
        self.meters.failed(name)
        await _pause(stop, pause)

    def _count(self, item: Item) -> None:
        if item.call is not None and item.call.ended:
            self.meters.ended(item.call)
        elif item.call is not None:
            self.meters.opened(item.call)
        elif item.event.kind == TOOL_CALL:
            self.meters.tool(item.event.verdict)
        if item.event.kind == UNCLOSED:
            self.meters.unclosed()
        elif item.event.kind.startswith("approval."):
            self.meters.approval(item.event.kind.removeprefix("approval."))


class _Feed:
    """Reads the ledger for one consumer and puts the two Events of each call together."""

    def __init__(self, tail: Tail, lag: Callable[[int], None]) -> None:
        self._tail = tail
        self._lag = lag
        self._open: dict[str, Call] = {}

    def size(self) -> int:
        """Returns how many entries are durable."""
        return self._tail.size()

    def warm(self, start: int) -> int:
        """Looks at what stands before `start`, for calls that were opened there; returns `start`."""
        self._open.clear()
        before = max(0, start - _WARM)
        for one in islice(self._tail.reads(before), start - before):
            self._item(one)
        return start

    def take(self, start: int) -> list[Item]:
        """Returns the next items; an entry that is no Event, which only a damaged writer leaves, is passed over."""
        found = list(islice(self._tail.reads(start), _BATCH))
        behind = self._tail.size() - start - len(found)
        self._lag(max(0, behind))
        return [item for item in map(self._item, found) if item is not None]

    def _item(self, one: Read) -> Item | None:
        if one.event is None:
            return None
        call = advance(self._open, one.event, one.what, index=one.entry.index)
        if call is not None:
            self._keep(call)
        return Item(one.entry, one.event, call)

    def _keep(self, call: Call) -> None:
        if call.ended:
            self._open.pop(call.id, None)
            return
        self._open[call.id] = call
        if len(self._open) > _OPEN_CALLS:
            del self._open[next(iter(self._open))]


def _sinks(config: TelemetryConfig, headers: dict[str, str]) -> Iterable[Sink]:
    if config.otlp_endpoint:
        from asepsis.infra.telemetry.otlp import OtlpSink  # noqa: PLC0415 the SDK is for those who have a receiver

        timeout = config.otlp_timeout_seconds
        transport = HttpTransport(connect=timeout, idle=timeout)
        yield OtlpSink(transport, config.otlp_endpoint, headers=headers, service=config.service, timeout=timeout)
    if config.siem_path:
        yield SiemSink(Path(config.siem_path), size=config.siem_bytes, files=config.siem_files)


def _push(config: TelemetryConfig, headers: dict[str, str]) -> "Push | None":
    if not config.otlp_endpoint:
        return None
    from asepsis.infra.telemetry.push import Push  # noqa: PLC0415 as above

    endpoint = config.otlp_endpoint.rstrip("/")
    return Push(
        endpoint,
        headers,
        service=config.service,
        seconds=config.otlp_metrics_seconds,
        timeout=config.otlp_timeout_seconds,
    )


def _headers(lines: Iterable[str]) -> dict[str, str]:
    """Reads `name: URI` lines and fetches the secrets; raises ConfigError."""
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, uri = line.partition(":")
        if not colon or not name.strip():
            raise ConfigError("expected `name: URI of a secret`", place="telemetry.otlp_headers")
        headers[name.strip().lower()] = settings.secret(uri.strip())
    return headers


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
