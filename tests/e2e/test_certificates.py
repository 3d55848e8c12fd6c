"""Certificates of workloads at all three listeners: the token endpoint, the gateway, and the tools."""

import socket
import ssl
import time
from pathlib import Path

import httpx
import pytest

from asepsis.testing.certificates import Authority
from asepsis.testing.issuer import ServedIssuer
from asepsis.testing.workloads import TestDomain

ROOT = Path(__file__).parents[2]
ACCESS = "urn:ietf:params:oauth:token-type:access_token"
MORE = """
[[identity.issuers]]
name = "corp"
issuer = "{issuer}"
audience = "asepsis"
jwks = "{issuer}/jwks.json"
application = "demo"

[[identity.trust_domains]]
name = "plan.example"
bundle = "{bundle}"

[[identity.trust_domains.workloads]]
path = "/ns/claims/*"
application = "demo"

[identity.grants]
issuer = "https://127.0.0.1:{console}"
gateway = "https://127.0.0.1:{gateway}"

[tools]
port = {tools}
tls = {{certificate = "file:{identity}", trust_domain = "plan.example", required = true}}

[[tools.servers]]
name = "plan"
command = ["python", "-m", "asepsis.lab.tools"]
manifests = "{manifests}"
"""


class Parts:
    """A system that speaks TLS everywhere, and its clients."""

    def __init__(self, system, issuer, folder):
        self.system, self.issuer, self.folder = system, issuer, folder
        self.server, self.domain = Authority("ours"), TestDomain()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.tools = probe.getsockname()[1]
        (folder / "bundle.json").write_text(self.domain.bundle())
        self.identity = folder / "identity.pem"
        self.identity.touch(mode=0o600)
        self.identity.write_bytes(self.server.issue("127.0.0.1"))
        tls = f'tls = {{certificate = "file:{self.identity}", trust_domain = "plan.example"}}\n'
        text = system.file.read_text().replace('[identity]\nanonymous = "demo"\n', "[identity]\nrefresh_seconds = 1\n")
        for port in (system.gateway, system.console):
            text = text.replace(f"port = {port}\n", f"port = {port}\n{tls}")
        more = MORE.format(
            issuer=issuer.name, bundle=folder / "bundle.json", console=system.console, gateway=system.gateway,
            tools=self.tools, identity=self.identity, manifests=ROOT / "examples" / "manifests" / "plan.toml",
        )  # fmt: skip
        system.file.write_text(text + more)

    def client(self, workload=b""):
        context = ssl.create_default_context(cadata=self.server.pem.decode())
        if workload:
            (self.folder / "client.pem").write_bytes(workload)
            context.load_cert_chain(self.folder / "client.pem")
        return httpx.Client(verify=context, timeout=20)

    def exchange(self, workload=b""):
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token": self.issuer.token("ann", now=int(time.time())),
            "subject_token_type": ACCESS,
            "scope": "tool.call model.invoke",
        }
        with self.client(workload) as client:
            return client.post(f"https://127.0.0.1:{self.system.console}/oauth/token", data=form).json()

    def ask(self, handle, workload=b""):
        body = {"model": "lab-assistant", "messages": [{"role": "user", "content": "hi"}]}
        given = {"authorization": f"Bearer {handle}"} if handle else {}
        with self.client(workload) as client:
            address = f"https://127.0.0.1:{self.system.gateway}/v1/chat/completions"
            return client.post(address, json=body, headers=given).status_code

    def call(self, handle="", workload=b""):
        params = {"name": "plan__find_members", "arguments": {"query": "an"}}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        given = {"authorization": f"Bearer {handle}"} if handle else {}
        with self.client(workload) as client:
            answer = client.post(f"https://127.0.0.1:{self.tools}/mcp", json=body, headers=given)
        return answer.status_code, "error" not in answer.json() and "structuredContent" in answer.json()["result"]


@pytest.fixture(scope="module")
def parts(make_system, tmp_path_factory):
    with ServedIssuer() as issuer:
        made = Parts(make_system(), issuer, tmp_path_factory.mktemp("parts"))
        made.mine = made.domain.certificate("/ns/claims/a")
        made.system.start()
        yield made


def tried(asked):
    """What `asked` returns, None where a connection is refused: before the bundle came no certificate counts."""
    try:
        return asked()
    except httpx.TransportError:
        return None


@pytest.fixture(scope="module")
def handle(parts, eventually):
    """The handle of a grant for a user that the workload acts with, once bundle and keys are known everywhere."""
    assert eventually(15, lambda: tried(lambda: parts.call("", parts.mine)) == (200, True))
    assert eventually(15, lambda: tried(lambda: parts.ask("", parts.mine)) == 200)
    return eventually(15, lambda: (tried(lambda: parts.exchange(parts.mine)) or {}).get("access_token", ""))


def test_a_workloads_certificate_is_who_acts_and_what_the_grant_is_bound_to(parts, handle):
    assert parts.ask(handle, parts.mine) == 200
    assert parts.ask(handle) == 401
    assert parts.ask(handle, parts.domain.certificate("/ns/claims/a")) == 401
    calls = [one for _, one in parts.system.events("gateway.call.opened") if one.input.principal != "unknown"]
    opened = [one for one in calls if one.grant][-1]
    assert opened.input.principal == "spiffe://plan.example/ns/claims/a"
    assert [one.id for one in opened.input.on_behalf_of] == ["corp:ann"]


def test_the_tools_know_workloads_and_grants_by_certificates(parts, handle):
    assert parts.call("", parts.mine) == (200, True)
    assert parts.call(handle, parts.mine) == (200, True)
    assert parts.call(handle)[0] == 401
    assert parts.call(handle, parts.domain.certificate("/ns/claims/a"))[0] == 401
    assert parts.call("", parts.domain.certificate("/ns/other"))[0] == 401


def test_a_certificate_of_another_authority_reaches_none_of_them(parts):
    theirs = TestDomain().certificate("/ns/claims/a")
    for asked in (parts.exchange, parts.call):
        with pytest.raises(httpx.TransportError):
            asked(workload=theirs)


def test_a_user_alone_gets_a_grant_that_is_bound_to_nothing(parts, handle):
    assert handle
    issued = parts.exchange()
    assert issued["token_type"] == "Bearer"
    assert parts.ask(issued["access_token"]) == 200


def test_another_certificate_of_ours_is_met_at_all_of_them_without_a_start(parts, handle, eventually):
    assert handle
    parts.server = Authority("new")
    other = parts.identity.with_suffix(".new")
    other.touch(mode=0o600)
    other.write_bytes(parts.server.issue("127.0.0.1"))
    other.replace(parts.identity)

    def met():
        return parts.call("", parts.mine)[0] == parts.ask("", parts.mine) == 200 and parts.exchange(parts.mine)

    assert "access_token" in eventually(10, lambda: tried(met))
