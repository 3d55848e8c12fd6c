import errno
import json

import pytest

from asepsis.core.errors import ConfigError, InputError, Unavailable
from asepsis.core.events import CallUnclosed, LedgerRecovered, read, read_payload
from asepsis.ledger.calls import CHECKPOINT
from asepsis.ledger.reader import LogReader
from asepsis.ledger.store import Store


@pytest.fixture
def make(tmp_path, clock, ids, disk):
    return lambda: Store(tmp_path, clock=clock, ids=ids, disk=disk, segment_bytes=4096)


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
