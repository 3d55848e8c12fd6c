"""Serving the console: uvicorn on a loopback socket, until told to stop."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Iterator
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from asepsis.console.config import ConsoleConfig
from asepsis.console.guard import check_host
from asepsis.core.errors import ConfigError

__all__ = ["serve"]

_GRACE_SECONDS: Final = 2


class _Server(uvicorn.Server):
    """A server that leaves signals to the process that runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Takes no signals."""
        yield


async def serve(application: ASGIApp, config: ConsoleConfig, stop: asyncio.Event) -> None:
    """Serves until `stop` is set; raises ConfigError for an address beyond loopback or one that is taken."""
    listener = _listen(check_host(config.host), config.port)
    server = _Server(
        uvicorn.Config(
            application,
            access_log=False,
            lifespan="on",
            log_config=None,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
            ws="none",
        )
    )

    async with asyncio.TaskGroup() as group:
        ending = group.create_task(_end(server, stop))
        await server.serve(sockets=[listener])
        ending.cancel()


async def _end(server: uvicorn.Server, stop: asyncio.Event, /) -> None:
    await stop.wait()
    server.should_exit = True


def _listen(host: str, port: int, /) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConfigError(f"cannot listen: {os.strerror(error.errno or 0)}", place="console.port") from error
    return listener
