"""Serving the gateway: workers that share one socket, until told to stop; running answers are finished."""

import asyncio
import logging
import multiprocessing
import os
import resource
import socket
import time
from multiprocessing.context import ForkProcess
from typing import Final, TypeVar

import uvloop

from asepsis.core.errors import ConfigError
from asepsis.gateway.config import GatewayConfig
from asepsis.gateway.http1 import Connection
from asepsis.gateway.listener import Listener
from asepsis.gateway.worker import Worker
from asepsis.infra.clock import SystemClock
from asepsis.infra.ending import SIGNALS, Ending

__all__ = ["serve"]

T = TypeVar("T")

_LOG = logging.getLogger(__name__)
_OTHER_FILES: Final = 512
"""Files that are no connections of clients: upstreams, logs, the database."""
_LOOK_SECONDS: Final = 0.1
_AGAIN_SECONDS: Final = 0.5
_GRACE_SECONDS: Final = 2.0


def serve(config: GatewayConfig, worker: Worker[T]) -> None:
    """Serves in `config.workers` processes, each a fork of this one; one that dies is replaced.

    What was built before the fork is shared. Raises ConfigError when the address can't be listened on.
    """
    ending = Ending()
    ending.catch_signals()
    with _listening(config) as listening:
        _Workers(config, worker, listening).run(ending)


class _Workers:
    """The processes, and the pipe that tells them of their parent's end, however it comes."""

    def __init__(self, config: GatewayConfig, worker: Worker[T], listening: socket.socket) -> None:
        self._config = config
        self._worker = worker
        self._listening = listening
        self._connections = min(config.connections, _open_files() - _OTHER_FILES)
        self._fork = multiprocessing.get_context("fork")
        self._alive, self._ours = os.pipe()

    def run(self, ending: Ending) -> None:
        """Keeps the workers running until the end is asked for."""
        running = [self._begin() for _ in range(self._config.workers)]
        while not ending.wait(_LOOK_SECONDS):
            for at, process in enumerate(running):
                if process.is_alive():
                    continue
                _LOG.error("a gateway worker ended with code %s and is started again", process.exitcode)
                process.close()
                if not ending.wait(_AGAIN_SECONDS):
                    running[at] = self._begin()
        self._end(running)

    def _begin(self) -> ForkProcess:
        process = self._fork.Process(target=self._work, name="gateway-worker")
        process.start()
        return process

    def _end(self, running: list[ForkProcess]) -> None:
        for process in running:
            process.terminate()
        deadline = time.monotonic() + self._config.drain_seconds + _GRACE_SECONDS
        for process in running:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                process.kill()

    def _work(self) -> None:
        os.close(self._ours)
        uvloop.run(self._serve())

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        for number in SIGNALS:
            loop.add_signal_handler(number, stop.set)
        loop.add_reader(self._alive, stop.set)
        config, limits = self._config, self._config.call
        gateway = self._worker.start(loop)
        listener = Listener(
            gateway.handle,
            connections=self._connections,
            head_bytes=limits.header_bytes,
            seconds=limits.receive_seconds,
            clock=SystemClock(),
        )
        tls = self._worker.tls
        self._worker.renewed = listener.renew
        server = await loop.create_server(
            lambda: Connection(listener),
            sock=self._listening,
            backlog=config.backlog,
            ssl=tls.outer if tls is not None else None,
            ssl_handshake_timeout=limits.receive_seconds if tls is not None else None,
        )
        looking = asyncio.ensure_future(listener.look())
        await stop.wait()
        loop.remove_reader(self._alive)
        server.close()
        await listener.drain(config.drain_seconds)
        looking.cancel()


def _listening(config: GatewayConfig) -> socket.socket:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    try:
        return socket.create_server((config.host, config.port), family=family, backlog=config.backlog)
    except OSError as error:
        place = f"{config.host}:{config.port}"
        raise ConfigError(f"cannot listen: {os.strerror(error.errno or 0)}", place=place) from error


def _open_files() -> int:
    """Raises this process's limit of open files as far as it may, and returns it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return 1 << 20 if most == resource.RLIM_INFINITY else max(most, 2 * _OTHER_FILES)
