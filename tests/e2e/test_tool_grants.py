"""Grants at the tools of a running system: used, narrowed to tools and members, bound, counted, and taken back."""

import hashlib
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from asepsis.testing.issuer import ServedIssuer
from asepsis.testing.proofs import Prover

ROOT = Path(__file__).parents[2]
ACCESS = "urn:ietf:params:oauth:token-type:access_token"
AGENT = {"actor_token": "sk-agent", "actor_token_type": ACCESS}
EVENT = {"title": "Call back"}
DAYS = [f"2026-03-{day:02d}" for day in range(1, 13)]
MORE = """
[[identity.callers]]
key_sha256 = "{key}"
application = "demo"
principal = "svc-agent"
[[identity.issuers]]
name = "corp"
issuer = "{issuer}"
audience = "asepsis"
jwks = "{issuer}/jwks.json"
application = "demo"
[scan.subjects]
roster = "{roster}"
[identity.grants]
issuer = "http://127.0.0.1:{console}"
gateway = "http://127.0.0.1:{gateway}"
[[policy.budgets]]
name = "events"
unit = "requests"
most = 3
window = "month"
tool = "plan__create_event"
[tools]
port = {tools}
speaking = ["demo"]
[[tools.servers]]
name = "plan"
command = ["python", "-m", "asepsis.lab.tools"]
manifests = "{manifests}"
"""


@pytest.fixture(scope="module")
def issuer():
    with ServedIssuer() as served:
        yield served


@pytest.fixture(scope="module")
def system(make_system, issuer):
    system = make_system()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        system.tools = probe.getsockname()[1]
    roster = system.file.with_name("roster.csv")
    roster.write_text("member_id,mrn,ssn\nM-1001,7122250,123-45-6789\nM-1002,7122251,123-45-6788\n")
    more = MORE.format(
        roster=roster,
        key=hashlib.sha256(b"sk-agent").hexdigest(),
        issuer=issuer.name,
        console=system.console,
        gateway=system.gateway,
        tools=system.tools,
        manifests=ROOT / "examples" / "manifests" / "plan.toml",
    )
    text = system.file.read_text().replace('[identity]\nanonymous = "demo"\n', "[identity]\nrefresh_seconds = 1\n")
    system.file.write_text(text + more)
    system.start()
    return system


@pytest.fixture
def exchange(system, issuer, eventually):
    """Asks for a grant; returns the answer's fields, once the issuer's keys are known."""

    def make(subject="", *, proof="", **more):
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token": subject or issuer.token("ann", now=int(time.time())),
            "subject_token_type": ACCESS,
            "scope": "tool.call",
            **more,
        }
        headers = {"dpop": proof} if proof else {}
        return httpx.post(f"http://127.0.0.1:{system.console}/oauth/token", data=form, headers=headers).json()

    assert eventually(10, lambda: "access_token" in make(**AGENT))
    return make


@pytest.fixture
def ask(system):
    """Calls a tool with a handle; returns the status and the rule, empty where there is a result."""

    def make(handle, tool="find_members", arguments=None, *, scheme="Bearer", **headers):
        params = {"name": f"plan__{tool}", "arguments": arguments or {"query": "an"}}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        given = {"authorization": f"{scheme} {handle}", **headers}
        answer = httpx.post(f"http://127.0.0.1:{system.tools}/mcp", json=body, headers=given)
        result = answer.json().get("result", {})
        return answer.status_code, result.get("_meta", {}).get("asepsis/rule", "")

    return make


def details(**limits):
    return json.dumps([{"type": "asepsis_session", **limits}])


def test_an_agent_calls_tools_for_a_user_and_the_ledger_says_for_whom(system, exchange, ask):
    issued = exchange(**AGENT)
    assert ask(issued["access_token"]) == (200, "")
    _, opened = system.events("tool.call.opened")[-1]
    assert (opened.grant, opened.input.principal) == (issued["grant"], "svc-agent")
    assert [one.id for one in opened.input.on_behalf_of] == ["corp:ann"]


