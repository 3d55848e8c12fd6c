import pytest

from asepsis.core.errors import NotTrusted
from asepsis.ledger.tlog import notes, offline, policies
from asepsis.ledger.tlog.checkpoints import Checkpoint
from asepsis.ledger.tlog.encoding import to_base64
from asepsis.ledger.tlog.keys import KeyType, SigningKey
from asepsis.ledger.tlog.offline import OfflineProof
from asepsis.ledger.tlog.proofs import MAX_HASHES, prove_inclusion
from asepsis.ledger.tlog.tree import CompactRange, leaf_hashes

LOG = SigningKey("example.com/log", KeyType.ED25519, bytes(32))
WITNESS = SigningKey("w.example/1", KeyType.ML_DSA_44, bytes([1] * 32))
ENTRIES = [bytes([number]) for number in range(5)]


def rooted(entries):
    row = CompactRange()
    row.extend(leaf_hashes(entries))
    return row.root()


def node(level, index):
    return rooted(ENTRIES[index << level : (index + 1) << level])


TEXT = Checkpoint("example.com/log", 5, rooted(ENTRIES)).render()
SIGNED = notes.render(TEXT, [LOG.sign(TEXT), WITNESS.sign(TEXT, time=3)])


def proof(index, extra=b""):
    return OfflineProof(index, tuple(prove_inclusion(index, size=5, node=node)), SIGNED, extra)


def test_a_proof_comes_back_and_holds():
    for index, extra in ((0, b""), (4, b"more")):
        read = offline.parse(proof(index, extra).render())
        assert read == proof(index, extra)
        assert read.check(ENTRIES[index], keys=[LOG.verifier]).size == 5
        with pytest.raises(NotTrusted):
            read.check(ENTRIES[index - 1], keys=[LOG.verifier])


def test_the_layout_is_that_of_the_specification():
    lines = proof(4, b"x").render().split(b"\n")
    assert lines[:5] == [b"c2sp.org/tlog-proof@v1", b"extra eA==", b"index 4", to_base64(node(2, 0)).encode(), b""]
    assert b"\n".join(lines[5:]) == SIGNED


def test_the_logs_own_signature_is_needed():
    stranger = SigningKey("example.com/other", KeyType.ED25519, bytes([5] * 32))
    with pytest.raises(NotTrusted):
        proof(0).check(ENTRIES[0])
    with pytest.raises(NotTrusted):
        proof(0).check(ENTRIES[0], keys=[WITNESS.verifier])
    with pytest.raises(NotTrusted):
        proof(0).check(ENTRIES[0], keys=[stranger.verifier])


def test_a_policy_is_kept():
    text = f"log {LOG.verifier.render()}\nwitness w {WITNESS.verifier.render()}\nquorum w\n"
    policy = policies.parse(text.encode())
    assert proof(2).check(ENTRIES[2], policy=policy).size == 5
    alone = proof(2)._replace(checkpoint=notes.render(TEXT, [LOG.sign(TEXT)]))
    assert alone.check(ENTRIES[2], keys=[LOG.verifier]).size == 5
    with pytest.raises(NotTrusted):
        alone.check(ENTRIES[2], policy=policy)


GOOD = proof(1).render()


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"c2sp.org/tlog-proof@v2\n\n",
        GOOD.replace(b"@v1", b"@v2"),
        GOOD.replace(b"index 1\n", b"index 01\n"),
        GOOD.replace(b"index 1\n", b""),
        GOOD.replace(b"index 1\n", b"index 1\n" + b"A" * 43 + b"=\n" * 64),
        GOOD.replace(b"index 1\n", b"index 1\nAA==\n"),
        GOOD.replace(b"index 1\n", b"extra eA==\nextra eA==\nindex 1\n"),
        GOOD[: -len(SIGNED)],
        GOOD[:-1],
    ],
    ids=range(10),
)
def test_what_is_no_proof(bad):
    with pytest.raises(NotTrusted):
        offline.parse(bad)


def test_a_proof_says_its_index_and_only_what_it_has():
    whole = proof(3).render()
    assert b"extra" not in whole
    for bad in (whole.replace(b"index 3", b"3"), whole.replace(b"index 3\n", b"")):
        with pytest.raises(NotTrusted):
            offline.parse(bad)
    bare = whole.partition(b"\n")[0] + b"\n\n" + SIGNED
    with pytest.raises(NotTrusted):
        offline.parse(bare)


def test_a_proof_has_so_many_hashes_and_no_more():
    most = OfflineProof(3, (bytes(32),) * MAX_HASHES, SIGNED)
    assert offline.parse(most.render()) == most
    with pytest.raises(NotTrusted):
        offline.parse(most._replace(hashes=(bytes(32),) * (MAX_HASHES + 1)).render())
