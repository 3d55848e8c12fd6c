import asyncio
import json

import msgspec
import pytest

from asepsis.core.errors import InputError, NotTrusted, Unavailable
from asepsis.core.events import read_payload
from asepsis.core.ports import Said
from asepsis.core.types import Purpose, Verdict
from asepsis.ledger.sealing.opener import Asked, Opener, Tools, request, serve
from asepsis.ledger.sealing.opening import sealed_in
from asepsis.testing.ids import SequentialIds


class Ledger:
    def __init__(self):
        self.events = []
        self.away = False

    async def submit(self, events, /):
        if self.away:
            raise Unavailable("away")
        self.events += events


class Digester:
    def digest(self, kind, value, /, *, tenant):
        return f"{kind}-{len(value)}-{tenant}"


class Openings:
    def __init__(self, kit):
        self.kit = kit
        self.counted = []

    def get(self, keys, /, *, tenant):
        return self.kit.keys.get(keys)

    def opens(self, reader, day, /, *, tenant, most):
        self.counted.append(reader)
        return len(self.counted) <= most


@pytest.fixture
def ledger():
    return Ledger()


@pytest.fixture
def event(kit):
    return kit.keep("e1", Said("p", "user", "hello", ("ann",)), Said("q", "user", "bye"))


@pytest.fixture
def opener(kit, ledger, event):
    began = kit.clock.now()

    def verify(data):
        try:
            reader, which, number = json.loads(data)
        except ValueError as error:
            raise NotTrusted("expected a request") from error
        return Asked(reader, which, Purpose.OPERATIONS, began + number)

    def find(which):
        if which != "e1":
            raise InputError("expected an event")
        return event

    tools = Tools(kit.clock, SequentialIds(), Digester(), ledger, kit.wrapper)
    body = lambda one: kit.bytes_of(sealed_in(one))  # noqa: E731 it reads where the kit wrote
    return Opener("t", tools, Openings(kit), verify=verify, find=find, body=body, quota=3)


def asking(which="e1", number=0):
    return json.dumps(["eve", which, number]).encode()


async def test_what_is_opened_is_told_before_it_is_answered(opener, ledger):
    answer = await opener.answer(asking())
    assert [one.said[2] for one in answer.opened.parts] == ["hello", "bye"]
    (told,) = ledger.events
    assert (told.id, told.verdict, told.principal) == (answer.recorded, Verdict.ALLOW, "opener")
    payload = read_payload(told)
    assert (payload.event, payload.reader, payload.parts) == ("e1", "principal-3-t", 2)


async def test_what_can_not_be_told_is_not_answered(opener, ledger):
    ledger.away = True
    with pytest.raises(Unavailable):
        await opener.answer(asking())


async def test_the_quota_ends_it(opener, ledger):
    answers = [await opener.answer(asking(number=number)) for number in range(4)]
    assert [one.code for one in answers] == ["", "", "", "opener.quota"]
    payload = read_payload(ledger.events[-1])
    assert (payload.rule, payload.parts, ledger.events[-1].verdict) == ("opener.quota", 0, Verdict.DENY)


async def test_a_request_counts_once(opener, ledger, kit):
    assert (await opener.answer(asking())).opened
    assert (await opener.answer(asking())).code == "opener_request"
    kit.clock.advance(milliseconds=20 * 60_000)
    assert (await opener.answer(asking())).opened
    assert (await opener.answer(b"nonsense")).opened is None
    assert len(ledger.events) == 2


async def test_a_request_in_another_spelling_is_the_same_request(opener, ledger):
    assert (await opener.answer(asking())).opened
    assert (await opener.answer(asking().replace(b", ", b","))).code == "opener_request"
    assert (await opener.answer(asking() + b"\n")).code == "opener_request"
    assert len(ledger.events) == 1


async def test_a_request_of_a_time_before_this_process_may_have_been_answered_by_the_one_before(opener):
    assert (await opener.answer(asking(number=-1))).code == "opener_request"


async def test_what_is_not_there_or_does_not_hold_is_told(opener, ledger, kit):
    assert (await opener.answer(asking("other"))).code == "input"
    (path,) = kit.root.rglob("*.bodies")
    path.write_bytes(bytes(len(path.read_bytes())))
    assert (await opener.answer(asking())).code == "ledger_sealed"
    kit.wrapper.away = True
    assert [read_payload(one).rule for one in ledger.events] == ["opener.body"] * 2
    assert [read_payload(one).event for one in ledger.events] == ["", "e1"]


async def test_it_answers_on_a_socket_that_is_its_own(opener, ledger, tmp_path, kit):
    stop, socket = asyncio.Event(), tmp_path / "opener.sock"
    serving = asyncio.ensure_future(serve(opener, socket, stop))
    while not socket.exists():  # noqa: ASYNC110 a name on the disk has no event
        await asyncio.sleep(0.01)
    assert socket.stat().st_mode & 0o777 == 0o660
    answer = await asyncio.to_thread(request, socket, asking())
    assert len(answer.opened.parts) == 2
    with pytest.raises(Unavailable):
        await asyncio.to_thread(request, socket, b"x" * (1 << 17))
    ledger.away = True
    with pytest.raises(Unavailable):
        await asyncio.to_thread(request, socket, asking(number=1))
    stop.set()
    await serving
    with pytest.raises(Unavailable):
        request(socket, asking())
    assert not socket.exists()
    assert msgspec.json.encode(answer)
