"""A log whose disk fails by a fault port, and a journal on a disk that does not."""

import errno
import shutil

import pytest

from asepsis.core.errors import Unavailable
from asepsis.core.events import LedgerJournaled, LedgerReconciled, read, read_payload
from asepsis.infra.keys import HmacDigester
from asepsis.ledger.emergency import Emergency, Opening
from asepsis.ledger.journal import JOURNALS, JournaledStore
from asepsis.ledger.reader import LogReader
from asepsis.ledger.standby import Standby
from asepsis.ledger.store import Store
from asepsis.ledger.verify import verify
from asepsis.testing.keys import NamedKeys

SECOND = 10**9


class World:
    def __init__(self, folder, clock, ids, disk, events):
        self.root, self.elsewhere = folder / "led", folder / "elsewhere"
        self.elsewhere.mkdir()
        self.clock, self.ids, self.disk, self.events = clock, ids, disk, events
        self.store = self.process()

    def process(self):
        def admit(data):
            minutes = int(data)
            return Opening("o1", ("ledger",), 10**12 + 60_000 * minutes, "disk full", ("ann", "bob"))

        store = Store(self.root, clock=self.clock, ids=self.ids, keys=NamedKeys(), disk=self.disk)
        return JournaledStore(
            store,
            Emergency(self.elsewhere, admit, clock=self.clock),
            root=self.root,
            keys=NamedKeys(),
            digester=HmacDigester(NamedKeys()),
            clock=self.clock,
            ids=self.ids,
        )

    def open(self, minutes=60):
        (self.elsewhere / "open").write_text(str(minutes))

    def append(self, *names):
        self.store.append("acme", [self.events.plain(name).encode() for name in names])

    def stored(self, root=None):
        found = [read(entry.data) for entry in LogReader(root or self.root, "acme").entries(0)]
        return [one.kind if one.kind.startswith("ledger.") else one.id for one in found]

    def later(self, seconds=6):
        self.clock.nanoseconds += seconds * SECOND


@pytest.fixture
def world(tmp_path, clock, ids, disk, events):
    return World(tmp_path, clock, ids, disk, events)


@pytest.mark.parametrize("operation", ["write", "sync"])
def test_without_an_emergency_an_outage_denies(world, operation):
    world.append("a")
    world.disk.fail[operation] = errno.ENOSPC
    with pytest.raises(Unavailable):
        world.append("b")
    assert world.store.waiting == ()


@pytest.mark.parametrize("operation", ["write", "sync"])
def test_while_one_is_open_a_journal_takes_what_the_log_does_not_and_the_log_takes_that_afterwards(world, operation):
    world.append("a")
    world.disk.fail[operation] = errno.EROFS
    world.open()
    world.append("b", "c")
    world.append("d")
    journal = world.elsewhere / JOURNALS
    assert world.stored(journal) == ["ledger.journaled", "b", "c", "d"]
    assert verify(journal / "acme").checkpoint.size == 4
    world.later()
    world.append("e")  # tried again, and in vain
    assert world.stored(journal)[-1] == "e"
    world.disk.fail.clear()
    world.later()
    world.append("f")
    came = (
        ["ledger.journaled", "b", "c"] if operation == "write" else ["b", "c", "ledger.journaled"]
    )  # synced after all
    assert world.stored() == ["a", *came, "d", "e", "ledger.reconciled", "f"]
    assert (world.store.waiting, list(journal.iterdir())) == ((), [])
    (aside,) = (world.elsewhere / "reconciled").iterdir()
    entries = [read(entry.data) for entry in LogReader(world.root, "acme").entries(0)]
    told = [read_payload(one) for one in entries if one.kind in {"ledger.journaled", "ledger.reconciled"}]
    shutil.move(aside, world.elsewhere / "acme")
    checked = verify(world.elsewhere / "acme").checkpoint
    assert told == [LedgerJournaled(1, "ledger_broken"), LedgerReconciled(5, checked.root.hex())]
    while world.store.publish() == 0.0:
        pass
    world.store.close()
    assert verify(world.root / "acme").checkpoint.size == len(entries)


