"""The store in memory keeps the rules of the one in the database: `tests/unit/infra/test_histories.py` tests both."""

from asepsis.testing.clock import ManualClock
from asepsis.testing.histories import MemoryHistories, histories
from asepsis.tools.history import Heard, encode


async def test_histories_with_one_store_are_one():
    clock, store = ManualClock(), MemoryHistories()
    await histories(clock, store).open("s", tenant="t").add(1, encode(Heard("x")))
    assert [one.entry for one in histories(clock, store).open("s", tenant="t").since(0)] == [Heard("x")]
    assert histories(clock).open("s", tenant="t").since(0) == []
