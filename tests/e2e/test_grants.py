"""Grants in a running system: exchanged, used, narrowed, bound, and gone from every worker once they are taken back."""

import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from asepsis.testing.issuer import ServedIssuer
from asepsis.testing.proofs import Prover

ACCESS = "urn:ietf:params:oauth:token-type:access_token"
CHAT = {"model": "lab-assistant", "messages": [{"role": "user", "content": "hi"}]}
MORE = """
[[identity.callers]]
key_sha256 = "{key}"
application = "demo"
principal = "svc-agent"
[[identity.issuers]]
name = "corp"
issuer = "{issuer}"
audience = "asepsis"
jwks = "{issuer}/jwks.json"
application = "demo"
[identity.grants]
issuer = "http://127.0.0.1:{console}"
gateway = "http://127.0.0.1:{gateway}"
"""


@pytest.fixture(scope="module")
def issuer():
    with ServedIssuer() as served:
        yield served


@pytest.fixture(scope="module")
def system(make_system, issuer):
    system = make_system()
    key = hashlib.sha256(b"sk-agent").hexdigest()
    more = MORE.format(key=key, issuer=issuer.name, console=system.console, gateway=system.gateway)
    text = system.file.read_text().replace('[identity]\nanonymous = "demo"\n', "[identity]\nrefresh_seconds = 1\n")
    system.file.write_text(text.replace("[gateway]\n", "[gateway]\nworkers = 2\n") + more)
    system.start()
    return system


@pytest.fixture
def exchange(system, issuer, eventually):
    """Asks for a grant; returns the answer's fields, once the issuer's keys are known."""

    def make(subject="", *, proof="", **more):
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token": subject or issuer.token("ann", now=int(time.time())),
            "subject_token_type": ACCESS,
            **more,
        }
        headers = {"dpop": proof} if proof else {}
        return httpx.post(f"http://127.0.0.1:{system.console}/oauth/token", data=form, headers=headers).json()

    assert eventually(10, lambda: "access_token" in make(scope="model.invoke", **AGENT))
    return make


@pytest.fixture
def ask(system):
    """Calls the model with a handle, each time on a connection of its own; returns the status and the rule."""

    def make(handle, scheme="Bearer", **headers):
        url = f"http://127.0.0.1:{system.gateway}/v1/chat/completions"
        answer = httpx.post(url, json=CHAT, headers={"authorization": f"{scheme} {handle}", **headers})
        said = answer.json()
        rule = "" if answer.status_code == 200 else said["error"]["message"].partition("(rule ")[2].partition(",")[0]
        return answer.status_code, rule

    return make


AGENT = {"actor_token": "sk-agent", "actor_token_type": ACCESS}


def test_an_agent_calls_for_a_user_and_the_ledger_says_for_whom(system, exchange, ask, eventually):
    issued = exchange(scope="model.invoke", **AGENT)
    assert ask(issued["access_token"]) == (200, "")
    _, opened = system.events("gateway.call.opened")[-1]
    assert opened.grant == issued["grant"]
    assert (opened.input.principal, [one.id for one in opened.input.on_behalf_of]) == ("svc-agent", ["corp:ann"])
    assert eventually(5, lambda: any(one.grant == issued["grant"] for _, one in system.events("grant.issued")))
    everything = b"".join(path.read_bytes() for path in system.state.rglob("*") if path.is_file())
    assert issued["access_token"].encode() not in everything


def test_a_grant_reaches_its_scope_alone(exchange, ask):
    assert ask(exchange(scope="model.invoke:other", **AGENT)["access_token"]) == (403, "identity.scope")
    assert ask(exchange(scope="tool.call", **AGENT)["access_token"]) == (403, "identity.scope")


def test_what_is_taken_back_is_gone_from_every_worker(system, exchange, ask):
    parent = exchange(scope="model.invoke", **AGENT)
    child = exchange(parent["access_token"], scope="model.invoke:lab-*")
    for one in (parent, child) * 4:
        assert ask(one["access_token"]) == (200, "")
    assert system.run("grants", "revoke", parent["grant"], "--config", str(system.file)).stdout == "2 taken back\n"
    began = time.monotonic()
    while {ask(one["access_token"]) for one in (parent, child) * 6} != {(401, "identity.revoked")}:
        assert time.monotonic() - began < 5
        time.sleep(0.2)
    assert ask(f"asg_{'x' * 43}") == (401, "identity.unknown")


def test_who_holds_a_handle_gives_it_back(system, exchange, ask, eventually):
    issued = exchange(scope="model.invoke", **AGENT)
    form = {"token": issued["access_token"]}
    assert httpx.post(f"http://127.0.0.1:{system.console}/oauth/revoke", data=form).status_code == 200
    assert eventually(5, lambda: ask(issued["access_token"])[0] == 401)


def test_a_bound_handle_is_nothing_without_its_key_and_a_proof_is_good_once(system, exchange, ask):
    prover, now = Prover(), int(time.time())
    proof = prover.proof("POST", f"http://127.0.0.1:{system.console}/oauth/token", now=now)
    issued = exchange(scope="model.invoke", proof=proof, **AGENT)
    assert issued["token_type"] == "DPoP"
    handle, here = issued["access_token"], f"http://127.0.0.1:{system.gateway}/v1/chat/completions"
    assert ask(handle) == (401, "identity.unknown")
    once = prover.proof("POST", here, now=now, token=handle)
    assert ask(handle, "DPoP", dpop=once) == (200, "")
    assert [ask(handle, "DPoP", dpop=once)[0] for _ in range(8)] == [401] * 8
    assert ask(handle, "DPoP", dpop=Prover().proof("POST", here, now=now, token=handle)) == (401, "identity.unknown")


def test_grants_are_listed_with_whom_they_are_for(system, exchange):
    issued = exchange(scope="model.invoke", **AGENT)
    said = system.run("grants", "list", "--principal", "svc-agent", "--config", str(system.file)).stdout
    (line,) = [one for one in said.splitlines() if issued["grant"] in one]
    assert "svc-agent for corp:ann" in line
    assert json.dumps(issued["access_token"])[1:-1] not in said


def test_calls_at_once_take_no_more_than_a_grants_budget_whichever_worker_they_reach(system, exchange, ask):
    details = json.dumps([{"type": "asepsis_session", "budget": {"requests": 7}}])
    parent = exchange(scope="model.invoke", authorization_details=details, **AGENT)["access_token"]
    child = exchange(parent, scope="model.invoke:lab-*")["access_token"]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, [parent, child] * 15))
    assert answers.count((200, "")) <= 7
    assert answers.count((200, "")) + answers.count((403, "budget.grant")) == 30
    assert answers.count((200, "")) >= 5
    said = system.run("budgets", "--config", str(system.file)).stdout
    assert " requests  7  until" in said
