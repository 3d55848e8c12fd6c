"""The control database, a real PostgreSQL, goes away under a running system: who is denied, and by which rule."""

import stat
import subprocess
import sys
import time

import httpx
import pytest

from asepsis.ledger.verify import verify
from asepsis.policy import dsse
from asepsis.testing.issuer import ServedIssuer

TEXT = "My SSN is 123-45-6789, MRN 7122250."
TOPIC = "The patient is HIV positive."
ACCESS = "urn:ietf:params:oauth:token-type:access_token"
MORE = """
[[identity.issuers]]
name = "corp"
issuer = "{issuer}"
audience = "asepsis"
jwks = "{issuer}/jwks.json"
application = "demo"
roles = [{{ group = "g-services", role = "member-services" }}]
[identity.grants]
issuer = "http://127.0.0.1:{console}"
gateway = "http://127.0.0.1:{gateway}"
[[policy.budgets]]
name = "little"
unit = "requests"
most = 16
of = "user"
window = "month"
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
def system(make_system, issuer, postgresql_server, tmp_path_factory):
    bundle = tmp_path_factory.mktemp("bundle") / "policies"
    subprocess.run([sys.executable, "-m", "asepsis", "policy", "new", str(bundle)], check=True)
    system = make_system()
    secret = system.file.parent / "database.url"
    secret.write_text(postgresql_server.get_uri())
    secret.chmod(stat.S_IRUSR | stat.S_IWUSR)
    more = MORE.format(
        issuer=issuer.name,
        console=system.console,
        gateway=system.gateway,
        bundle=bundle,
        key=dsse.public_text(dsse.private_key(dsse.new_key())),
    )
    text = system.file.read_text().replace('[identity]\nanonymous = "demo"\n', "[identity]\nrefresh_seconds = 1\n")
    system.file.write_text(f'database = "file:{secret}"\n{text}{more}')
    system.start()
    return system


@pytest.fixture
def ask(system, issuer):
    """Asks as somebody; returns the status and the rule that denied it, if any."""

    def make(text, *, who="ann", handle="", session=""):
        claims = {"groups": ["g-services"], "purpose_of_use": "HPAYMT"}
        key = handle or issuer.token(who, now=int(time.time()), **claims)
        headers = {"authorization": f"Bearer {key}"} | ({"x-asepsis-session": session} if session else {})
        document = {"model": "lab-assistant", "messages": [{"role": "user", "content": text}]}
        url = f"http://127.0.0.1:{system.gateway}/v1/chat/completions"
        answer = httpx.post(url, json=document, headers=headers, timeout=30)
        if answer.status_code == 200:
            return 200, ""
        assert "message" in answer.json()["error"], system.log[-1500:]
        return answer.status_code, answer.json()["error"]["message"].partition("(rule ")[2].partition(",")[0]

    return make


def granted(system, issuer):
    """Returns what comes of asking for a grant."""
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": issuer.token("ann", now=int(time.time()), groups=["g-services"], purpose_of_use="HPAYMT"),
        "subject_token_type": ACCESS,
        "scope": "model.invoke",
    }
    return httpx.post(f"http://127.0.0.1:{system.console}/oauth/token", data=form, timeout=30).json()


def test_without_its_database_it_denies_what_needs_it_and_records_that(
    system, issuer, postgresql_server, ask, eventually
):
    assert eventually(20, lambda: ask("hi") == (200, ""))
    handle = granted(system, issuer)["access_token"]
    assert ask("hi", handle=handle) == (200, "")
    assert ask(TEXT, session="one") == (200, "")
    assert ask(TOPIC) == (403, "limits.topics")  # it waits for an approval
    postgresql_server.stop()
    time.sleep(2)  # for as long a handle that was looked up is known

    began = len(system.events("gateway.call.opened"))
    needs = {
        "identity.unavailable": ask("hi", handle=handle),
        "gateway.vault": ask(TEXT, session="one"),
        "gateway.approvals": ask(TOPIC),
        "gateway.budgets": ask("hi", who="eve"),
    }
    assert needs == {rule: (503 if rule == "identity.unavailable" else 403, rule) for rule in needs}
    assert ask(TEXT) == (200, "")  # masked by the snapshot's policy, counted on what its worker leased
    assert granted(system, issuer)["error"] == "temporarily_unavailable"
    denied = [rule for _, one in system.events("gateway.call.opened")[began:] for rule in one.decision.policies]
    assert set(needs) < {*denied}

    postgresql_server.start()
    assert eventually(20, lambda: ask("hi", handle=handle) == (200, ""))
    assert ask(TEXT, session="one") == ask("hi", who="eve") == (200, "")
    assert ask(TOPIC) == (403, "limits.topics")
    assert "access_token" in granted(system, issuer)
    assert "postgresql://" not in system.log
    assert system.stop() == 0
    assert verify(system.state / "ledger" / "local").checkpoint.size > began
