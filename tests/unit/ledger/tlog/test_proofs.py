import hashlib

import pytest

from asepsis.core.errors import NotTrusted
from asepsis.ledger.tlog.encoding import MAX_SIZE
from asepsis.ledger.tlog.proofs import (
    MAX_HASHES,
    Span,
    check_consistency,
    check_inclusion,
    check_subtree_consistency,
    check_subtree_inclusion,
    perfect_roots,
    prove_consistency,
    prove_inclusion,
    prove_subtree_consistency,
)
from asepsis.ledger.tlog.tree import CompactRange, fold, node_hash

MOST = 40
LEAVES = [hashlib.sha256(bytes([0, number])).digest() for number in range(MOST)]


def root(start, end):
    row = CompactRange()
    row.extend(LEAVES[start:end])
    return row.root()


def node(level, index):
    return root(index << level, (index + 1) << level)


def shifted(start):
    return lambda level, index: node(level, index + (start >> level))


def spans(size):
    """Every subtree of a tree."""
    for start in range(size):
        for end in range(start + 1, size + 1):
            step = 1 << (end - start - 1).bit_length()
            if start % step == 0:
                yield Span(start, end)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 13, 16, 21, 40])
def test_each_leaf_is_proven_and_no_other(size):
    for index in range(size):
        proof = prove_inclusion(index, size=size, node=node)
        check_inclusion(LEAVES[index], index, size=size, root=root(0, size), proof=proof)
        wrong = [
            (LEAVES[(index + 1) % MOST], index, proof),
            (LEAVES[index], index, [*proof, LEAVES[0]]),
            (LEAVES[index], index ^ 1, proof),
        ]
        wrong += [(LEAVES[index], index, [*proof[:n], b"x" * 32, *proof[n + 1 :]]) for n in range(len(proof))]
        wrong += [(LEAVES[index], index, proof[1:])] if proof else []
        for leaf, place, hashes in wrong:
            with pytest.raises(NotTrusted):
                check_inclusion(leaf, place, size=size, root=root(0, size), proof=hashes)


@pytest.mark.parametrize("size", [1, 2, 5, 8, 13, 16, 24])
def test_each_subtree_is_proven_and_no_other(size):
    for span in spans(size):
        proof = prove_subtree_consistency(span, size=size, node=node)
        small, big = root(*span), root(0, size)
        check_subtree_consistency(span, small, size=size, root=big, proof=proof)
        wrong = [(LEAVES[-1], big, proof), (small, LEAVES[-1], proof), (small, big, [*proof, LEAVES[0]])]
        wrong += [(small, big, [*proof[:n], b"x" * 32, *proof[n + 1 :]]) for n in range(len(proof))]
        wrong += [(small, big, proof[:-1])] if proof else []
        for one, two, hashes in wrong:
            with pytest.raises(NotTrusted):
                check_subtree_consistency(span, one, size=size, root=two, proof=hashes)
        for index in range(*span):
            within = prove_inclusion(index - span.start, size=span.end - span.start, node=shifted(span.start))
            check_subtree_inclusion(LEAVES[index], index, span=span, root=small, proof=within)


def test_each_tree_goes_on_from_each_smaller_one():
    for size2 in range(1, MOST + 1):
        for size1 in range(1, size2 + 1):
            proof = prove_consistency(size1, size2=size2, node=node)
            check_consistency(size1, root(0, size1), size2=size2, root2=root(0, size2), proof=proof)


def test_nothing_is_proven_of_what_is_not_there():
    one = root(0, 1)
    for index, size in ((0, 0), (1, 1), (-1, 1), (0, 1 << 63)):
        with pytest.raises(NotTrusted):
            prove_inclusion(index, size=size, node=node)
        with pytest.raises(NotTrusted):
            check_inclusion(one, index, size=size, root=one, proof=[])
    for size1, size2 in ((0, 0), (0, 1), (2, 1), (-1, 1), (1, 1 << 63)):
        with pytest.raises(NotTrusted):
            prove_consistency(size1, size2=size2, node=node)
        with pytest.raises(NotTrusted):
            check_consistency(size1, one, size2=size2, root2=one, proof=[])
    for span in (Span(1, 3), Span(2, 5), Span(3, 3)):
        with pytest.raises(NotTrusted):
            check_subtree_consistency(span, one, size=8, root=one, proof=[])
        with pytest.raises(NotTrusted):
            check_subtree_inclusion(one, span.start, span=span, root=one, proof=[])


def test_a_hash_has_32_bytes_and_a_proof_has_an_end():
    with pytest.raises(NotTrusted):
        check_inclusion(b"", 0, size=1, root=b"", proof=[])
    with pytest.raises(NotTrusted):
        check_consistency(1, b"a", size2=1, root2=b"a", proof=[])
    with pytest.raises(NotTrusted, match="expected an index"):
        check_inclusion(LEAVES[0], 0, size=1 << 62, root=LEAVES[0], proof=[LEAVES[0]] * (MAX_HASHES + 1))
    with pytest.raises(NotTrusted, match="expected a subtree of the tree"):
        check_consistency(1, LEAVES[0], size2=1 << 62, root2=LEAVES[0], proof=[LEAVES[0]] * (MAX_HASHES + 1))


def test_hashes_of_other_sizes_are_refused_though_they_would_fit():
    short, whole = bytes(31), bytes(32)
    for subtree, proof in ((short, [whole]), (whole, [short])):
        with pytest.raises(NotTrusted):
            check_subtree_consistency(Span(0, 1), subtree, size=2, root=node_hash(subtree, proof[0]), proof=proof)


def test_an_inclusion_proof_has_hashes_of_32_bytes_though_others_would_fit():
    short, whole = bytes(31), bytes(32)
    for leaf, sibling in ((short, whole), (whole, short)):
        with pytest.raises(NotTrusted):
            check_inclusion(leaf, 0, size=2, root=node_hash(leaf, sibling), proof=[sibling])
    with pytest.raises(NotTrusted):
        check_inclusion(short, 0, size=1, root=short, proof=[])


def test_the_largest_tree_there_may_be():
    """All of its leaves are alike, so that its nodes are known."""
    levels = [LEAVES[0]]
    while len(levels) < 64:
        levels.append(node_hash(levels[-1], levels[-1]))
    same = lambda level, _: levels[level]  # noqa: E731 it is one word
    top = fold(perfect_roots(Span(0, MAX_SIZE), same))
    assert prove_subtree_consistency(Span(0, MAX_SIZE), size=MAX_SIZE, node=same) == []
    proof = prove_subtree_consistency(Span(0, 1), size=MAX_SIZE, node=same)
    assert len(proof) == MAX_HASHES
    check_subtree_consistency(Span(0, 1), levels[0], size=MAX_SIZE, root=top, proof=proof)
    check_inclusion(levels[0], 0, size=MAX_SIZE, root=top, proof=prove_inclusion(0, size=MAX_SIZE, node=same))
    with pytest.raises(NotTrusted):
        prove_subtree_consistency(Span(0, 1), size=MAX_SIZE + 1, node=same)
