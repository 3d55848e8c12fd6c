"""What is built of settings: what the workers run on, and how it is swapped."""

import asyncio
import logging
import shutil

import msgspec
import pytest

from asepsis import app
from asepsis.building import live, successor, worker
from asepsis.core.errors import ConfigError
from asepsis.core.types import Verdict
from asepsis.gateway import Kill
from asepsis.infra import snapshot
from asepsis.testing.starts import QUESTION, prepared


def test_a_gateway_is_made_of_what_the_snapshot_says(start):
    current = msgspec.structs.replace(app.read_snapshot(start.paths), kills=(Kill("local", "model", "gpt"),))
    made = live(current, start.paths)
    assert made.identifier.identify([]).application == "demo"
    assert made.killed("local", [("model", "gpt")]) == "model"
    assert made.policy.decide(QUESTION).verdict is Verdict.ALLOW


def test_kill_switches_alone_rebuild_nothing(start):
    old = app.read_snapshot(start.paths)
    before = live(old, start.paths)
    new = msgspec.structs.replace(old, kills=(Kill("local", "tool", "x"),))
    after = successor(before, old, new, start.paths)
    assert after.scanner is before.scanner
    assert after.kills == {Kill("local", "tool", "x")}
    other = msgspec.structs.replace(new, settings=msgspec.structs.replace(new.settings, tenant="other"))
    assert successor(before, old, other, start.paths).scanner is not before.scanner


async def test_a_worker_swaps_a_good_snapshot_and_keeps_the_old_for_a_bad_one(start, caplog):
    loop = asyncio.get_running_loop()
    running = worker(start)
    running.start(loop)
    first = running._gateway.live
    thrown = msgspec.structs.replace(app.read_snapshot(start.paths), kills=(Kill("local", "model", "m"),))
    snapshot.publish(start.paths.snapshot, msgspec.json.encode(thrown))
    running._look(loop)
    assert running._gateway.live.kills == {Kill("local", "model", "m")}
    snapshot.publish(start.paths.snapshot, b"nonsense")
    with caplog.at_level(logging.ERROR):
        running._look(loop)
    assert "the old one stays" in caplog.text
    assert running._gateway.live.kills == {Kill("local", "model", "m")}
    snapshot.publish(start.paths.snapshot, msgspec.json.encode(msgspec.structs.replace(thrown, draining=True)))
    running._look(loop)
    assert running._gateway.draining
    assert running._gateway.live.scanner is first.scanner


def test_a_worker_without_a_snapshot_does_not_start(tmp_path):
    with pytest.raises(ConfigError, match="snapshot"):
        worker(app.Start(tmp_path))


def test_a_signed_bundle_decides(start, bundle):
    digest = bundle[1]()
    prepared(start)
    current = app.read_snapshot(start.paths)
    decision = live(current, start.paths).policy.decide(QUESTION)
    assert (current.bundle, decision.bundle) == (digest, digest)
    assert (decision.verdict, decision.policies) == (Verdict.DENY, ("policy.default",))


def test_what_a_bundle_only_observes_is_only_observed(start, bundle):
    head = bundle[0] / "bundle.toml"
    head.write_text(head.read_text().replace("version", 'observe = ["demo"]\nversion', 1))
    bundle[1]()
    prepared(start)
    assert live(app.read_snapshot(start.paths), start.paths).config.observe == ("demo",)


def test_workers_run_on_the_copy_and_not_on_the_folder(start, bundle):
    digest = bundle[1]()
    prepared(start)
    shutil.rmtree(bundle[0])
    assert live(app.read_snapshot(start.paths), start.paths).policy.bundle == digest
    (start.paths.policies / digest / "limits.cedar").write_text("permit (principal, action, resource);")
    with pytest.raises(ConfigError, match="the digest of"):
        live(app.read_snapshot(start.paths), start.paths)
