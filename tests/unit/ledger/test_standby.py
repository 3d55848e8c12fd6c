import asyncio

import pytest

from asepsis.core.errors import ConfigError, Unavailable
from asepsis.core.events import LedgerTaken, read, read_payload
from asepsis.ledger.config import LedgerConfig
from asepsis.ledger.copies import copy_log
from asepsis.ledger.epochs import latest
from asepsis.ledger.format import segment_name, segments
from asepsis.ledger.reader import LogReader
from asepsis.ledger.standby import Standby
from asepsis.ledger.store import LOCK, Store
from asepsis.ledger.verify import verify

SECOND = 10**9


@pytest.fixture
def world(tmp_path, clock, ids, events):
    class World:
        root = tmp_path / "led"
        folder = tmp_path / "led" / "acme"

        def store(self, taken=None, **config):
            return Store(self.root, clock=clock, ids=ids, config=LedgerConfig(**config), taken=taken)

        def entries(self, *names):
            return [events.plain(name).encode() for name in names]

        def take(self, patience=6.0):
            standby = Standby(self.root, clock=clock, patience=patience)
            assert standby.look() is None
            clock.nanoseconds += int(patience * SECOND)
            return standby.look()

        def stored(self):
            return [read(entry.data) for entry in LogReader(self.root, "acme").entries(0)]

    return World()


def kinds(events):
    return [one.kind if one.kind.startswith("ledger.") else one.id for one in events]


def test_it_takes_over_once_the_count_stands_still(world, clock):
    store = world.store()
    standby = Standby(world.root, clock=clock)
    for _ in range(10):
        assert standby.look() is None
        clock.nanoseconds += 5 * SECOND
        store.beat()
    assert standby.look() is None
    clock.nanoseconds += 6 * SECOND - 1
    assert standby.look() is None
    assert not store.deposed
    clock.nanoseconds += 1
    taken = standby.look()
    assert (taken.epoch.number, taken.silent_ms, store.deposed) == (2, 6000, True)


def test_who_appends_is_there_though_nobody_says_so_for_it(world, clock):
    store = world.store()
    standby = Standby(world.root, clock=clock)
    for number in range(5):
        store.append("acme", world.entries(f"{number}"))
        assert standby.look() is None
        clock.nanoseconds += 5 * SECOND
    assert not store.deposed


def test_a_pause_of_the_standby_makes_nobody_silent(world, clock):
    store = world.store()
    standby = Standby(world.root, clock=clock)
    standby.look()
    clock.nanoseconds += 3600 * SECOND
    store.beat()
    assert standby.look() is None


def test_of_two_standbys_one_takes_over_and_the_other_watches_that_one(world, clock):
    world.store()
    standbys = [Standby(world.root, clock=clock) for _ in range(2)]
    for one in standbys:
        one.look()
    clock.nanoseconds += 6 * SECOND
    taken = [one.look() for one in standbys]
    assert [one is not None for one in taken] == [True, False]
    assert standbys[1].look() is None
    assert latest(world.root)[0] == 2


def test_the_deposed_writer_acknowledges_nothing_and_touches_nothing(world, clock):
    first = world.store()
    first.append("acme", world.entries("a", "b"))
    second = world.store(world.take())
    second.recover()
    second.append("acme", world.entries("c"))
    for tenant in ("acme", "new"):
        with pytest.raises(Unavailable, match="another writer took over"):
            first.append(tenant, world.entries("lost"))
    assert first.publish() is None
    first.close()
    assert kinds(world.stored()) == ["a", "b", "ledger.taken", "c"]
    second.publish()
    second.close()
    assert verify(world.folder).checkpoint.size == 4
    assert not (world.root / "new").exists()


