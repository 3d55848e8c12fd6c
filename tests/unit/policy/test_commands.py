"""The commands over bundles, as a person runs them."""

import asyncio
import re
import shutil

import pytest
from click.testing import CliRunner

from asepsis.core.events import CallOpened, Mode, ToolCallOpened, build
from asepsis.core.types import Action, Count, Coverage, Decision, DecisionInput, Kind, Purpose, Verdict
from asepsis.ledger.client import LocalLedger
from asepsis.policy.bundle import opened
from asepsis.policy.commands import policy_commands
from asepsis.policy.config import PolicyConfig, Signer
from asepsis.policy.engine import CedarPolicy
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds
from asepsis.testing.policies import CASE, HEAD


@pytest.fixture
def looked():
    """How often a running server was told to look at its configuration again."""
    return []


@pytest.fixture
def run(looked, tmp_path):
    """Runs a command and returns its result."""

    def make(*words, code=0, **settings):
        result = CliRunner().invoke(
            policy_commands(
                lambda: PolicyConfig(**settings), lambda: tmp_path / "copies", lambda: looked.append("again")
            ),
            [str(word) for word in words],
        )
        assert result.exit_code == code, result.output
        return result.output

    return make


@pytest.fixture
def bundle(run, tmp_path):
    run("new", tmp_path / "b")
    return tmp_path / "b"


@pytest.fixture
def log(bundle, tmp_path):
    """A ledger with one decision of the starter bundle; returns its folder and the Event's id."""
    question = DecisionInput(
        "t", Action.MODEL_INVOKE, "p", "app", Purpose.PAYMENT, "openai.chat", "m", "cloud",
        found=(Count(Kind.MRN, 1),), roles=("member-services",), day=20261126,
    )  # fmt: skip
    decision = CedarPolicy(opened(bundle)).decide(question)
    payload = CallOpened(
        "s", "app", "openai.chat", "m", "cloud", Mode.ENFORCE, decision, question, question.found, Coverage()
    )

    async def write():
        clock, ids = ManualClock(), SequentialIds()
        ledger = LocalLedger(tmp_path / "ledger", clock=clock, ids=ids)
        event = build(payload, id=ids.new(), time=1, tenant="t", subjects=("s1",))
        await ledger.submit([event])
        await ledger.close()
        return event.id

    return tmp_path / "ledger", asyncio.run(write())


def test_the_starter_bundle_holds_and_says_how_big_it_is(run, bundle):
    assert "health-plan 1, 22 policies, 45 cases: holds" in run("check", bundle)
    assert "45 cases hold" in run("test", bundle)


def test_faults_have_file_line_and_a_way_to_mend(run, bundle):
    with (bundle / "limits.cedar").open("a") as file:
        file.write("\npermit (principal, action, resource);\n")
    said = run("check", bundle, code=1)
    assert f"{bundle}/limits.cedar:109: expected a reason (write `@reason" in said
    assert "2 faults" in said


def test_a_case_that_fails_is_named(run, bundle):
    file = bundle / "tests" / "limits.toml"
    file.write_text(file.read_text().replace('expect = "ask"', 'expect = "allow"', 1))
    said = run("test", bundle, code=1)
    assert "FAIL  a confidential topic for payment needs an approval" in said
    assert "expected allow, got ask" in said


def test_what_policies_may_speak_of(run):
    assert 'action "model.invoke", "data.embed"' in run("schema")


def test_keys_sign_and_two_people_make_a_bundle_hold(run, bundle, tmp_path):
    keys = {name: run("key", tmp_path / f"{name}.pem", "--passphrase", "").strip() for name in ("ann", "bob")}
    signers = tuple(Signer(name, key) for name, key in keys.items())
    run("sign", bundle, "--key", tmp_path / "ann.pem", "--name", "ann", "--role", "author", "--passphrase", "")
    assert "an author and of another approver" in run("verify", bundle, signers=signers, code=1)
    run("sign", bundle, "--key", tmp_path / "bob.pem", "--name", "bob", "--role", "approver", "--passphrase", "")
    assert "author ann, approver bob" in run("verify", bundle, signers=signers)
    assert run("check", bundle)


def test_a_key_is_never_written_over_and_is_its_owners(run, tmp_path):
    run("key", tmp_path / "k.pem", "--passphrase", "")
    before = (tmp_path / "k.pem").read_bytes()
    assert "never written over" in run("key", tmp_path / "k.pem", "--passphrase", "", code=1)
    assert (tmp_path / "k.pem").read_bytes() == before
    assert (tmp_path / "k.pem").stat().st_mode & 0o077 == 0


