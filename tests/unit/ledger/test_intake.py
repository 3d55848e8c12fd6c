import asyncio

import pytest

from asepsis.core.errors import Unavailable
from asepsis.core.events import read
from asepsis.ledger.client import LocalLedger
from asepsis.ledger.intake import Intake
from asepsis.ledger.reader import LogReader

SHORT = b'{"kind":"process.stopped","payload":{"process":"x"}}'


class Run:
    """Runs an intake over chunks and keeps what it said."""

    def __init__(self, root, clock, ids, disk) -> None:
        self.root, self.clock, self.ids, self.disk = root, clock, ids, disk
        self.said, self.complaints = [], []

    async def __call__(self, *chunks):
        ledger = LocalLedger(self.root, clock=self.clock, ids=self.ids, disk=self.disk)
        intake = Intake(ledger, clock=self.clock, ids=self.ids, say=self.said.append, complain=self.complaints.append)
        rest = iter([*chunks, b""])
        try:
            return await intake.run(lambda _: next(rest))
        finally:
            await ledger.close()

    def stored(self, tenant="default"):
        return [read(entry.data) for entry in LogReader(self.root, tenant).entries(0)]


@pytest.fixture
def run(tmp_path, clock, ids, disk):
    return Run(tmp_path, clock, ids, disk)


async def test_each_line_is_an_event_and_its_id_is_told(run):
    assert await run(SHORT + b"\n" + SHORT + b"\n\n" + SHORT) == 0
    assert run.said == ["e1", "e2", "e3"] == [event.id for event in run.stored()]


async def test_lines_may_be_cut_anywhere(run):
    data = SHORT + b"\n" + SHORT
    assert await run(*(data[place : place + 7] for place in range(0, len(data), 7))) == 0
    assert run.said == ["e1", "e2"]


async def test_a_whole_event_keeps_its_id_and_tenant(run, events):
    await run(events.opened("mine").encode())
    assert run.said == ["mine"]
    assert run.stored("acme") == [events.opened("mine")]


async def test_what_a_payload_does_not_know_is_left_out(run):
    await run(b'{"kind":"process.stopped","payload":{"process":"x","prompt":"secret"}}')
    assert b"secret" not in run.stored()[0].encode()


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense",
        b"\xff\xfe",
        b"[]",
        b'{"kind":"no.such","payload":{}}',
        b'{"kind":"process.stopped","payload":{}}',
        b'{"kind":"process.stopped","payload":{"process":"x"},"tenant":"../etc"}',
        b'{"kind":"process.stopped","payload":{"process":"x"},"colour":1}',
        b'{"kind":"process.stopped","payload":{"process":"' + b"x" * 70_000 + b'"}}',
        b"x" * 1_100_000,
    ],
)
async def test_a_bad_line_is_told_by_its_number_and_not_by_what_it_says(run, line):
    assert await run(SHORT + b"\n\n" + line) == 1
    assert [text.startswith("line 3: expected") for text in run.complaints] == [True]
    assert "x" * 20 not in run.complaints[0]
    assert len(run.stored()) == 1


async def test_lines_behind_a_bad_one_are_taken(run):
    assert await run(b"bad\n" + SHORT + b"\nworse\n" + SHORT) == 2
    assert len(run.said) == 2


async def test_an_id_is_told_before_the_next_line_comes(run):
    told = asyncio.Event()
    said = run.said

    class Told(list):
        def append(self, text):
            said.append(text)
            told.set()

    run.said = Told()
    chunks = iter([SHORT + b"\n", b""])

    loop = asyncio.get_running_loop()

    def wait_for_the_first(_):
        if said or not (chunk := next(chunks)):
            return b""
        return chunk

    def reading(size):
        chunk = wait_for_the_first(size)
        if not chunk and not said:
            asyncio.run_coroutine_threadsafe(told.wait(), loop).result(5)
        return chunk

    ledger = LocalLedger(run.root, clock=run.clock, ids=run.ids)
    await Intake(ledger, clock=run.clock, ids=run.ids, say=run.said.append, complain=print).run(reading)
    await ledger.close()
    assert said == ["e1"]


async def test_a_full_disk_ends_it_and_tells_no_id_that_is_not_durable(run):
    run.disk.room = 60
    with pytest.raises(Unavailable):
        await run(SHORT + b"\n" + SHORT)
    assert run.said == []