@pytest.mark.parametrize("entries", [(), ("a", "b")])
@pytest.mark.parametrize("late", ["whole", "torn", "head"])
def test_what_a_deposed_writer_writes_late_is_no_part_of_the_log(world, late, entries):
    """It was stopped between its look at the epoch and its write: the bytes land where it has files open."""
    first = world.store()
    first.append("acme", world.entries("zero"))
    if not entries:
        first.close()
        first = world.store(segment_bytes=1 << 12)
        first.append("acme", world.entries(*(f"{number}" * 200 for number in range(10))))
    else:
        first.append("acme", world.entries(*entries))
    before = len(world.stored())
    log = first._logs["acme"].log
    second = world.store(world.take())
    second.recover()
    if late == "head":
        log._disk.write(log._headfile, bytes(96), offset=0)
    else:
        write = {"torn": lambda: log._disk.write(log._file, b"torn" * 100, offset=log._head.offset)}
        write.get(late, lambda: log.append(world.entries("late")))()
    second.append("acme", world.entries("c", "d"))
    assert kinds(world.stored()[before:]) == ["ledger.taken", "c", "d"]
    second.publish()
    second.close()
    assert verify(world.folder).checkpoint.size == before + 3
    target = world.root.parent / "copy" / "acme"
    assert copy_log(world.folder, target) == before + 3
    assert verify(target).checkpoint.size == before + 3
    third = world.store()
    third.append("acme", world.entries("e"))
    third.close()
    assert kinds(world.stored()[-1:]) == ["e"]


def test_a_batch_that_was_written_and_not_acknowledged_is_there_whole(world):
    first = world.store()
    first.append("acme", world.entries("a"))
    log = first._logs["acme"].log
    log._disk.sync = lambda _: (_ for _ in ()).throw(OSError(5, "stopped here"))
    with pytest.raises(Unavailable):
        first.append("acme", world.entries("b"))
    second = world.store(world.take())
    second.recover()
    second.close()
    assert kinds(world.stored()) == ["a", "b", "ledger.taken"]


def test_the_takeover_is_recorded_with_its_number_and_the_silence(world):
    world.store().append("acme", world.entries("a"))
    second = world.store(world.take(9.0))
    second.recover()
    second.close()
    assert read_payload(world.stored()[-1]) == LedgerTaken(2, 1, 9000)
    first, last = segments(world.folder)
    assert (first, last) == (0, 1)
    assert (world.folder / segment_name(last)).read_bytes().startswith(b"ASEPTAKE")


def test_garbage_behind_any_other_segment_is_damage(world):
    from asepsis.core.errors import NotTrusted

    store = world.store(segment_bytes=1 << 12)
    for number in range(40):
        store.append("acme", world.entries(f"{number}" * 50))
    store.close()
    path = world.folder / segment_name(segments(world.folder)[0])
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(NotTrusted, match="4 bytes do not hold"):
        verify(world.folder)


def test_a_writer_that_starts_while_somebody_takes_over_is_refused(world, clock, monkeypatch):
    """It has the lock of the one that died, and the standby puts another in its place before it has its epoch."""
    first = world.store()
    first.close()
    from asepsis.ledger import store as module

    begin = module._begin

    def late(root, lock):
        world.store(world.take())
        return begin(root, lock)

    monkeypatch.setattr(module, "_begin", late)
    with pytest.raises(ConfigError, match="expected no other writer"):
        world.store()
    assert (world.root / LOCK).exists()


async def test_it_waits_until_it_is_told_to_stop(world, clock):
    world.store()
    standby, stop = Standby(world.root, clock=clock), asyncio.Event()
    waiting = asyncio.ensure_future(standby.turn(stop))
    await asyncio.sleep(0.05)
    stop.set()
    assert await waiting is None


async def test_it_reads_what_becomes_durable_and_tells_of_damage(world, clock, caplog):
    store = world.store()
    standby = Standby(world.root, clock=clock)
    for names in (("a", "b"), ("c",)):
        store.append("acme", world.entries(*names))
        clock.nanoseconds += 2 * SECOND
        store.beat()
        assert standby.look() is None
    assert standby.read == {"acme": 3}
    store.append("acme", world.entries("d"))
    path = world.folder / segment_name(0)
    path.write_bytes(path.read_bytes().replace(b'"id":"d"', b'"id":"x"'))
    clock.nanoseconds += 2 * SECOND
    store.beat()
    standby.look()
    assert "can't be followed" in caplog.text
