"""The attacks on MCP, each with the official client in front of the firewall and real servers behind it.

| attack | test |
| --- | --- |
| poisoned description, rug pull | `test_a_server_that_changes_what_it_says_loses_the_tool` |
| rug pull by a restart | `test_a_server_that_is_another_program_after_a_restart_gets_no_call` |
| shadowing, name collision | `test_no_server_stands_in_for_another` |
| confused deputy, token passthrough | `test_what_a_client_shows_goes_no_further` |
| server-side request forgery | `test_a_server_sends_the_firewall_nowhere` |
| session hijack | `test_a_session_is_its_principals_whatever_a_client_says` |
| exfiltration by argument | `test_nothing_goes_where_a_fax_says` |
| sampling abuse, elicitation phishing | `test_a_server_asks_nothing_of_client_model_or_person` |
| approval swap | `test_an_approval_is_for_exactly_one_call` |
| replay | `test_a_call_token_is_used_once` |
| names that look alike | `test_names_that_look_alike_are_kept_back` |
| questions to the user by a model or for another call | `test_the_user_is_asked_of_exactly_one_call` |
| DNS rebinding | `test_a_page_in_a_browser_reaches_nothing` |
"""

import asyncio
import contextlib
import importlib.util
import json
import socket
import sys
from pathlib import Path

import httpx2
import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import ElicitResult

from asepsis.core.errors import Unavailable
from asepsis.core.events import Mode
from asepsis.core.ports import Approval
from asepsis.core.types import Decision, Principal, Verdict
from asepsis.infra.clock import SystemClock
from asepsis.infra.http import HttpTransport
from asepsis.infra.ids import SystemIds
from asepsis.testing.histories import histories
from asepsis.tools.catalogue import Catalogue
from asepsis.tools.draft import draft
from asepsis.tools.firewall import Around, Firewall
from asepsis.tools.flow.monitor import Monitor
from asepsis.tools.live import Live
from asepsis.tools.manifests import Confirmed
from asepsis.tools.mcp.streams import StdioServer
from asepsis.tools.mcp.web import HttpServer
from asepsis.tools.members import Members
from asepsis.tools.passes import Gate, Replay, Verifier
from asepsis.tools.server import Application, Trusted
from asepsis.tools.sessions import Around as Needs
from asepsis.tools.sessions import Sessions
from asepsis.tools.types import Tool

PLAN = Path(__file__).parent / "mcp_plan.py"
TRUSTED = Trusted(speaking=["chat"], asking=["chat"])
ENVIRONMENT = {"PATH": "/usr/bin:/bin"}


class Notes:
    """A ledger in memory."""

    def __init__(self):
        self.events = []

    async def submit(self, events):
        self.events += events


class Yes:
    """A policy that lets everything pass, so that what holds is the monitor."""

    def decide(self, question):
        return Decision(Verdict.ALLOW, "it may", ("all",))


class Keys:
    """An identifier: a key is its principal's name."""

    def identify(self, headers, /, *, peer=None):
        key = dict(headers).get("authorization", "").removeprefix("Bearer ")
        return Principal("local", key, "chat") if key else None

    def later(self, headers, /, *, method, path, peer=None):
        return None


class Digests:
    """No secret is kept here."""

    def digest(self, kind, value, /, *, tenant):
        return f"{kind}:{hash(value)}"


class People:
    """Approvals: the actions that somebody approved."""

    def __init__(self):
        self.asked, self.approved = [], set()

    def approval(self, question, decision, action, outline, /):
        self.asked.append(action)
        return Approval("case-1", approved=action in self.approved)


