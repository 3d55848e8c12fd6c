"""Serving an ASGI application: uvicorn on a socket until told to stop, plain or over TLS whose certificates may change.

The application finds who is at the other end by `peer_of`: uvicorn's own scope has no certificate of the client.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Final, Literal

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from asepsis.core.errors import ConfigError
from asepsis.core.ports import UNSEEN, Peer
from asepsis.infra.peers import is_loopback, peer
from asepsis.infra.tls import Serving

__all__ = ["Server", "listen", "peer_of"]

_PEER: Final = "peer"


class _Protocol(HttpToolsProtocol):
    """A connection that tells the application who is at its other end."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Looks at the other end once; TLS has spoken by now."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, _PEER: peer(transport)}


class _Uvicorn(uvicorn.Server):
    """A server that leaves signals to the process that runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Takes no signals."""
        yield


class Server:
    """Serves one application on one socket."""

    def __init__(
        self,
        application: Callable[..., Awaitable[None]],
        *,
        grace: int,
        lifespan: Literal["on", "off"] = "off",
        tls: Serving | None = None,
    ) -> None:
        """`grace` is for how many seconds running requests may go on once it is told to stop."""
        self._server = _Uvicorn(
            uvicorn.Config(
                application,
                access_log=False,
                http=_Protocol,
                lifespan=lifespan,
                log_config=None,
                proxy_headers=False,
                server_header=False,
                ssl_context_factory=(lambda config, default: tls.outer) if tls is not None else None,  # noqa: ARG005 as uvicorn calls it
                timeout_graceful_shutdown=grace,
                ws="none",
            )
        )

    async def serve(self, listener: socket.socket, stop: asyncio.Event) -> None:
        """Serves until `stop` is set; closes the listener."""

        async def end() -> None:
            """Waits for the end and has the server stop."""
            await stop.wait()
            self._server.should_exit = True

        async with asyncio.TaskGroup() as group:
            ending = group.create_task(end())
            await self._server.serve(sockets=[listener])
            ending.cancel()
        listener.close()

    def renew(self) -> None:
        """Closes the connections that were made so far, each behind its answer."""
        for connection in list(self._server.server_state.connections):
            connection.shutdown()


def listen(room: str, host: str, port: int, /, *, tls: bool, workers: int = 1) -> socket.socket:
    """Returns a socket that listens; raises ConfigError for a port that is taken, and beyond loopback without TLS.

    Several workers of one user share a port, and the kernel deals connections out to them.
    """
    if not tls and not is_loopback(host):
        said = f"expected a loopback address such as `127.0.0.1`, or `{room}.tls`: nothing is said in the open"
        raise ConfigError(said, place=f"{room}.host")
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if workers > 1:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise ConfigError(f"cannot listen: {os.strerror(error.errno or 0)}", place=f"{room}.port") from error
    return listener


def peer_of(scope: Mapping[str, object], /) -> Peer:
    """Returns the other end of a request's connection."""
    state = scope.get("state")
    found = state.get(_PEER) if isinstance(state, dict) else UNSEEN
    return found if isinstance(found, Peer) else UNSEEN
