"""How likely each word of a text is part of an identifier: a linear chain of labels over the scores of words.

A place where *outside* leads all others by `SURE` cuts the chain: what stands on its two sides does not matter to each
other. So does a place further than `NEAR` from any where it leads by less than `HOT`. Between cuts, forward and
backward messages run `REACH` steps. So what is said of a word depends on the `REACH + NEAR` words around it, on no
more, whatever the text; between cuts no further apart it is exact.

All places move at once, in both directions: a step is one product of matrices for the whole text.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["HOT", "NEAR", "REACH", "SURE", "Marked", "Moves", "marked", "moves"]

REACH: Final = 8
SURE: Final = 9.0
HOT: Final = 3.0
NEAR: Final = 2

Floats = NDArray[np.float64]


class Marked(NamedTuple):
    """Places that are not surely outside, and the probability of each label there; label 0 is *outside*."""

    places: NDArray[np.intp]
    labels: Floats


class Moves(NamedTuple):
    """How labels follow each other: forward and backward, as factors."""

    both: Floats


def moves(transitions: NDArray[np.float32], /) -> Moves:
    """Returns the moves of transition scores, from row to column."""
    factors = np.exp(transitions.astype(np.float64))
    return Moves(np.stack([factors, factors.T]))


def marked(scores: NDArray[np.float32], between: Moves, /) -> Marked:
    """Returns the places that may be inside an identifier."""
    margin = scores[:, 0] - scores[:, 1:].max(axis=1)
    hot = (margin < HOT).nonzero()[0]
    if not len(hot):
        return Marked(hot, np.empty((0, scores.shape[1])))
    close = np.zeros(len(margin) + 2 * NEAR, bool)
    for distance in range(2 * NEAR + 1):
        close[hot + distance] = True
    places = (close[NEAR:-NEAR] & (margin < SURE)).nonzero()[0]
    count = len(places)
    here = scores.take(places, axis=0)
    # With the best label at one, REACH steps stay far inside the range of a double.
    here = np.exp((here - here.max(axis=1, keepdims=True)).astype(np.float64))
    apart = (places[1:] - places[:-1] != 1).nonzero()[0]
    labels = _product(here, between.both, apart, min(REACH, _longest(count, apart.tolist())))
    return Marked(places, labels)


def _product(here: Floats, both: Floats, apart: NDArray[np.intp], steps: int) -> Floats:
    """The labels' probabilities after so many steps; before and behind the places stands what is surely outside."""
    count, size = here.shape
    messages = np.zeros((2, count + 2, size))
    messages[:, :: count + 1, 0] = 1.0
    messages[:, 1:-1] = here
    half, row, item = messages.strides
    # Forward, a place hears the one before it; backward, the one behind.
    heard = np.ndarray((2, count, size), np.float64, messages, 0, (half + 2 * row, row, item))
    arriving = messages[:, 1:-1]
    for step in range(steps):
        arriving = heard @ both
        if len(apart):
            arriving[0, apart + 1] = both[0, 0]
            arriving[1, apart] = both[1, 0]
        if step < steps - 1:
            np.multiply(arriving, here, out=messages[:, 1:-1])
    whole = arriving[0] * here * arriving[1]
    labels: Floats = whole / whole.sum(axis=1, keepdims=True)
    return labels


def _longest(count: int, apart: list[int]) -> int:
    """How many places the longest run has."""
    longest = start = 0
    for edge in apart:
        longest = max(longest, edge + 1 - start)
        start = edge + 1
    return max(longest, count - start)
