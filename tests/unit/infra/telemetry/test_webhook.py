"""Signed webhooks of what waits for people."""

import base64
import json

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from asepsis.core.errors import InputError, Unavailable
from asepsis.core.events import ApprovalAsked, ApprovalDecided, CallOpened, Mode, build
from asepsis.core.ports import Entry
from asepsis.core.types import Action, Coverage, Decision, DecisionInput, Purpose, Verdict
from asepsis.infra.telemetry.ports import Item
from asepsis.infra.telemetry.webhook import Signing, WebhookSink, public_key
from asepsis.testing.clock import ManualClock

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
NOW = 1_700_000_000_000
ASKED = ApprovalAsked("c1", "a1", "topics need an approval", ("limits.topics",), NOW + 900_000)


class Receiver:
    """Answers with one status after another, the last one again and again."""

    def __init__(self, *statuses):
        self.statuses = list(statuses) or [204]
        self.got = []
        self.closed = False

    async def send(self, request):
        self.got.append(request)
        self.status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return self

    def close(self):
        self.closed = True


def item(payload, *, time=NOW, name="e1"):
    event = build(payload, id=name, time=time, tenant="local")
    return Item(Entry(0, event.encode()), event, None)


def sink(receiver, **more):
    return WebhookSink("chat", "https://r/x", receiver, Signing(ManualClock(), lambda _: KEY), lambda _: more)


def holds(request):
    """Checks a message as a receiver does that follows Standard Webhooks and has the public key."""
    headers = dict(request.headers)
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key(KEY).removeprefix("whpk_")))
    version, _, signature = headers["webhook-signature"].partition(",")
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + request.body
    key.verify(base64.b64decode(signature), signed)
    return version


async def test_what_is_asked_is_told_signed_with_where_to_look(calls):
    receiver = Receiver()
    opened = calls.opened()
    await sink(receiver, url="https://c/approvals/c1").deliver([Item(Entry(0, b""), opened, None), item(ASKED)])
    (request,) = receiver.got
    said = json.loads(request.body)
    assert holds(request) == "v1a"
    assert (said["type"], said["timestamp"]) == ("approval.asked", "2023-11-14T22:13:20.000Z")
    assert (said["data"]["case"], said["data"]["url"]) == ("c1", "https://c/approvals/c1")
    assert dict(request.headers)["webhook-id"] == "e1"
    assert (request.method, request.url, receiver.closed) == ("POST", "https://r/x", True)


async def test_a_changed_body_or_id_does_not_hold():
    receiver = Receiver()
    await sink(receiver).deliver([item(ASKED)])
    (request,) = receiver.got
    for forged in (
        request._replace(body=request.body.replace(b"c1", b"c2")),
        request._replace(headers=tuple((k, "e2" if k == "webhook-id" else v) for k, v in request.headers)),
    ):
        with pytest.raises(InvalidSignature):
            holds(forged)


@pytest.mark.parametrize("status", [500, 503, 429, 408])
async def test_what_is_not_taken_now_comes_again(status):
    with pytest.raises(Unavailable):
        await sink(Receiver(status)).deliver([item(ASKED)])


@pytest.mark.parametrize("status", [400, 401, 404, 301])
async def test_what_is_refused_is_told_and_the_rest_goes(status):
    receiver = Receiver(status, 204)
    decided = ApprovalDecided("c1", "a1", "d", approved=True, settled="approved")
    with pytest.raises(InputError, match="refused 1"):
        await sink(receiver).deliver([item(ASKED), item(decided, name="e2")])
    assert [dict(one.headers)["webhook-id"] for one in receiver.got] == ["e1", "e2"]


async def test_what_is_older_than_a_day_is_nobodys_to_answer():
    receiver = Receiver()
    await sink(receiver).deliver([item(ASKED, time=NOW - 86_400_001)])
    assert receiver.got == []


QUESTION = DecisionInput("local", Action.MODEL_INVOKE, "ann", "claims", Purpose.PAYMENT, "openai.chat", "m", "one")


def decided(*duties, mode=Mode.ENFORCE):
    decision = Decision(Verdict.TRANSFORM, "why", ("review.determine",), "b", duties=duties)
    payload = CallOpened("s1", "claims", "openai.chat", "m", "one", mode, decision, QUESTION, (), Coverage())
    return item(payload, name="e9")


async def test_who_has_to_be_told_of_a_decision_is_told_once_and_nothing_that_was_said():
    receiver = Receiver()
    await sink(receiver).deliver([decided("notify:privacy-office", "notify:dpo privacy-office", "seal:on")])
    (request,) = receiver.got
    said = json.loads(request.body)
    assert (holds(request), said["type"]) == ("v1a", "policy.notify")
    assert said["data"] == {
        "tenant": "local", "notify": ["dpo", "privacy-office"], "event": "e9", "kind": "gateway.call.opened",
        "verdict": "allow", "policies": ["review.determine"], "application": "claims", "session": "s1",
    }  # fmt: skip


@pytest.mark.parametrize("one", [decided("seal:on"), decided("notify:dpo", mode=Mode.OBSERVE), decided('x"notify:dpo')])
async def test_what_obliges_nobody_to_tell_is_not_told(one):
    receiver = Receiver()
    await sink(receiver).deliver([one])
    assert receiver.got == []
