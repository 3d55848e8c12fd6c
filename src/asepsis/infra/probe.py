"""Whether a server on this machine is there, and what it says of itself; plain HTTP/1.0 needs no client.

Over TLS the server's name is not checked: it is this machine, and what is asked is no secret.
"""

import socket
import ssl
from collections.abc import Iterable
from typing import Final

from asepsis.core.errors import ConfigError

__all__ = ["answers", "healthy", "listens", "require_free"]

_SECONDS: Final = 0.2
_PATIENT_SECONDS: Final = 2


def listens(host: str, port: int) -> bool:
    """Whether somebody listens on a port."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.settimeout(_SECONDS)
        return probe.connect_ex((host, port)) == 0


def require_free(wanted: Iterable[tuple[str, str, int]]) -> None:
    """Raises ConfigError for the first (room, host, port) that somebody else listens on already."""
    for room, host, port in wanted:
        if listens(host, port):
            raise ConfigError(f"port {port} is taken; choose another with `--set {room}.port=…`", place=f"{room}.port")


def healthy(host: str, port: int, path: str = "/health", *, tls: bool = False) -> bool:
    """Whether a server answers 200 to a path: a model that is being loaded does not yet."""
    try:
        with socket.create_connection((host, port), _SECONDS) as plain:
            probe = _context().wrap_socket(plain) if tls else plain
            with probe:
                probe.sendall(_request(path))
                return b" 200 " in probe.recv(64)
    except OSError:
        return False


async def answers(host: str, port: int, path: str, *, tls: bool = False) -> bool:
    """As `healthy`, for callers with an event loop to keep free."""
    import asyncio  # noqa: PLC0415 the supervisor probes too, and has no event loop

    try:
        async with asyncio.timeout(_PATIENT_SECONDS):
            reader, writer = await asyncio.open_connection(host, port, ssl=_context() if tls else None)
            try:
                writer.write(_request(path))
                head = await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
    return b" 200 " in head


def _context() -> ssl.SSLContext:
    made = ssl.create_default_context()
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    return made


def _request(path: str) -> bytes:
    return f"GET {path} HTTP/1.0\r\nhost: localhost\r\n\r\n".encode()
