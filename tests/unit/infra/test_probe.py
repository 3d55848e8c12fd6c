"""Whether a server is there, and what it says of itself."""

import asyncio
import contextlib
import socket
import threading

import pytest

from asepsis.core.errors import ConfigError
from asepsis.infra import probe

pytestmark = [pytest.mark.loopback]


@contextlib.contextmanager
def server(answer):
    """A server that answers each connection with these bytes; gives its port and what it was asked."""
    asked = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        asked.append(connection.recv(1000))
                        connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], asked
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def free_port():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        return other.getsockname()[1]


@pytest.mark.parametrize(("answer", "well"), [(b"HTTP/1.1 200 OK\r\n\r\n", True), (b"HTTP/1.1 503 No\r\n\r\n", False)])
async def test_a_server_is_as_well_as_it_says(answer, well):
    with server(answer) as (port, asked):
        assert await asyncio.to_thread(probe.healthy, "127.0.0.1", port, "/healthz") is well
        assert await probe.answers("127.0.0.1", port, "/readyz") is well
    assert [line.split()[1] for line in asked] == [b"/healthz", b"/readyz"]


async def test_where_nobody_listens_nobody_is_well():
    port = free_port()
    assert not probe.listens("127.0.0.1", port)
    assert not probe.healthy("127.0.0.1", port)
    assert not await probe.answers("127.0.0.1", port, "/")


async def test_a_silent_server_is_not_well(monkeypatch):
    monkeypatch.setattr(probe, "_PATIENT_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert not await probe.answers("127.0.0.1", listener.getsockname()[1], "/")


def test_a_taken_port_is_named_with_what_to_do():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = listener.getsockname()[1]
        with pytest.raises(ConfigError, match=f"port {taken} is taken; choose another with `--set lab.port") as told:
            probe.require_free([("gateway", "127.0.0.1", free_port()), ("lab", "127.0.0.1", taken)])
    assert told.value.place == "lab.port"