@contextlib.asynccontextmanager
async def served(application):
    """An ASGI application on a port of loopback."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    lifespan = "on" if hasattr(application, "router") else "off"
    server = uvicorn.Server(uvicorn.Config(application, log_config=None, lifespan=lifespan, ws="none"))
    async with asyncio.TaskGroup() as group:
        group.create_task(server.serve(sockets=[listener]))
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
    listener.close()


class House:
    """The firewall in front of servers, and clients of it."""

    def __init__(self, port, firewall, notes, people, key, application):
        self.port, self.firewall, self.notes, self.people, self.key = port, firewall, notes, people, key
        self.application = application

    @contextlib.asynccontextmanager
    async def client(self, who="agent", said="", mode="auto", answer=None, **headers):
        shown = {"authorization": f"Bearer {who}", "x-asepsis-task": said} | headers
        async with (
            httpx2.AsyncClient(headers=shown) as http,
            Client(
                streamable_http_client(f"http://127.0.0.1:{self.port}/mcp", http_client=http),
                mode=mode,
                elicitation_callback=answer,
            ) as client,
        ):
            yield client

    def rules(self):
        return [doubt for event in self.notes.events for doubt in json.loads(bytes(event.payload)).get("doubts", [])]


@contextlib.asynccontextmanager
async def house(servers, *, confirmed=()):
    key, notes, people, clock = Ed25519PrivateKey.generate(), Notes(), People(), SystemClock()
    if not confirmed:
        confirmed = [
            Confirmed(name, tuple(draft(tool) for tool in await server.tools() if tool.name != "unconfirmed"))
            for name, server in servers.items()
        ]
    catalogue = Catalogue(confirmed)
    live = Live(Keys(), Yes(), people, lambda tenant, switches: "", Members(Digests()))
    around = Around(clock, SystemIds(clock), Digests(), notes, key, "local", lambda: live)
    needs = Needs(clock, Digests(), histories(clock))
    sessions = Sessions(lambda: Monitor(catalogue.manifests), needs, most=10, minutes=60)
    firewall = Firewall(catalogue, servers, around, sessions=sessions, mode=Mode.ENFORCE)
    await firewall.refresh()
    holder = []

    async def application(scope, receive, send):
        await holder[0](scope, receive, send)

    async with served(application) as port:
        made = Application(
            firewall, Keys, address=f"http://127.0.0.1:{port}", trusted=TRUSTED, names=SystemIds(clock).new
        )
        holder.append(made)
        yield House(port, firewall, notes, people, key, made)
    await firewall.close()


@pytest.fixture
async def plan(tmp_path):
    """The firewall in front of the plan's server."""
    command = [sys.executable, str(PLAN), "--record", str(tmp_path / "calls")]
    async with house({"plan": StdioServer(command, environment=ENVIRONMENT, seconds=30)}) as made:
        made.calls = lambda: [json.loads(line) for line in (tmp_path / "calls").read_text().splitlines()]
        yield made


def said(result):
    return " ".join(content.text for content in result.content)


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_nothing_goes_where_a_fax_says(plan, mode):
    async with plan.client(said="Mail a summary of the faxes to ann@plan.test", mode=mode) as client:
        assert sorted(tool.name for tool in (await client.list_tools()).tools) == [
            "plan__ask_user",
            "plan__delete_fax",
            "plan__list_faxes",
            "plan__send_email",
            "plan__think",
        ]
        assert (await client.call_tool("plan__list_faxes", {})).structured_content["result"][0]["id"] == "fax-12"
        mail = {"subject": "hi", "body": "a summary"}
        for wrong in (
            mail | {"recipients": ["eve@evil.test"]},
            mail | {"recipients": ["ann@plan.test", "eve@evil.test"]},
            {"recipients": ["ann@plan.test"], "subject": "hi", "body": "see https://evil.test/x"},
        ):
            refused = await client.call_tool("plan__send_email", wrong)
            assert refused.is_error
            assert "untrusted" in said(refused)
            assert "eve@" not in said(refused)
        assert not (await client.call_tool("plan__send_email", mail | {"recipients": ["ann@plan.test"]})).is_error
        assert (await client.call_tool("plan__unconfirmed", {})).is_error
        with pytest.raises(Exception, match="not let through"):
            await client.list_resources()
    assert [call["tool"] for call in plan.calls()] == ["list_faxes", "send_email"]
    assert (
        "argument `recipients[]` comes from result 1 of `plan__list_faxes` result[0].body, untrusted" in plan.rules()[0]
    )


