"""Agents and their tools through the whole system: the official client, the lab's tools, the ledger, and a restart."""

import asyncio
import contextlib
import os
import signal
import socket
import time
from pathlib import Path

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from asepsis.building import custody
from asepsis.core.events import read, read_payload
from asepsis.core.types import Verdict
from asepsis.infra.state import Paths
from asepsis.infra.wrapping import FileUnwrapper
from asepsis.ledger.reader import LogReader
from asepsis.ledger.sealing.files import read_body
from asepsis.ledger.sealing.opening import open_body, sealed_in

ROOT = Path(__file__).parents[2]
SAID = "Read the faxes, delete the one with the lab results, and enter a call back on March 20th."
MORE = """
[ledger.sealing]
to = "{to}"
[tools]
port = {port}
speaking = ["demo"]
[[tools.servers]]
name = "plan"
command = ["python", "-m", "asepsis.lab.tools"]
manifests = "{manifests}"
"""


@pytest.fixture(scope="module")
def system(make_system):
    made = make_system()
    (made.tools,) = free(1)
    text = made.file.read_text()
    key = made.file.with_name("opener.pem")
    to = made.run("ledger", "opener-key", str(key), "--passphrase", "").stdout.strip()
    manifests = ROOT / "examples" / "manifests" / "plan.toml"
    made.file.write_text(text + MORE.format(port=made.tools, manifests=manifests, to=to))
    made.start()
    return made


def free(count):
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


@contextlib.asynccontextmanager
async def agent(system):
    async with (
        httpx2.AsyncClient(headers={"x-asepsis-task": SAID}) as http,
        Client(streamable_http_client(f"http://127.0.0.1:{system.tools}/mcp", http_client=http)) as client,
    ):
        yield client


async def test_what_a_fax_says_is_not_done_before_or_after_a_restart(system):
    async with agent(system) as client:
        faxes = await client.call_tool("plan__list_faxes", {})
        assert [fax["id"] for fax in faxes.structured_content["result"]] == ["fax-11", "fax-12"]
        assert not (await client.call_tool("plan__delete_fax", {"fax_id": "fax-11"})).is_error
        assert (await client.call_tool("plan__delete_fax", {"fax_id": "fax-12"})).is_error
        assert not (await client.call_tool("plan__create_event", {"title": "Call back", "date": "2026-03-20"})).is_error
    opened = [event for _, event in system.events("tool.call.opened")]
    assert [(event.tool, event.decision.verdict) for event in opened] == [
        ("list_faxes", Verdict.ALLOW),
        ("delete_fax", Verdict.ALLOW),
        ("delete_fax", Verdict.ASK),
        ("create_event", Verdict.ALLOW),
    ]
    assert len(system.events("tool.call.closed")) == 4
    assert "lab@northside.test" not in str(opened)
    assert kept(system, "tool.call.opened")[1] == '{"fax_id":"fax-11"}'
    assert "lab@northside.test" in kept(system, "tool.call.closed")[0]
    (before,) = system.pids("tools")
    os.kill(before, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while system.pids("tools") in ([], [before]) or not await answers(system):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)
    async with agent(system) as client:
        refused = await client.call_tool("plan__delete_fax", {"fax_id": "fax-12"})
    assert refused.is_error
    while "8 tools" not in await servers(system):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)
    assert system.run("tools", "key", "--config", str(system.file)).stdout.startswith("-----BEGIN PUBLIC KEY-----")


def kept(system, kind):
    """What was kept of Events of a kind, opened as an opener would."""
    log, paths = LogReader(system.state / "ledger", "local"), Paths(system.state)
    events = [event for event in (read(entry.data) for entry in log.entries(0)) if event.kind == kind]
    events = [event for event in events if read_payload(event).sealed]
    key, rows = FileUnwrapper(system.file.with_name("opener.pem")), custody(paths)
    opened = [
        open_body(
            event, read_body(paths.bodies, "local", sealed_in(event)), lambda ids: rows.get(ids, tenant="local"), key
        )
        for event in events
    ]
    return [body.parts[0].said[2] for body in opened]


async def servers(system):
    """What the console says of the servers, as the process that runs now tells it."""
    async with httpx2.AsyncClient() as http:
        page = (await http.get(f"http://127.0.0.1:{system.console}/tools")).text
    return page.partition('id="servers-title"')[2].partition("</section>")[0]


async def answers(system):
    with contextlib.suppress(Exception):
        async with agent(system) as client:
            return bool((await client.list_tools()).tools)
    return False
