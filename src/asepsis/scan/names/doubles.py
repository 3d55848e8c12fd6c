"""Names with a hyphen, of which the model found one half: `Ji-min`, `Landon-Lane`.

The other half is taken along where it is written like the first, or is a word that people are called and no other; an
ordinary word in small letters (`Foley-type`) only where both are as short as the syllables of a name.

INVARIANT: a name grows by no more than `HALF` tokens before it and as many behind it.
"""

from collections.abc import Callable, Sequence
from typing import Final

from asepsis.scan.names.doubts import BORNE, COMMON
from asepsis.scan.names.edges import trimmed
from asepsis.scan.names.runs import Run
from asepsis.scan.names.tokens import word

__all__ = ["HALF", "doubled"]

HALF: Final = 2

_HYPHEN: Final = "-"
_LEAST: Final = 2
_SYLLABLE: Final = 4
_PARTS: Final = frozenset(
    """
    like type related induced associated based positive negative dependent free style guided mediated assisted specific
    sparing treated led run owned born area wide trained certified filled coated tipped shaped only lock loop pull sign
    test side site line tube pump wave view med meds scan
    in law post pre non anti ex mid pro sub inter re co self semi half pseudo
    """.split()  # noqa: SIM905 a list of words reads better so
)
"""What stands behind a hyphen and the name of a thing or its maker, and what stands before a hyphen and any word."""

Flags = Callable[[Sequence[str]], list[int]]


def doubled(words: Sequence[str], runs: list[Run], flags: Flags, /) -> list[Run]:
    """Returns runs, names with their other half; `flags` are those of the lists."""
    if _HYPHEN not in words or not any(run.kind == "NAME" for run in runs):
        return runs
    found: list[Run] = []
    for at, run in enumerate(runs):
        first, last = run.first, run.last
        if run.kind == "NAME":
            taken = found[-1].last if found else 0
            free = runs[at + 1].first if at + 1 < len(runs) else len(words)
            if last + 1 < free and words[last] == _HYPHEN and _is_half(words, last - 1, last + 1, flags):
                last += HALF
            if first - HALF >= taken and words[first - 1] == _HYPHEN and _is_half(words, first, first - 2, flags):
                first -= HALF
        found.append(run if (first, last) == (run.first, run.last) else Run(first, last, "NAME", run.likely))
    return found


def _is_half(words: Sequence[str], own: int, other: int, flags: Flags) -> bool:
    """Whether the word at `other` is the other half of a name whose word stands at `own`, with a hyphen between."""
    if words[min(own, other)][-1:].isspace():
        return False
    half, new = word(words[own]), word(words[other])
    if min(len(half.plain), len(new.plain)) < _LEAST or new.form in _PARTS:
        return False
    if new.look != "l":
        return half.look != "l"
    (bits,) = flags(words[other : other + 1])
    if bits & BORNE and not bits & COMMON:
        return True
    short = max(len(half.form), len(new.form)) <= _SYLLABLE
    return own < other and short and trimmed(words, other, other + 1) == (other, other + 1)
