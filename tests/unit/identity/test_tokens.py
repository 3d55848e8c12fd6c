"""Callers known by access tokens, and all the ways a token can be wrong."""

import base64
import json
import re

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey

from asepsis.core.types import Principal
from asepsis.identity.config import Issuer, RoleOf
from asepsis.identity.tokens import MOST, TokenIdentifier
from asepsis.testing.clock import ManualClock
from asepsis.testing.issuer import TestIssuer, claims, sign

NOW = 1_700_000_000


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def issuer():
    return TestIssuer()


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def known(issuer, clock):
    """Returns what knows the issuer's tokens; `changes` are fields of its settings."""

    def make(**changes):
        settings = {
            "roles": (RoleOf("g-rep", "member-services"), RoleOf("g-all", "staff")),
            "name": "corp", "issuer": issuer.name, "audience": "asepsis", "jwks": "f", "application": "chat",
            **changes,
        }  # fmt: skip
        return TokenIdentifier([Issuer(**settings)], {"corp f": issuer.key_set()}, tenant="local", clock=clock)

    return make


def test_a_token_says_who_calls_in_which_roles_and_for_what(issuer, known):
    token = issuer.token("ann", now=NOW, groups=["g-rep", "g-all", "g-other"], purpose_of_use="TREAT")
    said = (("purpose", "TREAT"), ("role", "member-services"), ("role", "staff"))
    assert known().principal(token) == Principal("local", "corp:ann", "chat", said)


def test_several_audiences_are_fine_where_ours_is_among_them(issuer, known):
    assert known().principal(issuer.token("ann", now=NOW, aud=["other", "asepsis"]))


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": {"asepsis": 1}},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 300},
        {"sub": "ann\nbob"},
        {"sub": "ann\x1b[2J"},
        {"sub": "ann\u202ebob"},
        {"exp": NOW - 31},
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
        {"exp": NOW + 90_000},
        {"iat": NOW + 31},
        {"iat": None},
        {"nbf": NOW + 31},
        {"jti": None},
        {"client_id": None},
        {"client_id": ["portal"]},
        {"groups": "g-rep"},
        {"purpose_of_use": "FUN"},
        {"purpose_of_use": ["TREAT"]},
        {"act": "ann"},
        {"act": {}},
        {"act": {"sub": "bot", "act": 1}},
    ],
)
def test_a_claim_that_is_wrong_or_missing(issuer, known, wrong):
    assert known().principal(issuer.token("ann", now=NOW, **wrong)) is None


@pytest.mark.parametrize("time", ["1e400", "-1e400", "NaN", "Infinity", "9" * 400, "9" * 5000])
@pytest.mark.parametrize("claim", ["exp", "iat"])
def test_a_time_that_is_none(known, claim, time):
    key = ECKey.generate_key("P-256", {"kid": "k"}, private=True)
    keys = json.dumps({"keys": [key.as_dict(private=False)]})
    known = TokenIdentifier([Issuer("corp", "https://i", "asepsis", "f", "chat")], {"corp f": keys}, tenant="t",
                            clock=ManualClock())  # fmt: skip
    good = json.dumps(claims("https://i", "ann", now=NOW))
    bad = re.sub(rf'"{claim}": \d+', f'"{claim}": {time}', good)
    head = {"alg": "ES256", "typ": "at+jwt", "kid": "k"}
    assert known.principal(jws.serialize_compact(head, good.encode(), key))
    assert known.principal(jws.serialize_compact(head, bad.encode(), key)) is None


@pytest.mark.parametrize("near", [{"exp": NOW - 29}, {"iat": NOW + 29}, {"exp": NOW + 10.5}])
def test_clocks_may_differ_a_little(issuer, known, near):
    assert known().principal(issuer.token("ann", now=NOW, **near))


@pytest.mark.parametrize("typ", ["JWT", "", "id_token", "application/jwt"])
def test_an_id_token_is_no_access_token(issuer, known, typ):
    assert known().principal(issuer.token("ann", now=NOW, typ=typ)) is None


def test_the_long_form_of_the_type(issuer, known):
    assert known().principal(issuer.token("ann", now=NOW, typ="application/AT+JWT"))


def test_a_client_that_is_not_admitted(issuer, known):
    assert known(clients=("portal",)).principal(issuer.token("ann", now=NOW))
    assert known(clients=("app",)).principal(issuer.token("ann", now=NOW)) is None


def test_a_token_that_nobody_signed(issuer, known):
    head, payload, _ = issuer.token("ann", now=NOW).split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt","kid":"key-0"}').rstrip(b"=").decode()
    for token in (f"{none}.{payload}.", f"{head}.{payload}.", f"{head}.{payload}.AAAA"):
        assert known().principal(token) is None


def test_a_public_key_is_no_shared_secret(issuer, known):
    public = json.loads(issuer.key_set())["keys"][0]
    payload = json.loads(base64.urlsafe_b64decode(issuer.token("ann", now=NOW).split(".")[1] + "=="))
    for secret in (json.dumps(public).encode(), public["x"].encode()):
        head = {"alg": "HS256", "typ": "at+jwt", "kid": "key-0"}
        token = jwt.encode(head, payload, OctKey.import_key(secret), algorithms=["HS256"])
        assert known().principal(token) is None


