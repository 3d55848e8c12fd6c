"""The chain: exact between cuts, and local everywhere."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from asepsis.scan.names.chain import HOT, NEAR, REACH, SURE, marked, moves

TRANSITIONS = np.random.Generator(np.random.PCG64(5)).normal(0, 1.5, (3, 3)).astype(np.float32)
MOVES = moves(TRANSITIONS)
CUT = [SURE + 1.0, 0.0, 0.0]


def drawn(count, seed):
    return np.random.Generator(np.random.PCG64(seed)).normal(0, 2, (count, 3)).astype(np.float32)


def by_hand(scores):
    """The probability of each label, by going over all sequences between two cuts."""
    count = len(scores)
    total = np.zeros((count, 3))
    for labels in itertools.product(range(3), repeat=count):
        path = (0, *labels, 0)
        weight = np.exp(
            sum(TRANSITIONS[one, other] for one, other in itertools.pairwise(path))
            + sum(scores[at, label] for at, label in enumerate(labels))
        )
        for at, label in enumerate(labels):
            total[at, label] += weight
    return total / total.sum(axis=1, keepdims=True)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5), st.integers(0, 5000), st.integers(1, 3))
def test_between_cuts_it_is_exact(count, seed, gap):
    scores = drawn(count, seed)
    scores[:, 0] = np.minimum(scores[:, 0], scores[:, 1] + HOT - 0.1)
    text = np.concatenate([[CUT] * gap, scores, [CUT], scores, [CUT]]).astype(np.float32)
    found = marked(text, MOVES)
    assert found.places.tolist() == [*range(gap, gap + count), *range(gap + count + 1, gap + 2 * count + 1)]
    assert np.allclose(found.labels, np.concatenate([by_hand(scores)] * 2), atol=1e-6)


def test_what_is_surely_outside_is_not_looked_at_nor_what_is_far_from_all_doubt():
    assert len(marked(np.array([CUT] * 4, np.float32), MOVES).places) == 0
    calm, hot = [SURE - 0.5, 0.0, 0.0], [HOT - 0.5, 0.0, 0.0]
    text = np.array([*[calm] * 6, hot, *[calm] * 6], np.float32)
    assert marked(text, MOVES).places.tolist() == [*range(6 - NEAR, 7 + NEAR)]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 5000), st.integers(0, 40))
def test_a_place_depends_on_no_more_than_its_reach(seed, cut):
    scores = drawn(60, seed)
    whole = dict(zip(*(one.tolist() for one in marked(scores, MOVES)), strict=True))
    part = marked(scores[cut:], MOVES)
    for place, labels in zip(part.places.tolist(), part.labels.tolist(), strict=True):
        if place >= REACH + NEAR:
            assert np.allclose(whole[place + cut], labels, atol=1e-9)
