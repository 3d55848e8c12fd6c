import errno
import json
import shutil

import pytest

from asepsis.core.errors import ConfigError, InputError, NotTrusted, Unavailable
from asepsis.core.events import CallUnclosed, LedgerRecovered, read, read_payload
from asepsis.ledger.calls import CHECKPOINT
from asepsis.ledger.config import LedgerConfig
from asepsis.ledger.publish import published
from asepsis.ledger.reader import LogReader, tenants
from asepsis.ledger.signing import KEY
from asepsis.ledger.store import Store
from asepsis.ledger.verify import verify
from asepsis.testing.keys import NamedKeys


@pytest.fixture
def make(tmp_path, clock, ids, disk):
    return lambda: Store(
        tmp_path, clock=clock, ids=ids, keys=NamedKeys(), disk=disk, config=LedgerConfig(segment_bytes=4096)
    )


@pytest.fixture
def stored(tmp_path):
    return lambda tenant="acme": [read(entry.data) for entry in LogReader(tmp_path, tenant).entries(0)]


def test_each_tenant_has_a_log_of_its_own(make, stored, events):
    store = make()
    for tenant in ("acme", "beta"):
        store.append(tenant, [events.plain("a", tenant=tenant).encode()])
    store.close()
    assert [event.tenant for event in stored()] == ["acme"]
    assert [event.tenant for event in stored("beta")] == ["beta"]


def test_a_log_whose_head_was_lost_is_recovered_at_the_start(make, stored, events, tmp_path):
    store = make()
    store.append("acme", [events.plain("a", tenant="acme").encode()])
    store.close()
    (tmp_path / "acme" / "head").unlink()
    assert tenants(tmp_path) == ("acme",)
    store = make()
    store.recover()
    assert [event.id for event in stored()] == ["a"]
    store.close()


def test_a_second_writer_is_refused_and_a_later_one_is_not(make):
    store = make()
    with pytest.raises(ConfigError):
        make()
    store.close()
    make().close()


def test_a_tenant_cannot_lead_out_of_the_root(make):
    with pytest.raises(InputError):
        make().append("../other", [b"x"])


def test_a_cut_is_recorded(make, stored, events, disk, clock):
    store = make()
    store.append("acme", [events.plain("a").encode()])
    disk.room = 60
    with pytest.raises(Unavailable):
        store.append("acme", [events.plain("b").encode()])
    disk.room = None
    clock.nanoseconds += 2 * 10**9
    store.append("acme", [events.plain("c").encode()])
    found = stored()
    assert [event.id for event in found] == ["a", "e1", "c"]
    assert read_payload(found[1]) == LedgerRecovered(1, 60)


def test_a_log_that_broke_is_not_tried_again_at_once(make, events, disk, clock):
    store = make()
    disk.fail["sync"] = errno.EIO
    with pytest.raises(Unavailable):
        store.append("acme", [events.plain("a").encode()])
    disk.fail.clear()
    disk.calls.clear()
    with pytest.raises(Unavailable):
        store.append("acme", [events.plain("b").encode()])
    assert disk.calls == []
    clock.nanoseconds += 2 * 10**9
    store.append("acme", [events.plain("c").encode()])


def test_a_cut_that_could_not_be_recorded_is_recorded_later(make, stored, events, disk, clock):
    store = make()
    store.append("acme", [events.plain("a").encode()])
    disk.room = 60
    for _ in range(2):  # the second one cuts 60 bytes and tears its own record
        with pytest.raises(Unavailable):
            store.append("acme", [events.plain("b").encode()])
        clock.nanoseconds += 2 * 10**9
    disk.room = None
    store.append("acme", [events.plain("c").encode()])
    assert read_payload(stored()[1]) == LedgerRecovered(1, 120)


def test_calls_left_open_are_incidents_once(make, stored, events):
    store = make()
    store.append("acme", [events.opened(name).encode() for name in "ab"])
    store.append("acme", [events.closed("c", "a").encode()])
    store.close()
    for expected in (1, 0):
        store = make()
        assert store.recover() == expected
        store.close()
    unclosed = [read_payload(event) for event in stored() if event.kind == "gateway.call.unclosed"]
    assert unclosed == [CallUnclosed("b")]


def test_incidents_are_found_without_a_checkpoint_and_with_one_that_is_ahead(make, stored, events, tmp_path):
    for checkpoint in (None, b'{"index":99,"calls":[]}', b"nonsense"):
        store = make()
        store.append("acme", [events.opened(f"o{checkpoint}").encode()])
        store.close()
        path = tmp_path / "acme" / CHECKPOINT
        path.unlink() if checkpoint is None else path.write_bytes(checkpoint)
        store = make()
        assert store.recover() == 1
        store.close()


def test_a_start_reads_only_what_came_after_the_checkpoint(make, events, tmp_path):
    store = make()
    store.append("acme", [events.opened("a").encode(), events.closed("b", "a").encode()])
    store.close()
    assert json.loads((tmp_path / "acme" / CHECKPOINT).read_bytes()) == {"index": 2, "calls": []}


def test_a_store_on_a_file_is_unavailable(tmp_path, clock, ids):
    (tmp_path / "f").touch()
    with pytest.raises(Unavailable):
        Store(tmp_path / "f", clock=clock, ids=ids)


