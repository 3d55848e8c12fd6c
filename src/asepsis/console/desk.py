"""The desk: what waits for an approval, by deadline, and the answers to it, for people in a browser.

1. Whoever may look sees each case with all that is known of it; who may approve it is told so, and who may not, why.
2. An answer takes a reason, and somebody who showed lately, with a second factor, who they are.
3. Of a case that was approved a standing rule can be made, which takes a second person; whoever may approve ends one.
4. Who is away hands the groups that they answer for to somebody else, for days.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple, cast

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from asepsis.console.door import form_of, person_of
from asepsis.console.people import Person
from asepsis.console.tellers import Tellers
from asepsis.core.errors import Error, InputError, NotTrusted
from asepsis.infra.records import StandingApproval
from asepsis.policy.answers import Say, Teller
from asepsis.policy.approvals import Approvals
from asepsis.policy.delegation import Handed
from asepsis.policy.docket import Docket, Entry, Fatigue
from asepsis.policy.standing import Scope, Terms

__all__ = ["Around", "Desk", "DeskHandlers", "Rule", "Shown", "Standing", "View", "standing"]

_SETTLED: Final = 20
_ANSWERS: Final = ("approve", "deny")
_SHORTEST: Final = 3


class Desk(NamedTuple):
    """What the desk works on; more asks than `budget` in 200 calls are too many."""

    approvals: Approvals
    docket: Docket
    tellers: Tellers
    tenant: str
    budget: int


class Rule(NamedTuple):
    """A standing rule, who signed it, and whether whoever looks may sign it, too."""

    row: StandingApproval
    scope: Scope
    signers: tuple[str, ...]
    mine: bool


class Standing(NamedTuple):
    """Whether somebody may answer: an approver at all, and sure enough who they are."""

    approver: bool
    sure: bool


class View(NamedTuple):
    """All that the page of approvals shows."""

    waiting: tuple[Entry, ...]
    damaged: tuple[str, ...]
    settled: tuple[Entry, ...]
    rules: tuple[Rule, ...]
    fatigue: tuple[Fatigue, ...]
    handed: tuple[Handed, ...]
    groups: tuple[str, ...]
    now: int


class Shown(NamedTuple):
    """The pages, which the console's templates make."""

    everything: Callable[[Request, View, str], Awaitable[str]]
    waiting: Callable[[View], str]
    one: Callable[[Request, Entry, "Around"], Awaitable[str]]
    missing: Callable[[Request], Awaitable[Response]]


class Around(NamedTuple):
    """What stands around one case: how somebody stands, the cases before and after, what went wrong, and the time."""

    standing: Standing
    before: str
    after: str
    fault: str
    now: int


