"""Webhooks from a real ledger to a receiver on a real port that is away at first, and a signed answer back."""

import asyncio
import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from asepsis.building import webhook_key
from asepsis.core.events import ApprovalAsked, build
from asepsis.core.types import Action, Decision, DecisionInput, Outline, Purpose, Verdict
from asepsis.entrance import webhooks
from asepsis.infra import database
from asepsis.infra.clock import SystemClock
from asepsis.infra.ids import SystemIds
from asepsis.infra.keys import FileKeys
from asepsis.infra.telemetry import Telemetry, service
from asepsis.infra.telemetry.tail import Tails
from asepsis.infra.telemetry.webhook import public_key
from asepsis.ledger.reader import LogReader
from asepsis.ledger.store import Store
from asepsis.policy import dsse
from asepsis.policy.answers import Answer
from asepsis.settings import Start
from asepsis.testing.starts import GOOD, prepared

BOT = dsse.private_key(dsse.new_key())
MORE = """
[[policy.approvers]]
name = "bot"
key = "{key}"
principal = "corp:bot"
[[telemetry.webhooks]]
name = "chat"
url = "http://127.0.0.1:{port}/hook"
"""
QUESTION = DecisionInput("local", Action.MODEL_INVOKE, "p", "demo", Purpose.PAYMENT, "chat")
ASK = Decision(Verdict.ASK, "topics need an approval", ("limits.topics",), "b", approvable=True)


class Receiver(ThreadingHTTPServer):
    """Is away for the first two messages and then takes them."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked, self.got = 0, []
        self.told = threading.Event()


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.asked += 1
        away = self.server.asked <= 2
        if not away:
            self.server.got.append((dict(self.headers.items()), body))
            self.server.told.set()
        self.send_response(503 if away else 204)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver():
    server = Receiver()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


async def test_what_is_asked_is_told_again_until_it_is_taken_and_answered(receiver, tmp_path, monkeypatch):
    monkeypatch.setattr(service, "_PAUSE_SECONDS", 0.02)
    file = tmp_path / "a.toml"
    file.write_text(GOOD + MORE.format(key=dsse.public_text(BOT), port=receiver.server_port))
    start, clock = Start(tmp_path / "state", file), SystemClock()
    prepared(start)
    settings, paths = start.load().value, start.paths
    engine = database.make_ready(paths.database, paths.database_url)
    from asepsis.building import approvals

    known = approvals(settings, paths)
    case = known.approval(QUESTION, ASK, "a" * 32, Outline()).case
    store = Store(paths.ledger, clock=clock, ids=SystemIds(clock))
    asked = ApprovalAsked(case, "a" * 32, ASK.reason, ASK.policies, clock.now() + 60_000)
    store.append("local", [build(asked, id="e1", time=clock.now(), tenant="local").encode()])
    stop = asyncio.Event()
    telemetry = Telemetry(
        settings.telemetry,
        Tails(lambda tenant: LogReader(paths.ledger, tenant)),
        lambda: ["local"],
        cursors=database.Cursors(engine),
        more=webhooks(settings, paths, clock=clock),
    )
    running = asyncio.ensure_future(telemetry.run(stop))
    assert await asyncio.to_thread(receiver.told.wait, 10)
    stop.set()
    await running
    ((headers, body),) = receiver.got
    assert receiver.asked == 3
    key = public_key(webhook_key(FileKeys(paths.master_key), "local"))
    named = {name.lower(): value for name, value in headers.items()}
    signed = f"{named['webhook-id']}.{named['webhook-timestamp']}.".encode() + body
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key.removeprefix("whpk_")))
    public.verify(base64.b64decode(named["webhook-signature"].removeprefix("v1a,")), signed)
    data = json.loads(body)["data"]
    assert data["url"] == f"http://127.0.0.1:8081/approvals/{case}"
    assert data["answer"] == f"http://127.0.0.1:8081/api/v1/statements/{case}"
    sign = data["sign"]
    said = Answer(approver="bot", answer="approve", at=clock.now(), **{k: v for k, v in sign.items() if k != "type"})
    assert known.answer(case, dsse.sealed(said, BOT, type=sign["type"]), tenant="local").state == "approved"
    assert known.approval(QUESTION, ASK, "a" * 32, Outline()).approved
    store.close()
    engine.dispose()
    known.cases._engine.dispose()