def test_more_tenants_than_files_may_be_open(make, stored, events, monkeypatch):
    monkeypatch.setattr("asepsis.ledger.store._OPEN_LOGS", 2)
    store = make()
    for turn in "ab":
        for number in range(4):
            tenant = f"t{number}"
            store.append(tenant, [events.opened(f"{turn}{number}", tenant=tenant).encode()])
    assert len(store._logs) == 2
    store.close()
    assert [event.id for event in stored("t0")] == ["a0", "b0"]
    assert make().recover() == 8


def publish_all(store):
    while store.publish() == 0.0:
        pass


def test_each_log_is_published_once_in_a_round(make, events, tmp_path):
    store = make()
    for tenant in ("acme", "beta"):
        store.append(tenant, [events.plain("a", tenant=tenant).encode()])
    assert store.publish() == 0.0
    store.append("acme", [events.plain("b").encode()])
    assert sorted(published(tmp_path / tenant) for tenant in ("acme", "beta")) == [0, 1]
    assert store.publish() == 1.0  # the round is over, and one log has something new
    assert store.publish() is None
    assert [published(tmp_path / tenant) for tenant in ("acme", "beta")] == [2, 1]
    store.append("beta", [events.plain("c", tenant="beta").encode()])
    store.close()
    assert published(tmp_path / "beta") == 2
    assert [verify(tmp_path / tenant).checkpoint.size for tenant in ("acme", "beta")] == [2, 2]


def test_what_was_not_published_before_a_crash_is_at_the_next_start(make, events, tmp_path):
    store = make()
    store.append("acme", [events.plain("a").encode()])
    store._logs.clear()
    store.close()
    assert published(tmp_path / "acme") == 0
    store = make()
    store.recover()
    publish_all(store)
    assert published(tmp_path / "acme") == 1


def test_much_that_was_not_published_is_published_part_by_part(make, events, tmp_path, monkeypatch):
    monkeypatch.setattr("asepsis.ledger.store._CATCH_UP", 300)
    store = make()
    for _ in range(10):
        store.append("acme", [events.plain("a").encode()] * 100)
    store.close()
    shutil.rmtree(tmp_path / "acme" / "tile")
    store = make()
    store.recover()  # opens the log, and takes a first part
    rounds = 1
    while store.publish() == 0.0:
        rounds += 1
    assert rounds == 3
    assert verify(tmp_path / "acme").checkpoint.size == published(tmp_path / "acme") == 1000


def test_what_cannot_be_published_harms_no_append_and_is_published_later(make, events, tmp_path):
    store = make()
    store.append("acme", [events.plain("a").encode()])
    (tmp_path / "acme" / "tile").write_bytes(b"a file in the way")
    publish_all(store)
    assert published(tmp_path / "acme") == 0
    store.append("acme", [events.plain("a").encode()] * 300)
    publish_all(store)
    (tmp_path / "acme" / "tile").unlink()
    store.append("acme", [events.plain("a").encode()])
    publish_all(store)
    assert verify(tmp_path / "acme").checkpoint.size == published(tmp_path / "acme") == 302


def test_without_keys_a_ledger_has_its_own(tmp_path, clock, ids, events):
    for _ in range(2):
        store = Store(tmp_path / "led", clock=clock, ids=ids)
        store.append("acme", [events.plain("a").encode()])
        store.close()
    assert (tmp_path / "led" / KEY).stat().st_mode & 0o077 == 0
    assert verify(tmp_path / "led" / "acme").checkpoint.size == 2
    (tmp_path / "led" / KEY).write_bytes(b"short")
    for _ in range(2):  # the lock is let go of
        with pytest.raises(ConfigError, match="32 bytes"):
            Store(tmp_path / "led", clock=clock, ids=ids)


def test_a_clock_that_goes_back_harms_nothing(make, events, clock, tmp_path):
    store = make()
    store.append("acme", [events.plain("a").encode()])
    publish_all(store)
    clock.nanoseconds -= 10**18
    store.append("acme", [events.plain("b").encode()])
    publish_all(store)
    store.close()
    store = make()
    store.append("acme", [events.plain("c").encode()])
    store.close()
    assert verify(tmp_path / "acme").checkpoint.size == 3


def test_a_log_is_followed_from_its_first_entry_on(make, events, monkeypatch):
    """What its tiles lacked at the first publishing would stop the writer for a moment."""
    store = make()
    store.append("acme", [events.plain("a").encode()] * 300)
    assert store._logs["acme"].publisher.size == 0
    store.settle()
    assert store._logs["acme"].publisher.size == 300


def test_a_log_shorter_than_what_it_published_is_not_written_on(make, events, tmp_path):
    """Somebody cut its end off, at a commit, and took the head away: only what was published knows."""
    store = make()
    store.append("acme", [events.plain("a").encode()])
    store.close()
    (segment,) = (tmp_path / "acme").glob("*.log")
    before = segment.read_bytes()
    store = make()
    store.append("acme", [events.plain("b").encode()])
    store.close()
    segment.write_bytes(before)
    (tmp_path / "acme" / "head").unlink()
    store = make()
    with pytest.raises(NotTrusted, match="expected the 2 published entries, got 1"):
        store.append("acme", [events.plain("c").encode()])
    assert segment.read_bytes() == before
    store.close()