def test_a_bundle_that_fails_is_not_signed(run, bundle, tmp_path):
    run("key", tmp_path / "k.pem", "--passphrase", "")
    (bundle / "tests" / "engineering.toml").unlink()
    said = run(
        "sign", bundle, "--key", tmp_path / "k.pem", "--name", "a", "--role", "author", "--passphrase", "", code=1
    )
    assert "has no positive case" in said
    assert not (bundle / "signatures").exists()


def test_nothing_that_is_there_is_written_over(run, bundle):
    before = sorted(bundle.rglob("*"))
    assert "expected a new folder" in run("new", bundle, code=1)
    assert sorted(bundle.rglob("*")) == before


def test_a_difference_in_words(run, bundle, tmp_path):
    run("new", tmp_path / "c")
    assert run("diff", bundle, tmp_path / "c") == "no difference\n"
    file = tmp_path / "c" / "staff.cedar"
    file.write_text(
        file.read_text().replace("token NAME HEALTH_PLAN_ID MRN PHONE", "clear NAME; token HEALTH_PLAN_ID MRN PHONE")
    )
    said = run("diff", bundle, tmp_path / "c")
    assert "~ `services.ask` in requests, NAME: token -> clear (weaker)" in said
    assert "decides `member services ask about a claim` otherwise: request: clear NAME instead of token" in said


def test_a_recorded_decision_is_explained_and_is_the_same(run, bundle, log):
    ledger, event = log
    said = run("explain", event, bundle, ledger)
    assert "by        services.ask, permit at staff.cedar:" in said
    assert "the one that is recorded, bit for bit" in said


def test_of_a_servers_copies_the_one_that_decided_explains(run, bundle, log, tmp_path):
    ledger, event = log
    copies, name = tmp_path / "policies", run("explain", event, bundle, ledger).split("bundle    ")[1].split("\n")[0]
    shutil.copytree(bundle, copies / name)
    shutil.copytree(bundle, copies / ("0" * 64))
    assert "the one that is recorded, bit for bit" in run("explain", event, copies, ledger)
    (copies / name / "README.md").write_text("changed")
    assert "expected the files that its name is the digest of" in run("explain", event, copies, ledger, code=1)


def test_another_bundle_explains_nothing(run, bundle, log):
    ledger, event = log
    (bundle / "README.md").write_text("changed")
    assert "keeps all that were in force" in run("explain", event, bundle, ledger, code=1)
    assert "expected an event with a decision" in run("explain", "nothing", bundle, ledger, code=1)


async def test_what_the_monitor_decided_of_a_tool_is_explained_without_a_bundle(run, bundle, tmp_path):
    question = DecisionInput("t", Action.TOOL_CALL, "p", "app", Purpose.PAYMENT, "mcp", "", "", tool="plan__pay")
    decision = Decision(Verdict.ASK, "nobody asks for it (flow.intent)", ("flow.intent",), "b", approvable=True)
    event = build(
        ToolCallOpened("s", "app", "plan", "pay", Mode.ENFORCE, decision, question, "d"), id="e1", time=1, tenant="t"
    )
    ledger = LocalLedger(tmp_path / "other", clock=ManualClock(), ids=SequentialIds())
    await ledger.submit([event])
    await ledger.close()
    said = run("explain", "e1", bundle, tmp_path / "other").splitlines()
    assert said[1:3] == [
        "decided   ask: nobody asks for it (flow.intent)",
        "by        flow.intent, a rule of Asepsis itself",
    ]
    assert said[-1] == "no policy decided it, so that no bundle makes the decision again"


def test_what_a_bundle_would_change(run, bundle, log):
    ledger, event = log
    assert "1 decisions, 0 would change" in run("simulate", bundle, ledger)
    file = bundle / "staff.cedar"
    file.write_text(file.read_text().replace("token NAME HEALTH_PLAN_ID MRN", "clear MRN; token NAME HEALTH_PLAN_ID"))
    said = run("simulate", bundle, ledger)
    assert f"{event}  request: clear MRN instead of token, " in said or f"{event}  allow instead of transform" in said
    assert "1 would change, 1 expose more, of 1 known members" in said
    assert "exposed" not in said
    assert run("simulate", bundle, ledger, "--members").splitlines()[-1].startswith("  exposed  ")


