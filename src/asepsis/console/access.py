"""Access for a time, for people in a browser: asked for, granted by others, taken in an emergency, and reviewed.

1. Whoever is signed in asks for a template, and breaks the glass where policy lets them; both take a reason, and the
   second a fresh second factor.
2. Whoever may approve answers what others ask for, ends what is open, and reviews what others did behind broken glass.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from asepsis.console.door import form_of, person_of
from asepsis.console.people import Person
from asepsis.console.tellers import Tellers
from asepsis.core.errors import Error, InputError, NotTrusted
from asepsis.core.ports import Clock
from asepsis.infra.records import ElevationRow
from asepsis.policy.elevation import Asking, Elevations, Said
from asepsis.policy.types import Rule

__all__ = ["AccessHandlers", "AccessView", "Office", "Row"]

_SHORTEST: Final = 3


class Office(NamedTuple):
    """What the pages work on; who signs in here is a caller of `application`."""

    elevations: Elevations
    tellers: Tellers
    application: str
    clock: Clock


class Row(NamedTuple):
    """A row, what was said on it, whether whoever looks may answer it, and who else may."""

    row: ElevationRow
    said: tuple[Said, ...]
    mine: bool
    groups: tuple[str, ...]


class AccessView(NamedTuple):
    """All that the page shows; `sure` says that whoever looks showed lately who they are, `fault` what went wrong."""

    offered: tuple[Rule, ...]
    asked: tuple[Row, ...]
    active: tuple[Row, ...]
    review: tuple[Row, ...]
    approver: bool
    sure: bool
    fault: str
    now: int


class AccessHandlers:
    """The handlers."""

    def __init__(self, office: Office, shown: Callable[[Request, AccessView], Awaitable[str]]) -> None:
        self._office = office
        self._shown = shown

    def routes(self) -> list[Route]:
        """Returns where they are."""
        return [
            Route("/access", self.look, methods=["GET"]),
            Route("/access", self.ask, methods=["POST"]),
            Route("/access/{link}", self.answer, methods=["POST"]),
        ]

    async def look(self, request: Request) -> Response:
        """What is offered, asked for, open, and to be reviewed."""
        return await self._page(request, "")

    async def ask(self, request: Request) -> Response:
        """Asks for a template, or breaks the glass."""
        form, person = form_of(request), person_of(request)

        def put() -> None:
            """Does it."""
            if not person.principal or person.agent:
                raise NotTrusted("sign in first")
            reason = " ".join(form.get("reason", "").split())
            minutes = int(text) if (text := form.get("minutes", "")).isdecimal() and len(text) < 5 else 0
            asking = Asking(
                person.principal, person.roles, self._office.application, form.get("template", ""), minutes, reason
            )
            if form.get("do") == "break":
                if not self._office.tellers.people.is_sure(person, self._office.clock.now()):
                    raise NotTrusted("show again who you are, with a second factor")
                self._office.elevations.break_glass(asking)
            else:
                self._office.elevations.ask(asking)

        return await self._done(request, put)

    async def answer(self, request: Request) -> Response:
        """Grants, denies, ends or reviews."""
        form, person, link = form_of(request), person_of(request), request.path_params["link"]
        elevations = self._office.elevations

        def put() -> None:
            """Does it."""
            does = form.get("do", "")
            if does == "end" and self._may_end(person, link):
                elevations.end(link, person.principal)
                return
            teller = self._office.tellers.sure(person, self._office.clock.now())
            if does in ("review", "object"):
                elevations.review(link, teller, reason=_reason(form), right=does == "review")
            elif does in ("grant", "deny"):
                elevations.answer(link, teller, grant=does == "grant", reason=_reason(form))
            else:
                raise InputError("expected an answer")

        return await self._done(request, put)

    async def _done(self, request: Request, put: Callable[[], None]) -> Response:
        try:
            await asyncio.to_thread(put)
        except (InputError, NotTrusted) as error:
            return await self._page(request, error.message)
        return RedirectResponse("/access", 303)

    async def _page(self, request: Request, fault: str) -> Response:
        view = await asyncio.to_thread(self._view, person_of(request), fault)
        return HTMLResponse(await self._shown(request, view), 409 if fault else 200)

    def _view(self, person: Person, fault: str) -> AccessView:
        elevations, people, now = self._office.elevations, self._office.tellers.people, self._office.clock.now()
        teller = self._office.tellers.of(person)

        def rows(state: str) -> tuple[Row, ...]:
            """Returns the rows in a state."""
            return tuple(
                Row(
                    row,
                    elevations.said(row),
                    teller is not None and elevations.is_for(row, teller),
                    elevations.groups(row),
                )
                for row in elevations.listed(state)
            )

        try:
            offered = elevations.offered()
        except Error as error:
            offered, fault = (), fault or error.message
        sure = people.is_sure(person, now)
        return AccessView(offered, rows("asked"), rows("active"), rows("review"), teller is not None, sure, fault, now)

    def _may_end(self, person: Person, link: str) -> bool:
        """Whether somebody may end access: their own, and anybody's who may approve."""
        mine = any(
            row.link == link and row.principal == person.principal
            for row in self._office.elevations.listed("active", "asked")
        )
        return mine or self._office.tellers.people.may_approve(person)


def _reason(form: Mapping[str, str]) -> str:
    reason = " ".join(form.get("reason", "").split())
    if len(reason) < _SHORTEST:
        raise InputError("expected a reason")
    return reason
