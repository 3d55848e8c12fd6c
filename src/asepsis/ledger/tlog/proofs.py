"""Inclusion and consistency proofs (RFC 6962 2.1.1 and 2.1.2), also of subtrees: made and checked.

A subtree is a range [start, end) of leaves that is a subtree of every tree that holds it: `start` is a multiple of the
smallest power of two that is not smaller than its length (draft-ietf-plants-merkle-tree-certs 4.1). The checks follow
RFC 9162 2.1.3.2 and 2.1.4.2, which count from the leaf up; the makers follow the recursive definitions of RFC 6962.

The edge of the formats: nothing is proven of an empty tree here, so a size of 0 is refused (a witness, which may have
seen nothing yet, treats 0 by itself), and so is every hash that has not 32 bytes.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from asepsis.ledger.errors import unproven
from asepsis.ledger.tlog.encoding import HASH_SIZE, MAX_SIZE
from asepsis.ledger.tlog.tree import fold, node_hash

__all__ = [
    "MAX_HASHES",
    "Node",
    "Span",
    "check_consistency",
    "check_inclusion",
    "check_subtree_consistency",
    "check_subtree_inclusion",
    "perfect_roots",
    "prove_consistency",
    "prove_inclusion",
    "prove_subtree_consistency",
]

MAX_HASHES: Final = 63

Node = Callable[[int, int], bytes]
"""Returns the root of the perfect subtree of level `l` (2^l leaves) at index `i`; raises NotTrusted."""


class Span(NamedTuple):
    """Leaves from `start` to the one before `end`."""

    start: int
    end: int


def check_inclusion(leaf: bytes, index: int, /, *, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """Raises NotTrusted unless the leaf hash stands at `index` of the tree of that size and root."""
    _check_hashes(leaf, root, *proof)
    if not 0 <= index < size <= MAX_SIZE or len(proof) > MAX_HASHES:
        raise unproven("expected an index in the tree")
    here, last, node = index, size - 1, leaf
    for sibling in proof:
        if not last:
            raise unproven("expected a shorter inclusion proof")
        if here & 1 or here == last:
            node = node_hash(sibling, node)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        here, last = here >> 1, last >> 1
    if last or node != root:
        raise unproven("the inclusion proof does not hold")


def check_consistency(size1: int, root1: bytes, /, *, size2: int, root2: bytes, proof: Sequence[bytes]) -> None:
    """Raises NotTrusted unless the first tree, of at least one leaf, is the start of the second."""
    check_subtree_consistency(Span(0, size1), root1, size=size2, root=root2, proof=proof)


def check_subtree_inclusion(leaf: bytes, index: int, /, *, span: Span, root: bytes, proof: Sequence[bytes]) -> None:
    """Raises NotTrusted unless the leaf hash stands at `index`, counted from the tree's start, in the subtree."""
    _check_span(span)
    check_inclusion(leaf, index - span.start, size=span.end - span.start, root=root, proof=proof)


def check_subtree_consistency(
    span: Span, subtree_root: bytes, /, *, size: int, root: bytes, proof: Sequence[bytes]
) -> None:
    """Raises NotTrusted unless the subtree of that root is part of the tree of that size and root."""
    _check_hashes(subtree_root, root, *proof)
    _check_span(span)
    if not span.end <= size <= MAX_SIZE or len(proof) > MAX_HASHES:
        raise unproven("expected a subtree of the tree")
    walk = _Walk(span.start, span.end - 1, size - 1)
    walk.skip()
    rest = list(proof)
    if walk.first != walk.here and not rest:
        raise unproven("expected a consistency proof")
    # A subtree that is perfect stands for itself, another one is put together from what the proof starts with.
    start = subtree_root if walk.first == walk.here else rest.pop(0)
    if walk.climb(start, rest) != (subtree_root, root):
        raise unproven("the consistency proof does not hold")


