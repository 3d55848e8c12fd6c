import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from asepsis.core.errors import NotTrusted
from asepsis.ledger.tlog import notes
from asepsis.ledger.tlog.checkpoints import Checkpoint
from asepsis.ledger.tlog.encoding import MAX_SIZE
from asepsis.ledger.tlog.keys import KeyType, SigningKey, VerifierKey, verified

TEXT = Checkpoint("example.com/log", 7, bytes(range(32)), ("more",)).render()
SEED = bytes(range(32))

# The worked example of the signed-note specification.
VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
NOTE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)


def test_the_example_of_the_specification():
    key = VerifierKey.parse(VKEY)
    assert key.render() == VKEY
    assert verified(notes.parse(NOTE.encode()), [key]) == {key: 0}


@pytest.mark.parametrize("kind", list(KeyType))
def test_what_is_signed_holds_and_nothing_else(kind):
    key = SigningKey("witness.example/w", kind, SEED)
    signature = key.sign(TEXT, time=0 if kind == KeyType.ED25519 else 99)
    assert key.verifier.check(TEXT, signature.value) == (0 if kind == KeyType.ED25519 else 99)
    assert VerifierKey.parse(key.verifier.render()) == key.verifier
    values = [
        signature.value[:-1],
        signature.value + b"\0",
        bytes([signature.value[0] ^ 0x01]) + signature.value[1:],
        bytes([signature.value[0] ^ 0x80]) + signature.value[1:],
        signature.value[:-1] + bytes([signature.value[-1] ^ 1]),
        b"",
    ]
    for value in values:
        with pytest.raises(NotTrusted):
            key.verifier.check(TEXT, value)
    with pytest.raises(NotTrusted):
        key.verifier.check(TEXT.replace("\n7\n", "\n8\n"), signature.value)


def test_an_ed25519_key_of_another_type_or_name_has_another_id():
    keys = [SigningKey(name, kind, SEED).verifier for name in "ab" for kind in (KeyType.ED25519, KeyType.COSIGNATURE)]
    assert len({key.key_id for key in keys}) == 4


def test_a_cosignature_signs_what_the_specification_says():
    """The message put together here by hand, as the specification's structures lie in bytes."""
    signature = SigningKey("w", KeyType.COSIGNATURE, SEED).sign(TEXT, time=1_679_315_147)
    message = b"cosignature/v1\ntime 1679315147\n" + TEXT.encode()
    Ed25519PrivateKey.from_private_bytes(SEED).public_key().verify(signature.value[8:], message)
    signature = SigningKey("w", KeyType.ML_DSA_44, SEED).sign(TEXT, time=258)
    message = (
        b"subtree/v1\n\0" + b"\x01w" + bytes(6) + b"\x01\x02" + b"\x0fexample.com/log" + bytes(15) + b"\x07"
    ) + bytes(range(32))
    MLDSA44PrivateKey.from_seed_bytes(SEED).public_key().verify(signature.value[8:], message)


def test_ml_dsa_takes_no_text_that_is_no_checkpoint():
    key = SigningKey("w", KeyType.ML_DSA_44, SEED)
    value = key.sign(TEXT).value
    with pytest.raises(NotTrusted):
        key.verifier.check("hello\n", value)


def test_of_a_note_only_the_known_keys_count():
    one, other = (SigningKey(name, KeyType.COSIGNATURE, SEED) for name in ("one", "other"))
    stranger = SigningKey("one", KeyType.ED25519, SEED)
    note = notes.parse(notes.render(TEXT, [one.sign(TEXT, time=5), stranger.sign(TEXT), one.sign(TEXT, time=4)]))
    assert verified(note, [one.verifier, other.verifier]) == {one.verifier: 5}
    assert verified(note, [other.verifier]) == {}
    bad = one.sign(TEXT, time=5)._replace(value=bytes(72))
    with pytest.raises(NotTrusted):
        verified(notes.parse(notes.render(TEXT, [one.sign(TEXT, time=5), bad])), [one.verifier])


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "a+b",
        VKEY.replace("530d903a", "530d903b"),
        VKEY.replace("530d903a", "530D903A"),
        VKEY + "=",
        VKEY[:-4],
        VKEY.replace("+Ae", "+Ce"),
        "a b+00000000+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "a" * 5000 + "++",
        "a+00000000+",
    ],
    ids=range(10),
)
def test_what_is_no_vkey(bad):
    with pytest.raises(NotTrusted):
        VerifierKey.parse(bad)


def test_times_of_cosignatures_up_to_the_last():
    key = SigningKey("w.example", KeyType.COSIGNATURE, SEED)
    assert key.verifier.check(TEXT, key.sign(TEXT, time=MAX_SIZE).value) == MAX_SIZE
    assert key.verifier.check(TEXT, key.sign(TEXT).value) == 0
    with pytest.raises(NotTrusted, match="time"):
        key.verifier.check(TEXT, key.sign(TEXT, time=MAX_SIZE + 1).value)
