"""The RSGI shell."""

import pytest

from asepsis.core.errors import Unavailable
from asepsis.gateway.errors import Denied
from asepsis.gateway.rsgi import RsgiShell, serve
from asepsis.gateway.types import Reply


class Protocol:
    """The server's side; `broken` is a client that left."""

    def __init__(self, *chunks, broken=False):
        self.chunks = list(chunks)
        self.broken = broken
        self.sent = []

    def __aiter__(self):
        return self

    async def __anext__(self):
        if not self.chunks:
            raise StopAsyncIteration
        return self.chunks.pop(0)

    async def client_disconnect(self):
        self.sent.append("gone")

    def response_bytes(self, status, headers, body):
        self.sent.append((status, headers, body))

    def response_stream(self, status, headers):
        self.sent.append((status, headers))
        return self

    async def send_bytes(self, data):
        if self.broken:
            raise RuntimeError
        self.sent.append(data)


async def test_a_body_is_put_together_from_its_pieces():
    assert await RsgiShell(Protocol(b"a", b"b"), "2").body(2) == b"ab"


@pytest.mark.parametrize("length", ["", "2", "x"])
async def test_a_body_past_the_limit_is_denied_whatever_its_length_says(length):
    with pytest.raises(Denied) as caught:
        await RsgiShell(Protocol(b"ab", b"c"), length).body(2)
    assert caught.value.code == "gateway.limits.request"


async def test_a_body_that_says_it_is_too_large_is_not_read():
    protocol = Protocol(b"abc")
    with pytest.raises(Denied):
        await RsgiShell(protocol, "3").body(2)
    assert protocol.chunks == [b"abc"]


async def test_a_reply_goes_out_whole():
    protocol = Protocol()
    await RsgiShell(protocol, "").reply(Reply(403, (("x-a", "b"),), b"no"))
    assert protocol.sent == [(403, [("x-a", "b")], b"no")]


async def test_a_stream_has_no_empty_pieces():
    protocol = Protocol()
    one = RsgiShell(protocol, "")
    await one.start(200, (("x-a", "b"),))
    for data in (b"a", b"", b"b"):
        await one.send(data)
    await one.finish()
    assert protocol.sent == [(200, [("x-a", "b")]), b"a", b"b"]


async def test_a_client_that_left_is_told_by_name():
    one = RsgiShell(Protocol(broken=True), "")
    await one.start(200, ())
    with pytest.raises(Unavailable) as caught:
        await one.send(b"a")
    assert caught.value.code == "client.gone"


async def test_the_client_is_watched_by_the_server():
    protocol = Protocol()
    await RsgiShell(protocol, "").gone()
    assert protocol.sent == ["gone"]


async def test_a_scope_becomes_a_head_and_the_length_goes_along():
    class Gateway:
        async def handle(self, head, shell):
            assert head == ("POST", "/v1/messages", "beta=true", (("content-length", "3"),))
            with pytest.raises(Denied):
                await shell.body(2)
            await shell.reply(Reply(403, (), b""))

    class Scope:
        method, path, query_string = "POST", "/v1/messages", "beta=true"
        headers = {"content-length": "3"}  # noqa: RUF012 nobody changes it

    protocol = Protocol()
    await serve(Gateway(), Scope(), protocol)
    assert protocol.sent == [(403, [], b"")]
