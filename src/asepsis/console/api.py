"""The API of approvals, for programs: JSON, with a token of a caller, version 1.

1. `GET /api/v1/approvals` lists what waits, by deadline; `GET /api/v1/approvals/CASE` shows one as its page does.
2. `POST /api/v1/approvals/CASE/answers` with `{"answer": "approve" | "deny", "reason": "…"}` answers for whose token it
   is. A token has to say that they showed lately, with a second factor, who they are (RFC 9470).
3. `POST /api/v1/statements/CASE` takes an answer that an approver's own key signed (DSSE), from whoever brings it: the
   signature is all that counts. Webhooks and cases say what is to be signed.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from asepsis.console.desk import Desk
from asepsis.console.door import person_of
from asepsis.core.errors import Error, InputError, NotTrusted
from asepsis.infra.records import ApprovalCase
from asepsis.policy.docket import Entry

__all__ = ["API_ROOT", "Api", "api_routes"]

API_ROOT: Final = "/api/v1"
"""What stands before every address of the API."""

_MOST: Final = 65_536


class _Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    answer: Literal["approve", "deny"]
    reason: str


def api_routes(desk: Desk, /) -> list[Route]:
    """Returns the routes."""
    api = Api(desk)
    return [
        Route(f"{API_ROOT}/approvals", api.waiting, methods=["GET"]),
        Route(f"{API_ROOT}/approvals/{{case}}", api.one, methods=["GET"]),
        Route(f"{API_ROOT}/approvals/{{case}}/answers", api.answer, methods=["POST"]),
        Route(f"{API_ROOT}/statements/{{case}}", api.statement, methods=["POST"]),
    ]


class Api:
    """The handlers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def waiting(self, request: Request) -> Response:
        """What waits."""
        person = person_of(request)

        def look() -> tuple[Entry, ...]:
            """Looks at what waits."""
            return self._desk.docket.waiting(self._desk.approvals.now(), self._desk.tellers.of(person))

        return _json({"approvals": [_shown(one) for one in await asyncio.to_thread(look)]})

    async def one(self, request: Request) -> Response:
        """One case."""
        case, person = request.path_params["case"], person_of(request)

        def look() -> Entry | None:
            """Looks at it."""
            return self._desk.docket.entry(case, self._desk.approvals.now(), self._desk.tellers.of(person))

        try:
            found = await asyncio.to_thread(look)
        except InputError as error:
            return _error(error, 500)
        return _error(InputError("expected the id of a case"), 404) if found is None else _json(_shown(found))

    async def answer(self, request: Request) -> Response:
        """Takes the answer of whose token it is."""
        person, case = person_of(request), request.path_params["case"]
        if not self._desk.tellers.people.may_approve(person):
            return _error(NotTrusted("no role of yours may approve"), 403)
        if not self._desk.tellers.people.is_sure(person, self._desk.approvals.now()):
            return self._challenge()

        async def put() -> ApprovalCase:
            """Puts it to the case."""
            said = msgspec.json.decode(await _body(request), type=_Answer)
            reason = " ".join(said.reason.split())

            def answered() -> ApprovalCase:
                """Answers as who they are now."""
                teller = self._desk.tellers.sure(person, self._desk.approvals.now())
                return self._desk.approvals.answer_at_desk(
                    case, teller, tenant=self._desk.tenant, answer=said.answer, reason=reason
                )

            return await asyncio.to_thread(answered)

        return await self._put(put)

    async def statement(self, request: Request) -> Response:
        """Takes an answer that was signed elsewhere."""
        case = request.path_params["case"]

        async def put() -> ApprovalCase:
            """Puts it to the case."""
            data = await _body(request)
            return await asyncio.to_thread(lambda: self._desk.approvals.answer(case, data, tenant=self._desk.tenant))

        return await self._put(put)

    async def _put(self, put: Callable[[], Awaitable[ApprovalCase]]) -> Response:
        try:
            row = await put()
        except (msgspec.DecodeError, UnicodeDecodeError):
            return _error(InputError('expected {"answer": "approve" or "deny", "reason": "…"}'), 400)
        except InputError as error:
            return _error(error, 409)
        except NotTrusted as error:
            return _error(error, 403)
        return _json({"case": row.case, "state": row.state})

    def _challenge(self) -> Response:
        sign_in = self._desk.tellers.people.sign_in
        wanted = "" if sign_in is None else f', max_age="{sign_in.fresh_minutes * 60}"'
        wanted += f', acr_values="{" ".join(sign_in.acr)}"' if sign_in is not None and sign_in.acr else ""
        answer = _error(NotTrusted("show again who you are, with a second factor"), 401)
        answer.headers["www-authenticate"] = f'Bearer error="insufficient_user_authentication"{wanted}'
        return answer


def _shown(one: Entry) -> dict[str, object]:
    row = one.row
    said = {name: getattr(one, name) for name in _FIELDS}
    return {
        "case": row.case,
        "state": row.state,
        "asked": row.asked,
        "expires": row.expires,
        "action": row.action,
        **said,
        "last": one.last.case if one.last is not None else "",
        "sign": one.sign,
    }


_FIELDS: Final = (
    "question", "outline", "reason", "policies", "then", "needs", "said", "changes", "on_duty", "clocks", "escalated",
    "mine", "barred",
)  # fmt: skip


def _json(document: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(document), status, media_type="application/json")


def _error(error: Error, status: int) -> Response:
    return _json({"error": error.code, "message": error.message}, status)


async def _body(request: Request) -> bytes:
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > _MOST:
            raise InputError("expected a short body")
    return data
