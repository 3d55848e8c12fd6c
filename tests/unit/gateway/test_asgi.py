"""The ASGI shell."""

import asyncio

import pytest

from asepsis.gateway.asgi import AsgiShell, serve
from asepsis.gateway.errors import Denied
from asepsis.gateway.types import Reply


def shell(*messages):
    waiting, sent = list(messages), []

    async def receive():
        return waiting.pop(0)

    async def send(message):
        sent.append(message)

    return AsgiShell(receive, send), sent


def piece(body, *, more=False):
    return {"type": "http.request", "body": body, "more_body": more}


GONE = {"type": "http.disconnect"}


async def test_a_body_is_put_together_from_its_pieces():
    one, _ = shell(piece(b"a", more=True), {"type": "http.request", "more_body": True}, piece(b"b"))
    assert await one.body(2) == b"ab"


async def test_a_body_past_the_limit_is_denied_before_its_end():
    one, _ = shell(piece(b"ab", more=True), piece(b"c", more=True))
    with pytest.raises(Denied) as caught:
        await one.body(2)
    assert caught.value.code == "gateway.limits.request"


async def test_half_a_body_is_none():
    one, _ = shell(piece(b"a", more=True), GONE)
    with pytest.raises(Denied) as caught:
        await one.body(9)
    assert caught.value.code == "gateway.client"


async def test_a_reply_is_one_message_with_its_length():
    one, sent = shell()
    await one.reply(Reply(403, (("x-a", "b"),), b"no!"))
    assert sent == [
        {"type": "http.response.start", "status": 403, "headers": [(b"x-a", b"b"), (b"content-length", b"3")]},
        {"type": "http.response.body", "body": b"no!"},
    ]


async def test_a_stream_has_no_empty_pieces_but_its_last():
    one, sent = shell()
    await one.start(200, ())
    for data in (b"a", b"", b"b"):
        await one.send(data)
    await one.finish()
    assert [(message["body"], message.get("more_body", False)) for message in sent[1:]] == [
        (b"a", True), (b"b", True), (b"", False)
    ]  # fmt: skip


async def test_the_client_is_watched_only_once_its_body_is_read():
    one, _ = shell(piece(b"a"), GONE)
    watch = asyncio.ensure_future(one.gone())
    await asyncio.sleep(0)
    assert await one.body(9) == b"a"
    await watch


async def test_a_scope_becomes_a_head():
    heads = []

    class Gateway:
        async def handle(self, head, shell):
            heads.append(head)

    scope = {"method": "POST", "path": "/v1/messages", "query_string": b"beta=true", "headers": [(b"X-A", b"\xe9")]}
    await serve(Gateway(), scope, None, None)
    assert heads == [("POST", "/v1/messages", "beta=true", (("x-a", "é"),))]
