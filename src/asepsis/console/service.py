"""The console's application: pages for people, `/healthz`, `/readyz` and `/metrics` for machines.

`/healthz` says that the process runs; `/readyz` makes every check and answers 503 when one fails.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from asepsis.console.access import AccessHandlers, AccessView, Office
from asepsis.console.api import api_routes
from asepsis.console.board import SHOWS, Board
from asepsis.console.config import ConsoleConfig, check_url
from asepsis.console.desk import Around, Desk, DeskHandlers, Shown, View, standing
from asepsis.console.door import Door, Visitors, person_of
from asepsis.console.guard import Guard
from asepsis.console.live import Viewer, pause
from asepsis.console.pages import Asked, Here, Pages, Visit
from asepsis.console.people import SOMEBODY, People, Person
from asepsis.console.ports import Exposition
from asepsis.console.readiness import Checker, Readiness
from asepsis.console.signing_in import SigningIn
from asepsis.console.toolservers import ToolServers
from asepsis.core.errors import Error
from asepsis.infra.telemetry.tail import Tail, Tails
from asepsis.ledger.reader import tenants
from asepsis.policy.docket import Entry

__all__ = ["Console", "Entrance", "Logs", "create"]

_LOG: Final = logging.getLogger(__name__)
_AGAIN_SECONDS: Final = 2.0
_POLL_SECONDS: Final = 0.2
_BATCH: Final = 256
_EVENTS_PER_CALL: Final = 3
_TENANTS: Final = 256


def create(  # noqa: PLR0913 the whole surroundings of a process's application
    config: ConsoleConfig,
    root: Path,
    tenant: str,
    *,
    tails: Tails,
    checks: Mapping[str, Checker],
    metrics: Exposition,
    stop: asyncio.Event,
    gateway: str = "http://127.0.0.1:8080",
    tools: str = "",
    servers: ToolServers | None = None,
    more: Sequence[Route] = (),
    entrance: "Entrance | None" = None,
) -> Starlette:
    """Returns the application over all tenants' ledgers; raises ConfigError for an address that browsers can't take.

    `tenant` is shown unless another is asked for. It follows the ledgers while its lifespan lasts; its streams end when
    `stop` is set. `more` are routes beside the console's own.
    """
    check_url(config.address)
    pages = Pages(size=config.page, gateway=gateway, tools=tools)
    logs = Logs(tenant, partial(tenants, root), tails.shared)
    readiness = Readiness(checks)
    console = Console(
        config, logs, pages, readiness=readiness, metrics=metrics, stop=stop, servers=servers, entrance=entrance
    )
    return console.application(more)


class Entrance(NamedTuple):
    """Who may come in, how they sign in, where they do, what waits for them, and access for a time."""

    visitors: Visitors
    signing_in: SigningIn | None = None
    desk: Desk | None = None
    access: Office | None = None


def _open(config: ConsoleConfig) -> Entrance:
    """The entrance of a console that nobody signs in to."""
    return Entrance(Visitors(People(config.access, None), lambda _, __: None))


class Logs(NamedTuple):
    """The ledgers: the tenant that is shown first, those that there are, and how to open one."""

    first: str
    names: Callable[[], Iterable[str]]
    open: Callable[[str], Tail]


class Console:
    """The handlers, and the boards that they show, one for each tenant; `board` is the first tenant's."""

    def __init__(  # noqa: PLR0913 as `create`
        self,
        config: ConsoleConfig,
        logs: Logs,
        pages: Pages,
        *,
        readiness: Readiness,
        metrics: Exposition,
        stop: asyncio.Event,
        servers: ToolServers | None = None,
        entrance: Entrance | None = None,
    ) -> None:
        self._entrance = entrance or _open(config)
        self._config = config
        self._logs = logs
        self._pages = pages
        self._readiness = readiness
        self._metrics = metrics
        self._stop = stop
        self._servers = servers or ToolServers()
        self._viewers = 0
        self.board = Board(limit=config.calls)
        self._boards = {logs.first: self.board}

    def application(self, more: Sequence[Route] = ()) -> Starlette:
        """Returns the ASGI application."""
        static = StaticFiles(packages=[("asepsis.console", "static")])
        routes = [
            Route("/", self.decisions, name="decisions"),
            Route("/calls/{event}", self.decision),
            Route("/tools", self.tools),
            Route("/events", self.events),
            Route("/healthz", self.healthz),
            Route("/readyz", self.readyz),
            Route("/metrics", self.metrics),
            Mount("/static", static),
            *more,
            *(self._access(self._entrance.access) if self._entrance.access is not None else ()),
            *(self._approvals(self._entrance.desk) if self._entrance.desk is not None else ()),
            *(self._entrance.signing_in.routes(self._pages) if self._entrance.signing_in is not None else ()),
        ]
        handlers = {404: self.missing}
        return Starlette(
            routes=routes,
            middleware=[
                Middleware(Guard, name=urlsplit(self._config.address).hostname or ""),
                Middleware(Door, visitors=self._entrance.visitors),
            ],
            exception_handlers=handlers,
            lifespan=self._lifespan,
        )

    async def follow_all(self, group: asyncio.TaskGroup) -> None:
        """Begins to follow each tenant once it has a ledger, until told to stop."""
        group.create_task(self.follow(self._logs.first, self.board))
        while not self._stop.is_set():
            try:
                for tenant in sorted(set(self._logs.names()) - set(self._boards))[: _TENANTS - len(self._boards)]:
                    self._boards[tenant] = Board(limit=self._config.calls)
                    group.create_task(self.follow(tenant, self._boards[tenant]))
            except OSError as error:
                _LOG.error("console: the tenants cannot be listed: %s", type(error).__name__)
            await pause(self._stop, _AGAIN_SECONDS)

    async def follow(self, tenant: str, board: Board) -> None:
        """Feeds a board from its ledger's tail until told to stop; a ledger that cannot be read is tried again."""
        start = -1
        log = self._logs.open(tenant)
        while not self._stop.is_set():
            try:
                start = log.tail_start(self._config.calls * _EVENTS_PER_CALL) if start < 0 else start
                board.report("")
                found = list(islice(log.reads(start), _BATCH))
                for one in found:
                    board.take(one)
                    start = one.entry.index + 1
                # A page changes a few times a second, so the ledger is looked at no more often unless there is a lot.
                await pause(self._stop, 0 if len(found) == _BATCH else _POLL_SECONDS)
            except (Error, OSError) as error:
                said = error.message if isinstance(error, Error) else type(error).__name__
                _LOG.error("console: the ledger cannot be read: %s", said)
                board.report(said)
                await pause(self._stop, _AGAIN_SECONDS)

    async def decisions(self, request: Request) -> Response:
        """The latest decisions."""
        show = _show(request)
        before = _number(request.query_params.get("before"))
        here = self._here(request)
        checks = await self._readiness.ask()
        board, visit = self._boards[here.tenant], await self._visit(request)
        return HTMLResponse(self._pages.decisions(board, checks, here, visit, show=show, before=before))

    async def tools(self, request: Request) -> Response:
        """The servers of tools, and the latest calls."""
        here, checks = self._here(request), await self._readiness.ask()
        servers, visit = await asyncio.to_thread(self._servers.rows), await self._visit(request)
        return HTMLResponse(self._pages.tools(self._boards[here.tenant], servers, checks, here, visit))

    async def decision(self, request: Request) -> Response:
        """One decision."""
        name = request.path_params["event"]
        for board in self._boards.values():
            call = board.call(name)
            if call is not None:
                checks = await self._readiness.ask()
                visit = await self._visit(request)
                return HTMLResponse(self._pages.decision(call, checks, visit, fault=board.fault))
        return await self.missing(request)

    async def missing(self, request: Request, error: Exception | None = None) -> Response:  # noqa: ARG002 a handler's shape
        """What stands where nothing is; strangers are told no more than that."""
        if self._entrance.signing_in is not None and person_of(request) == SOMEBODY:
            return PlainTextResponse("nothing is here\n", 404)
        checks = await self._readiness.ask()
        page = self._pages.missing(checks, await self._visit(request), fault=self.board.fault)
        return HTMLResponse(page, status_code=404)

    async def events(self, request: Request) -> Response:
        """The stream that keeps a page current."""
        if self._viewers >= self._config.viewers:
            return PlainTextResponse("too many viewers\n", status_code=503, headers={"retry-after": "10"})
        since = _number(request.headers.get("last-event-id") or request.query_params.get("since"))
        board = self._boards[self._here(request).tenant]
        since = -1 if since is None else since
        viewer = Viewer(board, self._pages, self._readiness, show=_show(request), since=since)
        return StreamingResponse(
            self._counted(viewer, person_of(request)),
            media_type="text/event-stream",
            headers={"cache-control": "no-store"},
        )

    async def healthz(self, request: Request) -> Response:  # noqa: ARG002 a handler's shape
        """That the process runs."""
        return JSONResponse({"status": "ok"})

    async def readyz(self, request: Request) -> Response:  # noqa: ARG002 a handler's shape
        """Whether everything that a guarded call needs is there."""
        checks = {check.name: check.ready for check in await self._readiness.ask()}
        checks["ledger"] = not any(board.fault for board in self._boards.values())
        ready = all(checks.values())
        body: dict[str, object] = {"status": "ready" if ready else "not ready", "checks": checks}
        if servers := await asyncio.to_thread(self._servers.rows):
            # Told and no check: other people run them, and a guarded call of a model needs none of them.
            answering = sum(one.state == "answers" for one in servers)
            body["tools"] = {"servers": len(servers), "answering": answering}
        return JSONResponse(body, status_code=200 if ready else 503)

    async def metrics(self, request: Request) -> Response:  # noqa: ARG002 a handler's shape
        """The metrics for Prometheus."""
        body, kind = self._metrics()
        return Response(body, headers={"content-type": kind})

    async def _counted(self, viewer: Viewer, person: Person, /) -> AsyncIterator[bytes]:
        """Yields what a viewer sees, until their session is over."""
        self._viewers += 1
        sessions, looked = self._entrance.visitors.sessions, asyncio.get_running_loop().time()
        try:
            async for chunk in viewer.stream(self._stop):
                yield chunk
                now = asyncio.get_running_loop().time()
                if sessions is not None and now - looked >= _AGAIN_SECONDS:
                    looked = now
                    if not await asyncio.to_thread(sessions.lasts, person.session):
                        return
        finally:
            self._viewers -= 1

    async def _visit(self, request: Request, /) -> Visit:
        desk, office, person = self._entrance.desk, self._entrance.access, person_of(request)
        if request.scope["path"].startswith("/static/"):
            return Visit(person)

        def look() -> Visit:
            """Counts what waits."""
            waiting = None if desk is None else len(desk.approvals.waiting(tenant=desk.tenant))
            return Visit(person, waiting, None if office is None else len(office.elevations.listed("asked", "review")))

        return await asyncio.to_thread(look)

    def _access(self, office: Office, /) -> list[Route]:
        async def shown(request: Request, view: AccessView) -> str:
            return self._pages.access(view, await self._readiness.ask(), await self._visit(request))

        return AccessHandlers(office, shown).routes()

    def _approvals(self, desk: Desk, /) -> list[Route]:
        return [*DeskHandlers(desk, self._shown(desk)).routes(), *api_routes(desk)]

    def _shown(self, desk: Desk, /) -> Shown:
        """Returns the pages of approvals, with all that stands around them."""

        async def everything(request: Request, view: View, done: str) -> str:
            asked = Asked(*self.board.asks(), desk.budget)
            checks, visit = await self._readiness.ask(), await self._visit(request)
            return self._pages.approvals(view, asked, standing(desk, visit.person), checks, visit, done=done)

        async def one(request: Request, entry: Entry, around: Around) -> str:
            return self._pages.approval(entry, around, await self._readiness.ask(), await self._visit(request))

        return Shown(everything, self._pages.waiting, one, self.missing)

    @asynccontextmanager
    async def _lifespan(self, _: Starlette, /) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            following = group.create_task(self._followed())
            yield
            following.cancel()

    async def _followed(self) -> None:
        async with asyncio.TaskGroup() as group:
            await self.follow_all(group)

    def _here(self, request: Request, /) -> Here:
        """Returns which tenant a request asks for; the first one when it is none that there is."""
        asked = request.query_params.get("tenant", "")
        names = tuple(self._boards)
        return Here(asked if asked in self._boards else self._logs.first, names)


def _show(request: Request, /) -> str:
    show = request.query_params.get("show", "all")
    return show if show in SHOWS else "all"


def _number(text: str | None, /) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 19 else None
