"""Signed statements."""

import json

import msgspec
import pytest

from asepsis.core.errors import ConfigError
from asepsis.policy import dsse


class Said(msgspec.Struct):
    word: str


KEY = dsse.private_key(dsse.new_key())
OTHER = dsse.private_key(dsse.new_key())
SEALED = dsse.sealed(Said("yes"), KEY, type="t/a")


def test_a_statement_holds_under_its_key_and_type_alone():
    assert dsse.unverified(SEALED, type="t/a") == b'{"word":"yes"}'
    assert dsse.holds(SEALED, dsse.public_text(KEY), type="t/a")
    assert not dsse.holds(SEALED, dsse.public_text(OTHER), type="t/a")
    assert not dsse.holds(SEALED, dsse.public_text(KEY), type="t/b")
    assert dsse.unverified(SEALED, type="t/b") is None


def test_another_payload_or_type_under_the_same_signature_does_not_hold():
    tree = json.loads(SEALED)
    other = json.loads(dsse.sealed(Said("no"), OTHER, type="t/a"))
    for change in ({"payload": other["payload"]}, {"payloadType": "t/b"}, {"signatures": other["signatures"]}):
        data = json.dumps({**tree, **change}).encode()
        kind = change.get("payloadType", "t/a")
        assert not dsse.holds(data, dsse.public_text(KEY), type=kind)


JUNK = [b"", b"{}", b"\xff", b"[" * 9999, SEALED[:-9], SEALED + b" " * 70_000, SEALED.replace(b'"sig":"', b'"sig":"?')]


@pytest.mark.parametrize("junk", JUNK)
def test_junk_does_not_hold(junk):
    assert not dsse.holds(junk, dsse.public_text(KEY), type="t/a")


@pytest.mark.parametrize("key", ["", "ed25519:", "ed25519:AAAA", "x"])
def test_under_no_key_nothing_holds(key):
    assert not dsse.holds(SEALED, key, type="t/a")


def test_a_key_opens_with_its_passphrase():
    pem = dsse.new_key(b"secret words")
    assert dsse.public_text(dsse.private_key(pem, b"secret words")).startswith("ed25519:")
    for wrong in (b"", b"other"):
        with pytest.raises(ConfigError):
            dsse.private_key(pem, wrong)
    with pytest.raises(ConfigError):
        dsse.private_key(b"no key")
