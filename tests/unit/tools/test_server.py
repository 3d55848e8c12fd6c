import asyncio
import base64
import json
from types import SimpleNamespace

import pytest

from asepsis.core.errors import Unavailable
from asepsis.core.plans import Plan, Step
from asepsis.core.ports import Ended
from asepsis.core.types import Principal
from asepsis.tools.server import Application, Trusted
from asepsis.tools.types import Tool

HOST = (b"host", b"127.0.0.1:8082")


class Firewall:
    """Answers calls as it is told."""

    def __init__(self):
        self.catalogue = SimpleNamespace(listed=lambda: {"plan__a": Tool("a")})
        self.calls, self.turns, self.fault, self.steps = [], [], None, ()
        self.plans, self.committed, self.grants = [], [], []

    async def call(self, who, call, spoken, heard, /):
        self.calls.append((who.id, call.tool, *spoken[:2]))
        self.turns.append(spoken.turn)
        self.plans.append(spoken.plan)
        self.grants.append(spoken.grant)
        for step in self.steps:
            heard(*step)
        if self.fault:
            raise self.fault
        return {"content": []}

    async def plan(self, who, call, spoken, /):
        self.committed.append((who.id, call.arguments))
        return {"content": []}


class Keys:
    def identify(self, headers, /, *, peer):
        key = dict(headers).get("authorization")
        return Principal("local", key, "chat") if key else None

    def later(self, headers, /, *, method, path, peer):
        key = dict(headers).get("authorization", "")
        return (lambda: self.looked_up(key)) if key.startswith("asg_") else None

    def looked_up(self, handle):
        if handle == "asg_away":
            raise Unavailable("the database is away")
        if handle == "asg_over":
            return Ended("identity.revoked", "the session grant was taken back")
        name, _, grant = handle.removeprefix("asg_").partition(":")
        claims = (("grant", f"{grant}-narrowed"), ("root", grant)) if grant else ()
        return Principal("local", "agent", "chat", claims, on_behalf_of=Principal("local", name, "chat"))


def asking():
    """Returns what asks an application of its own."""
    firewall = Firewall()
    application = Application(
        firewall,
        Keys,
        address="http://127.0.0.1:8082",
        issuer="http://i.test",
        trusted=Trusted(speaking=["chat"], asking=["chat"], planning=["chat"]),
        names=lambda: "s-1",
    )

    async def asked(body=None, *, method="POST", path="/mcp", headers=(), host=HOST, key=b"ann"):
        data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()

        async def receive():
            return {"type": "http.request", "body": data, "more_body": False}

        sent = []

        async def send(message):
            sent.append(message)

        given = [host, *headers, *([(b"authorization", key)] if key else [])]
        await application({"type": "http", "method": method, "path": path, "headers": given}, receive, send)
        found = b"".join(one["body"] for one in sent[1:])
        events = [json.loads(line[6:]) for line in found.splitlines() if line.startswith(b"data: ")]
        return sent[0]["status"], events or (json.loads(found) if found else None), dict(sent[0]["headers"])

    asked.firewall, asked.application = firewall, application
    return asked


@pytest.fixture
def ask():
    return asking()


@pytest.fixture
def two():
    """Returns what asks two workers, each of which the other tells."""
    one, other = asking(), asking()
    one.application.tell, other.application.tell = other.application.heard, one.application.heard
    return one, other


def call(**more):
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "plan__a"}} | more


async def test_a_call_goes_through_with_what_the_user_said(ask):
    assert (await ask(call(), headers=[(b"x-asepsis-task", b"Read it"), (b"x-asepsis-session", b"s")]))[1][
        "result"
    ] == {"content": []}
    assert ask.firewall.calls == [("ann", "plan__a", "Read it", "s")]


async def test_a_call_says_which_turn_it_is_of(ask):
    await ask(call(), headers=[(b"x-asepsis-task", b"Read it"), (b"x-asepsis-turn", b"2")])
    assert ask.firewall.turns == ["2"]


async def test_a_notice_has_no_answer(ask):
    body = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}
    assert (await ask(body))[:2] == (202, None)
    assert (await ask({"jsonrpc": "2.0", "id": 1, "result": {}}))[0] == 202


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"method": "GET"}, 405),
        ({"method": "DELETE"}, 405),
        ({"path": "/other"}, 404),
        ({"key": b""}, 401),
        ({"host": (b"host", b"evil.test")}, 403),
        ({"headers": [(b"origin", b"https://evil.test")]}, 403),
        ({"headers": [HOST]}, 403),
        ({"body": b"[" * 100_000}, 400),
        ({"body": b"x" * 5_000_000}, 400),
        ({"body": call(), "headers": [(b"mcp-method", b"tools/list")]}, 400),
        ({"body": call(), "headers": [(b"mcp-name", b"plan__b")]}, 400),
        ({"body": call(), "headers": [(b"mcp-protocol-version", b"1999")]}, 400),
    ],
)
async def test_what_is_no_request_is_refused(ask, asked, status):
    assert (await ask(**asked))[0] == status
    assert ask.firewall.calls == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"path": "/"}, "there is no such route: agents call `/mcp`"),
        ({"host": (b"host", b"evil.test")}, "expected this server's own host and origin, as `tools.address` says them"),
    ],
)
async def test_who_comes_to_the_wrong_door_is_told_the_right_one(ask, asked, said):
    assert (await ask(**asked))[1]["error"]["message"] == said


