"""The pages of signing in and out, and the provider's word that a session is over.

`/sign-in` sends the browser to the provider, `/sign-in/back` is where it comes back to, `/sign-in/over` takes logout
tokens (OpenID Connect Back-Channel Logout 1.0). Nothing that a provider or a browser sends is shown or logged.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple, Protocol
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from asepsis.console import oidc
from asepsis.console.config import SignIn
from asepsis.console.cookies import Cookies
from asepsis.console.door import person_of
from asepsis.console.oidc import Provider
from asepsis.console.people import Person
from asepsis.console.sessions import Sessions
from asepsis.core.errors import Error, InputError, NotTrusted
from asepsis.core.ports import Clock, Randomness
from asepsis.identity.config import Issuer
from asepsis.identity.keysets import key_set

__all__ = ["BACK", "Outside", "SigningIn"]

BACK: Final = "/sign-in/back"
"""Where a provider sends the browser back to, behind the console's address."""

_LOG: Final = logging.getLogger(__name__)
_KEPT_SECONDS: Final = 300
_MOST: Final = 65_536
_BODY: Final = 32_768
_PATH: Final = 512
_BEGUN_SECONDS: Final = 600


class Outside(NamedTuple):
    """What signing in asks of the world: documents by address, tokens by form, the issuer's keys, and secrets."""

    fetch: Callable[[str, int], Awaitable[bytes]]
    post: Callable[[str, Mapping[str, str], tuple[tuple[str, str], ...]], Awaitable[bytes]]
    keys: Callable[[], str]
    secret: Callable[[], str]
    clock: Clock
    randomness: Randomness


class Shown(Protocol):
    """The pages around signing in."""

    def signing(self, name: str, /, *, person: Person | None = None, **values: object) -> str:
        """Returns a page: `failed`, `nothing` or `out`."""


class SigningIn:
    """The handlers."""

    def __init__(
        self, config: SignIn, issuer: Issuer, address: str, *, sessions: Sessions, cookies: Cookies, outside: Outside
    ) -> None:
        self._config = config
        self._issuer = issuer
        self._address = address
        self._sessions = sessions
        self._cookies = cookies
        self._outside = outside
        self._known: tuple[Provider, int] | None = None

    def routes(self, pages: Shown, /) -> list[Route]:
        """Returns where the handlers are."""
        self._pages = pages
        return [
            Route("/sign-in", self.begin, methods=["GET"]),
            Route(BACK, self.back, methods=["GET"]),
            Route("/sign-in/over", self.over, methods=["POST"]),
            Route("/sign-in/nothing", self.nothing, methods=["GET"]),
            Route("/sign-out", self.out, methods=["POST"]),
            Route("/signed-out", self.signed_out, methods=["GET"]),
        ]

    async def begin(self, request: Request) -> Response:
        """Sends the browser to the provider; `again` asks for a fresh sign-in with a second factor."""
        try:
            provider = await self._provider()
        except Error as error:
            return self._failed("the provider can't be reached", error)
        path = _path(request.query_params.get("to", "/"))
        again = request.query_params.get("again") == "yes"
        begun = oidc.begin(self._outside.randomness, self._now(), path=path, again=again)
        answer = RedirectResponse(oidc.address(provider, begun, self._config, back=self._address + BACK), 303)
        self._cookies.put_begun(answer, begun, seconds=_BEGUN_SECONDS)
        return answer

    async def back(self, request: Request) -> Response:
        """Takes the provider's answer, and begins a session."""
        begun = self._cookies.begun(request)
        if begun is None:
            return self._failed("this browser began no sign-in, or it took too long", None)
        try:
            who = await self._who(begun, request.query_params)
            secret = self._cookies.session(request)
            before = await asyncio.to_thread(lambda: self._sessions.person(secret, used=False))
            digest = before.session if before is not None else ""
            fresh = await asyncio.to_thread(lambda: self._sessions.begin(who, self._issuer, before=digest))
        except Error as error:
            return self._failed("the provider's answer does not hold", error)
        answer = RedirectResponse(begun.path, 303)
        self._cookies.put_session(answer, fresh)
        self._cookies.drop(answer, "sign-in")
        return answer

    async def over(self, request: Request) -> Response:
        """Ends the sessions that a logout token names."""
        try:
            token = dict(parse_qsl((await _body(request)).decode())).get("logout_token", "")
            whose = oidc.ended(
                token, key_set(self._outside.keys().encode()), self._issuer, self._config, now=self._now()
            )
        except (Error, ValueError):
            return PlainTextResponse("expected a logout token\n", 400, headers={"cache-control": "no-store"})
        await asyncio.to_thread(self._sessions.end, self._issuer, whose)
        return Response(status_code=200, headers={"cache-control": "no-store"})

    async def nothing(self, request: Request) -> Response:
        """What somebody sees who may do nothing here."""
        secret = self._cookies.session(request)
        person = await asyncio.to_thread(lambda: self._sessions.person(secret, used=True))
        return HTMLResponse(self._pages.signing("nothing", person=person), 403)

    async def out(self, request: Request) -> Response:
        """Ends the session."""
        await asyncio.to_thread(self._sessions.leave, person_of(request))
        answer = RedirectResponse("/signed-out", 303)
        self._cookies.drop(answer, "session")
        return answer

    async def signed_out(self, request: Request) -> Response:  # noqa: ARG002 a handler's shape
        """What is seen then, with the way out at the provider."""
        try:
            end = (await self._provider()).end_session_endpoint
        except Error:
            end = ""
        return HTMLResponse(self._pages.signing("out", end=end, client=self._config.client_id))

    async def _who(self, begun: oidc.Begun, query: Mapping[str, str]) -> oidc.SignedIn:
        provider = await self._provider()
        got = oidc.code(provider, begun, query, self._now())
        sent = oidc.form(begun, got, self._config, back=self._address + BACK)
        headers = oidc.credentials(self._config.client_id, self._outside.secret())
        data = await self._outside.post(provider.token_endpoint, sent, headers)
        keys = key_set(self._outside.keys().encode())
        return oidc.signed_in(data, begun, keys, self._issuer, self._config, now=self._now())

    async def _provider(self) -> Provider:
        now = self._now()
        if self._known is None or now >= self._known[1]:
            data = await self._outside.fetch(self._issuer.issuer.rstrip("/") + oidc.DISCOVERY, _MOST)
            self._known = (oidc.provider(data, issuer=self._issuer.issuer), now + _KEPT_SECONDS)
        return self._known[0]

    def _now(self) -> int:
        return self._outside.clock.now() // 1000

    def _failed(self, said: str, error: Error | None) -> Response:
        if isinstance(error, NotTrusted | InputError):
            _LOG.warning("sign-in: %s", error.message)
        elif error is not None:
            _LOG.warning("sign-in: %s", type(error).__name__)
        return HTMLResponse(self._pages.signing("failed", said=said), 403 if error is None else 502)


def _path(text: str) -> str:
    """Returns a path of the console; where something else is given it is the first page, so that nobody is led away."""
    plain = text.isascii() and text.isprintable() and len(text) <= _PATH and "\\" not in text
    return text if plain and text.startswith("/") and not text.startswith("//") else "/"


async def _body(request: Request) -> bytes:
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > _BODY:
            raise InputError("expected a short form")
    return data
