"""The TLS that clients meet: of what, and when it is another one."""

import ssl

import msgspec
import pytest

from asepsis.building import gateway_tls
from asepsis.gateway.config import GatewayConfig
from asepsis.identity.config import IdentityConfig, ListenTls, TrustDomain, WorkloadRule
from asepsis.listening import Renewed, serving
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
    assert serving(gateway_tls, None, Snapshot(Settings(), "digest")) is None


def test_clients_are_asked_where_somebody_is_trusted(current, tmp_path):
    assert serving(gateway_tls, None, current()).verify_mode is ssl.CERT_NONE
    (tmp_path / "ca.pem").write_bytes(Authority("ours").pem)
    asked = serving(gateway_tls, None, current(client_ca=str(tmp_path / "ca.pem")))
    assert (asked.verify_mode, len(asked.get_ca_certs())) == (ssl.CERT_OPTIONAL, 1)


def test_until_the_bundle_is_there_nobodys_certificate_is_taken(current):
    asked = serving(gateway_tls, None, current(trust_domain="plan.example"))
    assert (asked.verify_mode, asked.get_ca_certs()) == (ssl.CERT_OPTIONAL, [])


def test_it_is_another_one_when_the_bundle_or_the_secret_is_and_not_for_other_keys(current):
    domain = TestDomain()
    before = current(trust_domain="plan.example")
    after = current(domain.bundle(), trust_domain="plan.example")
    assert serving(gateway_tls, before, after).get_ca_certs(binary_form=True) == [domain.authority.der]
    others = msgspec.structs.replace(after, keys={**after.keys, "corp https://x": "{}"})
    assert serving(gateway_tls, after, others) is None
    assert serving(gateway_tls, after, msgspec.structs.replace(after, secrets="another")) is not None


class Server:
    def __init__(self):
        self.renewed = 0

    def renew(self):
        self.renewed += 1


def test_a_listener_follows_the_settings_and_closes_what_was_made_by_other_certificates(current):
    domain, server = TestDomain(), Server()
    before = current(trust_domain="plan.example")
    renewed = Renewed(gateway_tls, before)
    renewed.look(before, server)
    assert server.renewed == 0
    renewed.look(current(domain.bundle(), trust_domain="plan.example"), server)
    assert server.renewed == 1
    assert renewed.tls.current.get_ca_certs(binary_form=True) == [domain.authority.der]


def test_a_listener_without_tls_has_none_later_either(current):
    renewed, server = Renewed(gateway_tls, Snapshot(Settings(), "digest")), Server()
    renewed.look(current(), server)
    assert (renewed.tls, server.renewed) == (None, 0)
