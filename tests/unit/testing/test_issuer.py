"""The issuer of tests."""

import json

from joserfc import jwt
from joserfc.jwk import KeySet

from asepsis.testing.issuer import TestIssuer, claims


def test_its_tokens_hold_under_its_keys_and_the_old_key_stays_for_a_while():
    issuer = TestIssuer()
    old = issuer.token("ann", now=1_700_000_000)
    issuer.rotate()
    new = issuer.token("ann", now=1_700_000_000, groups=["g"])
    keys = KeySet.import_key_set(json.loads(issuer.key_set()))
    assert jwt.decode(old, keys, algorithms=["ES256"]).header["typ"] == "at+jwt"
    assert jwt.decode(new, keys, algorithms=["ES256"]).claims["groups"] == ["g"]
    assert all("d" not in key for key in json.loads(issuer.key_set())["keys"])


def test_a_claim_that_is_none_is_left_out():
    assert "aud" not in claims("https://i", "ann", now=1, aud=None)
