"""The control process: the watch over settings, policies, keys and kill switches."""

import os
import time

import pytest

from asepsis import app, control
from asepsis.building import conversations, live, successor
from asepsis.core.events import ConfigActivated, ConfigRejected, KillCleared, KillSet
from asepsis.gateway import Kill
from asepsis.testing.issuer import TestIssuer
from asepsis.testing.starts import GOOD, change, prepared, recorded
from asepsis.tools.draft import draft
from asepsis.tools.manifests import Confirmed, kept, write
from asepsis.tools.types import Tool


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
    await control.Watch(start, kills, outbox).file.look()
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


async def test_manifests_come_into_force_when_their_file_changes_and_broken_ones_do_not(start, kills, outbox, tmp_path):
    manifests = tmp_path / "plan.toml"
    server = f'[[tools.servers]]\nname = "plan"\ncommand = ["x"]\nmanifests = "{manifests}"\n'
    for tools in ((), ("list_faxes",), ("list_faxes", "list_claims")):
        manifests.write_text(write(Confirmed("plan", tuple(draft(Tool(name)) for name in tools))))
        if not tools:
            change(start.file, GOOD + server)
            watch = control.Watch(start, kills, outbox)
        await watch.file.look()
        assert recorded(outbox) == [ConfigActivated(app.read_snapshot(start.paths).digest)]
        (one,) = kept(start.paths.manifests, app.read_snapshot(start.paths).manifests)
        assert tuple(tool.name for tool in one.tools) == tools
    before = app.read_snapshot(start.paths)
    manifests.write_text("server = 7\n")
    await watch.file.look()
    assert app.read_snapshot(start.paths) == before
    assert [type(one) for one in recorded(outbox)] == [ConfigRejected]


async def test_what_comes_into_force_is_what_was_read_whatever_stands_there_meanwhile(start, kills, outbox, tmp_path):
    manifests = tmp_path / "plan.toml"
    watch = control.Watch(start, kills, outbox)
    manifests.write_text(write(Confirmed("plan", (draft(Tool("delete_fax")),))))
    server = f'[[tools.servers]]\nname = "plan"\ncommand = ["x"]\nmanifests = "{manifests}"\n'
    change(start.file, f'{GOOD}{server}[tools]\nwatched = ["demo"]\n')
    loaded = start.load()
    manifests.write_text("server = 7\n")
    watch._activate(loaded)
    now = app.read_snapshot(start.paths)
    (one,) = kept(start.paths.manifests, now.manifests)
    assert one.tools == (draft(Tool("delete_fax")),)
    assert conversations(now, start.paths)._manifests.keys() == {"plan__delete_fax"}


async def test_manifests_that_can_not_be_copied_leave_those_before_in_force(start, watch, outbox, tmp_path):
    (tmp_path / "plan.toml").write_text(write(Confirmed("plan")))
    before = app.read_snapshot(start.paths)
    start.paths.manifests.write_text("no folder")
    server = f'[[tools.servers]]\nname = "plan"\ncommand = ["x"]\nmanifests = "{tmp_path}/plan.toml"\n'
    change(start.file, GOOD + server)
    await watch.file.look()
    assert app.read_snapshot(start.paths) == before
    assert [type(one) for one in recorded(outbox)] == [ConfigRejected]


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


def test_keys_of_issuers_reach_the_workers_and_outlive_a_start(start, watch):
    issuer = TestIssuer()
    settings = f'[[identity.issuers]]\nname = "corp"\nissuer = "{issuer.name}"\naudience = "asepsis"\njwks = "k.json"\n'
    start.file.write_text(f'{settings}application = "demo"\n{GOOD}')
    prepared(start)
    old = app.read_snapshot(start.paths)
    before = live(old, start.paths)
    bearer = [("authorization", f"Bearer {issuer.token('ann', now=int(time.time()))}")]
    assert before.identifier.identify(bearer) is None
    watch.keys({"corp k.json": issuer.key_set()})
    new = app.read_snapshot(start.paths)
    after = successor(before, old, new, start.paths)
    assert (after.identifier.identify(bearer).id, after.scanner) == ("corp:ann", before.scanner)
    prepared(start)
    assert app.read_snapshot(start.paths).keys == {"corp k.json": issuer.key_set()}


def test_a_secret_that_was_replaced_is_used_by_the_next_call(start, kills, outbox, tmp_path):
    secret = tmp_path / "key"
    secret.write_text("sk-old")
    secret.chmod(0o600)
    upstream = '[[gateway.upstreams]]\nname = "u"\nbase_url = "http://127.0.0.1:1"\nauth = "bearer"\n'
    start.file.write_text(f'{GOOD}{upstream}credential = "file:{secret}"\n')
    prepared(start)
    watch = control.Watch(start, kills, outbox)
    before = app.read_snapshot(start.paths)
    old = live(before, start.paths)
    watch.switches()
    assert app.read_snapshot(start.paths) == before
    change(secret, "sk-new")
    watch.switches()
    after = app.read_snapshot(start.paths)
    assert (before.settings, before.digest) == (after.settings, after.digest)
    new = successor(old, before, after, start.paths)
    sent = [dict(one.providers["u"].headers([])) for one in (old, new)]
    assert [headers["authorization"] for headers in sent] == ["Bearer sk-old", "Bearer sk-new"]
    assert b"sk-new" not in start.paths.snapshot.read_bytes()
    watch.switches()
    assert app.read_snapshot(start.paths) == after
