import json

import pytest

from asepsis.tools.mcp.front import Call, Front
from asepsis.tools.mcp.messages import Request
from asepsis.tools.types import Tool

BEFORE = "io.modelcontextprotocol/"
META = {"_meta": {f"{BEFORE}protocolVersion": "2026-07-28", f"{BEFORE}clientCapabilities": {}}}


@pytest.fixture
def front():
    tools = {"plan__a": Tool("a", "Does.", {"type": "object"}, {"type": "object"}), "plan__b": Tool("b")}
    return Front(lambda: tools)


def asked(front, method, params=None, /, **headers):
    said = {"mcp-protocol-version": "2026-07-28", "mcp-method": method} if "_meta" in (params or {}) else {}
    given = {f"mcp-{name.replace('_', '-')}": value for name, value in headers.items()}
    reply = front.take(Request(1, method, params or {}), said | given)
    return reply.status, json.loads(reply.body)


def test_a_client_of_a_version_with_a_handshake_is_greeted(front):
    status, body = asked(front, "initialize", {"protocolVersion": "2025-06-18"})
    assert (status, body["result"]["protocolVersion"]) == (200, "2025-06-18")
    assert asked(front, "initialize", {"protocolVersion": "1999"})[1]["result"]["protocolVersion"] == "2025-11-25"
    assert asked(front, "ping")[1]["result"] == {}


def test_a_client_of_the_version_without_one_discovers(front):
    body = asked(front, "server/discover", META)[1]
    assert body["result"]["supportedVersions"][:2] == ["2026-07-28", "2025-11-25"]
    assert body["result"]["cacheScope"] == "private"
    assert body["result"]["_meta"][f"{BEFORE}serverInfo"]["name"] == "asepsis"


def test_only_confirmed_tools_are_listed_and_as_they_are(front):
    tools = asked(front, "tools/list")[1]["result"]["tools"]
    assert [tool["name"] for tool in tools] == ["plan__a", "plan__b"]
    assert set(tools[0]) == {"name", "description", "inputSchema", "outputSchema"}
    assert set(tools[1]) == {"name", "description", "inputSchema"}


@pytest.mark.parametrize(
    "method",
    [
        "resources/list",
        "prompts/get",
        "completion/complete",
        "logging/setLevel",
        "tasks/get",
        "subscriptions/listen",
        "x\n",
    ],
)
def test_everything_else_is_refused_by_name(front, method):
    status, body = asked(front, method)
    assert status == 200
    assert body["error"]["code"] == -32601
    assert "\n" not in body["error"]["message"]
    assert asked(front, method, META)[0] == 404


def test_a_call_is_read(front):
    assert front.take(Request(7, "tools/call", {"name": "plan__a", "arguments": {"b": 1}}), {}) == Call(
        7, "plan__a", {"b": 1}, modern=False
    )
    told = {"name": "plan__a", "_meta": {"progressToken": "p"}}
    assert front.take(Request(7, "tools/call", told), {}).progress == "p"
    for params in (
        {},
        {"name": 1},
        {"name": "a", "arguments": []},
        {"name": "a", "task": {}},
        {"name": "a", "inputResponses": None},
        {"name": "a", "inputResponses": {"x": 1}},
    ):
        assert asked(front, "tools/call", params)[0] == 400


def test_two_versions_are_none(front):
    assert asked(front, "tools/list", META, protocol_version="2025-11-25")[1]["error"]["code"] == -32020
    status, body = asked(front, "tools/list", protocol_version="2031-01-01")
    assert (status, body["error"]["data"]["requested"]) == (400, "2031-01-01")


@pytest.mark.parametrize("left", ["protocolVersion", "clientCapabilities"])
def test_a_request_without_a_handshake_says_what_a_handshake_would(front, left):
    meta = {name: value for name, value in META["_meta"].items() if name != BEFORE + left}
    status, body = asked(front, "tools/list", {"_meta": meta})
    assert (status, body["error"]["code"]) == (400, -32602)


def test_a_header_that_says_something_else_is_believed_by_nobody(front):
    for headers in ({"method": "tools/call"}, {"name": "plan__b"}):
        status, body = asked(front, "tools/list", META, **headers)
        assert (status, body["error"]["code"]) == (400, -32020)
