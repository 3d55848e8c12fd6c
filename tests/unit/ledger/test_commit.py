import asyncio
import time

import pytest

from asepsis.core.errors import Bug, Unavailable
from asepsis.ledger.commit import PATIENCE, Committer


class Store:
    """Keeps batches; `error` says which tenants' fail."""

    def __init__(self) -> None:
        self.batches = []
        self.error = {}
        self.delays = []
        self.published = 0
        self.settled = 0

    def settle(self):
        self.settled += 1

    def publish(self):
        self.published += 1
        return self.delays.pop(0) if self.delays else None

    def append(self, tenant, entries):
        self.batches.append((tenant, list(entries)))
        if tenant in self.error:
            raise self.error[tenant]


@pytest.fixture
def store():
    return Store()


@pytest.fixture
async def committer(store):
    return Committer(store, max_queued=1000)


def submit(committer, tenant, entries, **how):
    future = asyncio.get_running_loop().create_future()
    committer.submit(tenant, entries, done=future.set_result, **how)
    return future


async def test_one_turn_of_the_loop_makes_one_batch(committer, store):
    await asyncio.gather(*(submit(committer, "a", [b"%d" % number]) for number in range(5)))
    assert store.batches == [("a", [b"0", b"1", b"2", b"3", b"4"])]


async def test_nobody_is_told_before_the_sync_ended(committer, store):
    told = []
    committer.submit("a", [b"1"], done=lambda error: told.append((error, list(store.batches))))
    assert not told
    await asyncio.sleep(0)
    assert told == [(None, [("a", [b"1"])])]


async def test_one_tenants_failure_is_not_anothers(committer, store):
    store.error = {"a": Unavailable("full"), "b": RuntimeError("oops"), "c": OSError()}
    found = await asyncio.gather(*(submit(committer, tenant, [b"1"]) for tenant in "abcd"))
    assert [type(one) for one in found] == [Unavailable, Bug, Unavailable, type(None)]


async def test_a_full_queue_refuses_and_later_takes_again(committer):
    first = submit(committer, "a", [b"x" * 900])
    with pytest.raises(Unavailable):
        submit(committer, "a", [b"x" * 101])
    await first
    await submit(committer, "a", [b"x" * 1000])


async def test_closing_commits_what_is_queued_and_takes_no_more(committer):
    futures = [submit(committer, "a", [b"1"]), submit(committer, "b", [b"1"], patient=True)]
    committer.close()
    assert all(future.done() for future in futures)
    with pytest.raises(Unavailable):
        submit(committer, "a", [b"2"])


async def test_what_is_patient_waits_for_company_and_comes_first(committer, store):
    noted = submit(committer, "a", [b"1"], patient=True)
    await asyncio.sleep(0)
    assert store.batches == []
    await submit(committer, "a", [b"2"])
    assert noted.done()
    assert store.batches == [("a", [b"1", b"2"])]


async def test_patience_ends_by_itself(committer, store):
    begun = time.monotonic()
    await submit(committer, "a", [b"1"], patient=True)
    assert store.batches == [("a", [b"1"])]
    assert time.monotonic() - begun >= PATIENCE / 2
    await asyncio.sleep(2 * PATIENCE)
    await submit(committer, "a", [b"2"], patient=True)
    assert len(store.batches) == 2


async def test_a_submission_of_nothing_ends_all_patience(committer, store):
    noted = submit(committer, "a", [b"1"], patient=True)
    await submit(committer, "", [])
    assert noted.done()
    assert store.batches == [("a", [b"1"])]


async def test_what_there_is_to_publish_is_published_part_by_part(store, monkeypatch):
    monkeypatch.setattr("asepsis.ledger.commit.PUBLISH_SECONDS", 0.01)
    store.delays = [0.0, 0.0]
    committer = Committer(store)
    await asyncio.sleep(0.005)
    assert store.published == 3  # what a run before left
    await submit(committer, "a", [b"1"])
    assert store.published == 3  # not on the way of a commit
    await submit(committer, "a", [b"2"])
    await asyncio.sleep(0.05)
    assert store.published == 4
    committer.close()
    await asyncio.sleep(0.05)
    assert store.published == 4


async def test_what_nobody_waits_for_comes_behind_the_answers(committer, store):
    """A connection's answer is sent in the turn after the commit, as here."""
    seen = []
    loop = asyncio.get_running_loop()
    committer.submit("a", [b"1"], done=lambda _: loop.call_soon(lambda: seen.append(store.settled)))
    await asyncio.sleep(0.01)
    assert (seen, store.settled) == ([0], 1)
