import hashlib

import pytest

from asepsis.core.errors import ConfigError, NotTrusted, Unavailable
from asepsis.ledger.tlog import notes
from asepsis.ledger.tlog.checkpoints import Checkpoint
from asepsis.ledger.tlog.keys import KeyType, SigningKey, verified
from asepsis.ledger.tlog.proofs import prove_consistency
from asepsis.ledger.tlog.tree import CompactRange
from asepsis.ledger.tlog.witnessing import AddCheckpoint
from asepsis.ledger.witness import Witness, witness_keys
from asepsis.testing.keys import NamedKeys

LOG = SigningKey("example.com/log", KeyType.ED25519, bytes(32))
LEAVES = [hashlib.sha256(bytes([number])).digest() for number in range(20)]
KEYS = witness_keys(NamedKeys(), "w.example/1")
NAME = hashlib.sha256(b"example.com/log").hexdigest()


def asked(old, size, leaves=LEAVES, log=LOG):
    def root(start, end):
        row = CompactRange()
        row.extend(leaves[start:end])
        return row.root()

    text = Checkpoint(log.verifier.name, size, root(0, size)).render()
    proof = ()
    if old:
        proof = prove_consistency(old, size2=size, node=lambda level, at: root(at << level, (at + 1) << level))
    return AddCheckpoint(old, tuple(proof), notes.render(text, [log.sign(text)])).render()


@pytest.fixture
def make(tmp_path, clock):
    made = []

    def making():
        made.append(Witness(tmp_path / "w", keys=KEYS, logs={LOG.verifier.name: [LOG.verifier]}, clock=clock))
        return made[-1]

    yield making
    for one in made:
        one.close()


def test_what_goes_on_is_cosigned_with_both_keys(make, clock):
    witness = make()
    for old, size in ((0, 5), (5, 9), (9, 9)):
        reply = witness.add_checkpoint(asked(old, size))
        assert reply.status == 200
        text = notes.parse(asked(old, size).partition(b"\n\n")[2]).text
        note = notes.Note(text, notes.signature_lines(reply.body))
        assert verified(note, [key.verifier for key in KEYS]) == {key.verifier: clock.now() // 1000 for key in KEYS}


def test_what_was_cosigned_is_remembered_by_the_next_process(make):
    witness = make()
    witness.add_checkpoint(asked(0, 5))
    witness.close()
    witness = make()
    reply = witness.add_checkpoint(asked(0, 9))
    assert (reply.status, reply.body, reply.kind) == (409, b"5\n", "text/x.tlog.size")
    kept = notes.parse(witness.checkpoint(NAME))
    assert len(verified(kept, [LOG.verifier, *(key.verifier for key in KEYS)])) == 3
    assert witness.checkpoint("../../etc/passwd") is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"nonsense", 400),
        (b"old 0\n\nnonsense\n", 400),
        (asked(0, 5, log=SigningKey("example.com/other", KeyType.ED25519, bytes(32))), 404),
        (asked(0, 5, log=SigningKey("example.com/log", KeyType.ED25519, bytes([1] * 32))), 403),
        (asked(0, 5).replace(b"old 0", b"old 6"), 400),
        (asked(5, 7, [LEAVES[9], *LEAVES]), 422),
        (asked(5, 5, [LEAVES[9], *LEAVES]), 409),
        (asked(3, 4), 409),
    ],
    ids=range(8),
)
def test_nothing_else_is_cosigned_and_nothing_changes(make, body, status):
    witness = make()
    witness.add_checkpoint(asked(0, 5))
    before = witness.checkpoint(NAME)
    assert witness.add_checkpoint(body).status == status
    assert witness.checkpoint(NAME) == before
    assert witness.add_checkpoint(asked(5, 6)).status == 200


def test_nothing_is_cosigned_that_could_not_be_kept(make, tmp_path):
    witness = make()
    (tmp_path / "w" / NAME).mkdir()
    with pytest.raises(Unavailable):
        witness.add_checkpoint(asked(0, 5))
    (tmp_path / "w" / NAME).rmdir()
    assert witness.add_checkpoint(asked(0, 5)).status == 200


def test_what_is_kept_counts_only_with_the_witnesss_own_signature(make, tmp_path):
    witness = make()
    witness.add_checkpoint(asked(0, 5))
    kept = tmp_path / "w" / NAME
    text = Checkpoint(LOG.verifier.name, 1, bytes(32)).render()
    for data in (b"", b"nonsense\n", notes.render(text, [LOG.sign(text)])):
        kept.write_bytes(data)
        with pytest.raises(NotTrusted):
            witness.add_checkpoint(asked(5, 6))


def test_one_process_has_the_folder(make):
    make()
    with pytest.raises(ConfigError):
        make()


def test_a_folder_that_is_none_is_unavailable(tmp_path, clock):
    (tmp_path / "f").touch()
    with pytest.raises(Unavailable):
        Witness(tmp_path / "f", keys=KEYS, logs={}, clock=clock)
