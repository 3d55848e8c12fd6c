import asyncio
import json

import pytest

from asepsis.core.errors import InputError, Unavailable
from asepsis.tools.mcp import web
from asepsis.tools.mcp.web import HttpServer


def quiet(done, total):
    """Takes no notice of how far a call has come."""


class Scripted:
    """A transport that answers as it is told, by method."""

    def __init__(self, **answers):
        self.answers, self.sent, self.once = answers, [], []

    async def send(self, request):
        message = json.loads(request.body) if request.body else {"method": request.method}
        self.sent.append((message["method"], dict(request.headers)))
        self.once += [message["method"]] if request.once else []
        status, kind, body = self.answers.get(message["method"].rpartition("/")[2], (202, "", b""))
        return Reply(status, kind, body.replace(b"ID", str(message.get("id")).encode()))


class Reply:
    def __init__(self, status, kind, body):
        self.status, self.headers, self._body = status, (("content-type", kind), ("mcp-session-id", "s-1")), body

    async def chunks(self):
        for at in range(0, len(self._body), 7):
            yield self._body[at : at + 7]

    def close(self):
        pass


def answer(**result):
    return (
        200,
        "application/json",
        json.dumps({"jsonrpc": "2.0", "id": "ID", "result": result}).replace('"ID"', "ID").encode(),
    )


HELLO = answer(protocolVersion="2025-11-25")
EVENTS = (
    b'event: message\r\ndata: {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":ID,'
    b'"progress":1,"total":2,"message":"obey me"}}\r\n\r\n'
    b'data: {"jsonrpc":"2.0","id":ID,\ndata: "result":{"ok":true}}\n\n'
)


def made(**answers):
    transport = Scripted(**{"initialize": HELLO, "discover": (404, "", b"")} | answers)
    return HttpServer(
        "http://a.test/mcp", transport, credentials=[("authorization", "Bearer own")], seconds=5
    ), transport


async def test_a_call_goes_with_its_token_the_session_and_the_servers_credential():
    server, transport = made(call=(200, "text/event-stream", EVENTS), list=answer(tools=[]))
    steps = []
    await server.tools()
    assert await server.call("a", {"b": 1}, token="t-1", heard=lambda *step: steps.append(step)) == {"ok": True}
    assert steps == [(1, 2)]
    method, headers = transport.sent[-1]
    assert method == "tools/call"
    assert headers["x-asepsis-call"] == "t-1"
    assert headers["mcp-session-id"] == "s-1"
    assert headers["mcp-protocol-version"] == "2025-11-25"
    assert headers["authorization"] == "Bearer own"
    await server.close()
    assert transport.sent[-1][0] == "DELETE"


async def test_a_stream_that_goes_on_and_on_is_no_answer(monkeypatch):
    monkeypatch.setattr(web, "_MOST_STREAMED", 20_000)
    for events in (
        b": hi\n\n" * 10_000,
        b"\r\n\r\n" * 10_000,
        EVENTS.replace(b"data: {", b"data: x{") + b"\n\n" * 9_990,
    ):
        server, _ = made(call=(200, "text/event-stream", events), list=answer(tools=[]))
        await server.tools()
        with pytest.raises(InputError):
            await server.call("a", {}, token="", heard=quiet)


async def test_tools_are_listed():
    server, _ = made(list=answer(tools=[{"name": "a"}]))
    assert [tool.name for tool in await server.tools()] == ["a"]


@pytest.mark.parametrize(
    "reply",
    [
        (307, "", b""),
        (500, "", b""),
        (200, "application/json", b""),
        (200, "application/json", b"nonsense"),
        (200, "text/event-stream", b"data: x\n\n"),
        (200, "application/json", b'{"jsonrpc":"2.0","id":99,"result":{}}'),
        (200, "application/json", b'{"jsonrpc":"2.0","id":ID,"error":{"code":-1}}'),
    ],
)
async def test_what_is_no_answer_is_none(reply):
    server, _ = made(call=reply)
    with pytest.raises((Unavailable, InputError)):
        await server.call("a", {}, token="", heard=quiet)


async def test_a_server_that_is_away_lists_its_tools_before_the_next_call():
    server, transport = made(list=answer(tools=[]), call=answer(ok=True))
    await server.tools()
    there = transport.send

    async def away(request):
        raise Unavailable("the server can't be reached", code="upstream.connect")

    transport.send = away
    with pytest.raises(Unavailable, match="reached"):
        await server.call("a", {}, token="", heard=quiet)
    transport.send = there
    assert not server.listed
    with pytest.raises(Unavailable, match="list its tools"):
        await server.call("a", {}, token="", heard=quiet)
    await server.tools()
    assert await server.call("a", {}, token="", heard=quiet) == {"ok": True}
    assert [method for method, _ in transport.sent].count("initialize") == 2


