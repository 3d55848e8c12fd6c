"""How well a scanner does on annotated texts: recall, precision, F2, intervals, per kind and per slice.

The score does not ask for the kind. An annotated range is recalled when at least 90 % of its letters and digits are
covered by findings, whichever; a finding is right when at least 30 % of its characters are annotated. Intervals come
from 1,000 resamples of the texts, drawn from a fixed seed, so that the same texts give the same figures. Where all
resamples agree, as when nothing at all was missed, they say nothing about what could have been: there, and for the
share of clean texts that are flagged, the interval is Wilson's (JASA 22, 1927) over the texts that count.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Annotated", "Interval", "KindScore", "Mark", "Outcome", "Score", "Wrong", "kinds", "outcome", "score"]

_RECALLED: Final = 0.9
_RIGHT: Final = 0.3
_RESAMPLES: Final = 1000
_TAIL: Final = 2.5
_Z: Final = 1.959964
"""The normal quantile of a 95 % interval."""


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
    """What came of one text; `kinds` says which annotated ranges were recalled, `finds` which findings are right."""

    slices: tuple[str, ...]
    gold: int
    recalled: int
    found: int
    right: int
    kinds: tuple[tuple[str, bool], ...]
    wrong: tuple[Wrong, ...]
    finds: tuple[tuple[str, bool], ...] = ()


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
    share: Interval


class KindScore(NamedTuple):
    """What came of one kind: recall of the ranges that bear its name, precision of the findings that do."""

    kind: str
    gold: int
    found: int
    recall: Interval
    precision: Interval
    f2: Interval


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
    finds = [(one.kind, sum(gold[one.start : one.end]) >= _RIGHT * (one.end - one.start)) for one in found]
    wrong += [Wrong(text.id, "extra", one) for one, (_, right) in zip(found, finds, strict=True) if not right]
    hits, right = sum(hit for _, hit in kinds), sum(right for _, right in finds)
    return Outcome(text.slices, len(kinds), hits, len(found), right, tuple(kinds), tuple(wrong), tuple(finds))


def score(outcomes: Sequence[Outcome], /, *, seed: int = 7) -> Score:
    """Returns the score of some outcomes."""
    table = np.array([one[1:5] for one in outcomes], np.float64).reshape(-1, 4)
    recall, precision, f2 = _shares(table, seed)
    clean = [one for one in outcomes if not one.gold]
    flagged = sum(one.found > 0 for one in clean)
    return Score(
        texts=len(outcomes),
        gold=int(table[:, 0].sum()),
        found=int(table[:, 2].sum()),
        recall=recall,
        precision=precision,
        f2=f2,
        clean=len(clean),
        flagged=flagged,
        share=_wilson(flagged / len(clean), len(clean)) if clean else Interval(0.0, 0.0, 1.0),
    )


def kinds(outcomes: Sequence[Outcome], /, *, seed: int = 7) -> list[KindScore]:
    """Returns the scores of each kind that was annotated or found, by name."""
    rows: dict[str, dict[int, list[int]]] = {}
    for at, each in enumerate(outcomes):
        for column, marks in ((0, each.kinds), (2, each.finds)):
            for kind, good in marks:
                row = rows.setdefault(kind, {}).setdefault(at, [0, 0, 0, 0])
                row[column] += 1
                row[column + 1] += good
    scores: list[KindScore] = []
    for kind, texts in sorted(rows.items()):
        table = np.array(list(texts.values()), np.float64)
        gold, found = int(table[:, 0].sum()), int(table[:, 2].sum())
        scores.append(KindScore(kind, gold, found, *_shares(table, seed)))
    return scores


def _shares(table: NDArray[np.float64], seed: int) -> tuple[Interval, Interval, Interval]:
    """Recall, precision and F2 of texts, one row each: annotated, recalled, found, right."""
    resampled = _resampled(table, seed)
    recall = _sure(_interval(_recall, table, resampled), int((table[:, 0] > 0).sum()))
    precision = _sure(_interval(_precision, table, resampled), int((table[:, 2] > 0).sum()))
    f2 = _interval(_f2, table, resampled)
    if f2.low == f2.high:
        ends = np.array([[1, one, 1, two] for one, two in zip(recall[1:], precision[1:], strict=True)])
        low, high = _f2(ends)
        f2 = Interval(f2.value, float(low), float(high))
    return recall, precision, f2


def _sure(interval: Interval, texts: int) -> Interval:
    """The interval, or Wilson's where all resamples agree."""
    if interval.low < interval.high or not texts:
        return interval
    return _wilson(interval.value, texts)


def _wilson(share: float, count: int) -> Interval:
    middle = share + _Z**2 / (2 * count)
    spread = _Z * math.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
    low, high = ((middle + one) / (1 + _Z**2 / count) for one in (-spread, spread))
    return Interval(share, max(0.0, min(low, share)), min(1.0, max(high, share)))


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
