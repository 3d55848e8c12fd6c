import asyncio
import socket
import sys
from pathlib import Path

import msgspec
import pytest

from asepsis import agents
from asepsis.core import canonical
from asepsis.infra.notices import Notices
from asepsis.settings import publish, read_snapshot
from asepsis.tools.catalogue import read_confirmed
from asepsis.tools.config import ServerConfig, ToolsConfig
from asepsis.tools.draft import draft
from asepsis.tools.manifests import Confirmed, keep, kept, write
from asepsis.tools.standing import read
from asepsis.tools.types import Tool


@pytest.fixture
def manifests(tmp_path):
    file = tmp_path / "plan.toml"
    file.write_text(write(Confirmed("plan", (draft(Tool("list_faxes")),))))
    return str(file)


def put_in_the_file(manifests, text):
    Path(manifests).write_text(text)


def settings(file, /, **more):
    return ToolsConfig(servers=(ServerConfig(**({"name": "plan", "manifests": file, "command": ("x",)} | more)),))


def test_what_is_switched_off_is_known_by_both_its_names():
    killed = agents._killed((("local", "tool", "List_Faxes"), ("local", "principal", "*")))
    assert killed("local", [("tool", "plan__list_faxes")]) == "tool"
    assert killed("local", [("tool", "plan__other"), ("principal", "ann")]) == "principal"
    assert killed("other", [("tool", "plan__list_faxes")]) == ""


@pytest.mark.loopback
@pytest.mark.enable_socket
async def test_the_process_serves_until_it_is_told_to_stop(start, manifests):
    before = read_snapshot(start.paths)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    tools = msgspec.structs.replace(settings(manifests, command=(sys.executable, "-c", "pass")), port=port)
    whole = msgspec.structs.replace(before.settings, tools=tools)
    copy = keep(canonical.encode(read_confirmed(tools)), start.paths.manifests)
    publish(start.paths, msgspec.structs.replace(before, settings=whole, manifests=copy))
    put_in_the_file(manifests, "half-written = ")
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
        assert (server.server, server.fault) == ("plan", "the server's process ended, exit status 0")
        stop.set()
        await running
    assert list(Notices(start.paths.servers).read()) == []


def test_call_tokens_have_a_key_of_the_tenant(start):
    made = read_snapshot(start.paths).settings
    other = msgspec.structs.replace(made, tenant="other")
    same = agents.call_key(made, start.paths).private_bytes_raw()
    assert agents.call_key(made, start.paths).private_bytes_raw() == same
    assert agents.call_key(other, start.paths).private_bytes_raw() != same


async def test_workers_take_the_manifests_that_came_into_force_and_not_what_stands_in_the_files(
    start, manifests, caplog
):
    whole = msgspec.structs.replace(read_snapshot(start.paths).settings, tools=settings(manifests))
    first = msgspec.structs.replace(read_snapshot(start.paths), settings=whole)
    current, taken = agents._Current(first, start.paths, address="http://a.test"), []
    current.confirm = taken.append

    def put(copy, **changes):
        publish(start.paths, msgspec.structs.replace(first, manifests=copy, **changes))

    copy = keep(canonical.encode(read_confirmed(whole.tools)), start.paths.manifests)
    put_in_the_file(manifests, write(Confirmed("plan", (draft(Tool("delete_fax")),))))
    put(copy)
    await current.look()
    put(copy, digest="other")
    await current.look()
    assert taken == [kept(start.paths.manifests, copy)]
    put("0" * 64)
    await current.look()
    assert len(taken) == 1
    assert "the old one stays" in caplog.text
