import asyncio
import threading

import pytest

from asepsis.core.errors import Bug, Unavailable
from asepsis.ledger.commit import Committer


class Gate:
    """A store that waits at each append until it is let through."""

    def __init__(self) -> None:
        self.batches = []
        self.threads = set()
        self.open = threading.Semaphore(0)
        self.error = {}

    def append(self, tenant, entries):
        self.threads.add(threading.current_thread().name)
        assert self.open.acquire(timeout=5)
        self.batches.append((tenant, list(entries)))
        if tenant in self.error:
            raise self.error[tenant]


@pytest.fixture
def gate():
    return Gate()


@pytest.fixture
async def committer(gate):
    committer = Committer(gate, max_queued=1000)
    yield committer
    for _ in range(20):
        gate.open.release()
    await committer.close()


def submit(committer, tenant, entries):
    future = asyncio.get_running_loop().create_future()
    committer.submit(tenant, entries, done=future.set_result)
    return future


async def test_a_batch_is_what_was_queued_during_the_sync_before(committer, gate):
    first = submit(committer, "a", [b"1"])
    while not gate.threads:  # noqa: ASYNC110 another thread sets it
        await asyncio.sleep(0.001)
    rest = [submit(committer, "a", [b"%d" % number]) for number in (2, 3, 4)]
    gate.open.release(2)
    await asyncio.gather(first, *rest)
    assert gate.batches == [("a", [b"1"]), ("a", [b"2", b"3", b"4"])]


async def test_one_turn_of_the_loop_makes_one_batch(committer, gate):
    gate.open.release()
    await asyncio.gather(*(submit(committer, "a", [b"%d" % number]) for number in range(5)))
    assert gate.batches == [("a", [b"0", b"1", b"2", b"3", b"4"])]


async def test_nobody_is_told_before_the_sync_ended(committer, gate):
    future = submit(committer, "a", [b"1"])
    await asyncio.sleep(0.05)
    assert not future.done()
    gate.open.release()
    assert await future is None


async def test_all_writing_happens_in_one_thread(committer, gate):
    gate.open.release(3)
    for _ in range(3):
        await submit(committer, "a", [b"1"])
    assert gate.threads == {"ledger-commit"}


async def test_one_tenants_failure_is_not_anothers(committer, gate):
    gate.error = {"a": Unavailable("full"), "b": RuntimeError("oops")}
    gate.open.release(3)
    found = await asyncio.gather(*(submit(committer, tenant, [b"1"]) for tenant in "abc"))
    assert [type(one) for one in found] == [Unavailable, Bug, type(None)]


async def test_a_full_queue_refuses_and_later_takes_again(committer, gate):
    first = submit(committer, "a", [b"x" * 900])
    with pytest.raises(Unavailable):
        submit(committer, "a", [b"x" * 101])
    gate.open.release(2)
    await first
    await submit(committer, "a", [b"x" * 1000])


async def test_closing_commits_what_is_queued_and_takes_no_more(gate):
    committer = Committer(gate)
    future = submit(committer, "a", [b"1"])
    gate.open.release()
    await committer.close()
    assert future.done()
    with pytest.raises(Unavailable):
        submit(committer, "a", [b"2"])
