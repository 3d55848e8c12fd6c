"""Proofs of possession: the one that holds, and all that do not."""

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, OKPKey

from asepsis.identity.dpop import SECONDS, thumbprint
from asepsis.testing.proofs import Prover

NOW = 1_700_000_000
ADDRESS = "https://gateway.example/v1/chat/completions"


class Memory:
    def __init__(self):
        self.shown = set()

    def first(self, value, /, *, seconds):
        assert seconds > 2 * SECONDS
        fresh = value not in self.shown
        self.shown.add(value)
        return fresh


@pytest.fixture
def check():
    memory = Memory()
    return lambda proof, **changes: thumbprint(
        proof, **{"method": "POST", "address": ADDRESS, "token": "asg_1", "now": NOW, "seen": memory} | changes
    )


@pytest.fixture
def prover():
    return Prover()


def test_a_proof_for_this_request_and_token_holds_once(check, prover):
    proof = prover.proof("POST", ADDRESS, now=NOW, token="asg_1")
    assert check(proof) == prover.key.thumbprint()
    assert check(proof) == ""


def test_the_address_is_compared_in_its_normal_form(check, prover):
    said = "HTTPS://Gateway.Example:443/v1/chat/completions?x=1"
    assert check(prover.proof("POST", said, now=NOW, token="asg_1")) == prover.key.thumbprint()


@pytest.mark.parametrize(
    "changes",
    [
        {"htm": "GET"},
        {"htu": "https://gateway.example/v1/messages"},
        {"htu": "https://other.example/v1/chat/completions"},
        {"htu": "http://gateway.example/v1/chat/completions"},
        {"ath": "AAAA"},
        {"ath": None},
        {"iat": NOW - SECONDS - 1},
        {"iat": NOW + SECONDS + 1},
        {"iat": "now"},
        {"iat": None},
        {"jti": ""},
        {"jti": None},
        {"typ": "JWT"},
        {"htu": "https://[gateway"},
    ],
)
def test_a_proof_of_something_else_does_not(check, prover, changes):
    assert check(prover.proof("POST", ADDRESS, now=NOW, **{"token": "asg_1"} | changes)) == ""


def test_a_proof_signed_with_another_key_than_it_shows_does_not(check, prover):
    other = Prover()
    proof = prover.proof("POST", ADDRESS, now=NOW, token="asg_1", jwk=other.key.as_dict(private=False))
    assert check(proof) == ""


def test_a_proof_that_shows_a_private_or_a_shared_key_does_not(check, prover):
    assert check(prover.proof("POST", ADDRESS, now=NOW, token="asg_1", jwk=prover.key.as_dict(private=True))) == ""
    key = OctKey.generate_key(256)
    head = {"alg": "HS256", "typ": "dpop+jwt", "jwk": key.as_dict()}
    assert check(jws.serialize_compact(head, "{}", key, algorithms=["HS256"])) == ""


def test_a_proof_of_an_edwards_key_holds(check):
    prover = Prover()
    prover.key = OKPKey.generate_key("Ed25519")
    head = {"alg": "Ed25519", "typ": "dpop+jwt", "jwk": prover.key.as_dict(private=False)}
    body = f'{{"jti":"1","htm":"POST","htu":"{ADDRESS}","iat":{NOW}}}'
    assert check(jws.serialize_compact(head, body, prover.key, algorithms=["Ed25519"]), token="")


def test_a_key_of_another_curve_than_the_algorithm_needs_does_not(check):
    key = ECKey.generate_key("P-384")
    head = {"alg": "ES384", "typ": "dpop+jwt", "jwk": key.as_dict(private=False)}
    assert check(jws.serialize_compact(head, "{}", key, algorithms=["ES384"])) == ""


@pytest.mark.parametrize("proof", ["", "a.b.c", "?" * 3, "e30.e30.", "x" * 5000, "é.é.é", "e30.e30.e30"])
def test_what_is_no_proof_does_not(check, proof):
    assert check(proof) == ""
