"""The protocol of signing in: what of a provider's and a browser's words counts."""

import json
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from asepsis.console import oidc
from asepsis.console.config import SignIn
from asepsis.core.errors import InputError, NotTrusted
from asepsis.identity.config import Issuer, RoleOf
from asepsis.identity.keysets import key_set
from asepsis.testing.issuer import TestIssuer
from asepsis.testing.randomness import SeededRandomness

NAME = "https://issuer.example"
NOW = 1_800_000_000
CONFIG = SignIn("corp", "console", acr=("gold",))
ISSUER = Issuer("corp", NAME, "asepsis", "f", "demo", roles=(RoleOf("g-1", "viewer"), RoleOf("g-2", "other")))
PROVIDER = oidc.Provider(
    NAME, f"{NAME}/authorize", f"{NAME}/token", authorization_response_iss_parameter_supported=True
)
OVER = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture
def issuer():
    return TestIssuer(NAME)


def begun(**more):
    return msgspec.structs.replace(oidc.begin(SeededRandomness(seed=1), NOW, path="/x", again=False), **more)


def claims(one, **more):
    said = {"aud": "console", "nonce": one.nonce, "auth_time": NOW, "groups": ["g-1", "g-9"], "acr": "gold", "sid": "s"}
    return {**said, "client_id": None, **more}


def token(issuer, one, *, typ="JWT", **more):
    return issuer.token("ann", now=NOW, typ=typ, **claims(one, **more))


def read(issuer, one, id_token):
    data = json.dumps({"id_token": id_token, "access_token": "x"}).encode()
    return oidc.signed_in(data, one, key_set(issuer.key_set().encode()), ISSUER, CONFIG, now=NOW + 1)


def test_each_sign_in_has_secrets_of_its_own_and_the_verifier_stays_here():
    one, other = (oidc.begin(SeededRandomness(seed=seed), NOW, path="/", again=False) for seed in (1, 2))
    assert len({one.state, one.nonce, one.verifier, other.state, other.nonce, other.verifier}) == 6
    assert all(len(text) == 43 for text in (one.state, one.nonce, one.verifier))
    address = oidc.address(PROVIDER, one, CONFIG, back="https://c/sign-in/back")
    asked = parse_qs(urlsplit(address).query)
    assert one.verifier not in address
    assert (asked["code_challenge_method"], asked["response_type"]) == (["S256"], ["code"])
    assert "max_age" not in asked


def test_once_more_means_fresh_and_strong():
    asked = parse_qs(urlsplit(oidc.address(PROVIDER, begun(again=True), CONFIG, back="https://c/")).query)
    assert (asked["max_age"], asked["acr_values"]) == (["0"], ["gold"])


@pytest.mark.parametrize(
    ("change", "later", "good"),
    [
        ({}, 0, True),
        ({"state": "other"}, 0, False),
        ({"state": None}, 0, False),
        ({"iss": "https://other.example"}, 0, False),
        ({"iss": None}, 0, False),
        ({"code": None}, 0, False),
        ({}, 600, False),
    ],
)
def test_an_answer_counts_once_it_is_to_this_sign_in_and_of_this_provider(change, later, good):
    one = begun()
    query = {"code": "c", "state": one.state, "iss": NAME, **change}
    query = {name: value for name, value in query.items() if value is not None}
    if good:
        assert oidc.code(PROVIDER, one, query, NOW + later) == "c"
    else:
        with pytest.raises(NotTrusted):
            oidc.code(PROVIDER, one, query, NOW + later)


def test_a_provider_that_promises_no_issuer_in_its_answers_may_leave_it_out():
    one, plain = begun(), msgspec.structs.replace(PROVIDER, authorization_response_iss_parameter_supported=False)
    assert oidc.code(plain, one, {"code": "c", "state": one.state}, NOW) == "c"
    with pytest.raises(NotTrusted):
        oidc.code(plain, one, {"code": "c", "state": one.state, "iss": "https://evil.example"}, NOW)


def test_who_signed_in_is_read_of_the_token(issuer):
    one = begun()
    assert read(issuer, one, token(issuer, one)) == oidc.SignedIn("ann", "s", ("viewer",), "gold", (), NOW)