def test_another_key_under_a_known_id(issuer, known):
    payload = json.loads(base64.urlsafe_b64decode(issuer.token("ann", now=NOW).split(".")[1] + "=="))
    mine = ECKey.generate_key("P-256", private=True)
    assert known().principal(sign(mine, payload, kid="key-0")) is None
    head = {"alg": "ES256", "typ": "at+jwt", "kid": "key-0", "jwk": mine.as_dict(private=False)}
    assert known().principal(jwt.encode(head, payload, mine)) is None


def test_an_algorithm_that_is_not_the_issuers(issuer, known):
    assert known(algorithms=("EdDSA",)).principal(issuer.token("ann", now=NOW)) is None


def test_a_short_rsa_key_is_not_used(clock):
    short = rsa.generate_private_key(65537, 1024)
    number = short.public_key().public_numbers().n
    keys = json.dumps({"keys": [{"kty": "RSA", "kid": "r", "e": "AQAB", "n": encoded(number.to_bytes(128, "big"))}]})
    known = TokenIdentifier(
        [Issuer("corp", "https://i", "asepsis", "f", "chat")], {"corp f": keys}, tenant="t", clock=clock
    )
    payload = encoded(json.dumps(claims("https://i", "a", now=NOW)).encode())
    signed = encoded(b'{"alg":"RS256","typ":"at+jwt","kid":"r"}') + "." + payload
    signature = short.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    assert known.principal(f"{signed}.{encoded(signature)}") is None


@pytest.mark.parametrize(
    "token", ["", "a.b.c", "eyJ.eyJ.x", "eyJhIjoxfQ.W10.x", "e" * (MOST + 1), "eyJ9.\u00e4.x", "..", "a"]
)
def test_junk_is_nobodys(known, token):
    assert known().principal(token) is None


def test_without_keys_nobody_is_known(issuer, clock):
    one = Issuer("corp", issuer.name, "asepsis", "f", "chat")
    for keys in ({}, {one.source: ""}, {one.source: "{}"}, {"other f": issuer.key_set()}):
        assert TokenIdentifier([one], keys, tenant="t", clock=clock).principal(issuer.token("a", now=NOW)) is None


def test_keys_from_another_address_are_not_the_issuers(issuer, clock):
    one = Issuer("corp", issuer.name, "asepsis", "https://old", "chat")
    moved = Issuer("corp", issuer.name, "asepsis", "https://new", "chat")
    known = [
        TokenIdentifier([which], {one.source: issuer.key_set()}, tenant="t", clock=clock).principal(
            issuer.token("a", now=NOW)
        )
        for which in (one, moved)
    ]
    assert [who is not None for who in known] == [True, False]


def test_a_token_that_was_good_expires(issuer, known, clock):
    identifier, token = known(), issuer.token("ann", now=NOW)
    assert identifier.principal(token) is identifier.principal(token) is not None
    clock.advance(milliseconds=329_000)
    assert identifier.principal(token)
    clock.advance(milliseconds=1_000)
    assert identifier.principal(token) is None


def test_who_acts_calls_and_the_subject_is_whom_it_is_for(issuer, known):
    act = {"sub": "helper", "groups": ["g-all"], "act": {"sub": "agent"}}
    who = known().principal(issuer.token("ann", now=NOW, groups=["g-rep"], act=act))
    assert (who.id, who.claims) == ("corp:helper", (("role", "staff"),))
    assert (who.on_behalf_of.id, who.on_behalf_of.claims) == ("corp:agent", ())
    assert (who.on_behalf_of.on_behalf_of.id, who.on_behalf_of.on_behalf_of.claims) == (
        "corp:ann", (("role", "member-services"),),
    )  # fmt: skip


def test_a_chain_has_an_end(issuer, known):
    act = {"sub": "x"}
    for _ in range(8):
        act = {"sub": "x", "act": act}
    assert known().principal(issuer.token("ann", now=NOW, act=act)) is None
    assert known().principal(issuer.token("ann", now=NOW, act=act["act"]))


BOUND = {"x5t#S256": "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"}


def test_a_token_that_is_bound_to_a_certificate_counts_with_it_alone(issuer, known):
    token = issuer.token("ann", now=NOW, cnf=BOUND)
    assert known().principal(token, certificate=BOUND["x5t#S256"]) is not None
    who = known()
    assert who.principal(token, certificate="A" * 43) is None
    assert who.principal(token, certificate=BOUND["x5t#S256"]) is not None
    assert who.principal(token) is None


@pytest.mark.parametrize("cnf", [{"jkt": "x"}, {}, "x", 1, BOUND | {"jkt": "x"}, {"x5t#S256": 1}, {"x5t#S256": ""}])
def test_a_token_that_is_bound_to_what_nobody_can_check_is_nobodys(issuer, known, cnf):
    token = issuer.token("ann", now=NOW, cnf=cnf)
    assert known().principal(token) is None
    assert known().principal(token, certificate="") is None
