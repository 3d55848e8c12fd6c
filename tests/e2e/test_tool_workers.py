"""Two workers serve one agent's session: what either has read both know, also after both were killed."""

import asyncio
import http.client
import json
import os
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import msgspec
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from asepsis.policy import dsse
from asepsis.tools import manifests
from asepsis.tools.types import Budget

PLAN = Path(__file__).parents[2] / "examples" / "manifests" / "plan.toml"
SAID = "Read the faxes, delete the one with the lab results, and enter a call back on March 20th."
MORE = """
{custodians}
[tools]
port = {port}
workers = 2
speaking = ["demo"]
asking = ["demo"]
[[tools.servers]]
name = "plan"
command = ["python", "-m", "asepsis.lab.tools"]
manifests = "{manifests}"
"""
CUSTODIAN = """
[[policy.approvers]]
name = "{name}"
key = "{key}"
principal = "corp:{name}"
groups = ["custody"]
"""
WORKERS, MOST = ("tools", "tools.2"), 5
CHOSEN, OTHER = {"fax_id": "fax-11"}, {"fax_id": "fax-12"}


@pytest.fixture(scope="module")
def system(make_system):
    made = make_system()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        made.tools = probe.getsockname()[1]
    confirmed = manifests.read(PLAN.read_text())
    tools = [
        msgspec.structs.replace(one, budget=Budget(MOST)) if one.name == "find_members" else one
        for one in confirmed.tools
    ]
    file = made.file.with_name("plan.toml")
    file.write_text(manifests.write(msgspec.structs.replace(confirmed, tools=tuple(tools))))
    keys = {name: dsse.public_text(dsse.private_key(dsse.new_key())) for name in ("bob", "cat")}
    custodians = "".join(CUSTODIAN.format(name=name, key=key) for name, key in keys.items())
    made.file.write_text(made.file.read_text() + MORE.format(port=made.tools, manifests=file, custodians=custodians))
    made.serving = lambda: [pid for name in WORKERS for pid in made.pids(name)]
    made.start()
    return made


class Worker(http.client.HTTPConnection):
    """A connection that one of the workers holds the other end of, with words of a user in a session of that name."""

    def __init__(self, system):
        super().__init__("127.0.0.1", system.tools, timeout=30)
        self.connect()
        self.post("ping", {}, "none")
        self.pid = system.holder(self.sock, system.serving())

    def post(self, method, params, session):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        words = {"x-asepsis-task": SAID} if method == "tools/call" else {}
        headers = {"content-type": "application/json", "x-asepsis-session": session, **words}
        self.request("POST", "/mcp", body, headers)
        return json.loads(self.getresponse().read()).get("result", {})

    def call(self, tool, arguments, session):
        """Returns the rule that a call is refused by, empty where it was made."""
        result = self.post("tools/call", {"name": f"plan__{tool}", "arguments": arguments}, session)
        return result.get("_meta", {}).get("asepsis/rule", "")


@pytest.fixture
def both(system, eventually):
    """Returns what connects to both workers once they serve."""
    opened = []

    def find():
        try:
            opened.append(Worker(system))
            found = {one.pid: one for one in opened if one.pid in system.serving()}
            ready = len(found) == len(WORKERS) and all(one.call("list_faxes", {}, "z") == "" for one in found.values())
        except (OSError, http.client.HTTPException):
            return None
        return list(found.values()) if ready else None

    yield lambda: eventually(30, find)
    for one in opened:
        one.close()


def test_what_one_worker_has_read_the_other_decides_by(system, both):
    one, other = both()
    assert one.call("list_faxes", {}, "a") == ""
    assert other.call("delete_fax", OTHER, "a") == "flow.object"
    assert one.call("delete_fax", OTHER, "a") == "flow.object"
    assert other.call("delete_fax", CHOSEN, "a") == ""
    assert other.call("create_event", {"title": "Call back", "date": "2026-03-20"}, "a") == ""
    assert one.call("delete_fax", OTHER, "b") == ""
    assert one.pid != other.pid


def test_calls_at_once_in_both_share_no_place_of_a_budget(both):
    workers = both()
    with ThreadPoolExecutor(len(workers)) as pool:
        many = pool.map(lambda one: [one.call("find_members", {"query": "a"}, "c") for _ in range(6)], workers)
    answers = [rule for rules in many for rule in rules]
    assert sorted(answers) == [""] * MOST + ["flow.budget"] * (12 - MOST)