def test_a_bundle_of_two_people_takes_the_place_of_the_one_in_force(run, bundle, tmp_path, looked):
    keys = {name: run("key", tmp_path / f"{name}.pem", "--passphrase", "").strip() for name in ("ann", "bob")}
    signers = tuple(Signer(name, key) for name, key in keys.items())
    place = tmp_path / "in-force"
    settings = {"signers": signers, "bundle": str(place)}
    assert "an author and of another approver" in run("activate", bundle, **settings, code=1)
    assert (place.exists(), looked) == (False, [])
    for name, role in (("ann", "author"), ("bob", "approver")):
        run("sign", bundle, "--key", tmp_path / f"{name}.pem", "--name", name, "--role", role, "--passphrase", "")
    assert f"takes the place of {place}" in run("activate", bundle, **settings)
    assert (opened(place).digest, looked) == (opened(bundle).digest, ["again"])
    (place / "stale.cedar").write_text("// of the one before")
    run("activate", bundle, **settings)
    assert not (place / "stale.cedar").exists()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["ann.pem", "b", "bob.pem", "copies", "in-force"]


@pytest.fixture
def in_force(run, tmp_path):
    """A bundle in force that has a policy more than the starter, and the settings that name it."""
    place = tmp_path / "in-force"
    run("new", place)
    rule = '@id("own.ask")\n@reason("ours")\npermit (principal in Asepsis::Role::"ours", action, resource);\n'
    (place / "own.cedar").write_text(rule)
    return place, {"bundle": str(place), "unsigned": True}


def test_what_goes_is_said_and_kept_and_can_come_back(run, bundle, in_force, tmp_path):
    place, settings = in_force
    before = {one.name: one.read_bytes() for one in place.iterdir() if one.is_file()}
    said = run("activate", bundle, **settings)
    assert "- permit `own.ask` is gone" in said
    (copy,) = (tmp_path / "copies").iterdir()
    assert f"asepsis policy activate {copy}` goes back" in said
    assert {one.name: one.read_bytes() for one in copy.iterdir() if one.is_file()} == before
    again = run("activate", bundle, **settings)
    assert "no difference" in again
    assert "goes back" not in again


def test_a_folder_that_is_no_bundle_is_kept_beside_it(run, bundle, in_force):
    place, settings = in_force
    (place / "notes.txt").write_text("mine")
    said = run("activate", bundle, **settings)
    beside = place.with_name("in-force.before")
    assert "nothing is said of what goes" in said
    assert f"activate {beside}`" in said
    assert (beside / "notes.txt").read_text() == "mine"
    (place / "notes.txt").write_text("more")
    assert "in-force.before-2" in run("activate", bundle, **settings)


def test_that_nobody_signed_is_said_by_both(run, bundle, in_force):
    assert "`policy.unsigned` is set" in run("activate", bundle, **in_force[1])
    said = run("verify", bundle, unsigned=True, code=1)
    assert "an author and of another approver" in said
    assert "`policy.unsigned` is set" in said
    assert "`policy.unsigned`" not in run("verify", bundle, code=1)


def test_a_bundle_that_expired_holds_and_that_it_did_is_said(run, files, tmp_path):
    denied = CASE.replace('["staff"]', "[]").replace('"transform"', '"deny"').replace("staff.ask", "policy.default")
    head = re.sub("created = .*\nexpires = .*", 'created = "2019-01-01"\nexpires = 2020-01-01', HEAD)
    for name, data in files(head=head, tests=CASE + denied).items():
        (tmp_path / "late" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "late" / name).write_bytes(data)
    said = run("check", tmp_path / "late")
    assert "it can't be put in force" in said
    assert "expired on 2020-01-01 (give it a later day" in said
    assert said.endswith(": holds\n")


def test_that_a_bundle_expired_is_said_before_the_cases_that_fail_for_it(run, bundle, tmp_path):
    head = bundle / "bundle.toml"
    head.write_text(
        re.sub("created = .*\nexpires = .*", 'created = "2019-01-01"\nexpires = 2020-01-01', head.read_text())
    )
    first = run("check", bundle, code=1).splitlines()[0]
    assert first.startswith(f"{bundle}/bundle.toml:8: the bundle expired on 2020-01-01")
    said = run("activate", bundle, bundle=str(tmp_path / "in-force"), unsigned=True, code=1)
    assert "bundle.toml:8: the bundle expired on 2020-01-01 (give it a later day" in said


def test_without_a_place_nothing_is_activated(run, bundle):
    assert "expected the folder of the bundle that is in force" in run("activate", bundle, code=1)
