"""Workloads with SVIDs, and keys and tokens that are bound to certificates, at a gateway that speaks TLS."""

import hashlib
import re
import ssl
import time

import httpx
import openai
import pytest

from asepsis.testing.certificates import Authority
from asepsis.testing.workloads import TestDomain

MORE = """
[[identity.callers]]
key_sha256 = "{key}"
application = "demo"
principal = "bound"
certificate_sha256 = "{certificate}"

[[identity.callers]]
key_sha256 = "{near}"
application = "demo"
principal = "near"
networks = ["127.0.0.0/8"]

[[identity.callers]]
key_sha256 = "{far}"
application = "demo"
principal = "far"
networks = ["10.0.0.0/8"]

[[identity.trust_domains]]
name = "plan.example"
bundle = "{bundle}"
audience = "asepsis"

[[identity.trust_domains.workloads]]
path = "/ns/claims/*"
application = "demo"
"""


class Clients:
    """A system with TLS, and clients that trust its authority."""

    def __init__(self, system, folder):
        self.system, self.folder, self.server = system, folder, Authority("ours")
        self.domain = TestDomain()
        (folder / "bundle.json").write_text(self.domain.bundle())
        self.identity = folder / "identity.pem"
        self.identity.touch(mode=0o600)
        self.identity.write_bytes(self.server.issue("127.0.0.1"))
        self.workload = self.domain.certificate("/ns/claims/a")
        text = system.file.read_text().replace('[identity]\nanonymous = "demo"\n', "[identity]\nrefresh_seconds = 1\n")
        text = text.replace(
            f"port = {system.gateway}\n",
            f'port = {system.gateway}\ntls = {{certificate = "file:{self.identity}", trust_domain = "plan.example"}}\n',
        )
        more = MORE.format(
            key=digest(b"sk-bound"), near=digest(b"sk-near"), far=digest(b"sk-far"),
            certificate=digest(der(self.workload)), bundle=folder / "bundle.json",
        )  # fmt: skip
        system.file.write_text(text + more)

    def ask(self, key="any", *, certificate=None):
        """Asks with a key and perhaps a certificate; returns what was said, or the error."""
        context = ssl.create_default_context(cadata=self.server.pem.decode())
        if certificate is not None:
            (self.folder / "client.pem").write_bytes(certificate)
            context.load_cert_chain(self.folder / "client.pem")
        with (
            httpx.Client(verify=context) as http,
            openai.OpenAI(
                base_url=f"https://127.0.0.1:{self.system.gateway}/v1", api_key=key, max_retries=0, http_client=http
            ) as client,
        ):
            try:
                asked = [{"role": "user", "content": "hi"}]
                return client.chat.completions.create(model="lab-assistant", messages=asked).choices[0].message.content
            except openai.OpenAIError as error:
                return error


def digest(data):
    return hashlib.sha256(data).hexdigest()


def der(pem):
    text = pem.decode()
    return ssl.PEM_cert_to_DER_cert(text[text.index("-----BEGIN CERT") :])


@pytest.fixture(scope="module")
def clients(make_system, tmp_path_factory):
    system = make_system()
    made = Clients(system, tmp_path_factory.mktemp("tls"))
    system.start()
    deadline = time.monotonic() + 10
    while made.ask(certificate=made.workload) != SAID and time.monotonic() < deadline:
        time.sleep(0.1)  # until the bundle was fetched nobody of the domain is known
    return made


SAID = "You wrote: hi"


def denied(said):
    return isinstance(said, openai.AuthenticationError)


def test_a_workload_is_known_by_its_certificate_or_its_token(clients, eventually):
    assert eventually(10, lambda: clients.ask(certificate=clients.workload) == SAID)
    token = clients.domain.token("/ns/claims/b", now=int(time.time()))
    assert clients.ask(token) == SAID
    calls = clients.system.events("gateway.call.opened")
    principals = [payload.input.principal for _, payload in calls if payload.input.principal != "unknown"]
    assert principals[-2:] == ["spiffe://plan.example/ns/claims/a", "spiffe://plan.example/ns/claims/b"]


def test_who_shows_neither_is_nobody(clients):
    assert denied(clients.ask())
    assert denied(clients.ask(clients.domain.token("/ns/other", now=int(time.time()))))
    assert denied(clients.ask(TestDomain().token("/ns/claims/a", now=int(time.time()))))
    assert denied(clients.ask(certificate=clients.domain.certificate("/ns/other")))


def test_a_certificate_of_another_authority_is_turned_away_at_the_door(clients):
    assert isinstance(clients.ask(certificate=TestDomain().certificate("/ns/claims/a")), openai.APIConnectionError)


def test_a_key_counts_with_its_certificate_and_from_its_networks_alone(clients):
    assert clients.ask("sk-bound", certificate=clients.workload) == SAID
    assert denied(clients.ask("sk-bound"))
    assert denied(clients.ask("sk-bound", certificate=clients.domain.certificate("/ns/claims/a")))
    assert clients.ask("sk-near") == SAID
    assert denied(clients.ask("sk-far"))


def test_the_gateway_answers_probes_and_speaks_nothing_but_tls(clients, eventually):
    address = f"127.0.0.1:{clients.system.gateway}"
    context = ssl.create_default_context(cadata=clients.server.pem.decode())
    assert httpx.get(f"https://{address}/readyz", verify=context).status_code == 200
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://{address}/readyz")
    console = f"http://127.0.0.1:{clients.system.console}/readyz"
    eventually(5, lambda: httpx.get(console).status_code == 200)


def test_another_bundle_and_another_certificate_are_in_force_without_a_start(clients, eventually):
    """A connection that was made by the bundle before is closed behind its answer."""
    context = ssl.create_default_context(cadata=clients.server.pem.decode())
    (clients.folder / "kept.pem").write_bytes(clients.workload)
    context.load_cert_chain(clients.folder / "kept.pem")
    address = f"https://127.0.0.1:{clients.system.gateway}"
    with httpx.Client(verify=context, base_url=address) as kept:
        asked = {"model": "lab-assistant", "messages": [{"role": "user", "content": "hi"}]}
        assert kept.post("/v1/chat/completions", json=asked).status_code == 200
        other = TestDomain()
        (clients.folder / "bundle.json").write_text(other.bundle())
        assert eventually(10, lambda: clients.ask(certificate=other.certificate("/ns/claims/a")) == SAID)
        assert isinstance(clients.ask(certificate=clients.workload), openai.APIConnectionError)
        with pytest.raises(httpx.TransportError):
            kept.post("/v1/chat/completions", json=asked)
    clients.server = Authority("another")
    clients.identity.write_bytes(clients.server.issue("127.0.0.1"))
    (clients.folder / "bundle.json").write_text(clients.domain.bundle())
    assert eventually(10, lambda: clients.ask(certificate=clients.workload) == SAID)


def test_nothing_of_a_token_or_a_certificate_is_in_a_log(clients):
    assert not re.search(r"BEGIN CERT|ey[A-Za-z0-9_-]{20}", clients.system.log)
