import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asepsis.core.errors import Bug, NotTrusted
from asepsis.tools.passes.tokens import Pass, mint

CALL = {"claim_id": "c-1", "amount": 120.5}


def test_a_token_holds_for_its_call_once(verifier, token):
    made = token(CALL)
    assert verifier.verify(made, tool="pay", arguments={"amount": 120.5, "claim_id": "c-1"}).sub == "agent"
    with pytest.raises(NotTrusted):
        verifier.verify(made, tool="pay", arguments=CALL)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("pay_all", CALL),
        ("pay", CALL | {"amount": 999}),
        ("pay", CALL | {"note": ""}),
        ("pay", {}),
    ],
)
def test_a_token_holds_for_no_other_call(verifier, token, tool, arguments):
    with pytest.raises(NotTrusted):
        verifier.verify(token(CALL), tool=tool, arguments=arguments)


@pytest.mark.parametrize("claims", [{"aud": "other"}, {"iat": 1, "exp": 61}, {"iat": 1_000_010, "exp": 1_000_060}])
def test_a_token_holds_for_its_server_and_its_minute(verifier, token, claims):
    with pytest.raises(NotTrusted):
        verifier.verify(token(CALL, **claims), tool="pay", arguments=CALL)


def test_no_token_lasts_longer_than_a_minute(token):
    with pytest.raises(Bug):
        token(CALL, iat=1_000_000, exp=1_000_061)


def test_another_key_signs_nothing(verifier, token, key):
    other = Ed25519PrivateKey.generate()
    body = token(CALL).rsplit(".", 1)[0]
    signature = base64.urlsafe_b64encode(other.sign(body.encode())).rstrip(b"=").decode()
    with pytest.raises(NotTrusted):
        verifier.verify(f"{body}.{signature}", tool="pay", arguments=CALL)


@pytest.mark.parametrize("algorithm", ["none", "HS256", "EdDSA"])
def test_no_other_header_is_taken(verifier, token, algorithm):
    header = base64.urlsafe_b64encode(json.dumps({"alg": algorithm, "typ": "asepsis-call+jwt"}).encode()).rstrip(b"=")
    with pytest.raises(NotTrusted):
        verifier.verify(f"{header.decode()}.{token(CALL).split('.', 1)[1]}", tool="pay", arguments=CALL)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200))
def test_any_other_text_is_not_trusted(verifier, text):
    with pytest.raises(NotTrusted):
        verifier.verify(text, tool="pay", arguments=CALL)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 300), st.integers(1, 255))
def test_no_bit_of_a_token_can_be_turned(verifier, token, at, flip):
    made = bytearray(token(CALL).encode())
    made[at % len(made)] ^= flip
    with pytest.raises(NotTrusted):
        verifier.verify(made.decode("latin-1"), tool="pay", arguments=CALL)


def test_what_json_can_not_say_has_no_digest(key):
    with pytest.raises(Bug):
        mint(Pass("a", "b", "c", (), "d", "e", "f", 0, 0), key)
