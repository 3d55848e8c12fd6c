"""The console's application: pages for people, `/healthz`, `/readyz` and `/metrics` for machines. It only reads.

`/healthz` says that the process runs; `/readyz` makes every check and answers 503 when one fails.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from asepsis.console.board import SHOWS, Board
from asepsis.console.config import ConsoleConfig
from asepsis.console.guard import Guard, check_host
from asepsis.console.live import Viewer, pause
from asepsis.console.pages import Pages
from asepsis.console.ports import Exposition, Log
from asepsis.console.readiness import Checker, Readiness
from asepsis.core.errors import Error
from asepsis.ledger.reader import LogReader

__all__ = ["Console", "create"]

_LOG: Final = logging.getLogger(__name__)
_AGAIN_SECONDS: Final = 2.0
_POLL_SECONDS: Final = 0.2
_BATCH: Final = 256
_EVENTS_PER_CALL: Final = 3


def create(  # noqa: PLR0913 the whole surroundings of a process's application
    config: ConsoleConfig,
    root: Path,
    tenant: str,
    *,
    checks: Mapping[str, Checker],
    metrics: Exposition,
    stop: asyncio.Event,
    gateway: str = "http://127.0.0.1:8080",
) -> Starlette:
    """Returns the application over a tenant's ledger; raises ConfigError when it is to listen beyond loopback.

    It follows the ledger while its lifespan lasts; its streams end when `stop` is set.
    """
    check_host(config.host)
    pages = Pages(size=config.page, gateway=gateway)
    console = Console(config, LogReader(root, tenant), pages, readiness=Readiness(checks), metrics=metrics, stop=stop)
    return console.application()


class Console:
    """The handlers, and the board that they show."""

    def __init__(
        self,
        config: ConsoleConfig,
        log: Log,
        pages: Pages,
        *,
        readiness: Readiness,
        metrics: Exposition,
        stop: asyncio.Event,
    ) -> None:
        self._config = config
        self._log = log
        self._pages = pages
        self._readiness = readiness
        self._metrics = metrics
        self._stop = stop
        self._viewers = 0
        self.board = Board(limit=config.calls)

    def application(self) -> Starlette:
        """Returns the ASGI application."""
        static = StaticFiles(packages=[("asepsis.console", "static")])
        routes = [
            Route("/", self.decisions, name="decisions"),
            Route("/calls/{event}", self.decision),
            Route("/events", self.events),
            Route("/healthz", self.healthz),
            Route("/readyz", self.readyz),
            Route("/metrics", self.metrics),
            Mount("/static", static),
        ]
        handlers = {404: self.missing}
        return Starlette(
            routes=routes,
            middleware=[Middleware(Guard)],
            exception_handlers=handlers,
            lifespan=self._lifespan,
        )

    async def follow(self) -> None:
        """Feeds the board from the ledger's tail until told to stop; a ledger that cannot be read is tried again."""
        start = -1
        while not self._stop.is_set():
            try:
                start = self._log.tail_start(self._config.calls * _EVENTS_PER_CALL) if start < 0 else start
                self.board.report("")
                entries = list(islice(self._log.entries(start), _BATCH))
                for entry in entries:
                    self.board.take(entry)
                    start = entry.index + 1
                # A page changes a few times a second, so the ledger is looked at no more often unless there is a lot.
                await pause(self._stop, 0 if len(entries) == _BATCH else _POLL_SECONDS)
            except (Error, OSError) as error:
                said = error.message if isinstance(error, Error) else type(error).__name__
                _LOG.error("console: the ledger cannot be read: %s", said)
                self.board.report(said)
                await pause(self._stop, _AGAIN_SECONDS)

    async def decisions(self, request: Request) -> Response:
        """The latest decisions."""
        show = _show(request)
        before = _number(request.query_params.get("before"))
        return HTMLResponse(self._pages.decisions(self.board, await self._readiness.ask(), show=show, before=before))

    async def decision(self, request: Request) -> Response:
        """One decision."""
        call = self.board.call(request.path_params["event"])
        if call is None:
            return await self.missing(request)
        return HTMLResponse(self._pages.decision(call, await self._readiness.ask(), fault=self.board.fault))

    async def missing(self, request: Request, error: Exception | None = None) -> Response:  # noqa: ARG002 a handler's shape
        """What stands where nothing is."""
        return HTMLResponse(self._pages.missing(await self._readiness.ask(), fault=self.board.fault), status_code=404)

    async def events(self, request: Request) -> Response:
        """The stream that keeps a page current."""
        if self._viewers >= self._config.viewers:
            return PlainTextResponse("too many viewers\n", status_code=503, headers={"retry-after": "10"})
        since = _number(request.headers.get("last-event-id") or request.query_params.get("since"))
        viewer = Viewer(
            self.board, self._pages, self._readiness, show=_show(request), since=-1 if since is None else since
        )
        return StreamingResponse(
            self._counted(viewer), media_type="text/event-stream", headers={"cache-control": "no-store"}
        )

    async def healthz(self, request: Request) -> Response:  # noqa: ARG002 a handler's shape
        """That the process runs."""
        return JSONResponse({"status": "ok"})

    async def readyz(self, request: Request) -> Response:  # noqa: ARG002 a handler's shape
        """Whether everything that a guarded call needs is there."""
        checks = {check.name: check.ready for check in await self._readiness.ask()}
        checks["ledger"] = not self.board.fault
        ready = all(checks.values())
        body = {"status": "ready" if ready else "not ready", "checks": checks}
        return JSONResponse(body, status_code=200 if ready else 503)

    async def metrics(self, request: Request) -> Response:  # noqa: ARG002 a handler's shape
        """The metrics for Prometheus."""
        body, kind = self._metrics()
        return Response(body, headers={"content-type": kind})

    async def _counted(self, viewer: Viewer, /) -> AsyncIterator[bytes]:
        self._viewers += 1
        try:
            async for chunk in viewer.stream(self._stop):
                yield chunk
        finally:
            self._viewers -= 1

    @asynccontextmanager
    async def _lifespan(self, _: Starlette, /) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            following = group.create_task(self.follow())
            yield
            following.cancel()


def _show(request: Request, /) -> str:
    show = request.query_params.get("show", "all")
    return show if show in SHOWS else "all"


def _number(text: str | None, /) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 19 else None
