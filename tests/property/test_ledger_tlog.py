"""The published formats against any bytes: a verifier says no with NotTrusted, or takes what was really made."""

import contextlib
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.core.errors import NotTrusted
from asepsis.ledger.tlog import checkpoints, notes, offline, policies
from asepsis.ledger.tlog.checkpoints import Checkpoint
from asepsis.ledger.tlog.keys import KeyType, SigningKey, VerifierKey
from asepsis.ledger.tlog.offline import OfflineProof
from asepsis.ledger.tlog.proofs import (
    Span,
    check_inclusion,
    check_subtree_consistency,
    prove_consistency,
    prove_inclusion,
    prove_subtree_consistency,
)
from asepsis.ledger.tlog.tiles import Edge, Tile, bundle_entries, node_reader, partial_tiles, split
from asepsis.ledger.tlog.tree import CompactRange

LOG = SigningKey("example.com/log", KeyType.ED25519, bytes(32))
WITNESS = SigningKey("w.example/1", KeyType.COSIGNATURE, bytes([1] * 32))
TEXT = Checkpoint(LOG.verifier.name, 1, hashlib.sha256(b"\0entry").digest()).render()
NOTE = notes.render(TEXT, [LOG.sign(TEXT), WITNESS.sign(TEXT, time=9)])
PROOF = OfflineProof(0, (), NOTE).render()
POLICY = f"log {LOG.verifier.render()}\nwitness w {WITNESS.verifier.render()}\ngroup g 1 w\nquorum g\n".encode()

PIECES = st.sampled_from(
    [b"\n", b"\n\n", "— ".encode(), b" ", b"+", b"A" * 43 + b"=", b"0", b"quorum ", b"extra ", b"index ", TEXT.encode()]
)
ANY = st.binary(max_size=200) | st.lists(PIECES | st.binary(max_size=9), max_size=12).map(b"".join)
HASHES = st.lists(st.binary(min_size=32, max_size=32) | st.binary(max_size=33), max_size=66)
NUMBERS = st.integers(-2, 1 << 64) | st.integers(-1, 70)


@st.composite
def spoilt(draw, whole):
    """Returns something close to `whole`: a byte changed, bytes put in, or a piece taken out."""
    start = draw(st.integers(0, len(whole)))
    end = draw(st.integers(start, min(len(whole), start + 40)))
    return whole[:start] + draw(ANY) + whole[end:]


READERS = [
    notes.parse,
    notes.signature_lines,
    policies.parse,
    offline.parse,
    lambda data: checkpoints.parse(data.decode("utf-8", "replace")),
    lambda data: VerifierKey.parse(data.decode("utf-8", "replace")),
    lambda data: LOG.verifier.check(TEXT, data),
    lambda data: offline.open_checkpoint(data, policy=policies.parse(POLICY)),
    lambda data: split(data, width=1),
    lambda data: bundle_entries(data, width=2),
]


@given(ANY | spoilt(NOTE) | spoilt(PROOF) | spoilt(POLICY))
def test_any_bytes_are_read_or_not_trusted(data):
    for read in READERS:
        with contextlib.suppress(NotTrusted):
            read(data)


@given(spoilt(PROOF))
def test_a_spoilt_proof_is_refused(data):
    """Unless what was spoilt is not covered: then what is proven is the same."""
    try:
        proof = offline.parse(data)
        assert proof.check(b"entry", policy=policies.parse(POLICY)) == checkpoints.parse(TEXT)
    except NotTrusted:
        return
    assert (proof.index, proof.hashes) == (0, ())


@given(HASHES, NUMBERS, NUMBERS, NUMBERS)
def test_any_proof_holds_or_is_not_trusted(hashes, one, two, three):
    zero = bytes(32)
    with contextlib.suppress(NotTrusted):
        check_inclusion(zero, one, size=two, root=zero, proof=hashes)
    with contextlib.suppress(NotTrusted):
        check_subtree_consistency(Span(one, two), zero, size=three, root=zero, proof=hashes)


def leaves(size):
    return [hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(size)]


ALL = leaves(1500)
ROOTS = {}


def root(start, end):
    if (start, end) not in ROOTS:
        row = CompactRange()
        row.extend(ALL[start:end])
        ROOTS[start, end] = row.root()
    return ROOTS[start, end]


@st.composite
def trees(draw):
    """Returns a size and the nodes of that tree, read from tiles that were made in batches of any size."""
    size = draw(st.integers(1, len(ALL)))
    edge, tiles, row, start = Edge(), {}, CompactRange(), 0
    while start < size:
        some = ALL[start : min(size, start + draw(st.integers(1, 600)))]
        tiles |= dict(edge.extend(some, row.extend(some)))
        start += len(some)
    tiles |= {tile: b"".join(edge.rows[tile.level]) for tile in partial_tiles(size)}
    assert edge.range().root() == root(0, size)
    return size, node_reader(size, tiles.__getitem__)


@given(trees(), st.data())
def test_what_is_proven_from_tiles_holds(tree, data):
    size, node = tree
    index = data.draw(st.integers(0, size - 1))
    check_inclusion(
        ALL[index], index, size=size, root=root(0, size), proof=prove_inclusion(index, size=size, node=node)
    )
    level = data.draw(st.integers(0, size.bit_length() - 1))
    start = data.draw(st.integers(0, (size - 1) >> level)) << level
    span = Span(start, data.draw(st.integers(start + 1, min(size, start + (1 << level)))))
    proof = prove_subtree_consistency(span, size=size, node=node)
    check_subtree_consistency(span, root(*span), size=size, root=root(0, size), proof=proof)
    assert proof or (span.start, span.end) == (0, size)
    if span.start == 0:
        assert prove_consistency(span.end, size2=size, node=node) == proof


@given(trees(), st.data())
def test_a_proof_for_another_place_is_refused(tree, data):
    size, node = tree
    index, other = data.draw(st.tuples(st.integers(0, size - 1), st.integers(0, size)))
    if index != other:
        proof = prove_inclusion(index, size=size, node=node)
        with pytest.raises(NotTrusted):
            check_inclusion(ALL[index], other, size=size, root=root(0, size), proof=proof)


def test_a_tile_that_is_missing_is_told_by_the_reader_of_tiles():
    def read(tile):
        raise NotTrusted(f"no {Tile(*tile)}")

    with pytest.raises(NotTrusted):
        prove_inclusion(0, size=2, node=node_reader(2, read))
