"""The weights, and the blocks of words: what a word adds to the scores of its own place and of those around it.

Word lists are mapped read-only; weights are widened to single precision. The blocks of the `vocabulary`, the words of
training, are made at the start and stay. Those of other words go to a table of `KEPT` rows that is emptied when it is
full: a text of any vocabulary costs no more memory than that, and raises nothing. The table belongs to one scanner,
hence to one tenant: nobody can time what another has said.
"""

import threading
from collections.abc import Iterable, Sequence
from itertools import accumulate, chain, compress
from operator import not_
from pathlib import Path
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from asepsis.scan.names.chain import moves
from asepsis.scan.names.errors import ModelError
from asepsis.scan.names.features import SPAN, features
from asepsis.scan.names.lists import Lists, checksum
from asepsis.scan.names.rows import Rows
from asepsis.scan.names.spelling import LOOKS, Letters, letters, plain, spelled
from asepsis.scan.names.store import read
from asepsis.scan.names.tokens import LONGEST, form_of, word

__all__ = ["KEPT", "Learned", "Model"]

KEPT: Final = 8_448
"""How many other words' blocks are kept; more than a scanner asks for at once."""

_AT_ONCE: Final = 2048
# So few words are sooner done one by one.
_FEW: Final = 12
_WIDTH: Final = 2 * SPAN + 1
_MOST: Final = 10
# The rows of features of a plain word that reach everywhere, near, and nowhere: w; W, k, s and q; p and t.
_FAR, _LONG = 0, 2
_NEAR: Final = slice(1, 5)
_HERE: Final = slice(5, 7)
# s, q and p are those of words of more letters than these.
_SHORT: Final = np.array([[3], [5], [3]])
_FROM_SHORT: Final = slice(3, 6)

Floats = NDArray[np.float32]


class Learned(NamedTuple):
    """What training leaves: checksums of features, their weights by distance and label, moves between labels."""

    keys: NDArray[np.uint32]
    weights: NDArray[np.float16]
    transitions: Floats


