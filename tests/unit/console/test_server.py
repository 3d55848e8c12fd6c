"""The console's server."""

import asyncio
import socket

import pytest

from asepsis.console.config import ConsoleConfig
from asepsis.console.server import serve
from asepsis.core.errors import ConfigError

pytestmark = [pytest.mark.loopback]


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "console.example"])
async def test_nothing_but_loopback_is_served(host):
    with pytest.raises(ConfigError, match="speaks no TLS"):
        await serve(lambda *_: None, ConsoleConfig(host=host, port=0), asyncio.Event())


async def test_a_taken_port_is_told(port):
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(ConfigError, match="cannot listen"):
            await serve(lambda *_: None, ConsoleConfig(port=port), asyncio.Event())


async def test_it_answers_until_told_to_stop_streams_included(desk, port):
    stop = desk.stop
    serving = asyncio.ensure_future(serve(desk.console.application(), ConsoleConfig(port=port), stop))
    reader, writer = await _connect(port)
    writer.write(b"GET /events HTTP/1.1\r\nhost: localhost\r\n\r\n")
    assert b" 200 " in await reader.readline()
    stop.set()
    await asyncio.wait_for(serving, 10)
    await reader.read()
    writer.close()
    with pytest.raises(OSError, match=r"refused|Connect"):
        await asyncio.open_connection("127.0.0.1", port)


async def _connect(port):
    for _ in range(100):
        try:
            return await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
    raise AssertionError("nothing listens")
