"""Callers' keys: until when, from where and with which certificate they are good."""

import hashlib

import pytest

from asepsis.core.errors import ConfigError
from asepsis.core.ports import UNSEEN, Peer
from asepsis.identity.callers import Callers, certificate_thumbprint
from asepsis.identity.config import Caller
from asepsis.testing.clock import ManualClock

DIGEST = hashlib.sha256(b"sk").hexdigest()
CERTIFICATE = hashlib.sha256(b"der").hexdigest()


def good(peer, **binding):
    callers = Callers([Caller(DIGEST, "claims", **binding)], tenant="local", clock=ManualClock())
    return callers.good(callers.known("sk"), peer)


@pytest.mark.parametrize(
    ("address", "is_good"),
    [
        ("10.1.2.3", True), ("10.2.0.1", False), ("fd00::7", True), ("fe80::1", False), ("::ffff:10.1.2.3", True),
        ("", False), ("unix", False),
    ],
)  # fmt: skip
def test_a_key_may_count_from_some_networks_alone(address, is_good):
    assert good(Peer(address), networks=("10.1.0.0/16", "fd00::/8")) is is_good


@pytest.mark.parametrize(("certificate", "is_good"), [(b"der", True), (b"other", False), (b"", False)])
def test_a_key_may_count_with_a_certificate_alone(certificate, is_good):
    assert good(Peer("10.1.2.3", certificate), certificate_sha256=CERTIFICATE) is is_good


def test_a_key_that_is_bound_to_both_needs_both():
    binding = {"networks": ("10.1.0.0/16",), "certificate_sha256": CERTIFICATE.upper()}
    assert good(Peer("10.1.2.3", b"der"), **binding)
    assert not good(Peer("10.1.2.3"), **binding)
    assert not good(Peer("10.2.2.3", b"der"), **binding)


def test_a_key_that_is_bound_to_nothing_counts_from_anywhere():
    assert good(UNSEEN)
    assert good(Peer("unix"))


@pytest.mark.parametrize(
    ("binding", "place"),
    [
        ({"networks": ("10.1.0.1/16",)}, "identity.callers[0].networks"),
        ({"networks": ("here",)}, "identity.callers[0].networks"),
        ({"certificate_sha256": "12"}, "identity.callers[0].certificate_sha256"),
        ({"expires": "soon"}, "identity.callers[0].expires"),
    ],
)
def test_a_binding_that_is_none_is_refused_at_its_place(binding, place):
    with pytest.raises(ConfigError) as refused:
        Callers([Caller(DIGEST, "claims", **binding)], tenant="local", clock=ManualClock())
    assert refused.value.place == place


def test_a_thumbprint_is_written_as_tokens_write_it():
    # RFC 7515 appendix C: base64url without padding
    assert certificate_thumbprint(b"") == ""
    assert certificate_thumbprint(b"abc") == "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"