class Model:
    """Scores words, for any thread that asks: they take turns, for the table of other words is theirs together."""

    def __init__(
        self, lists: Lists, learned: Learned, labels: Sequence[str], *, vocabulary: Sequence[str] = ()
    ) -> None:
        size = len(labels)
        keys, weights, transitions = learned
        if not len(keys) or weights.shape != (len(keys), _WIDTH * size) or transitions.shape != (size, size):
            raise ModelError("expected weights and labels that fit each other", place="scan.names")
        if labels[0] != "O" or [one[:2] for one in labels[1:]] != ["B-", "I-"] * (size // 2):
            raise ModelError("expected `O`, then `B-` and `I-` of each kind", place="scan.names")
        self.labels = tuple(labels)
        self.moves = moves(transitions)
        self._turn = threading.Lock()
        self._lists = lists
        self._row = Rows(keys)
        self._weights = np.concatenate((np.zeros((1, _WIDTH * size), np.float32), weights), dtype=np.float32)
        # What reaches no further than this is summed alone: half the memory to read for a new word.
        self._near = slice((SPAN - 1) * size, (SPAN + 2) * size)
        self._here = slice(SPAN * size, (SPAN + 1) * size)
        self._near_weights = np.ascontiguousarray(self._weights[:, self._near])
        self._here_weights = np.ascontiguousarray(self._weights[:, self._here])
        self._listed = self._tabled(f"c{look}{flags}" for look in LOOKS for flags in range(256))
        self._long = self._tabled(f"k{look}{letters}" for look in LOOKS for letters in range(_MOST))
        self._frozen = {one: row for row, one in enumerate(dict.fromkeys(vocabulary))}
        self._rows = dict(self._frozen)
        self._used = len(self._frozen)
        self._blocks = np.zeros((len(self._frozen) + KEPT, _WIDTH * size), np.float32)
        self._fill(list(self._frozen), 0)

    @classmethod
    def open(cls, folder: Path, /) -> Self:
        """Returns the model in a folder; raises ModelError."""
        lists, _ = read(folder / "lists.bin")
        arrays, head = read(folder / "weights.bin")
        try:
            learned = Learned(
                arrays["keys"].astype(np.uint32, copy=False),
                arrays["weights"].astype(np.float16, copy=False),
                arrays["transitions"].astype(np.float32),
            )
            words = arrays["vocabulary"].tobytes().decode().split("\0")
            listed = Lists(lists["keys"].astype(np.uint32, copy=False), lists["flags"].astype(np.uint8, copy=False))
            return cls(listed, learned, head.facts["labels"], vocabulary=words)
        except (KeyError, UnicodeDecodeError) as error:
            raise ModelError("expected arrays that are not there", place=folder.name) from error

    def flags(self, words: Sequence[str], /) -> list[int]:
        """Returns the flags of the lists each word is on."""
        return self._lists.flags([form_of(one[:LONGEST]) for one in words])

    def scores(self, words: Sequence[str], /) -> Floats:
        """Returns the score of each label for each token; the first and last `SPAN` tokens only give context."""
        with self._turn:
            try:
                rows = np.fromiter(map(self._rows.__getitem__, words), np.intp, len(words))
            except KeyError:
                self._learn(words)
                rows = np.fromiter(map(self._rows.__getitem__, words), np.intp, len(words))
            blocks = self._blocks.take(rows, axis=0)
        size = len(self.labels)
        step, item = blocks.strides
        # Element [i, d] is what the word at i + d adds to the place at i + SPAN: block d of row i + d.
        shifted = np.ndarray(
            (len(words) - 2 * SPAN, _WIDTH, size), np.float32, blocks, 0, (step, step + size * item, item)
        )
        total: Floats = np.add.reduce(shifted, axis=1)
        return total

    def _learn(self, words: Sequence[str]) -> None:
        """Makes the blocks of words that have none; they are fewer than there are rows."""
        known = self._rows
        fresh = list(set(words).difference(known))
        if len(known) + len(fresh) > len(self._blocks):
            known = self._rows = dict(self._frozen)
            self._used = len(known)
            fresh = list(set(words).difference(known))
        if len(fresh) < _FEW:
            # Few of them may be known with a blank behind, or without, which changes nothing of what they add.
            same = ((one, known.get(one[:-1] if one[-1:] == " " else one + " ")) for one in fresh if one.strip())
            known.update((one, row) for one, row in same if row is not None)
            fresh = [one for one in fresh if one not in known]
        start = self._used
        self._fill(fresh, start)
        self._used += len(fresh)
        known.update(zip(fresh, range(start, self._used), strict=True))

    def _tabled(self, names: Iterable[str]) -> NDArray[np.intp]:
        return self._row.of(np.fromiter(map(checksum, names), np.intp))

    def _fill(self, words: Sequence[str], start: int) -> None:
        for at in range(0, len(words), _AT_ONCE):
            some = words[at : at + _AT_ONCE]
            self._make(some, self._blocks[start + at : start + at + len(some)])

    def _make(self, words: Sequence[str], blocks: Floats) -> None:
        """Makes the blocks of words; plain ones are done together, each other one through its features' names."""
        if len(words) < _FEW:
            blocks[:] = self._named(words)
            return
        given = letters(words)
        if given is not None:
            self._spell(given, blocks)
            return
        ordinary = plain([one[:LONGEST].strip() for one in words])
        some = list(compress(words, ordinary))
        given = letters(some) if some else None
        if given is None:
            blocks[:] = self._named(words)
            return
        together = np.array(ordinary)
        blocks[~together] = self._named(list(compress(words, map(not_, ordinary))))
        own = np.empty((len(some), blocks.shape[1]), np.float32)
        self._spell(given, own)
        blocks[together] = own

    def _spell(self, given: Letters, blocks: Floats) -> None:
        """Makes the blocks of plain words."""
        sizes, looks, forms, sums = spelled(given)
        rows = self._row.of(sums.ravel()).reshape(sums.shape)
        rows[_LONG] = self._long.take(looks * _MOST + np.minimum(sizes, _MOST - 1))
        rows[_FROM_SHORT] *= sizes > _SHORT
        self._weights.take(self._listed.take(looks * 256 + self._lists.flagged(forms)), axis=0, out=blocks, mode="clip")
        # Few new words have a weight of their own.
        known = rows[_FAR].nonzero()[0]
        if len(known):
            blocks[known] += self._weights.take(rows[_FAR].take(known), axis=0)
        blocks[:, self._near] += np.add.reduce(self._near_weights.take(rows[_NEAR], axis=0), axis=0)
        blocks[:, self._here] += np.add.reduce(self._here_weights.take(rows[_HERE], axis=0), axis=0)

    def _named(self, words: Sequence[str]) -> Floats:
        looks = [word(one[:LONGEST]) for one in words]
        flags = self._lists.flags([look[0] for look in looks])
        found = list(map(features, looks, flags, words))
        flat = np.fromiter(map(checksum, chain.from_iterable(found)), np.intp)
        starts = np.fromiter(accumulate(map(len, found[:-1]), initial=0), np.intp, len(found))
        summed: Floats = np.add.reduceat(self._weights.take(self._row.of(flat), axis=0), starts, axis=0)
        return summed