def test_once_it_is_over_calls_are_denied_again_and_what_was_taken_still_comes_in(world):
    world.append("a")
    world.disk.fail["write"] = errno.ENOSPC
    world.open(minutes=1)
    world.append("b")
    world.later(61)
    with pytest.raises(Unavailable, match="no emergency is open"):
        world.append("c")
    world.disk.fail.clear()
    world.later()
    assert world.store.publish() is not None or not world.store.waiting
    assert world.stored() == ["a", "ledger.journaled", "b", "ledger.reconciled"]


def test_the_log_is_tried_again_though_nobody_appends(world):
    world.append("a")
    world.disk.fail["write"] = errno.ENOSPC
    world.open()
    world.append("b")
    assert world.store.publish() <= 5.0
    world.disk.fail.clear()
    assert world.store.waiting == ("acme",)
    world.later()
    world.store.publish()
    assert world.store.waiting == ()


def test_a_writer_that_died_meanwhile_leaves_its_journal_to_the_next(world):
    world.append("a")
    world.disk.fail["write"] = errno.ENOSPC
    world.open()
    world.append("b")
    world.store.close()
    world.disk.fail.clear()
    world.store = world.process()
    assert world.store.waiting == ("acme",)
    assert world.store.recover() == 0
    assert world.stored() == ["a", "ledger.journaled", "b", "ledger.reconciled"]


@pytest.mark.parametrize("after", range(1, 4))
def test_a_journal_that_was_taken_in_part_is_not_taken_twice(world, after, monkeypatch):
    monkeypatch.setattr("asepsis.ledger.journal._SOME", 2)
    world.append("a")
    world.disk.fail["write"] = errno.ENOSPC
    world.open()
    world.append("b", "c", "d", "e")
    world.disk.fail.clear()
    inner, calls = world.store._store, []
    append = inner.append

    def some(tenant, entries):
        calls.append(entries)
        if len(calls) == after:
            raise Unavailable("again", code="ledger_broken")
        append(tenant, entries)

    monkeypatch.setattr(inner, "append", some)
    for _ in range(3):
        world.later()
        world.store.publish()
    assert world.stored() == ["a", "ledger.journaled", "b", "c", "d", "e", "ledger.reconciled"]


def test_a_journal_that_can_not_be_put_aside_adds_nothing_the_next_time(world):
    world.append("a")
    world.disk.fail["write"] = errno.ENOSPC
    world.open()
    world.append("b")
    world.disk.fail.clear()
    (world.elsewhere / "reconciled").write_text("")
    world.later()
    world.store.publish()
    world.store.close()
    world.store = world.process()
    world.store.recover()
    assert world.stored() == ["a", "ledger.journaled", "b", "ledger.reconciled"]


def test_opening_and_ending_are_recorded(world):
    world.append("a")
    world.store.beat()
    world.open(minutes=1)
    world.store.beat()
    world.store.beat()
    world.later(61)
    world.store.beat()
    assert world.stored() == ["a", "ledger.emergency", "ledger.emergency.ended"]


def test_a_deposed_writer_journals_nothing(world):
    world.append("a")
    world.open()
    standby = Standby(world.root, clock=world.clock)
    standby.look()
    world.later(7)
    assert standby.look() is not None
    with pytest.raises(Unavailable, match="another writer"):
        world.append("b")
    assert (world.store.waiting, world.store.deposed) == ((), True)


def test_a_full_journal_denies_and_goes_on_once_there_is_room(world, clock, ids):
    world.append("a")
    world.disk.fail["write"] = errno.ENOSPC
    world.open()
    world.append("b")
    journal = world.store._journals["acme"]
    other = type(world.disk)()
    journal.log._disk = other
    other.fail["sync"] = errno.ENOSPC
    with pytest.raises(Unavailable):
        world.append("c")
    world.append("d")
    assert world.stored(world.elsewhere / JOURNALS)[-1] == "d"
