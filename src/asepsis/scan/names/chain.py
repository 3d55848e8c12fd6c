"""How likely each word of a text is part of an identifier: a linear chain of labels over the scores of words.

A place where *outside* leads all others by `SURE` cuts the chain: what stands on its two sides does not matter to each
other. So does a place further than `NEAR` from any that is hot: where it leads those that begin an identifier by less
than `HOT`, or does not lead those inside one. Between cuts, forward and backward messages run `REACH` steps. So what is
said of a word depends on the `REACH + NEAR` words around it, on no more, whatever the text; between cuts no further
apart it is exact.

All places move at once, in both directions: a step is one product of matrices for the whole text.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["HOT", "NEAR", "REACH", "SURE", "Marked", "Moves", "marked", "moves"]

REACH: Final = 8
SURE: Final = 9.0
HOT: Final = 2.0
NEAR: Final = 2
_AROUND: Final = np.arange(2 * NEAR + 1)[:, None]

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
    """Returns the places that may be inside an identifier; behind *outside*, labels begin one and go on in turn."""
    by_label = np.ascontiguousarray(scores.T)
    outside = by_label[0]
    begins = outside - np.maximum.reduce(by_label[1::2])
    inside = outside - np.maximum.reduce(by_label[2::2])
    margin = np.minimum(begins, inside)
    count = len(margin)
    hot = ((begins < HOT) | (inside < 0.0)).nonzero()[0]
    close = np.zeros(count + 2 * NEAR, bool)
    close[hot + _AROUND] = True
    places = (close[NEAR:-NEAR] & (margin < SURE)).nonzero()[0]
    count, size = len(places), scores.shape[1]
    if not count:
        return Marked(places, np.empty((0, size)))
    here = scores.take(places, axis=0)
    # With the best label at one, REACH steps stay far inside the range of a double.
    here -= np.maximum.reduce(here, axis=1, keepdims=True)
    here = np.exp(here, dtype=np.float64)
    apart = places[1:] - places[:-1] != 1
    labels = _product(here, between.both, apart, min(REACH, _longest(count, apart.nonzero()[0].tolist())))
    return Marked(places, labels)


def _product(here: Floats, both: Floats, apart: NDArray[np.bool_], steps: int) -> Floats:
    """The labels' probabilities after so many steps.

    Before, between and behind the runs of places stands what is surely outside: it passes on that it is, and no more.
    """
    count, size = here.shape
    rows = np.ones(count, np.intp)
    np.add(apart, 1, out=rows[1:])
    rows = rows.cumsum()
    whole = np.zeros((int(rows[-1]) + 2, size))
    whole[:, 0] = 1.0
    whole[rows] = here
    messages = np.empty((2, *whole.shape))
    messages[:] = whole
    half, row, item = messages.strides
    # Forward, a place hears the one before it; backward, the one behind.
    heard = np.ndarray((2, len(whole) - 2, size), np.float64, messages, 0, (half + 2 * row, row, item))
    inner, own = messages[:, 1:-1], whole[1:-1]
    arriving = np.empty(heard.shape)
    for _ in range(steps - 1):
        np.matmul(heard, both, out=arriving)
        np.multiply(arriving, own, out=inner)
    np.matmul(heard, both, out=arriving)
    np.multiply(arriving[0], own, out=inner[0])
    np.multiply(inner[0], arriving[1], out=inner[0])
    labels: Floats = messages[0].take(rows, axis=0)
    labels /= np.add.reduce(labels, axis=1, keepdims=True)
    return labels


def _longest(count: int, apart: list[int]) -> int:
    """How many places the longest run has."""
    longest = start = 0
    for edge in apart:
        longest = max(longest, edge + 1 - start)
        start = edge + 1
    return max(longest, count - start)
