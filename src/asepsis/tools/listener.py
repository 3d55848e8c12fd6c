"""Serving the firewall: uvicorn on a loopback socket, until told to stop."""

import asyncio
import contextlib
import ipaddress
import os
import socket
from collections.abc import Iterator
from typing import Final

import uvicorn

from asepsis.core.errors import ConfigError
from asepsis.tools.server import Application

__all__ = ["listen", "serve"]

_GRACE_SECONDS: Final = 5


class _Server(uvicorn.Server):
    """A server that leaves signals to the process that runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Takes no signals."""
        yield


def listen(host: str, port: int, /) -> socket.socket:
    """Returns a socket that listens; raises ConfigError for an address beyond loopback or one that is taken."""
    if not _loopback(host):
        raise ConfigError("expected an address on loopback: put a proxy with TLS in front", place="tools.host")
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise ConfigError(f"cannot listen: {os.strerror(error.errno or 0)}", place="tools.port") from error
    return listener


async def serve(application: Application, listener: socket.socket, stop: asyncio.Event) -> None:
    """Serves until `stop` is set; running calls have a little time to end."""
    config = uvicorn.Config(
        application,
        access_log=False,
        lifespan="off",
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        ws="none",
    )
    server = _Server(config)
    async with asyncio.TaskGroup() as group:
        ending = group.create_task(_end(server, stop))
        await server.serve(sockets=[listener])
        ending.cancel()
    listener.close()


async def _end(server: uvicorn.Server, stop: asyncio.Event, /) -> None:
    await stop.wait()
    server.should_exit = True


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
