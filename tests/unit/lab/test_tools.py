import sys
from pathlib import Path

import msgspec
import pytest

from asepsis.lab.plan import health_plan
from asepsis.lab.tools import TOOLS, LabTools
from asepsis.tools import manifests
from asepsis.tools.mcp import messages
from asepsis.tools.mcp.streams import StdioServer
from asepsis.tools.pins import digest_of

MANIFESTS = Path(__file__).parents[3] / "examples" / "manifests" / "plan.toml"


@pytest.fixture
def lab():
    return LabTools(health_plan(7, 5))


def asked(lab, tool, **arguments):
    data = lab.answer(messages.request(1, "tools/call", {"name": tool, "arguments": arguments}))
    return messages.read(data, most=10**6).result["structuredContent"]


def test_the_example_has_the_manifests_of_all_tools_as_they_are():
    confirmed = manifests.read(MANIFESTS.read_text())
    assert [(one.name, one.digest) for one in confirmed.tools] == [(tool.name, digest_of(tool)) for tool in TOOLS]


def test_members_are_found_and_their_claims_listed(lab):
    member = health_plan(7, 5).members[0]
    (found,) = asked(lab, "find_members", query=member.name)["result"]
    assert found["member_id"] == member.id
    assert len(asked(lab, "list_claims", member_id=member.id)["result"]) == 1


def test_what_does_something_says_that_it_did(lab):
    assert asked(lab, "pay_claim", claim_id="c", amount=1) == {"id": "done-1"}
    assert asked(lab, "delete_fax", fax_id="f") == {"id": "done-2"}


def test_what_is_no_request_is_none(lab):
    assert lab.answer(messages.notice("notifications/initialized", {})) == b""
    assert messages.read(lab.answer(messages.request(1, "other", {})), most=1000).fault.code == messages.NO_METHOD
    assert b"error" in lab.answer(b"nonsense")


async def test_it_serves_as_a_process():
    server = StdioServer([sys.executable, "-m", "asepsis.lab.tools"], environment={}, seconds=20)
    assert await server.tools() == TOOLS
    faxes = await server.call("list_faxes", {}, token="", heard=lambda *_: None)
    assert msgspec.json.decode(faxes["content"][0]["text"])["result"][1]["id"] == "fax-12"
    await server.close()
