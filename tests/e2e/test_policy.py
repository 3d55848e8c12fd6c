"""Who calls and what policy says of it: a provider's tokens, a bundle of policies, and the record of both."""

import re
import shutil
import subprocess
import sys
import time

import openai
import pytest

from asepsis.core.types import Verdict
from asepsis.policy import dsse
from asepsis.testing.issuer import ServedIssuer

MODEL = "lab-assistant"
SSN = "My SSN is 123-45-6789, MRN 7122250."
MORE = """
[[identity.issuers]]
name = "corp"
issuer = "{issuer}"
audience = "asepsis"
jwks = "{issuer}/jwks.json"
application = "demo"
roles = [
  {{ group = "g-services", role = "member-services" }},
  {{ group = "g-engineers", role = "engineer" }},
  {{ group = "g-staff", role = "staff" }},
]
[policy]
bundle = "{bundle}"
unsigned = true
[[policy.approvers]]
name = "bob"
key = "{key}"
principal = "corp:bob"
"""


@pytest.fixture(scope="module")
def issuer():
    with ServedIssuer() as served:
        yield served


@pytest.fixture(scope="module")
def system(make_system, issuer, tmp_path_factory):
    bundle = tmp_path_factory.mktemp("bundle") / "policies"
    subprocess.run([sys.executable, "-m", "asepsis", "policy", "new", str(bundle)], check=True)
    system = make_system()
    (bundle.parent / "bob.pem").write_bytes(dsse.new_key())
    key = dsse.public_text(dsse.private_key((bundle.parent / "bob.pem").read_bytes()))
    more = MORE.format(issuer=issuer.name, bundle=bundle, key=key)
    system.file.write_text(
        system.file.read_text().replace('[identity]\nanonymous = "demo"\n', "[identity]\nrefresh_seconds = 1\n") + more
    )
    system.start()
    system.bundle = bundle
    return system


@pytest.fixture
def ask(system, issuer):
    """Asks with a token; returns what was said, or the error."""

    def make(text, *groups, token="", **claims):
        now = int(time.time())
        said = {"groups": list(groups), "purpose_of_use": "HPAYMT", **claims}
        key = token or issuer.token(said.pop("who", "ann"), now=now, **said)
        with openai.OpenAI(base_url=f"http://127.0.0.1:{system.gateway}/v1", api_key=key, max_retries=0) as client:
            try:
                said = client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": text}])
            except openai.APIStatusError as error:
                return error
            return said.choices[0].message.content

    return make


def test_a_token_is_known_as_soon_as_the_keys_are(ask, eventually):
    assert eventually(5, lambda: ask("hi", "g-services") == "You wrote: hi")


def test_one_is_masked_one_is_denied_and_one_needs_an_approval(ask, eventually):
    eventually(5, lambda: ask("hi", "g-services") == "You wrote: hi")
    assert ask(SSN, "g-services") == "You wrote: My SSN is [SSN], MRN 7122250."  # the model saw a token
    assert ask(SSN, "g-engineers").code == "asepsis_denied"
    assert "rule policy.default" in ask(SSN, "g-engineers").message
    assert "rule limits.topics" in ask("The patient is HIV positive.", "g-services").message


def test_an_agent_may_do_no_more_than_the_person_it_acts_for(ask, eventually):
    eventually(5, lambda: ask("hi", "g-services") == "You wrote: hi")
    assert ask(SSN, "g-engineers", act={"sub": "agent", "groups": ["g-services"]}).code == "asepsis_denied"
    assert ask(SSN, "g-services", act={"sub": "agent"}).code == "asepsis_denied"
    assert "[SSN]" in ask(SSN, "g-services", act={"sub": "agent", "groups": ["g-services"]})


@pytest.mark.parametrize("claims", [{"aud": "other"}, {"exp": 1}, {"sub": None}])
def test_a_token_that_does_not_hold_is_nobodys(ask, claims):
    assert ask("hi", "g-services", **claims).status_code == 401


def test_new_keys_are_known_within_seconds_and_failing_to_fetch_changes_nothing(ask, issuer, eventually):
    eventually(5, lambda: ask("hi", "g-services") == "You wrote: hi")
    issuer.rotate()
    eventually(5, lambda: ask("hi", "g-services") == "You wrote: hi")
    issuer.fails = True
    time.sleep(2)
    assert ask("hi", "g-services") == "You wrote: hi"
    issuer.fails = False


def test_what_was_decided_is_explained_from_the_record(system, ask, eventually):
    eventually(5, lambda: ask("hi", "g-services") == "You wrote: hi")
    event = ask(SSN, "g-engineers").body["event"]
    done = system.run("policy", "explain", event, str(system.bundle), str(system.state / "ledger"))
    assert done.returncode == 0, done.stderr
    assert "deny: no policy permits it" in done.stdout
    assert "roles engineer" in done.stdout
    assert "bit for bit" in done.stdout


def test_another_bundle_comes_into_force_within_seconds(system, ask, eventually, tmp_path):
    eventually(5, lambda: ask("hi", "g-services") == "You wrote: hi")
    new = tmp_path / "new"
    shutil.copytree(system.bundle, new)
    staff = new / "staff.cedar"
    staff.write_text(staff.read_text().replace("MRN PHONE", "MRN", 1))
    old = tmp_path / "old"
    shutil.copytree(system.bundle, old)
    text = "Call 415-555-2671."
    assert ask(text, "g-services") == f"You wrote: {text}"
    for bundle, said in ((new, "You wrote: Call [PHONE]."), (old, f"You wrote: {text}")):
        done = system.run("policy", "activate", str(bundle), "--config", str(system.file))
        assert done.returncode == 0, done.stderr
        eventually(5, lambda said=said: ask(text, "g-services") == said)
    assert len({payload.bundle for _, payload in eventually(5, lambda: system.events("policy.activated")[-2:])}) == 2


def test_a_call_that_needs_an_approval_goes_through_once_after_it_and_as_it_was(system, ask, eventually):
    eventually(5, lambda: ask("hi", "g-services") == "You wrote: hi")
    text = "The patient is HIV positive, is PrEP covered?"
    case = re.search(r"approval ([0-9a-f-]{36}) is asked for", ask(text, "g-services").message)[1]
    options = ("--config", str(system.file))
    assert case in system.run("approvals", "list", *options).stdout
    assert "labels hiv" in system.run("approvals", "show", case, *options).stdout
    key = ("--key", str(system.bundle.parent / "bob.pem"), "--name", "bob", "--passphrase", "")
    done = system.run("approvals", "approve", case, *key, *options)
    assert (done.returncode, done.stdout.strip()) == (0, f"{case} is approved"), done.stderr
    assert ask(text.replace("HIV", "AIDS"), "g-services").code == "asepsis_denied"
    assert ask(text, "g-services", who="eve").code == "asepsis_denied"
    assert ask(text, "g-services") == f"You wrote: {text}"
    assert ask(text, "g-services").code == "asepsis_denied"
    used = eventually(5, lambda: system.events("approval.used"))
    assert [payload.case for _, payload in used] == [case]
    calls = system.events("gateway.call.opened")
    asked = next(event for event, payload in calls if payload.decision.verdict is Verdict.ASK)
    done = system.run("policy", "explain", asked, str(system.bundle), str(system.state / "ledger"))
    assert "bit for bit" in done.stdout, done.stderr
    opened = [event for event, payload in calls if payload.input.approval == case]
    done = system.run("policy", "explain", opened[0], str(system.bundle), str(system.state / "ledger"))
    assert "bit for bit" in done.stdout, done.stderr
