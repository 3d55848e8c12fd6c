"""The console's routes."""

import asyncio

import msgspec
import pytest

from asepsis.console import service
from asepsis.console.config import ConsoleConfig
from asepsis.console.service import create
from asepsis.core.errors import ConfigError
from asepsis.core.events import Mode, ToolCallOpened, build
from asepsis.core.ports import Entry
from asepsis.core.types import Action, Decision, DecisionInput, Purpose, Verdict
from asepsis.infra.telemetry.tail import Read, Tails
from asepsis.tools.standing import Kept, Standing, Told


async def test_pages_are_found(desk):
    opened = desk.calls.opened(verdict=Verdict.DENY)
    desk.write(opened)
    for path in ("/", "/?show=denied", "/?show=nonsense", "/?before=1", "/?before=x", f"/calls/{opened.id}"):
        answer = await desk.client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert opened.id in answer.text


@pytest.mark.parametrize("path", ["/calls/none", "/nothing", "/static/none.js", "/static/../app.py"])
async def test_what_is_not_there_is_said_kindly(desk, path):
    answer = await desk.client.get(path)
    assert answer.status_code == 404
    assert "Nothing is here" in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/", "/readyz", "/events"])
async def test_it_only_reads(desk, path, method):
    assert (await desk.client.request(method, path)).status_code == 405


async def test_readiness_names_what_fails(desk):
    assert (await desk.client.get("/healthz")).json() == {"status": "ok"}
    good = await desk.client.get("/readyz")
    assert (good.status_code, good.json()["status"]) == (200, "ready")
    desk.ready["gateway"] = False
    await asyncio.sleep(1.05)
    bad = await desk.client.get("/readyz")
    assert bad.status_code == 503
    assert bad.json()["checks"] == {"writer": True, "gateway": False, "ledger": True}
    assert (await desk.client.get("/healthz")).status_code == 200


async def test_a_server_of_tools_that_is_down_is_told_and_makes_nothing_else_unready(desk):
    standing = (Standing("plan", 1), Standing("claims", 1, "the server is gone"))
    desk.told.append(msgspec.json.encode(Told(1, standing)))
    answer = await desk.client.get("/readyz")
    assert (answer.status_code, answer.json()["tools"]) == (200, {"servers": 2, "answering": 1})


async def test_metrics_come_as_they_are_given(desk):
    answer = await desk.client.get("/metrics")
    assert (answer.content, answer.headers["content-type"]) == (b"asepsis_calls_total 1\n", "text/plain; version=0.0.4")


async def test_the_board_is_rebuilt_from_the_tail_and_follows(desk):
    desk.log.write(*desk.calls.story(100))
    following = asyncio.ensure_future(desk.console.follow("local", desk.board))
    while desk.board.revision < len(desk.log.written) - 1:  # noqa: ASYNC110 others change what is waited for
        await asyncio.sleep(0.01)
    assert desk.board.summary().calls <= 60
    opened = desk.calls.opened()
    desk.log.write(opened)
    while desk.board.call(opened.id) is None:  # noqa: ASYNC110 others change what is waited for
        await asyncio.sleep(0.01)
    following.cancel()


async def test_a_damaged_ledger_makes_it_not_ready_and_it_comes_back(desk, monkeypatch):
    monkeypatch.setattr("asepsis.console.service._AGAIN_SECONDS", 0.02)
    desk.log.damaged = True
    following = asyncio.ensure_future(desk.console.follow("local", desk.board))
    await desk.board.wait(-1, seconds=5)
    answer = await desk.client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["ledger"]) == (503, False)
    assert "a durable entry does not hold" in (await desk.client.get("/")).text
    desk.log.damaged = False
    while desk.board.fault:  # noqa: ASYNC110 others change what is waited for
        await asyncio.sleep(0.01)
    assert (await desk.client.get("/readyz")).status_code == 200
    following.cancel()


async def test_too_many_viewers_are_told_to_come_back(desk):
    desk.console._viewers = 2
    answer = await desk.client.get("/events")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")


async def test_a_viewer_counts_while_it_looks(desk):
    desk.stop.set()
    answer = await desk.client.get("/events?since=0", headers={"last-event-id": "3"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert desk.console._viewers == 0


def test_an_address_beyond_loopback_is_refused_before_anything_runs(tmp_path):
    with pytest.raises(ConfigError):
        create(
            ConsoleConfig(host="0.0.0.0"),
            tmp_path,
            "local",
            tails=Tails(lambda _: None),
            checks={},
            metrics=lambda: (b"", "text/plain"),
            stop=asyncio.Event(),
        )


async def test_each_tenant_has_a_board_and_a_page_of_its_own(desk, monkeypatch):
    monkeypatch.setattr(service, "_AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(service, "_POLL_SECONDS", 0.01)
    following = asyncio.ensure_future(desk.console._followed())
    mine, theirs = desk.calls.opened(), desk.calls.opened(application="their-app")
    desk.log.write(mine)
    desk.logs["other"] = type(desk.log)()
    desk.logs["other"].write(theirs)
    async with asyncio.timeout(5):
        while theirs.id not in (await desk.client.get("/?tenant=other")).text:  # noqa: ASYNC110 a page tells nobody
            await asyncio.sleep(0.01)
    first, other, none = [(await desk.client.get(path)).text for path in ("/", "/?tenant=other", "/?tenant=none")]
    assert mine.id in first
    assert theirs.id not in first
    assert mine.id not in other
    assert mine.id in none
    assert (await desk.client.get(f"/calls/{theirs.id}")).status_code == 200
    desk.logs["other"].damaged = True
    async with asyncio.timeout(5):
        while (await desk.client.get("/readyz")).json()["checks"]["ledger"]:  # noqa: ASYNC110 as above
            await asyncio.sleep(0.01)
    desk.stop.set()
    await asyncio.wait_for(following, 5)


async def test_calls_of_tools_have_a_page_of_their_own(desk):
    empty = (await desk.client.get("/tools")).text
    assert "No tool was called yet" in empty
    assert "http://127.0.0.1:8082/mcp" in empty
    down, kept = Standing("plan", 1, "gone"), Standing("claims", 1, kept=(Kept("claims", "pay", "drifted"),))
    desk.told = [msgspec.json.encode(Told(1, (down, kept)))]
    servers = (await desk.client.get("/tools")).text
    assert "<code>asepsis tools list plan --config …</code> asks it" in servers
    assert "<code>asepsis tools pin</code> confirms; agents see it within seconds" in servers
    decision = Decision(Verdict.DENY, "why", ("tools.purpose",), "b")
    question = DecisionInput("local", Action.TOOL_CALL, "svc-agent", "agents", Purpose.UNSTATED, "mcp")
    doubts = ("<from a fax>",)
    said = ToolCallOpened("s", "agents", "plan", "pay_claim", Mode.ENFORCE, decision, question, "d", doubts=doubts)
    event = build(said, id="o1", time=1, tenant="local", principal="svc-agent", verdict=Verdict.DENY)
    desk.console.board.take(Read(Entry(0, b""), event, None))
    page = (await desk.client.get("/tools")).text
    for shown in ("pay_claim", "svc-agent", "&lt;from a fax&gt;", "tools.purpose", "Denied", "<li>why</li>"):
        assert shown in page
    assert 'href="/tools" aria-current="page"' in page
