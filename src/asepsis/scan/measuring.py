"""How well a scanner does on annotated texts: recall, precision, F2, intervals, per kind and per slice.

The score does not ask for the kind. An annotated range is recalled when at least 90 % of its letters and digits are
covered by findings, whichever; a finding is right when at least 30 % of its characters are annotated. Intervals come
from 1,000 resamples of the texts, drawn from a fixed seed, so that the same texts give the same figures.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Annotated", "Interval", "Mark", "Outcome", "Score", "Wrong", "outcome", "score"]

_RECALLED: Final = 0.9
_RIGHT: Final = 0.3
_RESAMPLES: Final = 1000
_TAIL: Final = 2.5


class Mark(NamedTuple):
    """An annotated range, or a finding."""

    start: int
    end: int
    kind: str


class Annotated(NamedTuple):
    """A text with its annotated ranges, and the slices it belongs to, as `field=value`."""

    id: str
    text: str
    marks: tuple[Mark, ...]
    slices: tuple[str, ...] = ()


class Wrong(NamedTuple):
    """A range that was missed, or found without reason."""

    id: str
    how: str
    mark: Mark


class Outcome(NamedTuple):
    """What came of one text."""

    slices: tuple[str, ...]
    gold: int
    recalled: int
    found: int
    right: int
    kinds: tuple[tuple[str, bool], ...]
    wrong: tuple[Wrong, ...]


class Interval(NamedTuple):
    """A share with its 95 % interval."""

    value: float
    low: float
    high: float


class Score(NamedTuple):
    """What came of many texts; `flagged` of `clean` texts without an annotation had a finding."""

    texts: int
    gold: int
    found: int
    recall: Interval
    precision: Interval
    f2: Interval
    clean: int
    flagged: int


def outcome(text: Annotated, findings: Iterable[Mark], /) -> Outcome:
    """Returns what came of a text."""
    size = len(text.text)
    covered, gold = bytearray(size), bytearray(size)
    found = [one for one in findings if one.start < one.end]
    for one in found:
        covered[one.start : one.end] = b"\1" * (one.end - one.start)
    for one in text.marks:
        gold[one.start : one.end] = b"\1" * (one.end - one.start)
    kinds: list[tuple[str, bool]] = []
    wrong: list[Wrong] = []
    for one in text.marks:
        places = [at for at in range(one.start, one.end) if text.text[at].isalnum()]
        hit = sum(covered[at] for at in places) >= _RECALLED * len(places)
        kinds.append((one.kind, hit))
        if not hit:
            wrong.append(Wrong(text.id, "missed", one))
    extra = [one for one in found if sum(gold[one.start : one.end]) < _RIGHT * (one.end - one.start)]
    wrong += [Wrong(text.id, "extra", one) for one in extra]
    hits = sum(hit for _, hit in kinds)
    return Outcome(text.slices, len(kinds), hits, len(found), len(found) - len(extra), tuple(kinds), tuple(wrong))


def score(outcomes: Sequence[Outcome], /, *, seed: int = 7) -> Score:
    """Returns the score of some outcomes."""
    table = np.array([one[1:5] for one in outcomes], np.float64).reshape(-1, 4)
    resampled = _resampled(table, seed)
    clean = [one for one in outcomes if not one.gold]
    return Score(
        texts=len(outcomes),
        gold=int(table[:, 0].sum()),
        found=int(table[:, 2].sum()),
        recall=_interval(_recall, table, resampled),
        precision=_interval(_precision, table, resampled),
        f2=_interval(_f2, table, resampled),
        clean=len(clean),
        flagged=sum(one.found > 0 for one in clean),
    )


def _resampled(table: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Sums over texts drawn with replacement, one row a draw."""
    count = len(table)
    if not count:
        return np.zeros((1, 4))
    draws = np.random.Generator(np.random.PCG64(seed))
    return np.stack([table[draws.integers(0, count, count)].sum(axis=0) for _ in range(_RESAMPLES)])


Measure = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def _interval(measure: Measure, table: NDArray[np.float64], resampled: NDArray[np.float64]) -> Interval:
    low, high = np.percentile(measure(resampled), [_TAIL, 100 - _TAIL])
    return Interval(float(measure(table.sum(axis=0, keepdims=True))[0]), float(low), float(high))


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(whole > 0, part / np.maximum(whole, 1), 1.0)


def _recall(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    return _share(sums[:, 1], sums[:, 0])


def _precision(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    return _share(sums[:, 3], sums[:, 2])


def _f2(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    recall, precision = _recall(sums), _precision(sums)
    return np.where(recall + precision > 0, 5 * recall * precision / np.maximum(4 * precision + recall, 1e-9), 0.0)
