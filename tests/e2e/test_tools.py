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

from asepsis.core.types import Verdict

ROOT = Path(__file__).parents[2]
SAID = "Read the faxes, delete the one with the lab results, and enter a call back on March 20th."
MORE = """
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
    made.file.write_text(text + MORE.format(port=made.tools, manifests=ROOT / "examples" / "manifests" / "plan.toml"))
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
    (before,) = system.pids("tools")
    os.kill(before, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while system.pids("tools") in ([], [before]) or not await answers(system):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)
    async with agent(system) as client:
        refused = await client.call_tool("plan__delete_fax", {"fax_id": "fax-12"})
    assert refused.is_error
    assert system.run("tools", "key", "--config", str(system.file)).stdout.startswith("-----BEGIN PUBLIC KEY-----")


async def answers(system):
    with contextlib.suppress(Exception):
        async with agent(system) as client:
            return bool((await client.list_tools()).tools)
    return False
