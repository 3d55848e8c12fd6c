"""What stands before every page: only known names are answered, and every answer says what a browser may do with it.

A page on the internet can let its own name point to 127.0.0.1 and then read what answers there (DNS rebinding). Its
requests carry its own name as Host, so a Host that is neither a loopback name nor the console's own is turned away.
"""

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from asepsis.infra.peers import is_loopback

__all__ = ["HEADERS", "Guard"]

HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    # Not `no-referrer`: a form would then come without its origin.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Guard:
    """ASGI middleware around the whole console; `name` is the host by which browsers know it, beside loopback."""

    def __init__(self, app: ASGIApp, *, name: str = "") -> None:
        self._app = app
        self._name = name.lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Turns foreign names away and sets the headers of everything else."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or not self._known(_name(hosts[0].decode("latin-1"))):
            refusal = PlainTextResponse("the console answers to its own names only\n", status_code=421)
            await refusal(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)

    def _known(self, host: str) -> bool:
        return is_loopback(host) or (bool(self._name) and host.lower() == self._name)


def _name(host: str, /) -> str:
    """Takes the port off a Host header."""
    head, colon, tail = host.rpartition(":")
    return head if colon and tail.isdecimal() and "]" not in tail else host
