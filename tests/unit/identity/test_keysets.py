"""Key sets: what is used of one."""

import json

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from asepsis.core.errors import InputError
from asepsis.identity.keysets import MOST, key_set, trust_bundle
from asepsis.testing.workloads import TestDomain


def made(*keys):
    return json.dumps({"keys": keys}).encode()


EC = ECKey.generate_key("P-256", {"kid": "e"}, private=True)


def test_public_keys_of_each_sort_are_used():
    ed = OKPKey.generate_key("Ed25519", {"kid": "o", "use": "sig"}, private=True)
    rsa = RSAKey.generate_key(2048, {"kid": "r"}, private=True)
    read = key_set(made(*(one.as_dict(private=False) for one in (EC, ed, rsa))))
    assert [one.kid for one in read.keys] == ["e", "o", "r"]


def test_of_a_private_key_only_the_public_part_is_kept():
    (key,) = key_set(made(EC.as_dict(private=True))).keys
    assert not key.is_private


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{}", b"[]", b'{"keys":[]}', b'{"keys":[{}]}', b'{"keys":[1]}', b"\xff", b" " * (MOST + 1), b"[" * 9999,
        made(OctKey.import_key(b"secret" * 8).as_dict(private=True) | {"kid": "s"}),
        made({name: value for name, value in EC.as_dict(private=False).items() if name != "kid"}),
        made(EC.as_dict(private=False) | {"use": "enc"}),
        made(EC.as_dict(private=False) | {"x": "AAAA"}),
        made(EC.as_dict(private=False) | {"crv": "secp256k2"}),
    ],
)  # fmt: skip
def test_a_set_without_a_usable_key_is_refused(data):
    with pytest.raises(InputError):
        key_set(data)


def test_a_bad_key_does_not_spoil_the_others():
    assert len(key_set(made({"kty": "XX"}, {"kty": "RSA", "kid": "r"}, EC.as_dict(private=False))).keys) == 1


def test_a_trust_bundle_has_keys_of_tokens_and_authorities_apart():
    domain = TestDomain()
    read = trust_bundle(domain.bundle().encode())
    assert ([one.kid for one in read.keys.keys], read.authorities) == (["workloads"], (domain.authority.der,))


@pytest.mark.parametrize(
    "keys",
    [
        [], [EC.as_dict(private=False)], [EC.as_dict(private=False) | {"use": "sig"}], [{"use": "x509-svid"}],
        [{"use": "x509-svid", "x5c": ["AA==", "AA=="]}], [{"use": "x509-svid", "x5c": ["!"]}],
        [{"use": "x509-svid", "x5c": 1}],
    ],
)  # fmt: skip
def test_a_trust_bundle_without_anything_usable_is_refused(keys):
    with pytest.raises(InputError):
        trust_bundle(made(*keys))


def test_a_key_of_workloads_is_none_of_an_issuers():
    with pytest.raises(InputError):
        key_set(made(EC.as_dict(private=False) | {"use": "jwt-svid"}))
