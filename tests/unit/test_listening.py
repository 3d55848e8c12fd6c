"""The TLS that clients meet: of what, and when it is another one."""

import ssl

import msgspec
import pytest

from asepsis.gateway.config import GatewayConfig, ListenTls
from asepsis.identity.config import IdentityConfig, TrustDomain, WorkloadRule
from asepsis.listening import serving
from asepsis.settings import Settings, Snapshot
from asepsis.testing.certificates import Authority
from asepsis.testing.workloads import TestDomain

DOMAIN = TrustDomain("plan.example", "bundle.json", (WorkloadRule("/a", "demo"),))


@pytest.fixture
def current(monkeypatch):
    """Returns a snapshot with TLS; `tls` are its settings, `bundle` is what was fetched."""
    monkeypatch.setenv("PEM", Authority("A").issue("gateway").decode())

    def make(bundle="", **tls):
        gateway = GatewayConfig(tls=ListenTls("env:PEM", **tls))
        settings = Settings(gateway=gateway, identity=IdentityConfig(trust_domains=(DOMAIN,)))
        return Snapshot(settings, "digest", keys={DOMAIN.source: bundle} if bundle else {})

    return make


def test_without_a_certificate_there_is_none():
    assert serving(None, Snapshot(Settings(), "digest")) is None


def test_clients_are_asked_where_somebody_is_trusted(current, tmp_path):
    assert serving(None, current()).verify_mode is ssl.CERT_NONE
    (tmp_path / "ca.pem").write_bytes(Authority("ours").pem)
    asked = serving(None, current(client_ca=str(tmp_path / "ca.pem")))
    assert (asked.verify_mode, len(asked.get_ca_certs())) == (ssl.CERT_OPTIONAL, 1)


def test_until_the_bundle_is_there_nobodys_certificate_is_taken(current):
    asked = serving(None, current(trust_domain="plan.example"))
    assert (asked.verify_mode, asked.get_ca_certs()) == (ssl.CERT_OPTIONAL, [])


def test_it_is_another_one_when_the_bundle_or_the_secret_is_and_not_for_other_keys(current):
    domain = TestDomain()
    before = current(trust_domain="plan.example")
    after = current(domain.bundle(), trust_domain="plan.example")
    assert serving(before, after).get_ca_certs(binary_form=True) == [domain.authority.der]
    others = msgspec.structs.replace(after, keys={**after.keys, "corp https://x": "{}"})
    assert serving(after, others) is None
    assert serving(after, msgspec.structs.replace(after, secrets="another")) is not None
