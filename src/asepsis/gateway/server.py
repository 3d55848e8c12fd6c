"""Serving the gateway: granian with its workers, until it is told to stop; running streams are finished."""

import multiprocessing
import resource
from collections.abc import Callable
from typing import Final, TypeVar, cast

from granian.constants import HTTPModes, Interfaces, Loops, RuntimeModes
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from asepsis.gateway.config import GatewayConfig
from asepsis.gateway.worker import Worker

__all__ = ["serve"]

T = TypeVar("T")

_OTHER_FILES: Final = 512
"""Files that are no connections of clients: upstreams, logs, the database."""


def serve(config: GatewayConfig, worker: Worker[T]) -> None:
    """Serves in `config.workers` processes, each a fork of this one; one that dies is replaced."""
    # What is built before the fork is shared, and a worker needs no pickling. Python 3.14 would not fork by default.
    multiprocessing.set_start_method("fork", force=True)
    Server(
        "asepsis",
        address=config.host,
        port=config.port,
        interface=Interfaces.RSGI,
        workers=config.workers,
        loop=Loops.uvloop,
        runtime_mode=RuntimeModes.st,
        http=HTTPModes.http1,
        backlog=config.backlog,
        backpressure=min(config.connections, _open_files() - _OTHER_FILES),
        http1_settings=HTTP1Settings(
            header_read_timeout=int(config.call.receive_seconds * 1000), max_buffer_size=config.call.header_bytes
        ),
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=config.drain_seconds,
    ).serve(target_loader=lambda: cast("Callable[..., object]", worker), wrap_loader=False)


def _open_files() -> int:
    """Raises this process's limit of open files as far as it may, and returns it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return 1 << 20 if most == resource.RLIM_INFINITY else max(most, 2 * _OTHER_FILES)
