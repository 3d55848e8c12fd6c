"""The sealed log of a session: nothing in the clear, nothing that could stand elsewhere, nothing missing."""

import pytest

from asepsis.core.errors import NotTrusted, Unavailable
from asepsis.core.plans import Plan, Step
from asepsis.testing.agents import confirmed
from asepsis.testing.clock import ManualClock
from asepsis.testing.histories import MemoryHistories, histories
from asepsis.tools.history import Answered, Began, Ended, Erased, Heard, Planned, Saw, Unmade, decode, encode

MANIFEST = next(iter(confirmed()))
ENTRIES = [
    Heard("Mail Ann"),
    Planned(Plan((Step("send_email"),))),
    Began("send_email"),
    Erased(),
    Ended(),
    Unmade("send_email", "k"),
    Answered("n", 7),
    Saw("list_faxes", {"a": [1, 2.5]}, [{"id": "fax-1", "n": 2**80}], ("beside",), MANIFEST.form, MANIFEST),
    Saw("list_faxes", {}, digest=MANIFEST.form, missed=True),
]


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def store():
    return MemoryHistories()


@pytest.fixture
def opened(clock, store):
    return lambda name="s", tenant="t": histories(clock, store, minutes=10).open(name, tenant=tenant)


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_entry_is_read_as_it_was_written(entry):
    assert decode(encode(entry)) == entry


def test_what_can_not_be_written_is_told_by_name():
    with pytest.raises(Unavailable) as caught:
        encode(Heard("\ud800"))
    assert caught.value.code == "tools.session"


async def test_a_log_is_read_by_whoever_opens_it_and_stands_nowhere_in_the_clear(opened, store):
    log = opened()
    assert log.since(0) == []
    for number, entry in enumerate(ENTRIES, 1):
        assert await log.add(number, encode(entry))
    assert [one.entry for one in opened().since(0)] == ENTRIES
    assert [one.entry for one in opened().since(4)] == ENTRIES[4:]
    kept = b"".join(store.entries[store.sessions["t", "s"].log])
    assert b"Ann" not in kept
    assert b"fax" not in kept


async def test_who_has_not_read_all_adds_nothing(opened):
    one, other = opened(), opened()
    assert await one.add(1, encode(ENTRIES[0]))
    assert await other.add(1, encode(ENTRIES[2])) == 0


@pytest.mark.parametrize("fault", ["swapped", "changed", "short", "elsewhere"])
async def test_a_log_that_is_not_whole_is_not_read(opened, store, fault):
    log = opened()
    for number, entry in enumerate(ENTRIES, 1):
        await log.add(number, encode(entry))
    entries = store.entries[store.sessions["t", "s"].log]
    if fault == "swapped":
        entries[0], entries[1] = entries[1], entries[0]
    elif fault == "changed":
        entries[2] = entries[2][:-1] + bytes([entries[2][-1] ^ 1])
    elif fault == "short":
        entries[2] = b"x"
    else:
        await opened("other").add(1, encode(ENTRIES[0]))
        entries[0] = store.entries[store.sessions["t", "other"].log][0]
    with pytest.raises(NotTrusted) as caught:
        opened().since(0)
    assert caught.value.code == "tools.session"


async def test_an_entry_that_is_gone_from_the_midst_shows(opened, store):
    log = opened()
    for number, entry in enumerate(ENTRIES, 1):
        await log.add(number, encode(entry))
    found = store.since("s", 0, tenant="t")
    store.since = lambda *_, **__: found._replace(entries=[*found.entries[:1], *found.entries[2:]])
    with pytest.raises(NotTrusted, match="every entry"):
        opened().since(0)


async def test_a_key_opens_no_other_sessions_log(opened, store):
    await opened().add(1, encode(ENTRIES[0]))
    row = store.sessions["t", "s"]
    store.sessions["t", "other"] = type(row)("t", "other", row.log, row.wrapped, row.expires)
    with pytest.raises(NotTrusted):
        opened("other")


async def test_a_session_that_is_used_does_not_end_and_another_is_begun_after_it(opened, clock):
    log = opened()
    for _ in range(3):
        clock.advance(milliseconds=9 * 60_000)
        assert log.since(0) == []
    clock.advance(milliseconds=9 * 60_000)
    assert await log.add(1, encode(ENTRIES[0]))
    clock.advance(milliseconds=9 * 60_000)
    assert [one.entry for one in opened().since(0)] == ENTRIES[:1]
    clock.advance(milliseconds=11 * 60_000)
    assert log.since(1) is None
    assert opened().since(0) == []


def test_there_are_only_so_many(clock, store):
    few = histories(clock, store, most=1, minutes=10)
    few.open("s", tenant="t")
    with pytest.raises(Unavailable) as caught:
        few.open("other", tenant="t")
    assert caught.value.code == "tools.sessions"
    clock.advance(milliseconds=11 * 60_000)
    assert few.sweep(tenant="t") == 1
