"""What stands before every page where people sign in: it knows who comes, and lets nobody else's form in.

1. Open to all are health and readiness, the files that pages are made of, signing in, the exchange of
   tokens, and answers that bring their own signature.
2. The API takes a token of a caller, pages take a session; neither counts for the other, so that no page of another
   site can have a browser ask the API.
3. A form is taken only from this origin, and with the secret of the session that it was shown in.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from hmac import compare_digest
from typing import Final
from urllib.parse import parse_qsl, quote

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from asepsis.console.cookies import Cookies
from asepsis.console.people import SOMEBODY, People, Person
from asepsis.console.sessions import Sessions
from asepsis.core.ports import Peer
from asepsis.infra.serving import peer_of

__all__ = ["API", "OPEN", "Door", "Visitors", "form_of", "person_of"]

API: Final = "/api/"
OPEN: Final = (
    "/healthz",
    "/readyz",
    "/static/",
    "/sign-in",
    "/signed-out",
    "/oauth",
    "/.well-known",
    "/api/v1/statements",
)
"""What needs nobody to be known, by how its path begins."""

_BY_ITSELF: Final = ("/events", "/approvals/now")
_MOST: Final = 65_536
_FIELDS: Final = 32
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Visitors:
    """Says who asks: a person with a session by the cookie, a caller of the API by a token."""

    def __init__(
        self,
        people: People,
        caller: Callable[[Sequence[tuple[str, str]], Peer], Person | None],
        *,
        sessions: Sessions | None = None,
        cookies: Cookies | None = None,
        origin: str = "",
    ) -> None:
        self.people = people
        self.caller = caller
        self.sessions = sessions
        self.cookies = cookies
        self.origin = origin

    async def person(self, request: Request, /) -> Person | None:
        """Returns who asks for a page, None where nobody is known."""
        if self.sessions is None or self.cookies is None:
            return SOMEBODY
        secret = self.cookies.session(request)
        used = request.url.path not in _BY_ITSELF
        sessions = self.sessions
        return await asyncio.to_thread(lambda: sessions.person(secret, used=used))


class Door:
    """ASGI middleware behind the guard."""

    def __init__(self, app: ASGIApp, *, visitors: Visitors) -> None:
        self._app = app
        self._visitors = visitors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets in whom it knows and who may look, and says to others how to be known."""
        if scope["type"] != "http" or _is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        api = scope["path"].startswith(API)
        person = self._caller(request) if api else await self._visitors.person(request)
        if person is None and scope["path"] == "/metrics":
            person = self._caller(request)
        refusal = self._refusal(request, person, api=api)
        if refusal is None and not api and scope["method"] not in _SAFE and person is not None and person.secret:
            refusal = await self._form(request, person)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        scope.setdefault("state", {})["person"] = person
        await self._app(scope, receive, send)

    def _caller(self, request: Request) -> Person | None:
        headers = [(name.lower(), value) for name, value in request.headers.items()]
        return self._visitors.caller(headers, peer_of(request.scope))

    def _refusal(self, request: Request, person: Person | None, *, api: bool) -> Response | None:
        if person is None and api:
            said = {"error": "unauthorized", "message": "expected a token of a caller who may look"}
            return JSONResponse(said, 401, headers={"www-authenticate": 'Bearer realm="asepsis"'})
        if person is None:
            if "text/html" in request.headers.get("accept", ""):
                path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
                # A form that came too late is not kept; its page is come back to.
                path = path if request.method in _SAFE else "/" + path.split("/")[1]
                return RedirectResponse(f"/sign-in?to={quote(path, safe='')}", 303)
            return PlainTextResponse("sign in first\n", 401)
        if self._visitors.people.may_view(person):
            return None
        if api:
            return JSONResponse({"error": "forbidden", "message": "no role of yours may look here"}, 403)
        return None if request.url.path == "/sign-out" else RedirectResponse("/sign-in/nothing", 303)

    async def _form(self, request: Request, person: Person) -> Response | None:
        """Reads a form into the request's state; returns a refusal for one that is none of ours."""
        origin = request.headers.get("origin", "")
        if origin != self._visitors.origin:
            return PlainTextResponse("this form came from elsewhere\n", 403)
        data = b""
        async for chunk in request.stream():
            data += chunk
            if len(data) > _MOST:
                return PlainTextResponse("this form is too long\n", 413)
        try:
            fields = dict(parse_qsl(data.decode(), keep_blank_values=True, max_num_fields=_FIELDS))
        except ValueError:
            return PlainTextResponse("this form can't be read\n", 400)
        if not compare_digest(fields.get("form", "").encode(), person.secret.encode()):
            return PlainTextResponse("this form is of another session; load the page again\n", 403)
        request.scope.setdefault("state", {})["form"] = fields
        return None


def person_of(request: Request, /) -> Person:
    """Returns who asks, as the door found out."""
    found: Person = request.scope.get("state", {}).get("person", SOMEBODY)
    return found


def form_of(request: Request, /) -> Mapping[str, str]:
    """Returns the fields of a form that the door let in."""
    found: Mapping[str, str] = request.scope.get("state", {}).get("form", {})
    return found


def _is_open(path: str) -> bool:
    return any(path == one or path.startswith(f"{one.rstrip('/')}/") for one in OPEN)
