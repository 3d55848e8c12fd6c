"""Who calls: by key, by nothing, by two keys at once."""

import hashlib

import pytest

from asepsis.core.errors import ConfigError
from asepsis.core.types import Principal, Purpose
from asepsis.identity import Caller, CallerIdentifier, IdentityConfig, Issuer
from asepsis.testing.clock import ManualClock

DIGEST = hashlib.sha256(b"sk-one").hexdigest()
OTHER = hashlib.sha256(b"sk-two").hexdigest()


def identifier(*callers, anonymous=""):
    return CallerIdentifier(IdentityConfig(anonymous, callers), tenant="local", clock=ManualClock())


KNOWN = identifier(Caller(DIGEST, "claims", "clerk"), Caller(OTHER.upper(), "chat", tenant="acme"))


@pytest.mark.parametrize(
    "header",
    [
        ("authorization", "Bearer sk-one"),
        ("authorization", "bearer   sk-one "),
        ("authorization", "BEARER\tsk-one"),
        ("x-api-key", "sk-one"),
        ("authorization", "sk-one"),
        ("api-key", " sk-one"),
    ],
)
def test_a_key_is_known_in_each_header_that_clients_use(header):
    assert KNOWN.identify([("host", "h"), header]) == Principal("local", "clerk", "claims")


def test_a_caller_without_a_name_is_named_by_its_digest_and_may_have_its_own_tenant():
    assert KNOWN.identify([("x-api-key", "sk-two")]) == Principal("acme", f"key:{OTHER[:12]}", "chat")


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("x-api-key", "sk-on")],
        [("x-api-key", DIGEST)],
        [("authorization", "Basic sk-one")],
        [("cookie", "sk-one")],
    ],
)
def test_whoever_shows_no_known_key_is_nobody(headers):
    assert KNOWN.identify(headers) is None


def test_two_keys_are_nobodys_even_where_anyone_may_call():
    both = [("authorization", "Bearer sk-one"), ("x-api-key", "sk-two")]
    assert KNOWN.identify(both) is None
    assert identifier(Caller(DIGEST, "a"), anonymous="demo").identify(both) is None


def test_one_key_in_two_headers_is_one_key():
    both = [("authorization", "Bearer sk-one"), ("x-api-key", "sk-one")]
    assert KNOWN.identify(both) == Principal("local", "clerk", "claims")


def test_anonymous_callers_get_their_application_and_known_ones_their_own():
    open_house = identifier(Caller(DIGEST, "claims", "clerk"), anonymous="demo")
    assert open_house.identify([]) == Principal("local", "anonymous", "demo")
    assert open_house.identify([("x-api-key", "unknown")]) == Principal("local", "anonymous", "demo")
    assert open_house.identify([("x-api-key", "sk-one")]).application == "claims"


@pytest.mark.parametrize("digest", ["", "ab", "z" * 64, DIGEST + "0", "sk-one"])
def test_what_is_no_digest_is_refused_at_its_place_and_not_repeated(digest):
    with pytest.raises(ConfigError, match="64 hex digits") as told:
        identifier(Caller(OTHER, "a"), Caller(digest, "b"))
    assert told.value.place == "identity.callers[1].key_sha256"
    assert "sk-one" not in str(told.value)


def test_a_key_may_stand_for_one_caller_alone():
    with pytest.raises(ConfigError, match="each key once"):
        identifier(Caller(DIGEST, "a"), Caller(DIGEST.upper(), "b"))


def test_a_stated_purpose_is_a_claim_of_the_caller():
    config = IdentityConfig("demo", (Caller(DIGEST, "claims", purpose=Purpose.PAYMENT),), Purpose.TREATMENT)
    known = CallerIdentifier(config, tenant="local", clock=ManualClock())
    assert known.identify([]).claims == (("purpose", "TREAT"),)
    assert known.identify([("x-api-key", "sk-one")]).claims == (("purpose", "HPAYMT"),)


@pytest.mark.parametrize(
    "token",
    [
        "eyJhIjoxfQ.e30.x",  # {"a":1}
        "eyAiYSI6IDF9.e30.x",  # { "a": 1}, which is a header as well
        "ewogImEiOiAxfQ.e30.x",  # the same on two lines
        "eyJhbGciOiJkaXIifQ..x.y.z",  # one that is encrypted
    ],
)
def test_what_looks_like_a_token_and_does_not_hold_is_not_the_anonymous_caller(token):
    config = IdentityConfig("demo", issuers=(Issuer("corp", "https://i", "asepsis", "f", "demo"),))
    known = CallerIdentifier(config, tenant="local", clock=ManualClock())
    for header in (("authorization", f"Bearer {token}"), ("authorization", token), ("x-api-key", token)):
        assert known.identify([header]) is None
    assert known.identify([("x-api-key", "sk-one")]) == known.identify([])


@pytest.mark.parametrize("name", ["key", "a:b"])
def test_an_issuer_whose_subjects_would_be_somebody_else_is_refused(name):
    config = IdentityConfig(issuers=(Issuer(name, "https://i", "asepsis", "f", "demo"),))
    with pytest.raises(ConfigError, match="expected a name without"):
        CallerIdentifier(config, tenant="local", clock=ManualClock())
