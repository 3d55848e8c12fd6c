"""The report of a run as one HTML page: counts for each file, what is left of risk, and the clean text if wanted.

It needs nothing from anywhere else and holds no original text. What it shows of the files is what came out of them.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from importlib import resources

import msgspec

from asepsis.core.types import Kind
from asepsis.deid.files import Done
from asepsis.deid.profiles import Profile
from asepsis.deid.residue import Figures
from asepsis.deid.text import Clean

__all__ = ["Head", "Segment", "render", "segments"]


class Head(msgspec.Struct, frozen=True):
    """What holds for the whole run: the profile and what was named for it, and when it ended."""

    profile: Profile
    agreement: str
    project: str
    version: str
    ended: str


class Segment(msgspec.Struct, frozen=True):
    """A piece of clean text: as it was, or what stands in the place of something of `kind`."""

    text: str
    kind: str = ""


def render(head: Head, done: Sequence[Done], /) -> str:
    """Returns the page."""
    import jinja2  # noqa: PLC0415 only a run with a report pays for it

    template = (resources.files("asepsis.deid") / "templates" / "report.html").read_text(encoding="utf-8")
    page = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    totals: Counter[Kind] = Counter()
    for one in done:
        totals.update(one.counts)
    return page.from_string(template).render(
        head=head,
        done=done,
        totals=_ranked(totals),
        ranked=_ranked,
        segments=segments,
        most=max(totals.values(), default=1),
        figures=_sum([one.residue.figures for one in done if one.residue is not None]),
    )


def segments(clean: Clean, /) -> Iterator[Segment]:
    """Yields a clean text in pieces, what was replaced apart from the rest."""
    at = 0
    for span in clean.spans:
        if span.start > at:
            yield Segment(clean.text[at : span.start])
        yield Segment(clean.text[span.start : span.end], span.kind.value)
        at = span.end
    if at < len(clean.text):
        yield Segment(clean.text[at:])


def _ranked(counts: Counter[Kind]) -> list[tuple[str, int]]:
    return sorted(((kind.value, count) for kind, count in counts.items()), key=lambda one: (-one[1], one[0]))


def _sum(figures: Sequence[Figures]) -> Figures:
    names = Figures.__struct_fields__
    return Figures(*(sum(getattr(one, name) for one in figures) for name in names))
