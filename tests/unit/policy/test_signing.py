"""Signatures over a bundle."""

import base64
import json

import pytest

from asepsis.core.errors import NotTrusted
from asepsis.policy import dsse, signing
from asepsis.policy.config import Signer

BUNDLE = "ab" * 32


@pytest.fixture(scope="module")
def keys():
    return {name: dsse.private_key(dsse.new_key()) for name in ("ann", "bob", "eve")}


@pytest.fixture(scope="module")
def signers(keys):
    return [Signer(name, dsse.public_text(keys[name])) for name in ("ann", "bob")]


@pytest.fixture
def files(keys):
    def make(*who, bundle=BUNDLE):
        return {
            f"signatures/{number}.json": signing.envelope(bundle, keys[key], signer=name, role=role)
            for number, (key, name, role) in enumerate(who)
        }

    return make


BOTH = [("ann", "ann", "author"), ("bob", "bob", "approver")]


def test_an_author_and_an_approver_are_enough(files, signers):
    assert signing.verify(files(*BOTH), BUNDLE, signers) == ("ann", "bob")


@pytest.mark.parametrize(
    "who",
    [
        [],
        [("ann", "ann", "author")],
        [("ann", "ann", "author"), ("ann", "ann", "approver")],
        [("ann", "ann", "author"), ("eve", "bob", "approver")],
        [("ann", "ann", "author"), ("eve", "eve", "approver")],
        [("ann", "ann", "author"), ("ann", "bob", "approver")],
        [("ann", "ann", "author"), ("bob", "bob", "author")],
    ],
)
def test_anything_less_is_not(files, signers, who):
    with pytest.raises(NotTrusted):
        signing.verify(files(*who), BUNDLE, signers)


def test_one_key_under_two_names_is_one_person(files, keys):
    same = dsse.public_text(keys["ann"])
    with pytest.raises(NotTrusted):
        signing.verify(
            files(("ann", "ann", "author"), ("ann", "bob", "approver")),
            BUNDLE,
            [Signer("ann", same), Signer("bob", same)],
        )


@pytest.mark.parametrize("theirs", [("corp:ann", "corp:ann"), ("", "ann")])
def test_two_names_of_one_principal_are_one_person(files, keys, theirs):
    both = [
        Signer(name, dsse.public_text(keys[name]), principal=who)
        for name, who in zip(("ann", "bob"), theirs, strict=True)
    ]
    with pytest.raises(NotTrusted):
        signing.verify(files(*BOTH), BUNDLE, both)
    other = [both[0], Signer("bob", both[1].key, principal="corp:bob")]
    assert signing.verify(files(*BOTH), BUNDLE, other) == ("ann", "bob")


def test_a_role_has_to_be_the_signers(files, signers):
    only = [signers[0], Signer("bob", signers[1].key, ("author",))]
    with pytest.raises(NotTrusted):
        signing.verify(files(*BOTH), BUNDLE, only)


def test_the_signatures_of_another_bundle_say_nothing(files, signers):
    with pytest.raises(NotTrusted):
        signing.verify(files(*BOTH, bundle="cd" * 32), BUNDLE, signers)


def test_a_changed_payload_does_not_hold(files, signers):
    made = files(*BOTH, bundle="cd" * 32)
    for name, data in made.items():
        tree = json.loads(data)
        payload = base64.b64decode(tree["payload"]).replace(b"cd" * 32, BUNDLE.encode())
        made[name] = json.dumps({**tree, "payload": base64.b64encode(payload).decode()}).encode()
    with pytest.raises(NotTrusted):
        signing.verify(made, BUNDLE, signers)


def test_another_type_of_payload_does_not_hold(files, signers):
    made = {name: data.replace(b"policy-bundle", b"policy-bundl2") for name, data in files(*BOTH).items()}
    with pytest.raises(NotTrusted):
        signing.verify(made, BUNDLE, signers)


@pytest.mark.parametrize(
    "junk", [b"", b"{}", b"\xff", b'{"payload":"?","payloadType":"x","signatures":[]}', b"[" * 5000]
)
def test_junk_beside_signatures_says_nothing(files, signers, junk):
    assert signing.verify({**files(*BOTH), "signatures/junk.json": junk}, BUNDLE, signers) == ("ann", "bob")


@pytest.mark.parametrize(
    ("who", "bundle", "said"),
    [
        ([], BUNDLE, "there is no signature"),
        ([("ann", "ann", "author")], BUNDLE, "holds, as author"),
        ([("eve", "eve", "author")], BUNDLE, "is of a signer that the settings don't name"),
        ([("eve", "bob", "approver")], BUNDLE, "does not hold by that signer's key"),
        ([("ann", "ann", "author")], "c" * 64, "is of another bundle"),
    ],
)
def test_what_is_there_is_said(files, signers, who, bundle, said):
    told = signing.found(files(*who), bundle, signers)
    assert told.startswith("policy.signers names ann, bob")
    assert said in told


def test_what_is_no_signature_is_said_to_be_none():
    assert signing.found({"signatures/x.json": b"{"}, BUNDLE, ()) == "policy.signers names nobody; x.json is none"
