import asyncio
import sys

import pytest

from asepsis.core.errors import InputError, Unavailable
from asepsis.tools.mcp import streams
from asepsis.tools.mcp.streams import StdioServer

SERVER = """
import json, os, sys, time
for line in sys.stdin:
    message = json.loads(line)
    def say(**more):
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], **more}), flush=True)
    method = message["method"]
    meta = message.get("params", {}).get("_meta", {})
    if method == "server/discover" and "MODERN" in os.environ:
        say(result={"supportedVersions": ["2026-07-28"], "capabilities": {}})
    elif method == "server/discover":
        say(error={"code": -32601, "message": "no such method"})
    elif "MODERN" in os.environ and meta.get("io.modelcontextprotocol/protocolVersion") != "2026-07-28":
        say(error={"code": -32602, "message": "expected a version"})
    if method == "initialize":
        say(result={"protocolVersion": "2025-11-25"})
    elif method == "tools/list":
        page = message["params"].get("cursor")
        say(result={"tools": [{"name": page or "first"}], **({} if page else {"nextCursor": "second"})})
    elif method == "tools/call":
        name = message["params"]["name"]
        if name == "die":
            sys.exit(1)
        if name == "noise":
            print("no message", flush=True)
        if name in ("ask", "tell", "blank"):
            asked = {"jsonrpc": "2.0", "method": "ping", **({"id": 1} if name == "ask" else {})}
            line = ("" if name == "blank" else json.dumps(asked)) + "\\n"
            while True:
                os.write(1, line.encode() * 1000)
        if name == "slow":
            time.sleep(60)
        if name == "change":
            print(json.dumps({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}), flush=True)
        if name == "refuse":
            say(error={"code": -5, "message": "content"})
        step = {"progressToken": message["params"]["_meta"]["progressToken"], "progress": 5}
        print(json.dumps({"jsonrpc": "2.0", "method": "notifications/progress", "params": step}), flush=True)
        names = ",".join(sorted(os.environ))
        say(result={"content": [{"type": "text", "text": names}], "meta": message["params"]["_meta"]})
"""


def quiet(done, total):
    """Takes no notice of how far a call has come."""


@pytest.fixture
async def server():
    made = StdioServer([sys.executable, "-c", SERVER], environment={"KEY": "x"}, seconds=5)
    yield made
    await made.close()


async def test_tools_are_listed_page_by_page(server):
    assert [tool.name for tool in await server.tools()] == ["first", "second"]


async def test_a_process_gets_its_token_and_no_environment_but_its_own(server):
    steps = []
    await server.tools()
    result = await server.call("say", {}, token="t-1", heard=lambda *step: steps.append(step))
    assert result["meta"]["asepsis.call"] == "t-1"
    assert steps == [(5, None)]
    assert "KEY" in result["content"][0]["text"]
    assert "HOME" not in result["content"][0]["text"]


@pytest.mark.parametrize("name", ["ask", "tell", "blank"])
async def test_a_server_that_writes_without_end_is_ended_and_holds_nobody_up(server, name, monkeypatch):
    monkeypatch.setattr(streams, "_UNASKED", 2_000_000)
    await server.tools()
    turns = 0
    call = asyncio.ensure_future(server.call(name, {}, token="", heard=quiet))
    while not call.done():
        await asyncio.sleep(0)
        turns += 1
    with pytest.raises(Unavailable, match="too much that answers nothing"):
        await call
    assert turns > 2_000
    assert [tool.name for tool in await server.tools()] == ["first", "second"]


@pytest.mark.parametrize("name", ["die", "noise", "refuse"])
async def test_a_server_that_breaks_is_begun_anew_and_makes_no_call_before_it_was_asked_for_its_tools(server, name):
    assert not server.listed
    await server.tools()
    with pytest.raises((Unavailable, InputError)):
        await server.call(name, {}, token="", heard=quiet)
    if name != "refuse":
        assert not server.listed
        with pytest.raises(Unavailable, match="list its tools"):
            await server.call("say", {}, token="", heard=quiet)
    assert (await server.tools())[0].name == "first"
    assert await server.call("say", {}, token="", heard=quiet)


async def test_a_server_makes_no_call_before_it_has_listed_its_tools(server):
    listing = asyncio.ensure_future(server.tools())
    for _ in range(200):
        await asyncio.sleep(0.001)
        if not listing.done():
            assert not server.listed
    await listing
    assert server.listed
    again = asyncio.ensure_future(server.tools())
    assert await server.call("say", {}, token="", heard=quiet)  # the same process, which has listed them
    await again


async def test_a_server_whose_tools_changed_makes_no_call_before_it_was_asked_for_them(server):
    await server.tools()
    await server.call("change", {}, token="", heard=quiet)
    with pytest.raises(Unavailable, match="list its tools"):
        await server.call("say", {}, token="", heard=quiet)
    await server.tools()
    assert await server.call("say", {}, token="", heard=quiet)


async def test_a_server_that_is_slow_is_not_waited_for():
    made = StdioServer([sys.executable, "-c", SERVER], environment={}, seconds=1)
    await made.tools()
    with pytest.raises(Unavailable, match="in time"):
        await made.call("slow", {}, token="", heard=quiet)
    await made.close()


async def test_a_server_that_is_not_there_can_not_be_started():
    with pytest.raises(Unavailable, match="started"):
        await StdioServer(["/nonexistent"], environment={}, seconds=1).tools()


async def test_a_server_without_a_handshake_is_told_with_each_request_who_asks():
    made = StdioServer([sys.executable, "-c", SERVER], environment={"MODERN": "1"}, seconds=5)
    assert [tool.name for tool in await made.tools()] == ["first", "second"]
    meta = (await made.call("say", {}, token="t-1", heard=quiet))["meta"]
    assert meta["io.modelcontextprotocol/clientCapabilities"] == {}
    assert meta["asepsis.call"] == "t-1"
    await made.close()


async def test_a_server_that_leaves_the_question_open_is_greeted(monkeypatch):
    monkeypatch.setattr(streams, "_DISCOVER_SECONDS", 0.2)
    deaf = SERVER.replace('say(error={"code": -32601, "message": "no such method"})', "pass")
    made = StdioServer([sys.executable, "-c", deaf], environment={}, seconds=5)
    assert [tool.name for tool in await made.tools()] == ["first", "second"]
    await made.close()


async def test_a_server_that_was_not_greeted_to_the_end_is_begun_anew(tmp_path):
    marker = tmp_path / "began"
    late = SERVER.replace('"protocolVersion": "2025-11-25"', '"protocolVersion": version')
    first = f"""
import pathlib
marker = pathlib.Path({str(marker)!r})
version = "2025-11-25" if marker.exists() else "1999"
marker.touch()
"""
    made = StdioServer([sys.executable, "-c", first + late], environment={}, seconds=5)
    with pytest.raises(Unavailable, match="version"):
        await made.tools()
    assert [tool.name for tool in await made.tools()] == ["first", "second"]
    await made.close()