@pytest.mark.parametrize(
    "more",
    [
        {"aud": "asepsis"},
        {"aud": ["console", "other"]},
        {"azp": "other"},
        {"iss": "https://other.example"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": NOW - 100},
        {"iat": NOW + 100},
        {"nbf": NOW + 100},
        {"sub": ""},
        {"sub": "a\nb"},
        {"sub": "x" * 300},
        {"sub": None},
        {"groups": "g-1"},
        {"groups": ["x"] * 600},
        {"exp": "soon"},
        {"typ": "at+jwt"},
        {"typ": "logout+jwt"},
    ],
)
def test_a_token_that_does_not_fit_is_nobodys(issuer, more):
    one = begun()
    with pytest.raises(NotTrusted):
        read(issuer, one, token(issuer, one, **more))


def test_several_audiences_need_the_authorised_party(issuer):
    one = begun()
    assert read(issuer, one, token(issuer, one, aud=["console", "other"], azp="console")).subject == "ann"


def test_an_old_sign_in_is_none_where_a_fresh_one_was_asked_for(issuer):
    one = begun(again=True)
    assert read(issuer, one, token(issuer, one, auth_time=NOW - 10)).at == NOW - 10
    for old in (NOW - 100, None):
        with pytest.raises(NotTrusted):
            read(issuer, one, token(issuer, one, auth_time=old))


def test_a_sign_in_that_does_not_say_when_is_none_of_now(issuer):
    """A provider whose session goes on for hours gives a new token for it at once."""
    one = begun()
    assert read(issuer, one, token(issuer, one, auth_time=None)).at == 0


def test_another_key_none_and_a_shared_secret_sign_nothing(issuer):
    one = begun()
    payload = {"iss": NAME, "sub": "ann", "exp": NOW + 60, "iat": NOW, "nonce": one.nonce, "aud": "console"}
    stolen = ECKey.generate_key("P-256", {"kid": "key-0"}, private=True)
    forged = [jwt.encode({"alg": "ES256", "kid": "key-0"}, payload, stolen)]
    public = json.loads(issuer.key_set())["keys"][0]["x"]
    forged.append(jwt.encode({"alg": "HS256", "kid": "key-0"}, payload, OctKey.import_key(public)))
    forged.append(token(issuer, one).rpartition(".")[0] + ".")
    for one_forged in forged:
        with pytest.raises(NotTrusted):
            read(issuer, one, one_forged)


@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda text: json.dumps({"id_token": text}).encode()))
def test_whatever_comes_it_is_trusted_or_it_is_not(data):
    issuer = TestIssuer(NAME)
    with pytest.raises(NotTrusted):
        oidc.signed_in(data, begun(), key_set(issuer.key_set().encode()), ISSUER, CONFIG, now=NOW)


def logout(issuer, *, typ="logout+jwt", **more):
    said = {"aud": "console", "client_id": None, "events": {OVER: {}}, "sid": "s", **more}
    made = issuer.token("ann", now=NOW, typ=typ, **said)
    return oidc.ended(made, key_set(issuer.key_set().encode()), ISSUER, CONFIG, now=NOW + 1)


def test_a_logout_token_names_whose_session_is_over(issuer):
    assert logout(issuer) == ("ann", "s")
    assert logout(issuer, sub=None) == ("", "s")
    assert logout(issuer, typ="JWT", sid=None) == ("ann", "")


@pytest.mark.parametrize(
    "more",
    [
        {"nonce": "n"},
        {"events": {}},
        {"events": None},
        {"aud": "other"},
        {"sub": None, "sid": None},
        {"exp": NOW - 100},
        {"jti": None},
        {"typ": "at+jwt"},
    ],
)
def test_what_is_no_logout_token_ends_nothing(issuer, more):
    with pytest.raises(NotTrusted):
        logout(issuer, **more)


def test_metadata_of_another_issuer_is_not_taken():
    data = msgspec.json.encode(PROVIDER)
    assert oidc.provider(data, issuer=NAME) == PROVIDER
    with pytest.raises(NotTrusted):
        oidc.provider(data, issuer="https://other.example")
    with pytest.raises(InputError):
        oidc.provider(b"{}", issuer=NAME)


def test_a_client_says_who_it_is():
    assert oidc.form(begun(), "c", CONFIG, back="b")["client_id"] == "console"
    secret = msgspec.structs.replace(CONFIG, client_secret="env:X")
    assert "client_id" not in oidc.form(begun(), "c", secret, back="b")
    assert oidc.credentials("a:b", "s") == (("authorization", "Basic YSUzQWI6cw=="),)
    assert oidc.credentials("a", "") == ()
