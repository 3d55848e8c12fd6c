"""A server of an ASGI application: plain and over TLS, who is at the other end, and its end."""

import asyncio
import ssl

import pytest

from asepsis.core.errors import ConfigError
from asepsis.core.ports import UNSEEN
from asepsis.infra.serving import Server, listen, peer_of
from asepsis.infra.tls import Serving, serving
from asepsis.testing.certificates import Authority

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]

REQUEST = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"


class Application:
    def __init__(self):
        self.peers = []

    async def __call__(self, scope, receive, send):
        self.peers.append(peer_of(scope))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@pytest.fixture
async def running():
    """Starts servers; ends them with the test."""
    stop, tasks = asyncio.Event(), []

    def start(application, tls=None):
        listener = listen("room", "127.0.0.1", 0, tls=False)
        port = listener.getsockname()[1]
        server = Server(application, grace=2, tls=tls)
        tasks.append(asyncio.ensure_future(server.serve(listener, stop)))
        return server, port

    yield start
    stop.set()
    async with asyncio.timeout(10):
        await asyncio.gather(*tasks)


async def asked(reader, writer):
    writer.write(REQUEST)
    line = await reader.readline()
    while await reader.readline() != b"\r\n":
        pass
    return line


def trusting(authority, folder=None, identity=b""):
    made = ssl.create_default_context(cadata=authority.pem.decode())
    if identity:
        (folder / "client.pem").write_bytes(identity)
        made.load_cert_chain(folder / "client.pem")
    return made


@pytest.mark.parametrize("host", ["0.0.0.0", "example.com", "10.0.0.1"])
def test_nothing_is_said_in_the_open_beyond_loopback(host):
    with pytest.raises(ConfigError, match=r"loopback.*`tools.tls`") as caught:
        listen("tools", host, 0, tls=False)
    assert caught.value.place == "tools.host"


def test_over_tls_it_may_be_reached_from_elsewhere():
    listener = listen("tools", "0.0.0.0", 0, tls=True)
    assert listener.getsockname()[1] > 0
    listener.close()


def test_a_port_that_is_taken_is_said_so():
    listener = listen("tools", "127.0.0.1", 0, tls=False)
    with pytest.raises(ConfigError, match="cannot listen") as caught:
        listen("tools", "127.0.0.1", listener.getsockname()[1], tls=False)
    assert caught.value.place == "tools.port"
    listener.close()


async def test_it_serves_until_it_is_told_to_stop():
    application, stop = Application(), asyncio.Event()
    listener = listen("tools", "127.0.0.1", 0, tls=False)
    port = listener.getsockname()[1]
    serves = asyncio.ensure_future(Server(application, grace=2).serve(listener, stop))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert b"204" in await asked(reader, writer)
    stop.set()
    async with asyncio.timeout(10):
        await serves
    writer.close()
    assert application.peers[0].address == "127.0.0.1"
    with pytest.raises(OSError, match=r"refused|Connect"):
        await asyncio.open_connection("127.0.0.1", port)


async def test_what_is_told_to_stop_before_it_began_ends():
    stop = asyncio.Event()
    stop.set()
    async with asyncio.timeout(10):
        await Server(Application(), grace=2).serve(listen("tools", "127.0.0.1", 0, tls=False), stop)


async def test_the_application_sees_whose_certificate_was_shown(running, tmp_path):
    ours, theirs, application = Authority("ours"), Authority("theirs"), Application()
    tls = Serving(serving(ours.issue("127.0.0.1").decode(), [theirs.der], asked=True))
    _, port = running(application, tls)
    identity = theirs.issue("client")
    for context in (trusting(ours), trusting(ours, tmp_path, identity)):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        assert b"204" in await asked(reader, writer)
        writer.close()
    text = identity.decode()
    shown = ssl.PEM_cert_to_DER_cert(text[text.index("-----BEGIN CERT") : text.index("-----END CERT") + 26])
    assert [one.certificate for one in application.peers] == [b"", shown]


async def test_other_certificates_count_for_connections_that_are_made_then(running):
    one, other = Authority("one"), Authority("other")
    tls = Serving(serving(one.issue("127.0.0.1").decode(), [], asked=False))
    server, port = running(Application(), tls)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting(one))
    assert b"204" in await asked(reader, writer)
    tls.current = serving(other.issue("127.0.0.1").decode(), [], asked=False)
    server.renew()
    async with asyncio.timeout(10):
        assert await reader.read() == b""
    writer.close()
    _, again = await asyncio.open_connection("127.0.0.1", port, ssl=trusting(other))
    again.close()
    with pytest.raises(ssl.SSLCertVerificationError):
        await asyncio.open_connection("127.0.0.1", port, ssl=trusting(one))


def test_of_a_request_that_came_another_way_nobody_knows_the_other_end():
    assert peer_of({}) == peer_of({"state": {}}) == peer_of({"state": {"peer": "x"}}) == UNSEEN


def test_workers_share_a_port_and_nobody_else_has_it():
    first = listen("tools", "127.0.0.1", 0, tls=False, workers=2)
    port = first.getsockname()[1]
    with listen("tools", "127.0.0.1", port, tls=False, workers=2), pytest.raises(ConfigError):
        listen("tools", "127.0.0.1", port, tls=False)
    first.close()
