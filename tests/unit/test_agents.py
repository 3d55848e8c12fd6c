import asyncio
import socket
import sys

import msgspec
import pytest

from asepsis import agents
from asepsis.core.errors import ConfigError, Error
from asepsis.infra.http import HttpTransport
from asepsis.infra.notices import Notices
from asepsis.settings import publish, read_snapshot
from asepsis.tools.config import ServerConfig, ToolsConfig
from asepsis.tools.draft import draft
from asepsis.tools.manifests import Confirmed, write
from asepsis.tools.mcp.streams import StdioServer
from asepsis.tools.mcp.web import HttpServer
from asepsis.tools.standing import read
from asepsis.tools.types import Tool


@pytest.fixture
def manifests(tmp_path):
    file = tmp_path / "plan.toml"
    file.write_text(write(Confirmed("plan", (draft(Tool("list_faxes")),))))
    return str(file)


def settings(file, /, **more):
    return ToolsConfig(servers=(ServerConfig(**({"name": "plan", "manifests": file, "command": ("x",)} | more)),))


def test_the_confirmed_tools_are_read(manifests):
    assert agents.catalogue(settings(manifests)).find("plan__list_faxes") is None


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"name": "other"}, "tools.servers[0].manifests"),
        ({"manifests": "/nonexistent"}, "tools.servers[0].manifests"),
        ({"command": ()}, "tools.servers[0].url"),
        ({"url": "https://a.test/mcp"}, "tools.servers[0].url"),
        ({"url": "http://a.test/mcp", "command": ()}, "tools.servers[0].url"),
        ({"url": "file:///etc/passwd", "command": ()}, "tools.servers[0].url"),
        ({"credential": "env:KEY"}, "tools.servers[0].auth"),
    ],
)
def test_a_server_that_can_not_be_is_refused_with_its_place(manifests, more, place):
    with pytest.raises(ConfigError) as caught:
        agents.catalogue(settings(manifests, **more))
    assert caught.value.place == place


def test_a_credential_goes_where_the_server_wants_it(monkeypatch):
    monkeypatch.setenv("KEY", "secret")
    transport = HttpTransport(connect=1, idle=1)
    web = ServerConfig("plan", "", url="https://a.test/mcp", credential="env:KEY")
    assert agents._server(web, transport)._credentials == (("authorization", "Bearer secret"),)
    named = msgspec.structs.replace(web, auth="x-key")
    assert agents._server(named, transport)._credentials == (("x-key", "secret"),)
    process = ServerConfig("plan", "", command=("x",), auth="TOKEN", credential="env:KEY")
    made = agents._server(process, transport)
    assert isinstance(made, StdioServer)
    assert made._environment == {"TOKEN": "secret"}
    assert isinstance(agents._server(web, transport), HttpServer)


def test_what_is_switched_off_is_known_by_both_its_names():
    killed = agents._killed((("local", "tool", "List_Faxes"), ("local", "principal", "*")))
    assert killed("local", [("tool", "plan__list_faxes")]) == "tool"
    assert killed("local", [("tool", "plan__other"), ("principal", "ann")]) == "principal"
    assert killed("other", [("tool", "plan__list_faxes")]) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected a server in the configuration that `--config` names"),
        ('name = "claims"\ncommand = ["x"]', "expected a server of the configuration (`claims`), got `plan`"),
        ('name = "plan"', "expected either an address or a command"),
        (
            'name = "plan"\ncommand = ["/none/such"]',
            "gives no tools: the server can't be started; is the program there",
        ),
    ],
)
def test_a_server_that_can_not_be_asked_is_an_error_that_says_what_to_look_at(tmp_path, text, said):
    file = tmp_path / "asepsis.toml"
    file.write_text(f'[[tools.servers]]\n{text}\nmanifests = "none.toml"\n' if text else "")
    with pytest.raises(Error) as caught:
        agents.offered(file, (), "plan")
    assert said in str(caught.value)


@pytest.mark.loopback
@pytest.mark.enable_socket
async def test_the_process_serves_until_it_is_told_to_stop(start, manifests):
    before = read_snapshot(start.paths)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    tools = msgspec.structs.replace(settings(manifests, command=(sys.executable, "-c", "pass")), port=port)
    publish(
        start.paths, msgspec.structs.replace(before, settings=msgspec.structs.replace(before.settings, tools=tools))
    )
    stop = asyncio.Event()
    running = asyncio.ensure_future(agents.run(start, stop))
    async with asyncio.timeout(20):
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                break
            except OSError:
                await asyncio.sleep(0.05)
        writer.write(f"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\r\n".encode())
        assert b"200" in await reader.readline()
        writer.close()
        while not (told := list(Notices(start.paths.servers).read())):  # noqa: ASYNC110 a file tells nobody
            await asyncio.sleep(0.05)
        (server,) = read(told[0]).servers
        assert (server.server, server.fault) == ("plan", "the server is gone")
        stop.set()
        await running
    assert list(Notices(start.paths.servers).read()) == []


def test_call_tokens_have_a_key_of_the_tenant(start):
    made = read_snapshot(start.paths).settings
    other = msgspec.structs.replace(made, tenant="other")
    same = agents.call_key(made, start.paths).private_bytes_raw()
    assert agents.call_key(made, start.paths).private_bytes_raw() == same
    assert agents.call_key(other, start.paths).private_bytes_raw() != same
