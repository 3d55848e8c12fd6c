import hashlib

import pytest

from asepsis.core.errors import NotTrusted
from asepsis.ledger.tlog.tree import EMPTY_ROOT, CompactRange, fold, leaf_hash, leaf_hashes, node_hash


def root(leaves):
    """RFC 6962 2.1, word for word."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + root(leaves[:k]) + root(leaves[k:])).digest()


LEAVES = [hashlib.sha256(bytes([0, number])).digest() for number in range(70)]


def test_hashes():
    assert leaf_hash(b"\x05") == LEAVES[5]
    assert leaf_hashes([b"\x00", b"\x01"]) == LEAVES[:2]
    assert node_hash(b"a", b"b") == hashlib.sha256(b"\x01ab").digest()


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 9, 63, 64, 70])
def test_a_range_has_the_root_of_the_definition(size):
    one = CompactRange()
    one.extend(LEAVES[: size // 2])
    one.extend(LEAVES[size // 2 : size])
    assert (one.size, one.root()) == (size, root(LEAVES[:size]))
    assert len(one.hashes) == size.bit_count()
    assert CompactRange(size, one.hashes).root() == one.root()


def test_a_copy_goes_on_by_itself():
    one = CompactRange()
    one.extend(LEAVES[:3])
    other = one.copy()
    other.extend(LEAVES[3:5])
    assert (one.size, other.size) == (3, 5)
    assert one.root() == root(LEAVES[:3])


def test_a_range_needs_a_hash_for_each_bit():
    for size, hashes in ((1, []), (3, LEAVES[:1]), (0, LEAVES[:1]), (1, [b"short"])):
        with pytest.raises(NotTrusted):
            CompactRange(size, hashes)


def test_nothing_folds_to_the_empty_tree():
    assert fold([]) == EMPTY_ROOT == root([])
    assert fold(LEAVES[:1]) == LEAVES[0]


def test_the_roots_of_full_rows_come_out_as_they_fill():
    leaves = [hashlib.sha256(number.to_bytes(2, "big")).digest() for number in range(1100)]
    one = CompactRange()
    found = [one.extend(leaves[start : start + 100]) for start in range(0, 1100, 100)]
    assert [len(rows) for rows in found] == [0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1]
    assert [row for rows in found for row in rows] == [root(leaves[at : at + 256]) for at in range(0, 1024, 256)]
    assert one.root() == root(leaves)
    assert CompactRange().extend(leaves) == [row for rows in found for row in rows]