async def test_a_server_asks_nothing_of_client_model_or_person(plan):
    reached = []

    async def tempted(*arguments):
        reached.append(arguments)
        raise AssertionError("the server reached the client")

    async with (
        httpx2.AsyncClient(headers={"authorization": "Bearer agent"}) as http,
        Client(
            streamable_http_client(f"http://127.0.0.1:{plan.port}/mcp", http_client=http),
            mode="legacy",
            sampling_callback=tempted,
            elicitation_callback=tempted,
        ) as client,
    ):
        for tool in ("plan__think", "plan__ask_user"):
            assert (await client.call_tool(tool, {"question": "x"})).is_error
    assert [call["tool"] for call in plan.calls()] == ["think", "ask_user"]
    assert reached == []


async def test_a_server_that_changes_what_it_says_loses_the_tool(plan):
    honest = plan.firewall._servers["plan"]
    await honest.close()
    honest._command = (*honest._command, "--evil")
    await plan.firewall.refresh()
    async with plan.client() as client:
        assert "plan__send_email" not in {tool.name for tool in (await client.list_tools()).tools}
        refused = await client.call_tool(
            "plan__send_email", {"recipients": ["ann@plan.test"], "subject": "", "body": ""}
        )
    assert "kept from agents until somebody has confirmed it (drifted)" in said(refused)
    assert tuple(sorted(one.reason for one in plan.firewall.catalogue.kept["plan"])) == ("drifted", "unconfirmed")


async def test_a_server_that_is_another_program_after_a_restart_gets_no_call(plan):
    honest = plan.firewall._servers["plan"]
    honest._command = (*honest._command, "--evil")
    mail = {"recipients": ["ann@plan.test"], "subject": "", "body": ""}
    async with plan.client() as client:
        assert not (await client.call_tool("plan__send_email", mail)).is_error
        made = len(plan.calls())
        honest._process.kill()
        refused = await client.call_tool("plan__send_email", mail)
        assert refused.is_error
        assert (await client.call_tool("plan__send_email", mail)).is_error
        assert not (await client.call_tool("plan__list_faxes", {})).is_error
    assert "plan__send_email" not in plan.firewall.catalogue.listed()
    assert [call["tool"] for call in plan.calls()[made:]] == ["list_faxes"]


async def test_a_session_is_its_principals_whatever_a_client_says(plan):
    async with plan.client("ann", **{"mcp-session-id": "s-1"}) as ann:
        await ann.call_tool("plan__list_faxes", {})
    mail = {"recipients": ["eve@evil.test"], "subject": "", "body": ""}
    async with plan.client("ann", **{"mcp-session-id": "s-2"}) as again:
        assert (await again.call_tool("plan__send_email", mail)).is_error
    async with plan.client("bob", **{"mcp-session-id": "s-1"}) as bob:
        assert not (await bob.call_tool("plan__send_email", mail)).is_error


async def test_an_approval_is_for_exactly_one_call(plan):
    mail = {"recipients": ["eve@evil.test"], "subject": "", "body": "a"}
    async with plan.client() as client:
        await client.call_tool("plan__list_faxes", {})
        assert "approval case-1 is asked for" in said(await client.call_tool("plan__send_email", mail))
        plan.people.approved.add(plan.people.asked[0])
        assert (await client.call_tool("plan__send_email", mail | {"body": "b"})).is_error
        assert not (await client.call_tool("plan__send_email", mail)).is_error
    assert plan.calls()[-1]["arguments"]["body"] == "a"


async def test_a_page_in_a_browser_reaches_nothing(plan):
    async with httpx2.AsyncClient(headers={"authorization": "Bearer ann"}) as http:
        address = f"http://127.0.0.1:{plan.port}/mcp"
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        assert (await http.post(address, json=body)).status_code == 200
        for headers in ({"origin": "https://evil.test"}, {"host": "evil.test"}):
            assert (await http.post(address, json=body, headers=headers)).status_code == 403
        stranger = await http.post(address, json=body, headers={"authorization": ""})
    assert stranger.status_code == 401
    assert "resource_metadata" in stranger.headers["www-authenticate"]


