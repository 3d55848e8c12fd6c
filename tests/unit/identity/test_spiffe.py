"""Workloads: who stands behind an SVID, and all the ways one can be wrong."""

import json
import ssl

import pytest
from joserfc.jwk import ECKey, OctKey

from asepsis.core.types import Principal, Purpose
from asepsis.identity.config import TrustDomain, WorkloadRule
from asepsis.identity.spiffe import MOST, Svids
from asepsis.testing.certificates import Authority
from asepsis.testing.clock import ManualClock
from asepsis.testing.workloads import TestDomain

NOW = 1_700_000_000
RULES = (
    WorkloadRule("/ns/claims/*", "claims", ("service",), Purpose.PAYMENT),
    WorkloadRule("/ns/care/agent", "care"),
)
CLAIMS = Principal("local", "spiffe://plan.example/ns/claims/a", "claims", (("purpose", "HPAYMT"), ("role", "service")))


@pytest.fixture(scope="module")
def domain():
    return TestDomain()


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def svids(domain, clock):
    """Returns what knows the domain's workloads."""

    def make(*, shown="plan.example", bundle=None, **changes):
        settings = {"name": domain.name, "bundle": "f", "workloads": RULES, "audience": "asepsis", **changes}
        one = TrustDomain(**settings)
        keys = {one.source: domain.bundle() if bundle is None else bundle}
        return Svids([one], keys, tenant="local", clock=clock, shown=shown)

    return make


def der(pem):
    text = pem.decode()
    return ssl.PEM_cert_to_DER_cert(text[text.index("-----BEGIN CERT") :])


def test_a_token_says_which_workload_calls(domain, svids):
    known = svids()
    token = domain.token("/ns/claims/a", now=NOW)
    assert known.is_one(token)
    assert known.token(token).principal == CLAIMS


def test_the_first_entry_that_fits_says_what_a_workload_is(domain, svids):
    assert svids().token(domain.token("/ns/care/agent", now=NOW)).principal.application == "care"
    assert svids().token(domain.token("/ns/care/other", now=NOW)) is None


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "other"}, {"aud": []}, {"aud": None}, {"exp": None}, {"exp": NOW - 31}, {"exp": NOW + 90_000},
        {"sub": "spiffe://other.example/ns/claims/a"}, {"sub": "spiffe://plan.example/ns/claims/../a"}, {"sub": None},
        {"sub": "ann"}, {"exp": "soon"}, {"exp": 1e300},
    ],
)  # fmt: skip
def test_a_token_that_does_not_hold_is_nobodys(domain, svids, claims):
    assert svids().token(domain.token("/ns/claims/a", now=NOW, **claims)) is None


def test_a_token_is_for_us_by_one_of_its_audiences(domain, svids):
    assert svids().token(domain.token("/ns/claims/a", now=NOW, aud=["other", "asepsis"]))
    assert svids().token(domain.token("/ns/claims/a", now=NOW, aud="asepsis"))


def test_without_an_audience_no_token_is_taken(domain, svids):
    assert svids(audience="").token(domain.token("/ns/claims/a", now=NOW, aud="")) is None


def test_a_token_under_another_key_is_nobodys(domain, svids):
    other = ECKey.generate_key("P-256", {"kid": "workloads"}, private=True)
    shared = OctKey.import_key(json.dumps(domain.key.as_dict(private=False)), {"kid": "workloads"})
    assert svids().token(domain.token("/ns/claims/a", now=NOW, key=other)) is None
    assert svids().token(domain.token("/ns/claims/a", now=NOW, key=shared, alg="HS256")) is None
    assert svids(bundle="").token(domain.token("/ns/claims/a", now=NOW)) is None


def test_a_token_is_good_until_its_time_is_up_however_often_it_was_seen(domain, svids, clock):
    known, token = svids(), domain.token("/ns/claims/a", now=NOW)
    assert known.token(token)
    clock.advance(milliseconds=331_000)
    assert known.token(token) is None


@pytest.mark.parametrize("token", ["", "ey", "ey..", "ey.e30.", "ey.WzFd.x", "ey." + "A" * MOST + "."])
def test_what_is_no_token_is_nobodys(svids, token):
    known = svids()
    assert not known.is_one(token)
    assert known.token(token) is None


def test_a_certificate_says_which_workload_calls(domain, svids):
    assert svids().certificate(der(domain.certificate("/ns/claims/a"))).principal == CLAIMS


def test_a_certificate_counts_where_the_listener_trusts_its_domain_alone(domain, svids):
    certificate = der(domain.certificate("/ns/claims/a"))
    assert svids(shown="").certificate(certificate) is None
    assert svids(shown="other.example").certificate(certificate) is None


@pytest.mark.parametrize(
    ("names", "changes"),
    [
        (("spiffe://plan.example/ns/claims/a",), {"signs": True}),  # an authority's
        (("spiffe://plan.example/ns/claims/a",), {}),  # without a usage
        (("spiffe://plan.example/ns/claims/a", "spiffe://plan.example/ns/care/agent"), {"signs": False}),
        (("spiffe://plan.example/ns/claims/a", "host.example"), {"signs": False}),
        (("host.example",), {"signs": False}),
        (("https://plan.example/ns/claims/a",), {"signs": False}),
        (("spiffe://other.example/ns/claims/a",), {"signs": False}),
        (("spiffe://plan.example/ns/nothing",), {"signs": False}),
        (("spiffe://plan.example/ns/claims/a",), {"signs": False, "expired": True}),
    ],
)
def test_a_certificate_that_is_no_workloads_is_nobodys(svids, names, changes):
    assert svids().certificate(der(Authority("any").issue(*names, **changes))) is None


@pytest.mark.parametrize("certificate", [b"", b"\x30\x03\x02\x01\x01", b"\xff" * (MOST + 1)])
def test_what_is_no_certificate_is_nobodys(svids, certificate):
    assert svids().certificate(certificate) is None
