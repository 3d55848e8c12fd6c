"""Agents and their tools through the whole system: the official client, the lab's tools, the ledger and a restart."""

from pathlib import Path

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from asepsis.core.labels import Category
from asepsis.core.types import Verdict

ROOT = Path(__file__).parents[2]
SAID = "Read the faxes, delete the one with the lab results and write the member HP87366946 that we have them."
TOOLS = """
[tools]
port = {port}
speaking = ["demo"]

[[tools.servers]]
name = "plan"
command = ["python", "-m", "asepsis.lab.tools"]
manifests = "{manifests}"
"""


@pytest.fixture
def house(system_with):
    return system_with


async def play(port, *calls):
    """Makes calls and says of each whether it was refused."""
    async with (
        httpx2.AsyncClient(headers={"x-asepsis-task": SAID}) as http,
        Client(streamable_http_client(f"http://127.0.0.1:{port}/mcp", http_client=http)) as client,
    ):
        return [(await client.call_tool(f"plan__{name}", arguments)).is_error for name, arguments in calls]