@pytest.fixture
async def gated(tmp_path):
    """The plan's server over HTTP behind its owner's gate, and the firewall in front of it."""
    spec = importlib.util.spec_from_file_location("mcp_plan", PLAN)
    mcp_plan = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(mcp_plan)

    record = tmp_path / "calls"
    server = mcp_plan.made(record).streamable_http_app(json_response=True)
    holder = []

    async def gate(scope, receive, send):
        await (holder[0] if scope["type"] == "http" and holder else server)(scope, receive, send)

    gate.router = True
    transport = HttpTransport(connect=5, idle=5)
    async with served(gate) as port:
        address = f"http://127.0.0.1:{port}/mcp"
        web = HttpServer(address, transport, credentials=[("authorization", "Bearer the-servers-own")], seconds=20)
        async with house({"plan": web}) as made:
            verifier = Verifier(made.key.public_key(), audience="plan", clock=SystemClock(), replay=Replay())
            holder.append(Gate(server, verifier))
            made.calls = lambda: [json.loads(line) for line in record.read_text().splitlines()]
            made.server = address
            yield made
        await transport.close()


async def test_what_a_client_shows_goes_no_further(gated):
    async with gated.client("ann-secret-key", **{"cookie": "a=b", "x-other": "1"}) as client:
        assert not (await client.call_tool("plan__list_faxes", {})).is_error
    (call,) = gated.calls()
    assert call["headers"]["authorization"] == "Bearer the-servers-own"
    assert "ann-secret-key" not in json.dumps(call)
    assert not {"cookie", "x-other"} & set(call["headers"])


async def test_a_call_token_is_used_once(gated):
    async with gated.client() as client:
        assert not (await client.call_tool("plan__delete_fax", {"fax_id": "fax-13"})).is_error
    headers = {name: value for name, value in gated.calls()[0]["headers"].items() if name != "content-length"}
    call = {"jsonrpc": "2.0", "id": 9, "method": "tools/call", "params": {"name": "delete_fax"}}
    async with httpx2.AsyncClient() as http:
        for fax in ("fax-13", "fax-12"):
            call["params"]["arguments"] = {"fax_id": fax}
            assert (await http.post(gated.server, json=call, headers=headers)).status_code == 401
    assert len(gated.calls()) == 1


async def test_no_server_stands_in_for_another(tmp_path):
    def server(name):
        command = [sys.executable, str(PLAN), "--record", str(tmp_path / name)]
        return StdioServer(command, environment=ENVIRONMENT, seconds=30)

    servers = {"plan": server("plan"), "other": server("other")}
    tools = {tool.name: tool for tool in await servers["plan"].tools()}
    confirmed = [Confirmed("plan", (draft(tools["send_email"]),)), Confirmed("other", ())]
    async with house(servers, confirmed=confirmed) as made, made.client() as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == ["plan__send_email"]
        mail = {"recipients": ["ann@plan.test"], "subject": "", "body": ""}
        assert not (await client.call_tool("plan__send_email", mail)).is_error
        assert (await client.call_tool("other__send_email", mail)).is_error
    assert (tmp_path / "plan").exists()
    assert not (tmp_path / "other").exists()


def test_names_that_look_alike_are_kept_back():
    catalogue = Catalogue([Confirmed("plan", (draft(Tool("send_email")),))])
    lookalikes = [Tool(name) for name in ("sеnd_email", "send-email", "send_emaiI", "send_email\u200b")]
    assert {one.reason for one in catalogue.offer("plan", lookalikes)} == {"confusable", "hidden"}
    assert catalogue.listed() == {}


async def test_a_server_sends_the_firewall_nowhere():
    asked = []

    async def metadata(scope, receive, send):
        asked.append(scope["path"])
        head = [(b"location", b"http://127.0.0.1:1/latest/meta-data"), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 307, "headers": head})
        await send({"type": "http.response.body", "body": b""})

    transport = HttpTransport(connect=5, idle=5)
    async with served(metadata) as port:
        with pytest.raises(Unavailable, match="expected status 200, got 307"):
            await HttpServer(f"http://127.0.0.1:{port}/mcp", transport, seconds=10).tools()
    await transport.close()
    assert asked == ["/mcp"]


