"""Where somebody lives or gets post, by its form: `Apt. 4B`, `P.O. Box 104`, `PSC 7951, Box 9972`, `APO AA 69974`.

The model reads these where a street stands before them; on a line of their own they are but a word and a number.

INVARIANT: a place that is found so has no more than `BEFORE` tokens before its word and three behind it.
"""

from collections.abc import Sequence
from typing import Final

from asepsis.scan.names.runs import LIKELY, Run
from asepsis.scan.names.tokens import form_of

__all__ = ["BEFORE", "lodged"]

BEFORE: Final = 4

_UNITS: Final = ("apt", "suite")
_BOX: Final = "box"
_POSTS: Final = ("apo", "fpo", "dpo")
_MARKERS: Final = frozenset(
    form + blank
    for one in (*_UNITS, _BOX, *_POSTS)
    for form in (one, one.title(), one.upper())
    for blank in ("", " ", "\t", "  ")
)
_OFFICES: Final = frozenset({"po", "postoffice"})
_SQUADRONS: Final = frozenset({"PSC", "CMR", "UNIT", "Unit", "unit", "psc", "cmr"})
_REGIONS: Final = frozenset({"AA", "AE", "AP", "aa", "ae", "ap"})
_HASHES: Final = frozenset({"#", ".", ". ", "# "})
_LONGEST: Final = 6
_ZIP: Final = 5


def lodged(words: Sequence[str], runs: list[Run], /) -> list[Run]:
    """Returns runs, and the places that have such a form; what a run has of one is a part of it."""
    if _MARKERS.isdisjoint(words):
        return runs
    found = list(runs)
    for at, one in enumerate(words):
        if one not in _MARKERS:
            continue
        first, last = _place(words, at)
        beside = [run for run in found if run.first < last and first < run.last]
        if first == last or any(run.kind != "GEO" and not first <= run.first < run.last <= last for run in beside):
            continue
        low, high = min([first, *(run.first for run in beside)]), max([last, *(run.last for run in beside)])
        likely = max([LIKELY, *(run.likely for run in beside)])
        found = [*(run for run in found if run not in beside), Run(low, high, "GEO", likely)]
    return sorted(found)


def _place(words: Sequence[str], at: int) -> tuple[int, int]:
    """The first token of the place whose word stands at `at` and the one behind its last; the same where it is none."""
    form = form_of(words[at])
    if form in _POSTS:
        region, code = (*(one.strip() for one in words[at + 1 : at + 3]), "", "")[:2]
        return at, at + 3 * (region in _REGIONS and code.isdecimal() and len(code) == _ZIP)
    number = at + 1
    while number < len(words) and number - at < 3 and words[number] in _HASHES:
        number += 1
    if number >= len(words) or not _is_number(words[number]):
        return at, at
    low = at if form in _UNITS else _office(words, at)
    return (low, number + 1) if low < at or form in _UNITS else (at, at)


def _office(words: Sequence[str], at: int) -> int:
    """The first token of what says whose box it is; `at` where nothing does."""
    for size in range(1, min(BEFORE, at) + 1):
        said = words[at - size : at]
        if any("\n" in one for one in said):
            return at
        if "".join("".join(said).lower().replace(".", " ").split()) in _OFFICES:
            return at - size
    squadron = words[at - 3].strip() if at >= 3 else ""
    listed = words[at - 1].strip() in (",", "") and squadron in _SQUADRONS and _is_number(words[at - 2])
    plain = at >= 2 and words[at - 2].strip() in _SQUADRONS and _is_number(words[at - 1])
    return at - 3 if listed else at - 2 if plain else at


def _is_number(token: str) -> bool:
    """Whether a token is a number, or one with letters: `033`, `4B`, `C12`."""
    given = token.strip()
    return len(given) <= _LONGEST and given.isalnum() and any(map(str.isdecimal, given))
