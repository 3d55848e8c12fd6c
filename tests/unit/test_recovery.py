"""A restore drill: data and keys apart, and nothing comes back that was erased."""

import asyncio
import shutil

import pytest
from click.testing import CliRunner

from asepsis import recovery
from asepsis.building import custody
from asepsis.core.errors import InputError, NotTrusted, Unavailable
from asepsis.core.events import (
    BodiesErased,
    BodiesExpired,
    GrantIssued,
    HoldReleased,
    HoldSet,
    KillCleared,
    KillSet,
    LedgerRestored,
    build,
)
from asepsis.core.types import Purpose
from asepsis.infra import copies, database
from asepsis.infra.clock import SystemClock
from asepsis.infra.grants import GrantRows
from asepsis.infra.ids import SystemIds
from asepsis.infra.keys import FileKeys, HmacDigester
from asepsis.infra.outbox import Outbox
from asepsis.infra.records import GrantRow, KillSwitch, OwnerKey
from asepsis.infra.state import Paths
from asepsis.ledger.client import LocalLedger
from asepsis.ledger.verify import verify
from asepsis.testing.starts import recorded

TODAY = SystemClock().now() // 86_400_000


def key(name, owner, day=TODAY):
    return OwnerKey("local", name * 16, owner, "content", day, b"w", b"v")


KEYS = [key(b"a", "ann"), key(b"b", "bob"), key(b"h", "held"), key(b"o", "old", 10), key(b"r", "freed")]


async def tell(paths, *payloads):
    clock = SystemClock()
    ids = SystemIds(clock)
    ledger = LocalLedger(paths.ledger, clock=clock, ids=ids, keys=FileKeys(paths.master_key))
    await ledger.submit([build(one, id=ids.new(), time=clock.now(), tenant="local") for one in payloads])
    await ledger.close()


@pytest.fixture
def paths(start):
    paths = start.paths
    custody(paths).add(KEYS, [])
    (paths.bodies / "local").mkdir(parents=True)
    (paths.bodies / "local" / "20261127-0123456789abcdef.bodies").write_bytes(b"sealed")
    (paths.policies / "abc").mkdir(parents=True)
    (paths.policies / "abc" / "bundle.toml").write_bytes(b"x")
    asyncio.run(tell(paths, BodiesErased("nobody", 0, 0, "asked", "by"), HoldSet("h0", "freed", "suit", "by", "c")))
    return paths


def test_the_drill(paths, tmp_path):
    recovery.backup_keys(paths, tmp_path / "keys")
    after = (
        HoldSet("h1", "held", "suit", "by", "c"),
        HoldReleased("h0", "settled", "by", "c"),
        BodiesErased("ann", 1, 0, "asked", "by"),
        BodiesErased("held", 0, 1, "asked", "by"),
        BodiesExpired("content", 100, 1, 0),
        BodiesErased("freed", 1, 0, "asked", "by"),
    )
    asyncio.run(tell(paths, *after))
    assert recovery.backup_data(paths, tmp_path / "data") == 8
    shutil.rmtree(paths.state)
    done = recovery.restore(paths.state, tmp_path / "data", tmp_path / "keys")
    assert done == recovery.Restored(8, 3)
    rows = custody(paths)
    assert set(rows.get([one.key for one in KEYS], tenant="local")) == {b"b" * 16, b"h" * 16}
    assert [one.hold for one in rows.holds(tenant="local")] == ["h1"]
    assert verify(paths.ledger / "local").checkpoint.size == 8
    assert (paths.bodies / "local" / "20261127-0123456789abcdef.bodies").read_bytes() == b"sealed"
    assert (paths.policies / "abc" / "bundle.toml").exists()
    database.check(paths.database_url)
    told = recorded(Outbox(rows._engine, clock=SystemClock(), ids=SystemIds(SystemClock())))
    assert told == [LedgerRestored(8, 3)]
    asyncio.run(tell(paths, BodiesErased("ann", 0, 0, "asked", "by")))
    assert verify(paths.ledger / "local").checkpoint.size == 9