def test_a_grant_reaches_its_tools_and_its_members_alone(exchange, ask):
    narrow = exchange(scope="tool.call:plan__list_*", **AGENT)["access_token"]
    assert ask(narrow) == (200, "identity.scope")
    assert ask(exchange(scope="model.invoke", **AGENT)["access_token"]) == (200, "identity.scope")
    assert ask("asg_" + "x" * 43) == (401, "")
    some = exchange(authorization_details=details(members=["M-1001"]), **AGENT)["access_token"]
    assert ask(some, "list_claims", {"member_id": "M-1001"}) == (200, "")
    assert ask(some, "list_claims", {"member_id": "M-1002"}) == (200, "identity.members")
    assert ask(some, "list_claims", {"member_id": "7122250"}) == (200, "")
    assert ask(some) == (200, "identity.members")
    note = {"recipient": "ann", "subject": "M-1001", "body": "as for MRN 7122251"}
    assert ask(some, "send_message", note) == (200, "identity.members")


def test_the_plan_of_a_grant_is_what_its_task_may_do(system, exchange, ask):
    steps = [{"tool": "plan__send_message", "origins": [{"path": "recipient", "value": "ann"}]}]
    handle = exchange(authorization_details=details(plan={"steps": steps}), **AGENT)["access_token"]
    assert ask(handle, "delete_fax", {"fax_id": "fax-11"}) == (200, "flow.plan")
    assert ask(handle, "find_members") == (200, "")
    more = [{"tool": "plan__delete_fax"}]
    wider = {"subject_token": handle, "authorization_details": details(plan={"steps": more})}
    assert "access_token" not in exchange(**wider)


def test_a_session_of_another_name_clears_nothing_that_the_grant_has_read(exchange, ask):
    first = exchange(**AGENT)["access_token"]
    narrower = exchange(subject_token=first, scope="tool.call:plan__*", **AGENT)["access_token"]
    message = ("send_message", {"recipient": "ann", "subject": "M-1001", "body": "hello"})
    assert ask(first, "list_faxes", {}, **{"x-asepsis-session": "one"}) == (200, "")
    for handle, name in ((first, "one"), (first, "two"), (first, ""), (narrower, "three")):
        assert ask(handle, *message, **{"x-asepsis-session": name}) == (200, "flow.intent")
    other = exchange(**AGENT)["access_token"]
    assert ask(other, *message, **{"x-asepsis-session": "one"}) == (200, "")


def test_calls_at_once_take_no_more_than_a_budget_has(system, exchange, ask):
    handle = exchange(authorization_details=details(budget={"requests": 4}), **AGENT)["access_token"]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, [handle] * 16))
        events = list(pool.map(lambda day: ask("sk-agent", "create_event", EVENT | {"date": DAYS[day]}), range(12)))
    assert (answers.count((200, "")), answers.count((200, "budget.grant"))) == (4, 12)
    assert (events.count((200, "")), events.count((200, "budget.events"))) == (3, 9)


def test_what_is_taken_back_reaches_no_tool(system, exchange, ask):
    issued = exchange(**AGENT)
    assert ask(issued["access_token"]) == (200, "")
    system.run("grants", "revoke", issued["grant"], "--config", str(system.file))
    began = time.monotonic()
    while ask(issued["access_token"])[0] == 200:
        assert time.monotonic() - began < 5
        time.sleep(0.2)
    assert ask(issued["access_token"]) == (401, "")


def test_a_bound_handle_is_nothing_without_a_proof_for_the_firewall(system, exchange, ask):
    prover, now = Prover(), int(time.time())
    proof = prover.proof("POST", f"http://127.0.0.1:{system.console}/oauth/token", now=now)
    handle = exchange(proof=proof, **AGENT)["access_token"]
    here, there = (f"http://127.0.0.1:{port}/mcp" for port in (system.tools, system.gateway))
    assert ask(handle) == (401, "")
    assert ask(handle, scheme="DPoP", dpop=prover.proof("POST", there, now=now, token=handle)) == (401, "")
    once = prover.proof("POST", here, now=now, token=handle)
    assert ask(handle, scheme="DPoP", dpop=once) == (200, "")
    assert ask(handle, scheme="DPoP", dpop=once) == (401, "")