class _Walk:
    """Where a check stands: the subtree's first and last leaf and the tree's last one, then their parents."""

    def __init__(self, first: int, here: int, last: int, /) -> None:
        self.first, self.here, self.last = first, here, last

    def skip(self) -> None:
        """Goes up to the largest perfect subtree that ends where the subtree does."""
        while self.first != self.here and (self.here == self.last or self.here & 1):
            self._up()

    def climb(self, start: bytes, proof: Sequence[bytes], /) -> tuple[bytes, bytes]:
        """Returns the roots of the subtree and the tree that a proof leads to; raises NotTrusted for a wrong length."""
        small = big = start
        for sibling in proof:
            if not self.last:
                raise unproven("expected a shorter consistency proof")
            if self.here & 1 or self.here == self.last:
                if self.first < self.here:
                    small = node_hash(sibling, small)
                big = node_hash(sibling, big)
                while not self.here & 1 and self.here:
                    self._up()
            else:
                big = node_hash(big, sibling)
            self._up()
        if self.last:
            raise unproven("expected a longer consistency proof")
        return small, big

    def _up(self) -> None:
        self.first, self.here, self.last = self.first >> 1, self.here >> 1, self.last >> 1


def prove_inclusion(index: int, /, *, size: int, node: Node) -> list[bytes]:
    """Returns the inclusion proof of a leaf; raises NotTrusted for one that is not in the tree."""
    if not 0 <= index < size <= MAX_SIZE:
        raise unproven("expected an index in the tree")
    proof: list[bytes] = []
    span = Span(0, size)
    while span.end - span.start > 1:
        middle = _middle(span)
        left, right = Span(span.start, middle), Span(middle, span.end)
        span, other = (left, right) if index < middle else (right, left)
        proof.append(_root(other, node))
    return proof[::-1]


def prove_consistency(size1: int, /, *, size2: int, node: Node) -> list[bytes]:
    """Returns the proof that the first tree, of at least one leaf, is the start of the second; raises NotTrusted."""
    return prove_subtree_consistency(Span(0, size1), size=size2, node=node)


def prove_subtree_consistency(subtree: Span, /, *, size: int, node: Node) -> list[bytes]:
    """Returns the proof that a subtree is part of the tree; raises NotTrusted for one that is not."""
    _check_span(subtree)
    if not subtree.end <= size <= MAX_SIZE:
        raise unproven("expected a subtree of the tree")
    proof: list[bytes] = []
    span, known = Span(0, size), True
    while span != subtree:
        middle = _middle(span)
        left, right = Span(span.start, middle), Span(middle, span.end)
        if subtree.end <= middle:
            span, other = left, right
        elif middle <= subtree.start:
            span, other = right, left
        else:
            subtree, known, span, other = Span(middle, subtree.end), False, right, left
        proof.append(_root(other, node))
    if not known:
        proof.append(_root(span, node))
    return proof[::-1]


def perfect_roots(span: Span, node: Node, /) -> list[bytes]:
    """Returns the roots of the perfect subtrees that an aligned range falls into, the largest first."""
    hashes: list[bytes] = []
    start = span.start
    while start < span.end:
        level = (span.end - start).bit_length() - 1
        hashes.append(node(level, start >> level))
        start += 1 << level
    return hashes


def _root(span: Span, node: Node, /) -> bytes:
    return fold(perfect_roots(span, node))


def _middle(span: Span, /) -> int:
    """Returns where the left child ends: after the largest power of two of leaves that is smaller than all."""
    return span.start + (1 << (span.end - span.start - 1).bit_length() - 1)


def _check_span(span: Span, /) -> None:
    length = span.end - span.start
    if not 0 <= span.start < span.end <= MAX_SIZE or span.start & ((1 << (length - 1).bit_length()) - 1):
        raise unproven("expected a subtree of at least one leaf")


def _check_hashes(*hashes: bytes) -> None:
    if any(len(one) != HASH_SIZE for one in hashes):
        raise unproven(f"expected hashes of {HASH_SIZE} bytes")
