"""How well a scanner did, as one HTML page that can be shared: figures, and nothing of the texts.

The names of slices and of kinds come from the user's file, so they could be anything, such as a patient's name in a
field that differs in each text. A slice is named when at least `FEWEST` texts are in it, as the CMS cell size policy
has it (no cell of 1 to 10 is shown), a kind when it is one of ours or has that many ranges; the others are counted
together.
"""

from collections.abc import Iterable, Sequence
from importlib import resources
from typing import Final

import msgspec

from asepsis.core.types import Kind
from asepsis.scan.measuring import Interval, KindScore, Outcome, Score, kinds, score

__all__ = ["FEWEST", "Head", "Scores", "render", "scores"]

FEWEST: Final = 11
"""The fewest texts that a slice is named for (CMS cell size suppression policy)."""

_SLICES: Final = 200
_KINDS: Final = frozenset(one.value for one in Kind)


class Head(msgspec.Struct, frozen=True):
    """What was measured and when."""

    scanner: str
    version: str
    ended: str
    unread: int


class Scores(msgspec.Struct, frozen=True):
    """All figures: of the whole, of slices and of kinds, and how many of each are not named."""

    whole: Score
    slices: tuple[tuple[str, Score], ...]
    kinds: tuple[KindScore, ...]
    unnamed_slices: int
    unnamed_kinds: int


def scores(outcomes: Sequence[Outcome], /, *, fewest: int = 1) -> Scores:
    """Returns the scores of some outcomes; slices and kinds of the user's own with fewer members are not named."""
    members: dict[str, list[Outcome]] = {}
    for each in outcomes:
        for name in each.slices:
            members.setdefault(name, []).append(each)
    named = sorted(name for name, some in members.items() if len(some) >= fewest)
    by_kind = kinds(outcomes)
    known = tuple(one for one in by_kind if one.kind in _KINDS or one.gold >= fewest)
    return Scores(
        whole=score(outcomes),
        slices=tuple((name, score(members[name])) for name in named[:_SLICES]),
        kinds=known,
        unnamed_slices=len(members) - len(named[:_SLICES]),
        unnamed_kinds=len(by_kind) - len(known),
    )


def render(head: Head, outcomes: Sequence[Outcome], /) -> str:
    """Returns the page."""
    import jinja2  # noqa: PLC0415 only a run with a report pays for it

    template = (resources.files("asepsis.scan") / "templates" / "scorecard.html").read_text(encoding="utf-8")
    page = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return page.from_string(template).render(
        head=head, scores=scores(outcomes, fewest=FEWEST), fewest=FEWEST, percent=_percent, places=_places
    )


def _percent(value: float, /) -> str:
    """A share with one place, and never 100 for what is less or 0 for what is more."""
    shown = f"{value * 100:.1f}"
    if shown == "100.0" and value < 1:
        return "> 99.9"
    return "< 0.1" if shown == "0.0" and value > 0 else shown


def _places(interval: Interval, /) -> Iterable[str]:
    """Where an interval begins, how wide it is and where its value stands, in percent of the whole."""
    low, high, value = (round(one * 100, 2) for one in (interval.low, interval.high, interval.value))
    return (f"{low:g}", f"{max(high - low, 0.6):g}", f"{min(value, 99.4):g}")