class User:
    """The person at the client: what they were asked, and what they say."""

    def __init__(self, *, allow=True, action="accept"):
        self.asked, self.allow, self.action = [], allow, action

    async def __call__(self, context, params):
        self.asked.append(params.message)
        content = {"allow": self.allow} if self.action == "accept" else None
        return ElicitResult(action=self.action, content=content)


MAIL = {"recipients": ["omar@lab.test"], "subject": "hi", "body": "we have it"}


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_the_user_is_asked_of_exactly_one_call(plan, mode):
    user = User()
    async with plan.client(said="Read the faxes", mode=mode, answer=user) as client:
        await client.call_tool("plan__list_faxes", {})
        assert not (await client.call_tool("plan__send_email", MAIL)).is_error
        (message,) = user.asked
        assert "plan__send_email" in message
        assert "omar@lab.test" in message
        user.allow = False
        refused = await client.call_tool("plan__send_email", MAIL | {"recipients": ["eve@evil.test"]})
        assert "the user did not say yes" in said(refused)
        user.action = "decline"
        assert (await client.call_tool("plan__send_email", MAIL)).is_error
    assert [call["tool"] for call in plan.calls()] == ["list_faxes", "send_email"]
    assert len(user.asked) == 3
    assert plan.people.asked == []
    allowed = [json.loads(bytes(one.payload)) for one in plan.notes.events if b"tools.elicited" in bytes(one.payload)]
    assert len(allowed) == 1


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_who_can_not_ask_their_user_asks_an_approver(plan, mode):
    async with plan.client(said="Read the faxes", mode=mode) as client:
        await client.call_tool("plan__list_faxes", {})
        assert "approval case-1 is asked for" in said(await client.call_tool("plan__send_email", MAIL))
    assert len(plan.people.asked) == 1


async def test_what_comes_back_of_a_question_is_good_once_and_for_its_call(plan):
    async def call(recipient, **more):
        meta = {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {"elicitation": {}},
        }
        arguments = MAIL | {"recipients": [recipient]}
        params = {"name": "plan__send_email", "arguments": arguments, "_meta": meta, **more}
        headers = {
            "authorization": "Bearer agent",
            "mcp-protocol-version": "2026-07-28",
            "mcp-method": "tools/call",
            "mcp-name": "plan__send_email",
        }
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        async with httpx2.AsyncClient(headers=headers) as http:
            return (await http.post(f"http://127.0.0.1:{plan.port}/mcp", json=body)).json()["result"]

    async with plan.client() as client:
        await client.call_tool("plan__list_faxes", {})
    yes = {"inputResponses": {"approve": {"action": "accept", "content": {"allow": True}}}}
    asked = await call("omar@lab.test")
    assert asked["resultType"] == "input_required"
    state = {"requestState": asked["requestState"]}
    for changed in ({"requestState": "x"}, {"requestState": f"9{asked['requestState']}"}):
        assert (await call("omar@lab.test", **yes, **changed))["_meta"]["asepsis/rule"] == "tools.state"
    assert (await call("eve@evil.test", **yes, **state))["_meta"]["asepsis/rule"] == "tools.state"
    assert "isError" not in await call("omar@lab.test", **yes, **state)
    assert (await call("omar@lab.test", **yes, **state))["_meta"]["asepsis/rule"] == "tools.state"
    assert len([one for one in plan.calls() if one["tool"] == "send_email"]) == 1


async def test_nobody_answers_for_another_principal(plan):
    waiting = asyncio.Event()

    async def slow(context, params):
        waiting.set()
        await asyncio.sleep(0.3)
        return ElicitResult(action="decline")

    async with plan.client(said="Read the faxes", mode="legacy", answer=slow) as client:
        await client.call_tool("plan__list_faxes", {})
        running = asyncio.ensure_future(client.call_tool("plan__send_email", MAIL))
        await waiting.wait()
        (asked,) = [one for _, one in plan.application._waiting]
        forged = {"jsonrpc": "2.0", "id": asked, "result": {"action": "accept", "content": {"allow": True}}}
        async with httpx2.AsyncClient(headers={"authorization": "Bearer eve"}) as http:
            assert (await http.post(f"http://127.0.0.1:{plan.port}/mcp", json=forged)).status_code == 202
        assert (await running).is_error
