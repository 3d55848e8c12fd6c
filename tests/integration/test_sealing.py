"""What is asked and answered is kept sealed: by whom each part is about, durable before anything is released."""

import errno
import json

import msgspec
import pytest

from asepsis.core.events import HoldSet
from asepsis.core.types import Kind
from asepsis.gateway import GatewayConfig
from asepsis.infra import database
from asepsis.infra.custody import CustodyRows
from asepsis.infra.ids import SystemIds
from asepsis.infra.outbox import Outbox
from asepsis.infra.records import Hold
from asepsis.ledger.disk import OsDisk
from asepsis.ledger.sealing.opening import open_body, sealed_in
from asepsis.ledger.sealing.retention import sweep
from asepsis.ledger.sealing.sealer import BodySealer
from asepsis.ledger.store import Store
from asepsis.ledger.verify import verify
from asepsis.policy.bundle import read
from asepsis.policy.engine import CedarPolicy
from asepsis.scan.subjects.resolver import RosterResolver
from asepsis.scan.subjects.roster import Member, Roster
from asepsis.testing.keys import NamedKeys
from asepsis.testing.policies import HEAD
from asepsis.testing.randomness import SeededRandomness
from asepsis.testing.sealing import SealingKit

MRN = "7122250"
MEMBERS = (Member("m1", ((Kind.MRN, MRN),)), Member("m2", ((Kind.SSN, "123-45-6789"),)))


class FullDisk(OsDisk):
    full = False

    def sync(self, descriptor):
        if self.full:
            raise OSError(errno.EIO, "broken")
        super().sync(descriptor)


@pytest.fixture
def disk():
    return FullDisk()


@pytest.fixture
def kit(tmp_path, disk):
    made = SealingKit(tmp_path / "bodies", disk=disk)
    made.sealer.start()
    yield made
    made.sealer.close()