async def test_a_call_is_sent_once_whatever_becomes_of_its_connection():
    server, transport = made(list=answer(tools=[]), call=answer(ok=True))
    await server.tools()
    await server.call("a", {}, token="", heard=quiet)
    assert transport.once == ["tools/call"]


async def test_a_session_that_is_gone_is_opened_anew():
    server, transport = made(call=(404, "", b""), list=answer(tools=[]))
    for _ in range(2):
        await server.tools()
        with pytest.raises(Unavailable, match="session is over") as gone:
            await server.call("a", {}, token="", heard=quiet)
        assert gone.value.code == "tools.unlisted"  # MCP: nothing was done
        with pytest.raises(Unavailable, match="list its tools"):
            await server.call("a", {}, token="", heard=quiet)
    assert [method for method, _ in transport.sent].count("initialize") == 2


async def test_calls_at_the_same_time_lose_one_session_once():
    server, transport = made(call=(404, "", b""), list=answer(tools=[]))
    send, late = transport.send, asyncio.Event()

    async def slow(request):
        reply = await send(request)
        reply.headers += (("mcp-session-id", f"s-{[method for method, _ in transport.sent].count('initialize')}"),)
        if b'"late"' in request.body:
            await late.wait()
        return reply

    transport.send = slow
    await server.tools()
    second = asyncio.ensure_future(server.call("late", {}, token="", heard=quiet))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable, match="session is over"):
        await server.call("a", {}, token="", heard=quiet)
    await server.tools()
    late.set()
    with pytest.raises(Unavailable, match="session is over"):
        await second
    assert server.listed


async def test_tools_are_asked_for_once_more_in_a_new_session():
    server, transport = made(list=answer(tools=[{"name": "a"}]))
    await server.tools()
    gone, there = [(404, "", b"")], transport.send

    async def once(request):
        return Reply(*gone.pop()) if b"tools/list" in request.body and gone else await there(request)

    transport.send = once
    assert [tool.name for tool in await server.tools()] == ["a"]
    gone += [(404, "", b"")] * 2
    with pytest.raises(Unavailable, match="session is over"):
        await server.tools()


async def test_an_address_that_is_not_found_without_a_session_is_no_session_that_is_over():
    listed = answer(tools=[], resultType="complete")
    server, _ = made(discover=MODERN, list=listed, call=(404, "", b""))
    await server.tools()
    with pytest.raises(Unavailable, match="404") as fault:
        await server.call("a", {}, token="", heard=quiet)
    assert fault.value.code == "tools.status"


MODERN = answer(supportedVersions=["2026-07-28", "2025-11-25"], capabilities={}, resultType="complete")
REGION = {"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}}


async def test_a_server_without_a_handshake_is_told_all_with_each_request():
    listed = answer(tools=[{"name": "a", "inputSchema": REGION}], resultType="complete")
    server, transport = made(discover=MODERN, list=listed, call=answer(content=[], resultType="complete"))
    await server.tools()
    assert await server.call("a", {"region": "d\u00e9"}, token="t-1", heard=quiet)
    method, headers = transport.sent[-1]
    assert [name for name, _ in transport.sent] == ["server/discover", "tools/list", "tools/call"]
    assert (method, headers["mcp-method"], headers["mcp-name"]) == ("tools/call", "tools/call", "a")
    assert headers["mcp-param-region"] == "=?base64?ZMOp?="
    assert headers["mcp-protocol-version"] == "2026-07-28"
    assert "mcp-session-id" not in headers
    await server.close()
    assert transport.sent[-1][0] == "tools/call"


@pytest.mark.parametrize("kind", ["input_required", "task"])
async def test_a_server_that_wants_something_first_gets_nothing(kind):
    listed = answer(tools=[], resultType="complete")
    server, _ = made(discover=MODERN, list=listed, call=answer(resultType=kind, inputRequests={}))
    await server.tools()
    with pytest.raises(Unavailable, match="wants something"):
        await server.call("a", {}, token="", heard=quiet)


async def test_a_server_that_is_away_is_not_greeted():
    server, transport = made(discover=(200, "application/json", b"nonsense"))
    with pytest.raises(InputError):
        await server.tools()
    assert [name for name, _ in transport.sent] == ["server/discover"]