def test_reads_at_once_in_both_are_kept_and_both_decide_by_them_after_they_were_killed(system, both, eventually):
    workers = both()
    with ThreadPoolExecutor(len(workers)) as pool:
        reads = pool.map(lambda one: [one.call("list_faxes", {}, "d") for _ in range(8)], workers)
        assert [rule for rules in reads for rule in rules] == [""] * 16
    before = system.serving()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    eventually(30, lambda: len(system.serving()) == len(WORKERS) and not {*system.serving()} & {*before})
    for one in both():
        assert one.call("delete_fax", OTHER, "d") == "flow.object"
        assert one.call("delete_fax", CHOSEN, "d") == ""
    kept = b"".join(file.read_bytes() for file in system.state.glob("control.db*"))
    assert b"fax-12" not in kept
    assert b"lab results" not in kept


def test_the_erasure_of_a_member_reaches_a_session_in_both_and_nothing_is_forgotten_that_speaks_against_a_call(
    system, both, eventually
):
    one, other = both()
    event = {"title": "Call back", "date": "2026-03-20"}
    for name in ("f", "g"):
        assert one.call("list_claims", {"member_id": "M-1001" if name == "f" else "M-1002"}, name) == ""
        assert other.call("create_event", event, name) == ""
    command = ["ledger", "erase", "--member", "M-1001", "--basis", "asked", "--by", "ann", "--yes"]
    done = system.run(*command, "--config", str(system.file))
    assert done.returncode == 0, done.stderr
    for worker in (one, other):
        refused = worker.post("tools/call", {"name": "plan__create_event", "arguments": event}, "f")
        assert "was erased" in refused["content"][0]["text"]
        assert worker.call("list_faxes", {}, "f") == ""
        assert worker.call("create_event", event, "g") == ""
    ((_, erased),) = eventually(20, lambda: system.events("ledger.bodies.erased"))
    assert erased.sessions == 1


def opened(worker):
    """Opens a session of a client that can ask its user; returns its id."""
    params = {
        "protocolVersion": "2025-11-25",
        "capabilities": {"elicitation": {}},
        "clientInfo": {"name": "c", "version": "1"},
    }
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})
    worker.request("POST", "/mcp", body, {"content-type": "application/json"})
    answer = worker.getresponse()
    answer.read()
    return answer.headers["mcp-session-id"]


def begun(worker, session, tool, arguments, words=SAID):
    """Begins a call; returns the answer, of which lines come as they are told."""
    params = {"name": f"plan__{tool}", "arguments": arguments}
    body = json.dumps({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params})
    headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
    more = {"mcp-session-id": session, "x-asepsis-task": words, "x-asepsis-session": session}
    worker.request("POST", "/mcp", body, headers | more)
    return worker.getresponse()


def told(answer):
    """Returns the next message that is told, or the only one."""
    if answer.headers["content-type"] == "application/json":
        return json.loads(answer.read())
    return next(json.loads(line[6:]) for line in answer if line.startswith(b"data: "))


def posted(worker, session, message):
    body = json.dumps({"jsonrpc": "2.0", **message})
    worker.request("POST", "/mcp", body, {"content-type": "application/json", "mcp-session-id": session})
    answer = worker.getresponse()
    answer.read()
    return answer.status


def test_what_the_user_answers_to_one_worker_lets_the_call_in_the_other_go_on(both):
    one, other = both()
    session = opened(one)
    assert told(begun(one, session, "list_faxes", {}))["id"] == 7
    answer = begun(one, session, "delete_fax", OTHER)
    asked = told(answer)
    assert asked["method"] == "elicitation/create"
    assert (
        posted(other, session, {"id": asked["id"], "result": {"action": "accept", "content": {"allow": True}}}) == 202
    )
    assert not told(answer)["result"].get("isError")


def test_a_call_is_cancelled_by_way_of_the_other_worker(both):
    one, other = both()
    session = opened(one)
    assert told(begun(one, session, "list_faxes", {}))["id"] == 7
    answer = begun(one, session, "delete_fax", OTHER)
    assert told(answer)["method"] == "elicitation/create"
    assert posted(other, session, {"method": "notifications/cancelled", "params": {"requestId": 7}}) == 202
    assert told(answer)["error"]["message"] == "the call was cancelled"


async def test_an_agent_does_not_notice_how_many_workers_there_are(system):
    async def call(tool, arguments):
        async with (
            httpx2.AsyncClient(headers={"x-asepsis-task": SAID, "x-asepsis-session": "e"}) as web,
            Client(streamable_http_client(f"http://127.0.0.1:{system.tools}/mcp", http_client=web)) as client,
        ):
            return (await client.call_tool(f"plan__{tool}", arguments)).is_error

    assert await asyncio.gather(*(call("list_faxes", {}) for _ in range(4))) == [False] * 4
    assert await asyncio.gather(*(call("delete_fax", OTHER) for _ in range(8))) == [True] * 8
    assert not await call("delete_fax", CHOSEN)
