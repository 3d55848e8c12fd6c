"""What policies say of answers, carried out on the results of tools: the official client, the lab's tools, a bundle."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from tests.e2e.conftest import free_ports

from asepsis.core.types import Kind

ROOT = Path(__file__).parents[2]
MORE = """
[scan]
scanners = ["rules", "names"]
[policy]
bundle = "{bundle}"
unsigned = true
[tools]
port = {port}
[[tools.servers]]
name = "plan"
command = ["python", "-m", "asepsis.lab.tools"]
manifests = "{manifests}"
"""
LOOK = """
@id("callers.look")
@reason("callers may look members up, without what identifies them")
@answer("mask *; clear HEALTH_PLAN_ID")
permit (principal, action == Asepsis::Action::"tool.call", resource == Asepsis::Tool::"plan__find_members");
@id("callers.claims")
@reason("callers may read claims as they are")
permit (principal, action == Asepsis::Action::"tool.call", resource == Asepsis::Tool::"plan__list_claims");
"""
CASE = """
[[case]]
name = "{name}"
action = "tool.call"
tool = "{tool}"
expect = "{expect}"
by = ["{by}"]
"""
CASES = [
    ("looks up", "plan__find_members", "allow", "callers.look"),
    ("reads claims", "plan__list_claims", "allow", "callers.claims"),
    ("mails", "plan__send_email", "deny", "policy.default"),
]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundle") / "policies"
    subprocess.run([sys.executable, "-m", "asepsis", "policy", "new", str(folder)], check=True)
    (folder / "callers.cedar").write_text(LOOK)
    cases = [CASE.format(name=name, tool=tool, expect=expect, by=by) for name, tool, expect, by in CASES]
    (folder / "tests" / "callers.toml").write_text("".join(cases))
    return folder


@pytest.fixture(scope="module")
def system(make_system, bundle):
    made = make_system()
    (made.tools,) = free_ports(1)
    manifests = ROOT / "examples" / "manifests" / "plan.toml"
    made.file.write_text(made.file.read_text() + MORE.format(bundle=bundle, port=made.tools, manifests=manifests))
    made.start()
    return made


async def test_members_are_found_and_not_named_and_claims_come_as_they_are(system):
    async with Client(streamable_http_client(f"http://127.0.0.1:{system.tools}/mcp")) as client:
        await client.list_tools()  # from here on the client holds results against their schemas
        members = await client.call_tool("plan__find_members", {"query": "an"})
        claims = [
            await client.call_tool("plan__list_claims", {"member_id": one["member_id"]})
            for one in members.structured_content["result"]
        ]
    assert not members.is_error
    for one in members.structured_content["result"]:
        assert (one["name"], one["email"]) == ("[NAME]", "[EMAIL]")
        assert one["member_id"].startswith("HP")
    assert json.loads(members.content[0].text) == members.structured_content
    assert any(one.structured_content["result"] for one in claims)
    assert all("[" not in json.dumps(one) for each in claims for one in each.structured_content["result"])
    first, *others = [closed.found for _, closed in system.events("tool.call.closed")]
    assert {Kind.NAME, Kind.EMAIL} <= {count.kind for count in first}
    assert set(others) == {()}