class DeskHandlers:
    """The handlers of the pages of approvals."""

    def __init__(self, desk: Desk, shown: Shown) -> None:
        self._desk = desk
        self._shown = shown

    def routes(self) -> list[Route]:
        """Returns where they are."""
        return [
            Route("/approvals", self.everything, methods=["GET"]),
            Route("/approvals/now", self.waiting, methods=["GET"]),
            Route("/approvals/standing/{rule}", self.rule, methods=["POST"]),
            Route("/approvals/delegations", self.hand_over, methods=["POST"]),
            Route("/approvals/delegations/{delegation}", self.take_back, methods=["POST"]),
            Route("/approvals/{case}", self.one, methods=["GET"]),
            Route("/approvals/{case}/answer", self.answer, methods=["POST"]),
            Route("/approvals/{case}/standing", self.propose, methods=["POST"]),
        ]

    async def everything(self, request: Request) -> Response:
        """What waits, what was settled, standing rules, and how the approvers fare."""
        view = await asyncio.to_thread(self._view, person_of(request))
        return HTMLResponse(await self._shown.everything(request, view, request.query_params.get("done", "")))

    async def waiting(self, request: Request) -> Response:
        """What waits alone, for a page that looks again by itself."""
        view = await asyncio.to_thread(self._view, person_of(request))
        return HTMLResponse(self._shown.waiting(view))

    async def one(self, request: Request) -> Response:
        """One case."""
        return await self._one(request, "")

    async def answer(self, request: Request) -> Response:
        """Takes an answer."""
        form, person = form_of(request), person_of(request)
        said = form.get("answer", "")

        def put() -> None:
            """Puts it to the case."""
            teller = self._sure(person)
            if said not in _ANSWERS:
                raise InputError("expected an answer")
            say: Say = cast("Say", said)  # it is one of the two
            self._desk.approvals.answer_at_desk(
                request.path_params["case"], teller, tenant=self._desk.tenant, answer=say, reason=_reason(form)
            )

        return await self._done(request, put, request.path_params["case"])

    async def propose(self, request: Request) -> Response:
        """Makes a rule of a case, which waits for a second person."""
        form, person = form_of(request), person_of(request)

        def put() -> None:
            """Proposes it."""
            terms = Terms(_number(form.get("days", "")), _number(form.get("most", "")), _reason(form))
            case, tenant = request.path_params["case"], self._desk.tenant
            self._desk.approvals.standing.propose(case, self._sure(person), terms, tenant=tenant)

        return await self._done(request, put, "proposed")

    async def rule(self, request: Request) -> Response:
        """Signs or ends a rule."""
        form, person = form_of(request), person_of(request)
        rule, tenant = request.path_params["rule"], self._desk.tenant
        rules = self._desk.approvals.standing

        def put() -> None:
            """Does it."""
            teller = self._sure(person)
            if form.get("do") == "end":
                rules.end(rule, teller.principal, tenant=tenant)
            else:
                rules.second(rule, teller, tenant=tenant, reason=_reason(form))

        return await self._changed(request, put, "rule")

    async def hand_over(self, request: Request) -> Response:
        """Hands one's own groups to somebody else."""
        form, person, tellers = form_of(request), person_of(request), self._desk.tellers

        def put() -> None:
            """Does it."""
            self._sure(person)
            own = tellers.own(person)
            if own is not None:
                to, days = form.get("to", "").strip(), _number(form.get("days", ""))
                tellers.delegations.hand_over(own, to, days=days, reason=_reason(form))

        return await self._changed(request, put, "handed")

    async def take_back(self, request: Request) -> Response:
        """Ends what was handed over, by either of the two."""
        person, delegation = person_of(request), request.path_params["delegation"]
        ended = lambda: self._desk.tellers.delegations.end(delegation, person.principal)  # noqa: E731 it binds the two
        return await self._changed(request, ended, "handed")

    async def _changed(self, request: Request, put: Callable[[], None], what: str) -> Response:
        """Does something in a thread, and says on the page of all what came of it."""
        try:
            await asyncio.to_thread(put)
        except (InputError, NotTrusted) as error:
            view = await asyncio.to_thread(self._view, person_of(request))
            return HTMLResponse(await self._shown.everything(request, view, f"!{error.message}"), 409)
        return RedirectResponse(f"/approvals?done={what}", 303)

    async def _done(self, request: Request, put: Callable[[], None], what: str) -> Response:
        try:
            await asyncio.to_thread(put)
        except (InputError, NotTrusted) as error:
            return await self._one(request, error.message)
        return RedirectResponse(f"/approvals?done={what}", 303)

    async def _one(self, request: Request, fault: str) -> Response:
        person, now = person_of(request), self._desk.approvals.now()
        stands = standing(self._desk, person)

        def look() -> tuple[Entry | None, list[str]]:
            """Looks at the case and its neighbours."""
            teller = self._desk.tellers.of(person)
            waiting = [one.row.case for one in self._desk.docket.waiting(now, teller)]
            sure = stands.sure
            return self._desk.docket.entry(request.path_params["case"], now, teller, sure=sure), waiting

        try:
            entry, waiting = await asyncio.to_thread(look)
        except Error:
            entry, waiting = None, []
        if entry is None:
            return await self._shown.missing(request)
        at = waiting.index(entry.row.case) if entry.row.case in waiting else -1
        before = waiting[at - 1] if at > 0 else ""
        after = waiting[at + 1] if 0 <= at < len(waiting) - 1 else ""
        around = Around(stands, before, after, fault, now)
        return HTMLResponse(await self._shown.one(request, entry, around), 409 if fault else 200)

    def _view(self, person: Person) -> View:
        now, docket = self._desk.approvals.now(), self._desk.docket
        listed = self._desk.approvals.standing
        teller = self._desk.tellers.of(person)
        able = teller is not None
        rules = [
            (row, scope, tuple(listed.signers(row)))
            for row in listed.listed(tenant=self._desk.tenant)
            if (scope := listed.scope(row)) is not None
        ]
        return View(
            docket.waiting(now, teller),
            docket.damaged(now),
            docket.settled(now, most=_SETTLED),
            tuple(
                Rule(row, scope, by, able and row.state == "proposed" and person.principal not in by)
                for row, scope, by in rules
            ),
            docket.fatigue(now),
            self._desk.tellers.delegations.living(),
            self._desk.tellers.people.groups(person) if able else (),
            now,
        )

    def _sure(self, person: Person) -> Teller:
        return self._desk.tellers.sure(person, self._desk.approvals.now())


def standing(desk: Desk, person: Person, /) -> Standing:
    """Returns how somebody stands."""
    return Standing(desk.tellers.people.may_approve(person), desk.tellers.people.is_sure(person, desk.approvals.now()))


def _reason(form: Mapping[str, str]) -> str:
    reason = " ".join(form.get("reason", "").split())
    if len(reason) < _SHORTEST:
        raise InputError("expected a reason")
    return reason


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 5 else 0
