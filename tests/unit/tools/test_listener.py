import asyncio

import pytest

from asepsis.core.errors import ConfigError
from asepsis.tools.listener import listen, serve

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]


@pytest.mark.parametrize("host", ["0.0.0.0", "example.com", "10.0.0.1"])
def test_it_listens_on_loopback_alone(host):
    with pytest.raises(ConfigError, match="loopback"):
        listen(host, 0)


def test_a_port_that_is_taken_is_said_so():
    listener = listen("127.0.0.1", 0)
    with pytest.raises(ConfigError, match="cannot listen"):
        listen("127.0.0.1", listener.getsockname()[1])
    listener.close()


async def test_it_serves_until_it_is_told_to_stop():
    async def application(scope, receive, send):
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    listener, stop = listen("127.0.0.1", 0), asyncio.Event()
    running = asyncio.ensure_future(serve(application, listener, stop))
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.getsockname()[1])
    writer.write(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
    assert b"204" in await reader.readline()
    writer.close()
    stop.set()
    await running
