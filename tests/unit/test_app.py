"""The composition root: what is refused before anything runs, what the workers run on, and the watch over both."""

import asyncio
import logging
import os
import shutil
import socket
import time
from importlib import resources

import msgspec
import pytest

from asepsis import app
from asepsis.core.errors import ConfigError
from asepsis.core.events import ConfigActivated, ConfigRejected, KillCleared, KillSet
from asepsis.core.types import Action, DecisionInput, Purpose, Verdict
from asepsis.gateway import Kill
from asepsis.infra import database, snapshot
from asepsis.infra.clock import SystemClock
from asepsis.infra.outbox import Outbox
from asepsis.policy import dsse, signing
from asepsis.policy.folder import digest as folder_digest
from asepsis.policy.folder import read_files
from asepsis.testing.ids import SequentialIds
from asepsis.testing.issuer import TestIssuer

GOOD = """
[identity]
anonymous = "demo"
[[policy.applications]]
name = "demo"
"""
QUESTION = DecisionInput("local", Action.MODEL_INVOKE, "p", "demo", Purpose.UNSTATED, "chat", model="gpt")


def prepared(start):
    app.prepare(start, start.load())


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A state folder with what takes long to make: the database and the compiled rules."""
    folder = tmp_path_factory.mktemp("template")
    file = folder / "asepsis.toml"
    file.write_text(GOOD)
    start = app.Start(folder / "state", file)
    prepared(start)
    app.live(app.read_snapshot(start.paths), start.paths)
    database.make_ready(start.paths.database, start.paths.database_url).dispose()
    return folder / "state"


@pytest.fixture
def start(tmp_path, template):
    """A start whose state is made ready."""
    (tmp_path / "state").mkdir()
    shutil.copy(template / "control.db", tmp_path / "state")
    shutil.copytree(template / "cache", tmp_path / "state" / "cache")
    file = tmp_path / "asepsis.toml"
    file.write_text(GOOD)
    begun = app.Start(tmp_path / "state", file, (f"state={tmp_path}/state",))
    prepared(begun)
    return begun


@pytest.fixture
def outbox(start):
    engine = database.connect(start.paths.database_url)
    yield Outbox(engine, clock=SystemClock(), ids=SequentialIds())
    engine.dispose()


@pytest.fixture
def kills(outbox):
    return database.KillSwitches(outbox._engine, clock=SystemClock(), outbox=outbox)


@pytest.fixture
def watch(start, kills, outbox):
    return app.Watch(start, kills, outbox)


def recorded(outbox):
    """Takes out what waits and returns it."""
    found = []
    while waiting := outbox.first():
        found += [one.payload for one in waiting]
        for one in waiting:
            outbox.done(one)
    return found


def written(tmp_path, text):
    path = tmp_path / "c.toml"
    path.write_text(text)
    return path


def change(file, text):
    """Writes the file so that its time differs, however coarse the clock of the disk is."""
    before = file.stat().st_mtime_ns
    file.write_text(text)
    os.utime(file, ns=(before + 1_000_000, before + 1_000_000))


def test_a_prepared_state_holds_what_the_workers_need(start):
    found = app.read_snapshot(start.paths)
    assert found.settings == app.load(start.file, start.overrides).value
    assert found.digest == app.load(start.file, start.overrides).digest
    assert (found.kills, found.draining) == ((), False)
    assert start.paths.master_key.stat().st_mode & 0o077 == 0


def test_kill_switches_of_no_server_are_an_error_that_names_the_place(tmp_path):
    state = tmp_path / "elsewhere"
    with pytest.raises(ConfigError, match="expected the control database of a server") as told:
        app.kill_store(None, (f"state={state}",))
    assert told.value.place == str(state / "control.db")
    assert not state.exists()


def test_preparing_again_keeps_the_key_and_the_switches(start, kills):
    key = start.paths.master_key.read_bytes()
    app.kill_store(start.file, start.overrides).throw("model", "gpt", reason="test")
    prepared(start)
    assert start.paths.master_key.read_bytes() == key
    assert app.read_snapshot(start.paths).kills == kills.thrown() == (Kill("local", "model", "gpt"),)


def test_a_database_of_another_schema_is_refused(tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "control.db").touch()
    with pytest.raises(ConfigError):
        prepared(app.Start(tmp_path / "state", written(tmp_path, GOOD)))


def test_a_snapshot_comes_back_as_it_was_written(start):
    before = msgspec.structs.replace(
        app.read_snapshot(start.paths), kills=(Kill("local", "application", "*"),), draining=True
    )
    snapshot.publish(start.paths.snapshot, msgspec.json.encode(before))
    assert app.read_snapshot(start.paths) == before


def test_a_gateway_is_made_of_what_the_snapshot_says(start):
    current = msgspec.structs.replace(app.read_snapshot(start.paths), kills=(Kill("local", "model", "gpt"),))
    live = app.live(current, start.paths)
    assert live.identifier.identify([]).application == "demo"
    assert live.killed("local", [("model", "gpt")]) == "model"
    assert live.policy.decide(QUESTION).verdict is Verdict.ALLOW


def test_kill_switches_alone_rebuild_nothing(start):
    old = app.read_snapshot(start.paths)
    before = app.live(old, start.paths)
    new = msgspec.structs.replace(old, kills=(Kill("local", "tool", "x"),))
    after = app._successor(before, old, new, start.paths)
    assert after.scanner is before.scanner
    assert after.kills == {Kill("local", "tool", "x")}
    other = msgspec.structs.replace(new, settings=msgspec.structs.replace(new.settings, tenant="other"))
    assert app._successor(before, old, other, start.paths).scanner is not before.scanner


async def test_a_worker_swaps_a_good_snapshot_and_keeps_the_old_for_a_bad_one(start, caplog):
    loop = asyncio.get_running_loop()
    worker = app.worker(start)
    worker.start(loop)
    first = worker._gateway.live
    thrown = msgspec.structs.replace(app.read_snapshot(start.paths), kills=(Kill("local", "model", "m"),))
    snapshot.publish(start.paths.snapshot, msgspec.json.encode(thrown))
    worker._look(loop)
    assert worker._gateway.live.kills == {Kill("local", "model", "m")}
    snapshot.publish(start.paths.snapshot, b"nonsense")
    with caplog.at_level(logging.ERROR):
        worker._look(loop)
    assert "the old one stays" in caplog.text
    assert worker._gateway.live.kills == {Kill("local", "model", "m")}
    snapshot.publish(start.paths.snapshot, msgspec.json.encode(msgspec.structs.replace(thrown, draining=True)))
    worker._look(loop)
    assert worker._gateway.draining
    assert worker._gateway.live.scanner is first.scanner


def test_a_worker_without_a_snapshot_does_not_start(tmp_path):
    with pytest.raises(ConfigError, match="snapshot"):
        app.worker(app.Start(tmp_path))


async def test_a_changed_file_comes_into_force_and_is_recorded(start, watch, outbox):
    await watch.file.look()
    assert recorded(outbox) == []
    change(start.file, GOOD + 'models = ["gpt-*"]\n')
    await watch.file.look()
    now = app.read_snapshot(start.paths)
    assert now.settings.policy.applications[0].models == ("gpt-*",)
    assert recorded(outbox) == [ConfigActivated(now.digest)]
    assert await watch.file.holds()


async def test_a_file_changed_before_the_watch_began_is_not_missed(start, kills, outbox):
    change(start.file, GOOD + 'models = ["gpt-*"]\n')
    await app.Watch(start, kills, outbox).file.look()
    assert recorded(outbox) == [ConfigActivated(app.read_snapshot(start.paths).digest)]


@pytest.mark.parametrize("bad", ["[identity", "nonsense = 1\n", '[identity]\nanonymous = "nobody"\n'])
async def test_a_broken_file_is_refused_and_the_old_one_stays(start, watch, outbox, bad):
    before = app.read_snapshot(start.paths)
    change(start.file, bad)
    await watch.file.look()
    assert app.read_snapshot(start.paths) == before
    assert recorded(outbox) == [ConfigRejected(before.digest, "config")]
    assert not await watch.file.holds()
    change(start.file, GOOD)
    await watch.file.look()
    assert await watch.file.holds()


async def test_a_configuration_that_only_a_gateway_finds_wrong_is_refused(start, watch, outbox):
    before = app.read_snapshot(start.paths)
    change(start.file, GOOD + '[scan]\ndisabled = ["no.such.rule"]\n')
    await watch.file.look()
    assert app.read_snapshot(start.paths) == before
    assert recorded(outbox) == [ConfigRejected(before.digest, "config")]


def test_switches_thrown_and_cleared_reach_the_workers_and_are_recorded(start, watch, outbox):
    desk = app.kill_store(start.file, start.overrides)
    desk.throw("model", "gpt", reason="incident")
    watch.switches()
    assert app.read_snapshot(start.paths).kills == (Kill("local", "model", "gpt"),)
    assert desk.clear("model", "gpt", reason="over")
    watch.switches()
    assert app.read_snapshot(start.paths).kills == ()
    assert recorded(outbox) == [KillSet("model", "gpt", "incident"), KillCleared("model", "gpt", "over")]
    desk.switches._engine.dispose()


def test_the_desk_lists_who_threw_a_switch_and_why(start):
    desk = app.kill_store(start.file, start.overrides)
    desk.throw("tool", "pay", reason="audit")
    assert desk.rows() == [("tool", "pay", "audit", "command line")]
    assert not desk.clear("tool", "other", reason="")


def test_the_desk_needs_a_database(tmp_path):
    with pytest.raises(ConfigError):
        app.kill_store(written(tmp_path, GOOD), (f"state={tmp_path}/none",))


@pytest.mark.loopback
@pytest.mark.parametrize("room", ["gateway", "console", "lab"])
def test_a_taken_port_is_named_before_anything_starts(start, room):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        ports = {"gateway": 1, "console": 2, "lab": 3, room: taken}
        begun = app.Start(start.state, start.file, tuple(f"{name}.port={port}" for name, port in ports.items()))
        with pytest.raises(ConfigError, match=f"port {taken} is taken; choose another with `--set {room}.port") as told:
            app.supervise(begun, begun.load(), lab=True, say=print)
    assert told.value.place == f"{room}.port"


def test_each_process_is_started_with_what_the_whole_was_started_with(start):
    argv = start.argv("writer")
    assert argv[1:5] == ("-m", "asepsis", "process", "writer")
    assert argv[argv.index("--config") + 1] == str(start.file)
    assert argv[argv.index("--set") + 1] == start.overrides[0]
    assert set(app.PROCESSES) == {"control", "gateway", "lab", "writer"}


def test_the_lab_runs_only_where_it_is_wanted(start):
    names = [child.name for child in app._children(start, start.load().value, lab=False)]
    assert names == ["writer", "gateway", "control"]
    assert "lab" in [child.name for child in app._children(start, start.load().value, lab=True)]


@pytest.fixture
def bundle(start):
    """The settings name a bundle, signed by two; returns its folder and a function that signs it again."""
    folder = start.state.parent / "policies"
    shutil.copytree(resources.files("asepsis.policy") / "starter", folder)
    keys = {name: dsse.private_key(dsse.new_key()) for name in ("ann", "bob")}

    def sign():
        (folder / "signatures").mkdir(exist_ok=True)
        digest = folder_digest(read_files(folder))
        for name, role in (("ann", "author"), ("bob", "approver")):
            file = folder / "signatures" / f"{role}.json"
            file.write_bytes(signing.envelope(digest, keys[name], signer=name, role=role))
        return digest

    signers = "".join(
        f'[[policy.signers]]\nname = "{name}"\nkey = "{dsse.public_text(key)}"\n' for name, key in keys.items()
    )
    start.file.write_text(f'[policy]\nbundle = "{folder}"\n{signers}{GOOD}')
    return folder, sign


def test_a_signed_bundle_decides(start, bundle):
    digest = bundle[1]()
    prepared(start)
    current = app.read_snapshot(start.paths)
    decision = app.live(current, start.paths).policy.decide(QUESTION)
    assert (current.bundle, decision.bundle) == (digest, digest)
    assert (decision.verdict, decision.policies) == (Verdict.DENY, ("policy.default",))


def test_a_bundle_that_nobody_signed_does_not_start(start, bundle):
    with pytest.raises(ConfigError, match="an author and of another approver"):
        prepared(start)
    assert bundle[0].exists()


async def test_another_bundle_comes_into_force_and_is_recorded(start, bundle, watch, outbox):
    first = bundle[1]()
    prepared(start)
    with (bundle[0] / "README.md").open("a") as file:
        file.write("more\n")
    await watch.file.look()
    assert app.read_snapshot(start.paths).bundle == first
    assert isinstance(recorded(outbox)[-1], ConfigRejected)
    second = bundle[1]()
    os.utime(start.file, (1, 1))
    await watch.file.look()
    assert app.read_snapshot(start.paths).bundle == second != first
    activated, policies = recorded(outbox)
    assert isinstance(activated, ConfigActivated)
    assert (policies.bundle, policies.name, len(policies.author), policies.author != policies.approver) == (
        second, "health-plan", 32, True,
    )  # fmt: skip


def test_workers_run_on_the_copy_and_not_on_the_folder(start, bundle):
    digest = bundle[1]()
    prepared(start)
    shutil.rmtree(bundle[0])
    assert app.live(app.read_snapshot(start.paths), start.paths).policy.bundle == digest
    (start.paths.policies / digest / "limits.cedar").write_text("permit (principal, action, resource);")
    with pytest.raises(ConfigError, match="the digest of"):
        app.live(app.read_snapshot(start.paths), start.paths)


def test_values_are_shown_again_by_the_bundle_too(start, bundle):
    bundle[1]()
    reveal = msgspec.structs.replace(
        QUESTION, action=Action.MODEL_REVEAL, roles=("care-manager",), purpose=Purpose.TREATMENT
    )
    decide = app.reveal_policy(start.file, start.overrides)
    assert decide(reveal).policies == ("staff.reveal",)
    assert decide(msgspec.structs.replace(reveal, roles=())).verdict is Verdict.DENY


def test_keys_of_issuers_reach_the_workers_and_outlive_a_start(start, watch):
    issuer = TestIssuer()
    settings = f'[[identity.issuers]]\nname = "corp"\nissuer = "{issuer.name}"\naudience = "asepsis"\njwks = "k.json"\n'
    start.file.write_text(f'{settings}application = "demo"\n{GOOD}')
    prepared(start)
    old = app.read_snapshot(start.paths)
    before = app.live(old, start.paths)
    bearer = [("authorization", f"Bearer {issuer.token('ann', now=int(time.time()))}")]
    assert before.identifier.identify(bearer) is None
    watch.keys({"corp": issuer.key_set()})
    new = app.read_snapshot(start.paths)
    after = app._successor(before, old, new, start.paths)
    assert (after.identifier.identify(bearer).id, after.scanner) == ("corp:ann", before.scanner)
    prepared(start)
    assert app.read_snapshot(start.paths).keys == {"corp": issuer.key_set()}
