"""What is sent is answered, each its own, whoever sends at the same time and whatever breaks."""

import asyncio
import threading

import pytest

from asepsis.core.errors import Unavailable
from asepsis.infra import courier
from asepsis.infra.courier import Courier


class Work:
    """Doubles numbers, and waits with the first batch until it is let go."""

    def __init__(self):
        self.batches = []
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, jobs):
        self.begun.set()
        assert self.go.wait(10)
        self.batches.append(list(jobs))
        if -1 in jobs:
            raise Unavailable("expected another number")
        return [2 * job for job in jobs]


@pytest.fixture
def work():
    made = Work()
    made.go.set()
    return made


async def waiting(work, carrier, first):
    """Sends one piece of work that is begun and held up, and returns it with what lets it go on."""
    work.go.clear()
    task = asyncio.ensure_future(carrier.send(first))
    assert await asyncio.to_thread(work.begun.wait, 10)
    return task


async def test_each_gets_its_own_answer_and_what_came_meanwhile_goes_at_once(work):
    carrier = Courier(work, "test")
    held = await waiting(work, carrier, 0)
    rest = [asyncio.ensure_future(carrier.send(number)) for number in range(1, 100)]
    await asyncio.sleep(0)
    work.go.set()
    assert [await one for one in (held, *rest)] == [2 * number for number in range(100)]
    assert [len(batch) for batch in work.batches] == [1, 64, 35]
    assert [one for batch in work.batches for one in batch] == list(range(100))


async def test_what_the_work_raises_is_raised_where_it_was_sent_from_and_the_next_is_done(work):
    carrier = Courier(work, "test")
    with pytest.raises(Unavailable):
        await carrier.send(-1)
    assert await carrier.send(4) == 8


async def test_who_no_longer_waits_is_not_told_and_the_others_are(work):
    carrier = Courier(work, "test")
    held = await waiting(work, carrier, 1)
    held.cancel()
    other = asyncio.ensure_future(carrier.send(2))
    await asyncio.sleep(0)
    work.go.set()
    assert await other == 4
    assert held.cancelled()
    assert [one for batch in work.batches for one in batch] == [1, 2]


async def test_its_thread_ends_when_nothing_comes_and_begins_again(work, monkeypatch):
    monkeypatch.setattr(courier, "_IDLE_SECONDS", 0.01)
    carrier = Courier(work, "ends-when-idle")
    for number in range(3):
        assert await carrier.send(number) == 2 * number
        (thread,) = [one for one in threading.enumerate() if one.name == "ends-when-idle"]
        await asyncio.to_thread(thread.join, 10)
        assert not thread.is_alive()


def test_several_loops_may_send(work):
    carrier = Courier(work, "test")
    answers = [asyncio.run(carrier.send(number)) for number in range(3)]
    assert answers == [0, 2, 4]


def test_a_loop_that_is_gone_holds_nobody_up(work):
    carrier = Courier(work, "test")

    async def left():
        task = await waiting(work, carrier, 1)
        task.cancel()

    asyncio.run(left())
    work.go.set()
    assert asyncio.run(carrier.send(2)) == 4