def answering(text, *, stream):
    async def script(exchange):
        if not stream:
            body = json.dumps({"choices": [{"index": 0, "message": {"role": "assistant", "content": text}}]}).encode()
            head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
            await exchange.send(head.encode() + body)
            return
        await exchange.send(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
        for piece in [text[at : at + 4] for at in range(0, len(text), 4)]:
            delta = {"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]}
            await exchange.send(f"data: {json.dumps(delta)}\n\n".encode())
        await exchange.send(b"data: [DONE]\n\n")

    return script


def asked(*contents, stream=False):
    return {"model": "m", "stream": stream, "messages": [{"role": "user", "content": one} for one in contents]}


def kept(kit, event):
    ref = sealed_in(event)
    opened = kit.open(event, kit.bytes_of(ref, event.tenant))
    return {one.said[0]: one.said[2] for one in opened.parts}


def known(guarded):
    resolver = RosterResolver(Roster(MEMBERS, SeededRandomness()))
    guarded.gateway.live = msgspec.structs.replace(guarded.gateway.live, resolver=resolver)


@pytest.mark.parametrize("stream", [False, True])
async def test_both_directions_are_kept_as_they_came(guard, kit, stream):
    async with guard(answering("Her SSN is 123-45-6789.", stream=stream), sealer=kit.sealer) as guarded:
        status, _, answer = await guarded.post("/v1/chat/completions", asked(f"Who is MRN {MRN}?", stream=stream))
        opened, closed = guarded.ledger.events
    assert (status, b"123-45-6789" in answer) == (200, False)
    assert kept(kit, opened) == {"messages[0].content": f"Who is MRN {MRN}?"}
    assert list(kept(kit, closed).values()) == ["Her SSN is 123-45-6789."]
    assert {row.owner.partition(":")[0] for row in kit.keys.rows.values()} == {"session"}
    assert not any(MRN.encode() in path.read_bytes() for path in kit.root.rglob("*.bodies"))


@pytest.mark.parametrize("stream", [False, True])
async def test_each_part_belongs_to_those_it_names_and_the_rest_to_all(guard, kit, stream):
    async with guard(answering("Noted.", stream=stream), sealer=kit.sealer) as guarded:
        known(guarded)
        await guarded.post(
            "/v1/chat/completions",
            asked(f"First MRN {MRN}.", "Then SSN 123-45-6789.", "Compare them.", stream=stream),
        )
        opened, closed = guarded.ledger.events
    one, other = (f"subject:{digest}" for digest in opened.subjects)
    places = set(kept(kit, opened))
    kit.keys.erase(one)
    left = set(kept(kit, opened))
    kit.keys.erase(other)
    assert places == {f"messages[{number}].content" for number in range(3)}
    assert len(left) == 1
    assert left < {"messages[0].content", "messages[1].content"}
    assert kept(kit, opened) == kept(kit, closed) == {}


async def test_secrets_and_codes_of_cards_are_taken_out_first(guard, kit):
    text = "key sk-proj-" + "a1B2" * 12 + " and card 4111 1111 1111 1111, CVV 737"
    async with guard(answering(text, stream=True), sealer=kit.sealer) as guarded:
        arguments = json.dumps({"cvv": "737", "note": "call back"})
        calls = [{"id": "c1", "type": "function", "function": {"name": "pay", "arguments": arguments}}]
        document = asked(text, stream=True)
        document["messages"].append({"role": "assistant", "tool_calls": calls})
        await guarded.post("/v1/chat/completions", document)
        opened, closed = guarded.ledger.events
    said = [*kept(kit, opened).values(), *kept(kit, closed).values()]
    assert not any("a1B2" in one or "737" in one for one in said)
    assert sum("4111" in one for one in said) == 2
    assert "call back" in said


async def test_json_in_a_text_is_kept_as_that_text(guard, kit):
    async with guard(answering("ok", stream=False), sealer=kit.sealer) as guarded:
        await guarded.post("/v1/chat/completions", asked('{"member": "Ann", "why": "visit"}'))
        (opened, _) = guarded.ledger.events
    assert list(kept(kit, opened).values()) == ['{"member": "Ann", "why": "visit"}']


async def test_a_denied_request_is_kept_too(guard, kit):
    async with guard(answering("ok", stream=False), sealer=kit.sealer) as guarded:
        status, _, _ = await guarded.post("/v1/chat/completions", {**asked("hello"), "store": True})
        (opened, _) = guarded.ledger.events
    assert status == 403
    assert kept(kit, opened) == {"messages[0].content": "hello"}


async def test_what_has_no_body_is_not_kept(guard, kit):
    async with guard(answering("ok", stream=False), sealer=kit.sealer) as guarded:
        await guarded.get("/v1/models")
        assert guarded.opened().sealed is None


async def test_what_is_only_observed_is_kept(guard, kit):
    text = "MRN 7122250 and card security code is 881"
    config = GatewayConfig(observe=("demo",))
    async with guard(answering(text, stream=True), config=config, sealer=kit.sealer) as guarded:
        await guarded.post("/v1/chat/completions", asked(text, stream=True))
        opened, closed = guarded.ledger.events
    assert list(kept(kit, closed).values()) == list(kept(kit, opened).values())
    assert "7122250" in kept(kit, closed)["stream[1]"]
    assert "881" not in kept(kit, closed)["stream[1]"]


@pytest.mark.parametrize("stream", [False, True])
async def test_without_a_disk_for_it_nothing_is_released(guard, kit, disk, stream):
    disk.full = True
    async with guard(answering("released", stream=stream), sealer=kit.sealer) as guarded:
        status, _, answer = await guarded.post("/v1/chat/completions", asked("hello", stream=stream))
        assert (status, b"released" in answer) == (503, False)
        disk.full = False
        kit.keyring.renew()
        for _ in range(20):  # what is sealed while a batch fails ends with it
            status, _, _ = await guarded.post("/v1/chat/completions", asked("hello", stream=stream))
            if status == 200:
                break
        assert status == 200


async def test_without_a_key_to_seal_with_nothing_is_asked(guard, kit):
    kit.wrapper.away = True
    kit.clock.advance(milliseconds=20 * 60_000)
    async with guard(answering("released", stream=False), sealer=kit.sealer) as guarded:
        status, _, answer = await guarded.post("/v1/chat/completions", asked("hello"))
        assert guarded.upstream.received == []
    assert (status, b"gateway.sealing" in answer) == (403, True)


class Duty:
    """The policy in force, with a duty."""

    def __init__(self, policy, *duties):
        self.policy = policy
        self.duties = duties

    def decide(self, question):
        return msgspec.structs.replace(self.policy.decide(question), duties=self.duties)


@pytest.mark.parametrize("stream", [False, True])
async def test_what_policy_wants_unkept_is_not(guard, kit, stream):
    async with guard(answering("Noted.", stream=stream), sealer=kit.sealer) as guarded:
        live = guarded.gateway.live
        guarded.gateway.live = msgspec.structs.replace(live, policy=Duty(live.policy, "seal:off"))
        await guarded.post("/v1/chat/completions", asked("hello", stream=stream))
        assert (guarded.opened().sealed, guarded.closed().sealed) == (None, None)
    assert not kit.root.exists()


TERMS = """@id("ask.default")
@reason("may ask")
permit (principal, action == Asepsis::Action::"model.invoke", resource);

@id("ask.briefly")
@reason("may ask, and it is kept for a day")
@retention("1d")
permit (principal, action == Asepsis::Action::"model.invoke", resource)
when { [Asepsis::Model::"brief", Asepsis::Model::"brief-years"].contains(resource) };

@id("ask.years")
@reason("may ask, and it is kept for years, where nobody wants less")
@retention("6y")
permit (principal, action == Asepsis::Action::"model.invoke", resource)
when { [Asepsis::Model::"years", Asepsis::Model::"brief-years"].contains(resource) };
"""
DAY = 86_400_000


async def test_a_body_is_kept_for_as_long_as_its_policies_say(guard, kit, tmp_path):
    """One day's is gone on the second, a held one is not, others open, and the log holds as before."""
    bundle, faults = read({"bundle.toml": HEAD.encode(), "p.cedar": TERMS.encode(), "tests/t.toml": b""})
    assert not faults
    database.upgrade(f"sqlite:///{tmp_path}/control.db")
    engine = database.connect(f"sqlite:///{tmp_path}/control.db")
    outbox = Outbox(engine, clock=kit.clock, ids=SystemIds(kit.clock))
    rows = CustodyRows(engine, outbox)
    sealer = BodySealer(kit.keyring, kit.files, rows, randomness=SeededRandomness(), most_bytes=1 << 20)
    sealer.start()
    async with guard(answering("Noted.", stream=False), sealer=sealer) as guarded:
        guarded.gateway.live = msgspec.structs.replace(guarded.gateway.live, policy=CedarPolicy(bundle))
        sessions = [("plain", "a"), ("brief", "b"), ("brief-years", "c"), ("years", "d"), ("brief", "held")]
        for model, session in sessions:
            headers = {"x-asepsis-session": session}
            status, _, _ = await guarded.post("/v1/chat/completions", asked("hello") | {"model": model}, **headers)
            assert status == 200
        events = guarded.ledger.events
    sealer.close()
    store = Store(tmp_path / "log", clock=kit.clock, ids=SystemIds(kit.clock), keys=NamedKeys())
    store.append("local", [one.encode() for one in events])
    store.close()
    hold = f"session:{json.loads(events[-2].encode())['payload']['session']}"
    rows.hold(Hold("local", "h1", hold, "suit", 1), HoldSet("h1", hold, "suit", "by", "case"))

    def left():
        """Returns how many bodies of each call open: what was asked, and what was answered."""
        opened = []
        for event in events:
            body = kit.bytes_of(sealed_in(event), "local")
            keys = lambda ids: rows.get(ids, tenant="local")  # noqa: E731 it binds the tenant
            opened.append(bool(body and open_body(event, body, keys, kit.wrapper).parts))
        return [opened[at] + opened[at + 1] for at in range(0, len(opened), 2)]

    swept = lambda: sweep(rows, kit.root, "local", days=30, clock=kit.clock)  # noqa: E731 as on each day
    assert (swept().keys, left()) == (0, [2, 2, 2, 2, 2])
    kit.clock.advance(milliseconds=DAY)
    assert (swept().keys, left()) == (0, [2, 2, 2, 2, 2])
    kit.clock.advance(milliseconds=DAY)
    assert (swept()[:2], left()) == ((2, 1), [2, 0, 0, 2, 2])
    kit.clock.advance(milliseconds=29 * DAY)
    assert (swept()[:2], left()) == ((1, 1), [0, 0, 0, 2, 2])
    kit.clock.advance(milliseconds=6 * 366 * DAY)
    assert (swept()[:2], left()) == ((1, 1), [0, 0, 0, 0, 2])
    assert verify(tmp_path / "log" / "local").checkpoint.size == len(events)
    engine.dispose()