def test_what_was_taken_back_does_not_come_back_and_switches_are_as_the_log_has_them(paths, tmp_path, outbox, kills):
    """An operator stopped a model and a principal, let another go on, and a grant was revoked, after the backup."""
    for target, name in (("model", "gone"), ("principal", "back"), ("principal", "known")):
        kills.set(KillSwitch("local", target, name, "incident", "ann"))
    GrantRows(outbox._engine, outbox).add(GrantRow("local", "g", "h", "", "p", b"s", 1, 2**50), told_of_grant())
    recorded(outbox)
    recovery.backup_keys(paths, tmp_path / "keys")
    digest = HmacDigester(FileKeys(paths.master_key)).digest
    by = lambda name: digest("principal", name, tenant="local")  # noqa: E731 as the log has them
    after = (
        KillCleared("model", "gone"),
        KillSet("model", "bad", "incident"),
        KillCleared("principal", by("back")),
        KillSet("principal", by("known"), "again"),
        KillSet("principal", by("new"), "incident"),
        KillSet("principal", by("passing"), "incident"),
        KillCleared("principal", by("passing")),
    )
    asyncio.run(tell(paths, *after))
    recovery.backup_data(paths, tmp_path / "data")
    outbox._engine.dispose()
    shutil.rmtree(paths.state)
    done = recovery.restore(paths.state, tmp_path / "data", tmp_path / "keys")
    assert (done.entries, done.switches) == (9, 1)
    assert kills.thrown() == (("local", "model", "bad"), ("local", "principal", "known"))
    assert GrantRows(outbox._engine, outbox).held("h") is None


def told_of_grant():
    return GrantIssued("g", "", ("p",), Purpose.TREATMENT, (), 0, bound=False, expires=2**50)


def test_data_has_no_key_in_it_and_keys_no_body(paths, tmp_path):
    (paths.spent / "local").mkdir(parents=True)
    (paths.spent / "local" / "case").touch()
    recovery.backup_keys(paths, tmp_path / "keys")
    recovery.backup_data(paths, tmp_path / "data")
    names = {path.name for path in (tmp_path / "data").rglob("*")}
    assert not names & {"control.db", "master.key"}
    assert {path.name for path in (tmp_path / "keys").rglob("*")} == {
        "control.db",
        "keys",
        "master.key",
        copies.MANIFEST,
        "spent",
        "local",
        "case",
    }


def test_what_is_not_whole_or_not_empty_is_refused(paths, tmp_path, monkeypatch):
    recovery.backup_keys(paths, tmp_path / "keys")
    recovery.backup_data(paths, tmp_path / "data")
    with pytest.raises(InputError, match="empty"):
        recovery.restore(paths.state, tmp_path / "data", tmp_path / "keys")
    with pytest.raises(InputError, match="empty"):
        recovery.backup_keys(paths, tmp_path / "keys")
    with pytest.raises(InputError, match="expected a ledger"):
        recovery.backup_data(Paths(tmp_path / "other"), tmp_path / "more")
    (segment,) = (tmp_path / "data" / "ledger").rglob("*.log")
    data = bytearray(segment.read_bytes())
    data[-1] ^= 1
    segment.write_bytes(data)
    with pytest.raises(NotTrusted):
        recovery.restore(tmp_path / "new", tmp_path / "data", tmp_path / "keys")
    assert not (tmp_path / "new").exists()


def test_a_disk_that_fails_is_told(paths, tmp_path, monkeypatch):
    recovery.backup_keys(paths, tmp_path / "keys")
    recovery.backup_data(paths, tmp_path / "data")

    def fail(*_, **__):
        raise OSError(28, "no room")

    monkeypatch.setattr(copies, "copy", fail)
    for act in (
        lambda: recovery.backup_data(paths, tmp_path / "d"),
        lambda: recovery.backup_keys(paths, tmp_path / "k"),
        lambda: recovery.restore(tmp_path / "s", tmp_path / "data", tmp_path / "keys"),
    ):
        with pytest.raises(Unavailable):
            act()


def test_the_commands(paths, tmp_path):
    commands = recovery.backup_commands(lambda: paths)

    def run(*words, code=0):
        done = CliRunner().invoke(commands, [str(word) for word in words])
        assert done.exit_code == code, done.output
        return done.output

    assert run("data", tmp_path / "data") == "2 entries\n"
    run("keys", tmp_path / "keys")
    assert "expected an empty folder" in run("keys", tmp_path / "keys", code=1)
    shutil.rmtree(paths.state)
    said = run("restore", "--data", tmp_path / "data", "--keys", tmp_path / "keys")
    assert said == "2 entries are back and verify; 0 keys were destroyed again\n"


def test_a_database_of_its_own_is_backed_up_by_its_own_tools(tmp_path):
    paths = Paths(tmp_path / "state", "postgresql://127.0.0.1/asepsis")
    commands = recovery.backup_commands(lambda: paths)
    for words in (["keys", tmp_path / "k"], ["restore", "--data", tmp_path / "d", "--keys", tmp_path / "k"]):
        result = CliRunner().invoke(commands, [str(word) for word in words])
        assert result.exit_code == 1
        assert "its own tools" in result.output
    assert not (tmp_path / "k").exists()
