import hashlib

import pytest

from asepsis.core.errors import NotTrusted
from asepsis.ledger.tlog import notes
from asepsis.ledger.tlog.checkpoints import Checkpoint
from asepsis.ledger.tlog.keys import KeyType, SigningKey
from asepsis.ledger.tlog.proofs import MAX_HASHES, prove_consistency
from asepsis.ledger.tlog.tree import EMPTY_ROOT, CompactRange
from asepsis.ledger.tlog.witnessing import MAX_REQUEST, NOTHING, AddCheckpoint, Held, Ruling, judge, parse, trusted

LOG = SigningKey("example.com/log", KeyType.ED25519, bytes(32))
LEAVES = [hashlib.sha256(bytes([number])).digest() for number in range(20)]


def root(start, end):
    row = CompactRange()
    row.extend(LEAVES[start:end])
    return row.root()


def node(level, index):
    return root(index << level, (index + 1) << level)


def asked(old, size):
    text = Checkpoint(LOG.verifier.name, size, root(0, size)).render()
    proof = prove_consistency(old, size2=size, node=node) if 0 < old <= size else []
    return AddCheckpoint(old, tuple(proof), notes.render(text, [LOG.sign(text)]))


def ruling(request, held):
    return judge(request, trusted(request.note, {LOG.verifier.name: [LOG.verifier]}), held)


def test_a_request_comes_back():
    for request in (asked(0, 5), asked(5, 9), asked(9, 9)):
        assert parse(request.render()) == request
    assert asked(5, 9).render().startswith(b"old 5\n")


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"old 5\n",
        b"old 05\n\nx",
        b"5\n\nx",
        b"old 5\nAA==\n\nx",
        b"old 5\n" + b"A" * 43 + b"=\n" * 64 + b"\nx",
        b"old \xff\n\nx",
        b"old 5\n\n" + b"x" * MAX_REQUEST,
    ],
    ids=range(8),
)
def test_what_is_no_request(bad):
    with pytest.raises(NotTrusted):
        parse(bad)


def test_what_goes_on_from_what_is_held_is_cosigned():
    assert ruling(asked(0, 0), NOTHING) == Ruling.COSIGNED
    for old in range(1, 20):
        held = Held(old, root(0, old))
        assert ruling(asked(0, old), NOTHING) == Ruling.COSIGNED
        for size in range(old, 20):
            assert ruling(asked(old, size), held) == Ruling.COSIGNED
    assert Held(0, EMPTY_ROOT) == NOTHING


def test_another_size_is_told():
    assert ruling(asked(0, 9), Held(5, root(0, 5))) == Ruling.OTHER_SIZE
    assert ruling(asked(5, 9), NOTHING) == Ruling.OTHER_SIZE
    assert ruling(asked(5, 9), Held(9, root(0, 9))) == Ruling.OTHER_SIZE


def test_another_root_of_the_same_size_is_refused_as_another_size():
    assert ruling(asked(9, 9), Held(9, LEAVES[0])) == Ruling.OTHER_SIZE


def test_an_old_size_over_the_new_one_is_no_request():
    assert ruling(asked(9, 9)._replace(old=10), Held(10, root(0, 10))) == Ruling.UNREADABLE


def test_another_history_is_not_proven():
    assert ruling(asked(5, 9), Held(5, LEAVES[0])) == Ruling.UNPROVEN
    assert ruling(asked(5, 9)._replace(proof=()), Held(5, root(0, 5))) == Ruling.UNPROVEN
    assert ruling(asked(0, 9)._replace(proof=(LEAVES[0],)), NOTHING) == Ruling.UNPROVEN


def test_only_checkpoints_that_a_known_log_signed_are_judged():
    request = asked(0, 5)
    other = SigningKey(LOG.verifier.name, KeyType.ED25519, bytes([1] * 32))
    assert trusted(request.note, {}) == Ruling.UNKNOWN_LOG
    assert trusted(request.note, {LOG.verifier.name: [other.verifier]}) == Ruling.UNSIGNED
    spoilt = request.note[:-9] + b"AAAAAAA=\n"
    assert trusted(spoilt, {LOG.verifier.name: [LOG.verifier]}) == Ruling.UNSIGNED
    with pytest.raises(NotTrusted):
        trusted(b"nonsense", {LOG.verifier.name: [LOG.verifier]})


def test_a_request_up_to_its_limits():
    for bad in (b"old 5", b"old 5\n", b"old 5\n" + b"x" * 5000):
        with pytest.raises(NotTrusted):
            parse(bad)
    head = AddCheckpoint(5, (), b"").render()
    assert parse(head + b"x" * (MAX_REQUEST - len(head))).old == 5
    with pytest.raises(NotTrusted):
        parse(head + b"x" * (MAX_REQUEST - len(head) + 1))
    assert len(parse(AddCheckpoint(5, (bytes(32),) * MAX_HASHES, b"x").render()).proof) == MAX_HASHES
    with pytest.raises(NotTrusted):
        parse(AddCheckpoint(5, (bytes(32),) * (MAX_HASHES + 1), b"x").render())
