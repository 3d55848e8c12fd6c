"""Proofs for tests."""

from joserfc import jws

from asepsis.testing.proofs import Prover


def test_each_proof_is_signed_and_has_an_id_of_its_own():
    prover = Prover()
    made = [prover.proof("GET", "http://h/p", now=1, token="t") for _ in range(2)]
    read = [jws.deserialize_compact(one, prover.key, algorithms=["ES256"]) for one in made]
    assert read[0].payload != read[1].payload
    assert read[0].headers()["typ"] == "dpop+jwt"


def test_a_claim_can_be_changed_or_taken_out():
    prover = Prover()
    read = jws.deserialize_compact(prover.proof("GET", "http://h/p", now=1, htm="PUT", iat=None), prover.key)
    assert b'"PUT"' in read.payload
    assert b"iat" not in read.payload
