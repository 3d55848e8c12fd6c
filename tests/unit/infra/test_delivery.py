"""From the outbox to the ledger: nothing lost, nothing twice, in order, whatever the writer does."""

import asyncio

import pytest

from asepsis.core.errors import InputError, Unavailable
from asepsis.core.events import (
    AccessDecided,
    ApprovalDecided,
    ApprovalExpired,
    ConfigActivated,
    ConfigRejected,
    GlassReviewed,
    GrantRefused,
    KillCleared,
    KillSet,
    read_payload,
)
from asepsis.core.ports import Entry
from asepsis.core.types import Verdict
from asepsis.infra import database
from asepsis.infra.delivery import Delivery
from asepsis.infra.outbox import Outbox
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds


class Writer:
    """A ledger and its log. `away` fails a submission, `deaf` stores it and fails all the same, `picky` refuses it."""

    def __init__(self):
        self.stored = []
        self.mood = ""
        self.read = []

    def submit(self, events):
        done = asyncio.get_running_loop().create_future()
        if self.mood == "away":
            done.set_exception(Unavailable("the writer does not answer"))
            return done
        if self.mood == "picky":
            done.set_exception(InputError("expected an event", code="ledger_entry"))
            return done
        self.stored += events
        if self.mood == "deaf":
            done.set_exception(Unavailable("the writer went away"))
        else:
            done.set_result(None)
        return done

    def tail_start(self, count):
        return max(0, len(self.stored) - count)

    def entries(self, start):
        self.read.append(start)
        for number, event in enumerate(self.stored[start:], start):
            yield Entry(number, event.encode())

    def payloads(self):
        return [read_payload(event) for event in self.stored]


class FixedDigester:
    def digest(self, kind, value, /, *, tenant):
        return f"{kind}-{len(value)}-{tenant}"


@pytest.fixture
def outbox(tmp_path):
    url = f"sqlite:///{tmp_path}/control.db"
    database.upgrade(url)
    engine = database.connect(url)
    yield Outbox(engine, clock=ManualClock(now=5), ids=SequentialIds())
    engine.dispose()


@pytest.fixture
def writer():
    return Writer()


@pytest.fixture
def delivery(outbox, writer):
    return Delivery(outbox, writer, lambda tenant: writer, FixedDigester())


def put(outbox, *names):
    for name in names:
        outbox.put("t", ConfigActivated(name))


async def test_an_event_is_of_the_person_who_did_it(outbox, writer, delivery):
    put(outbox, "a")
    outbox.put("t", ApprovalDecided("c", "a", "b", approved=True, settled="approved", person="corp:ann"))
    await delivery.deliver()
    assert [event.principal for event in writer.stored] == ["system", "corp:ann"]


async def test_what_waits_is_delivered_in_order_and_once(outbox, writer, delivery):
    put(outbox, "a", "b", "c")
    assert await delivery.deliver() == 3
    assert await delivery.deliver() == 0
    assert [one.config for one in writer.payloads()] == ["a", "b", "c"]
    assert {event.time for event in writer.stored} == {5}


async def test_nothing_is_lost_while_the_writer_is_away(outbox, writer, delivery):
    writer.mood = "away"
    put(outbox, "a", "b")
    for _ in range(3):
        with pytest.raises(Unavailable):
            await delivery.deliver()
    put(outbox, "c")
    writer.mood = ""
    await delivery.deliver()
    assert [one.config for one in writer.payloads()] == ["a", "b", "c"]


@pytest.mark.parametrize("restarted", [False, True])
async def test_an_answer_that_got_lost_makes_no_duplicate(outbox, writer, delivery, restarted):
    put(outbox, "a", "b")
    writer.mood = "deaf"
    with pytest.raises(Unavailable):
        await delivery.deliver()
    writer.mood = ""
    if restarted:
        delivery = Delivery(outbox, writer, lambda tenant: writer, FixedDigester())
    await delivery.deliver()
    assert [one.config for one in writer.payloads()] == ["a", "b"]
    assert len({event.id for event in writer.stored}) == 2


async def test_an_event_that_can_not_be_stored_does_not_stop_those_behind_it(outbox, writer, delivery):
    put(outbox, "a")
    writer.mood = "picky"
    await delivery.deliver()
    writer.mood = ""
    put(outbox, "b")
    await delivery.deliver()
    assert [one.config for one in writer.payloads()] == ["b"]


@pytest.mark.parametrize(
    "payload", [KillSet("principal", "Jane Roe", "left"), KillCleared("principal", "Jane Roe", "x")]
)
async def test_a_principals_name_is_stored_as_its_digest(outbox, writer, delivery, payload):
    outbox.put("t", payload)
    await delivery.deliver()
    (stored,) = writer.payloads()
    assert (stored.name, stored.reason) == ("principal-8-t", payload.reason)
    assert b"Jane" not in writer.stored[0].encode()


@pytest.mark.parametrize(("target", "name"), [("model", "gpt"), ("principal", "*")])
async def test_other_names_are_stored_as_they_are(outbox, writer, delivery, target, name):
    outbox.put("t", KillSet(target, name, "r"))
    await delivery.deliver()
    assert writer.payloads() == [KillSet(target, name, "r")]


async def test_the_log_is_searched_from_where_the_last_search_ended(outbox, writer, delivery):
    put(outbox, *"abcdef")
    await delivery.deliver()
    assert writer.read == [0, 0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("payload", "verdict"),
    [
        (ApprovalDecided("c", "a", "b", approved=False, settled="denied"), Verdict.DENY),
        (ApprovalDecided("c", "a", "b", approved=True, settled="approved"), Verdict.ALLOW),
        (ApprovalExpired("c", "a"), Verdict.DENY),
        (AccessDecided("l", "b", granted=False, state="denied"), Verdict.DENY),
        (AccessDecided("l", "b", granted=True, state="open"), Verdict.ALLOW),
        (GrantRefused("invalid_grant"), Verdict.DENY),
        (GlassReviewed("l", "b", "r", right=False), Verdict.DENY),
        (GlassReviewed("l", "b", "r"), Verdict.ALLOW),
        (ConfigRejected("c", "setting"), Verdict.DENY),
        (ConfigActivated("c"), Verdict.ALLOW),
    ],
)
async def test_a_no_is_told_as_a_denial(outbox, writer, delivery, payload, verdict):
    outbox.put("t", payload)
    await delivery.deliver()
    (event,) = writer.stored
    assert event.verdict is verdict
