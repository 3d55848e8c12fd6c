"""The composition root: what is refused before anything runs, and what commands work on."""

import os
import socket
from pathlib import Path

import msgspec
import pytest

from asepsis import app
from asepsis.core.errors import ConfigError
from asepsis.core.types import Action, Purpose, Verdict
from asepsis.gateway import Kill
from asepsis.identity.config import Caller, IdentityConfig
from asepsis.infra import database, snapshot
from asepsis.infra.state import Paths
from asepsis.settings import Settings
from asepsis.testing.starts import GOOD, QUESTION, prepared
from asepsis.tools.config import ServerConfig


def written(tmp_path, text):
    path = tmp_path / "c.toml"
    path.write_text(text)
    return path


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


def test_the_desk_lists_who_threw_a_switch_and_why(start):
    desk = app.kill_store(start.file, start.overrides)
    desk.throw("tool", "pay", reason="audit")
    ((*what, at),) = desk.rows()
    assert (what, at > 0) == (["tool", "pay", "audit", f"command line, uid {os.getuid()}"], True)
    assert not desk.clear("tool", "other", reason="")


def test_the_desk_knows_the_tools_of_the_servers(tmp_path):
    tools = 'port = 0\n[[tools.servers]]\nname = "plan"\ncommand = ["x"]\nmanifests = "manifests.toml"\n'
    (tmp_path / "manifests.toml").write_text(Path("examples/manifests/plan.toml").read_text())
    file = written(tmp_path, f"{GOOD}\n[tools]\n{tools}".replace("manifests.toml", f"{tmp_path}/manifests.toml"))
    (tmp_path / "s").mkdir()
    database.upgrade(Paths(tmp_path / "s").database_url)
    desk = app.kill_store(file, (f"state={tmp_path}/s",))
    assert [desk.known("tool", name) for name in ("plan__send_email", "plan__send_emial")] == [True, False]


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


def test_a_process_without_a_snapshot_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="snapshot"):
        app.run_process("writer", app.Start(tmp_path))


def test_each_process_runs_by_its_name(start, monkeypatch):
    ran = []
    for name in app.PROCESSES:
        monkeypatch.setitem(app.PROCESSES, name, lambda given, name=name: ran.append((name, given)))
    monkeypatch.setattr(app, "leave_with_parent", lambda: None)
    prepared(start)
    for child in app._children(start, start.load().value, lab=True):
        child.run()
    assert sorted(ran) == [(name, start) for name in ("control", "gateway", "lab", "writer")]
    assert set(app.PROCESSES) == {"control", "gateway", "lab", "tools", "writer"}


def test_the_lab_runs_only_where_it_is_wanted(start):
    names = [child.name for child in app._children(start, start.load().value, lab=False)]
    assert names == ["writer", "gateway", "control"]
    assert [child.name for child in app._children(start, start.load().value, lab=True) if child.late] == ["control"]
    assert "lab" in [child.name for child in app._children(start, start.load().value, lab=True)]


def test_workers_of_tools_are_processes_of_their_own(start):
    settings = start.load().value
    tools = msgspec.structs.replace(settings.tools, servers=(ServerConfig("plan", "", command=("x",)),), workers=3)
    children = app._children(start, msgspec.structs.replace(settings, tools=tools), lab=False)
    assert [child.name for child in children][3:] == ["tools", "tools.2", "tools.3"]
    assert children[-1].run.args == ("tools.3", start)


def test_a_bundle_that_nobody_signed_does_not_start(start, bundle):
    with pytest.raises(ConfigError, match="an author and of another approver"):
        prepared(start)
    assert bundle[0].exists()


def test_values_are_shown_again_by_the_bundle_too(start, bundle):
    bundle[1]()
    reveal = msgspec.structs.replace(
        QUESTION, action=Action.MODEL_REVEAL, roles=("care-manager",), purpose=Purpose.TREATMENT
    )
    decide = app.reveal_policy(start.file, start.overrides)
    assert decide(reveal).policies == ("staff.reveal",)
    assert decide(msgspec.structs.replace(reveal, roles=())).verdict is Verdict.DENY


@pytest.mark.parametrize(("key", "told"), [("0" * 64, True), ("0" * 63 + "1", False)])
def test_a_caller_whose_key_nobody_has_is_told_of_at_the_start(key, told):
    caller = Caller(key_sha256=key, application="a", principal="p")
    settings = Settings(identity=IdentityConfig(callers=(caller,)))
    assert ("nobody has the key of identity.callers[0]" in app._banner(settings, lab=False)) is told