async def test_a_stranger_is_told_where_tokens_come_from(ask):
    status, _, headers = await ask(call(), key=b"")
    assert (status, b"resource_metadata" in headers[b"www-authenticate"]) == (401, True)
    body = (await ask(method="GET", path="/.well-known/oauth-protected-resource/mcp", key=b""))[1]
    assert body == {"resource": "http://127.0.0.1:8082/mcp", "authorization_servers": ["http://i.test"]}
    assert (await ask(method="GET", path="/healthz", key=b""))[0] == 200


async def test_a_call_that_can_not_be_recorded_is_an_error(ask):
    ask.firewall.fault = Unavailable("full")
    status, body, _ = await ask(call())
    assert (status, body["error"]["code"]) == (503, -32603)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (b"=?base64?" + base64.b64encode("Lies es\nbitte, \u00dcbung".encode()) + b"?=", "Lies es\nbitte, \u00dcbung"),
        (b"=?base64?!!?=", ""),
        (b"=?base64?/w==?=", ""),
        (b"=?base64?open", "=?base64?open"),
    ],
)
async def test_words_beyond_one_line_are_encoded(ask, header, words):
    await ask(call(), headers=[(b"x-asepsis-task", header)])
    assert ask.firewall.calls[0][2] == words


async def test_a_call_is_cancelled_by_whoever_made_it_alone(ask):
    async def wait(who, call, spoken, heard, /):
        await asyncio.sleep(60)

    ask.firewall.call = wait
    ours = [(b"mcp-session-id", b"s-1")]
    running = asyncio.ensure_future(ask(call(), headers=ours))
    await asyncio.sleep(0.05)
    notice = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}
    await ask(notice, key=b"bob", headers=ours)
    await ask(notice)
    await asyncio.sleep(0.05)
    assert not running.done()
    assert (await ask(call(), headers=ours))[0] == 400
    await ask(notice, headers=ours)
    status, body, _ = await running
    assert (status, body["error"]["message"]) == (200, "the call was cancelled")


ACCEPT = (b"accept", b"application/json, text/event-stream")
TOLD = {"name": "plan__a", "_meta": {"progressToken": "p"}}


async def test_a_client_that_asks_is_told_how_far_its_call_has_come_by_numbers_that_rise(ask):
    ask.firewall.steps = ((1, 4), (1, 4), (0, 4), (3, None))
    status, events, headers = await ask(call(params=TOLD), headers=[ACCEPT])
    assert (status, headers[b"content-type"]) == (200, b"text/event-stream")
    assert [one["params"] for one in events[:-1]] == [
        {"progressToken": "p", "progress": 1, "total": 4},
        {"progressToken": "p", "progress": 3},
    ]
    assert events[-1]["result"] == {"content": []}


@pytest.mark.parametrize(("body", "headers"), [(call(), [ACCEPT]), (call(params=TOLD), [])])
async def test_a_client_that_does_not_is_told_the_result_alone(ask, body, headers):
    ask.firewall.steps = ((1, 4),)
    assert (await ask(body, headers=headers))[1]["result"] == {"content": []}


async def test_a_call_of_the_version_without_a_handshake_is_answered_in_its_form(ask):
    meta = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
    said = [(b"mcp-protocol-version", b"2026-07-28"), (b"mcp-method", b"tools/call"), (b"mcp-name", b"plan__a")]
    body = call(params={"name": "plan__a", "_meta": meta})
    result = (await ask(body, headers=said))[1]["result"]
    assert (result["resultType"], result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"]) == (
        "complete",
        "asepsis",
    )
    assert (await ask(body, headers=said[:2]))[1]["error"]["code"] == -32020


async def test_whose_a_handle_is_is_looked_up(ask):
    for user in (b"asg_ann", b"asg_bob"):
        assert (await ask(call(), key=user, headers=[(b"x-asepsis-session", b"s")]))[0] == 200
    assert [one[3] for one in ask.firewall.calls] == ["s", "s"]
    assert (await ask(call(), key=b"asg_away"))[0] == 401
    over = await ask(call(), key=b"asg_over")
    assert (over[0], "the session grant was taken back" in str(over)) == (401, True)


