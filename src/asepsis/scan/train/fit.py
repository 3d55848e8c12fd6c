"""Fitting the chain to labelled documents, and measuring what it finds as it will run."""

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pycrfsuite
from numpy.typing import NDArray

from asepsis.scan.names.features import REACH, SPAN, features
from asepsis.scan.names.lists import Lists, checksum
from asepsis.scan.names.model import Learned
from asepsis.scan.names.tokens import LONGEST, PAD, tokens, word
from asepsis.scan.normalise import fold
from asepsis.scan.train.draw import Draw
from asepsis.scan.train.generate import Document

__all__ = ["LABELS", "fit", "labelled"]

LABELS: Final = ("O", "B-NAME", "I-NAME", "B-GEO", "I-GEO", "B-DATE", "I-DATE", "B-ID", "I-ID", "B-AGE", "I-AGE")

_UNLISTED: Final = 12
"""How many of a hundred words in identifiers are taken as if no list had them, so that lists do not decide alone."""

_SPARSE: Final = 0.0043
_SMALL: Final = 0.0216
"""What it costs for each thousand documents that a weight is there at all, and that it is large.

A model of more documents is then no more sure of itself; with costs that did not grow, more of them made it worse on
sources it had not seen.
"""


def labelled(document: Document, /) -> tuple[list[str], list[str]]:
    """Returns the tokens of a document and their labels."""
    view = fold(document.text)
    words = tokens(view.text)
    inside = [""] * (len(document.text) + 1)
    begins: set[int] = set()
    last_end, last_label = -2, ""
    for start, end, label in document.spans:
        if not (label == last_label and document.text[last_end:start] in ("", " ")):
            begins.add(start)
        inside[start:end] = [label] * (end - start)
        last_end, last_label = end, label
    labels: list[str] = []
    at = 0
    for one in words:
        start = view.origin(at)
        label = inside[start]
        kept = at
        at += len(one)
        if not label or not one.strip():
            labels.append("O")
        elif (
            labels
            and labels[-1][2:] == label
            and not any(view.origin(kept) >= b > view.origin(kept - 1) for b in begins & {start})
        ):
            labels.append("I-" + label)
        else:
            labels.append("B-" + label)
    return words, labels


def fit(
    documents: Iterable[Document], lists: Lists, draw: Draw, /, *, iterations: int = 90, minimum: int = 3
) -> Learned:
    """Returns the weights learned from documents."""
    trainer = pycrfsuite.Trainer("lbfgs", verbose=False)  # pyright: ignore[reportAttributeAccessIssue]  # a compiled module without stubs
    maker = _Features(lists)
    thousands = 0.0
    for document in documents:
        words, labels = labelled(document)
        if words:
            items = maker.items(words, [label != "O" and draw.chance(_UNLISTED) for label in labels])
            rows = pycrfsuite.ItemSequence(items)  # pyright: ignore[reportAttributeAccessIssue]  # a compiled module without stubs
            trainer.append(rows, ["O", *labels, "O"])
            thousands += 0.001
    trainer.set_params(
        {
            "c1": _SPARSE * thousands,
            "c2": _SMALL * thousands,
            "max_iterations": iterations,
            "feature.minfreq": minimum,
            "feature.possible_transitions": 1,
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "model")
        trainer.train(path)
        tagger = pycrfsuite.Tagger()  # pyright: ignore[reportAttributeAccessIssue]  # a compiled module without stubs
        tagger.open(path)
        learned = tagger.info()
        state, transitions = dict(learned.state_features), dict(learned.transitions)
        tagger.close()
    return _weights(state, transitions)


class _Features:
    """The features of words at each distance, as strings; each distinct word's are made once."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists
        self._known: dict[tuple[str, bool], list[list[str]]] = {}

    def items(self, words: Sequence[str], unlisted: Sequence[bool]) -> list[list[str]]:
        edge = self._of(PAD, unlisted=False)
        row = (
            [edge] * (SPAN + 1)
            + [self._of(one, unlisted=bare) for one, bare in zip(words, unlisted, strict=True)]
            + [edge] * (SPAN + 1)
        )
        return [
            [name for distance in range(2 * SPAN + 1) for name in row[at + distance][distance]]
            for at in range(len(words) + 2)
        ]

    def _of(self, token: str, *, unlisted: bool) -> list[list[str]]:
        known = self._known.get((token, unlisted))
        if known is None:
            look = word(token[:LONGEST])
            (flags,) = self._lists.flags([look.form])
            names = features(look, 0 if unlisted else flags, token[:LONGEST])
            known = [
                [f"{distance}{name}" for name in names if REACH[name[0]] >= abs(distance - SPAN)]
                for distance in range(2 * SPAN + 1)
            ]
            self._known[token, unlisted] = known
        return known


def _weights(state: dict[tuple[str, str], float], transitions: dict[tuple[str, str], float]) -> Learned:
    size = len(LABELS)
    number = {label: at for at, label in enumerate(LABELS)}
    rows: dict[int, NDArray[np.float32]] = {}
    for (name, label), weight in state.items():
        row = rows.setdefault(checksum(name[1:]), np.zeros((2 * SPAN + 1) * size, np.float32))
        row[int(name[0]) * size + number[label]] += weight
    keys = sorted(key for key, row in rows.items() if np.abs(row).max() > 0.01)
    moves = np.full((size, size), -4.0, np.float32)
    for (one, other), weight in transitions.items():
        moves[number[one], number[other]] = weight
    return Learned(np.array(keys, np.uint32), np.array([rows[key] for key in keys], np.float16), moves)
