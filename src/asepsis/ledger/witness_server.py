"""A witness over HTTP: `POST /add-checkpoint`, and `GET /<SHA-256 of an origin>/checkpoint` for whoever compares."""

import asyncio
import logging
import os
import socket
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from asepsis.core.errors import ConfigError, Error
from asepsis.infra.serving import Server
from asepsis.ledger.tlog.witnessing import MAX_REQUEST
from asepsis.ledger.witness import Reply, Witness

__all__ = ["application", "listen", "serve"]

_LOGGER: Final = logging.getLogger(__name__)
_TOO_LARGE: Final = Reply(413, b"expected a smaller request\n")
_FAILED: Final = Reply(500, b"the witness cannot answer\n")
_GRACE_SECONDS: Final = 2
_NOTHING: Final = Reply(404, b"expected a log that was cosigned here\n")


def application(witness: Witness, /) -> Starlette:
    """Returns the witness as an ASGI application."""

    async def add_checkpoint(request: Request) -> Response:
        """Cosigns or says why not."""
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_REQUEST:
                return _response(_TOO_LARGE)
        try:
            # In the loop and not beside it: one request is judged and kept before the next one is looked at.
            return _response(witness.add_checkpoint(bytes(body)))
        except Error as error:
            _LOGGER.error("witness: %s", error)  # noqa: TRY400 an error's message is all that may be told
            return _response(_FAILED)

    async def checkpoint(request: Request) -> Response:
        """Shows what was cosigned last."""
        found = witness.checkpoint(str(request.path_params["name"]))
        return _response(_NOTHING if found is None else Reply(200, found))

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/{name}/checkpoint", checkpoint, methods=["GET"]),
        ]
    )


def listen(host: str, port: int, /) -> socket.socket:
    """Returns a socket that listens there; raises ConfigError for an address that is none or is taken."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ConfigError("expected an address to listen on", place=f"{host}:{port}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        raise ConfigError(f"cannot listen: {os.strerror(error.errno or 0)}", place=f"{host}:{port}") from error
    return listener


async def serve(witness: Witness, listener: socket.socket, /, *, stop: asyncio.Event) -> None:
    """Serves until `stop` is set."""
    await Server(application(witness), grace=_GRACE_SECONDS).serve(listener, stop)


def _response(reply: Reply, /) -> Response:
    return Response(reply.body, reply.status, {"content-type": reply.kind})