async def test_a_grant_has_one_session_whatever_session_is_named(ask):
    for name in (b"s", b"t", b""):
        await ask(call(), key=b"asg_ann:g1", headers=[(b"x-asepsis-session", name), (b"x-asepsis-task", b"Read it")])
    assert {one[2:] for one in ask.firewall.calls} == {("Read it", "")}
    assert ask.firewall.grants == ["g1"] * 3


async def test_a_grants_session_is_shared_only_where_the_applications_word_is_taken(ask):
    ask.application._speaking = frozenset()
    await ask(call(), key=b"asg_ann:g1", headers=[(b"x-asepsis-session", b"s")])
    assert ask.firewall.calls == [("agent", "plan__a", "", "")]
    assert ask.firewall.grants == [""]


async def test_clients_without_a_session_may_use_the_same_id_and_then_none_is_cancelled_by_it(ask):
    ends = asyncio.Event()

    async def wait(who, call, spoken, heard, /):
        await ends.wait()
        return {"content": []}

    ask.firewall.call = wait
    running = [asyncio.ensure_future(ask(call())) for _ in range(2)]
    await asyncio.sleep(0.05)
    await ask({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}})
    ends.set()
    assert [(await one)[1]["result"] for one in running] == [{"content": []}] * 2


CANCELLED = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}


async def test_a_call_is_cancelled_through_another_worker_by_whoever_made_it_alone(two):
    async def wait(who, call, spoken, heard, /):
        await asyncio.sleep(60)

    one, other = two
    one.firewall.call = wait
    ours = [(b"mcp-session-id", b"s-1")]
    running = asyncio.ensure_future(one(call(), headers=ours))
    await asyncio.sleep(0.05)
    await other(CANCELLED, key=b"bob", headers=ours)
    await other(CANCELLED, headers=[(b"mcp-session-id", b"s-2")])
    await asyncio.sleep(0.05)
    assert not running.done()
    await other(CANCELLED, headers=ours)
    assert (await running)[1]["error"]["message"] == "the call was cancelled"


async def test_with_other_workers_a_client_without_a_session_cancels_nothing(two):
    ends = asyncio.Event()

    async def wait(who, call, spoken, heard, /):
        await ends.wait()
        return {"content": []}

    one, _ = two
    one.firewall.call = wait
    running = asyncio.ensure_future(one(call()))
    await asyncio.sleep(0.05)
    for worker in two:
        await worker(CANCELLED)
    ends.set()
    assert (await running)[1]["result"] == {"content": []}


async def test_what_a_user_answers_reaches_the_worker_that_asked_from_its_own_client_alone(two):
    said = []

    async def wait(who, call, spoken, heard, /):
        said.append(await spoken.asking.ask({"message": "?"}))
        return {"content": []}

    one, other = two
    one.firewall.call = wait
    ours = [(b"mcp-session-id", b"s-1-asks"), ACCEPT]
    running = asyncio.ensure_future(one(call(), headers=ours))
    await asyncio.sleep(0.05)
    answer = {"jsonrpc": "2.0", "id": "asepsis-s-1", "result": {"action": "accept"}}
    await other(answer, key=b"bob")
    await asyncio.sleep(0.05)
    assert not running.done()
    await other(answer)
    events = (await running)[1]
    assert (events[0]["method"], events[-1]["result"]) == ("elicitation/create", {"content": []})
    assert said == [{"action": "accept"}]


async def test_what_no_worker_can_have_told_is_left(ask, caplog):
    ask.application.heard(b'{"who":1}')
    assert "can't be read" in caplog.text


def with_plan(said):
    return call(params={"name": "plan__a", "_meta": {"asepsis/plan": said}})


async def test_an_application_whose_word_is_taken_brings_its_plan_along(ask):
    await ask(with_plan({"steps": [{"tool": "plan__a"}]}))
    await ask(call())
    assert ask.firewall.plans == [Plan((Step("plan__a"),)), None]
    assert (await ask(with_plan({"steps": 1})))[0] == 400


async def test_agents_of_applications_that_plan_are_offered_a_tool_for_it(ask):
    listed = (await ask({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}))[1]["result"]["tools"]
    assert [one["name"] for one in listed] == ["asepsis__plan", "plan__a"]
    params = {"name": "asepsis__plan", "arguments": {"steps": []}}
    assert (await ask(call(params=params)))[1]["result"] == {"content": []}
    assert ask.firewall.committed == [("ann", {"steps": []})]
    assert ask.firewall.calls == []


async def test_of_other_applications_neither_is_taken(ask):
    ask.application._speaking = ask.application._planning = frozenset()
    await ask(with_plan({"steps": 1}))
    assert ask.firewall.plans == [None]
    listed = (await ask({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}))[1]["result"]["tools"]
    assert [one["name"] for one in listed] == ["plan__a"]
    await ask(call(params={"name": "asepsis__plan", "arguments": {"steps": []}}))
    assert ask.firewall.committed == []
