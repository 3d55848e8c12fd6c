"""What a guess never touches: doses, readings, units, codes, negations and sides.

A rule proves what it finds by its form or a word before it. A model of names guesses, and a guess that takes a dose
along costs more than it protects. So what the model found is cut around these; what rules found is not.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from asepsis.core.types import Finding

__all__ = ["GUESSED", "spared"]

GUESSED: Final = "names."
"""The beginning of the ids of what is guessed."""

_UNITS: Final = (
    r"mg|mcg|µg|g|kg|ml|dl|l|units?|iu|meq|mmol|mmhg|%|bpm|cm|mm|lbs?|pounds?|degrees?|°\s?[cf]|tablets?|puffs?|drops?"
    r"|x\s?10\^[0-9]+(?:/[a-z]+)?|k/ul|hours?|days?|weeks?|months?"
)
_KEPT: Final = re.compile(
    rf"""
    [0-9][0-9.,/]*\s?(?:{_UNITS})(?:/[a-z]{{1,4}})?(?![a-z0-9])
    | (?<![a-z])(?:wbc|rbc|hgb|plt|bp|hr|rr|spo2|hba1c|a1c|ef|bmi|inr|tsh|bun|ast|alt)\s{{0,2}}[0-9][0-9.,/]*
    | (?<![a-z])(?:icd|cpt|hcpcs|loinc|snomed|ndc|rxnorm|drg)(?:-[0-9]{{1,2}}(?:-cm)?)?
      \s{{0,2}}:?\s?[a-z]?[0-9][0-9a-z.-]*
    | (?<![a-z])(?:no|not|denies|denied|without|never|negative|left|right|bilateral(?:ly)?)(?![a-z])
    """,
    re.VERBOSE | re.IGNORECASE,
)


def spared(findings: Iterable[Finding], text: str, /) -> Iterator[Finding]:
    """Yields the findings, those that are guessed without what they never touch."""
    kept: list[tuple[int, int]] | None = None
    for one in findings:
        if not one.rule.startswith(GUESSED):
            yield one
            continue
        if kept is None:
            kept = [found.span() for found in _KEPT.finditer(text)]
        yield from _cut(one, kept, text)


def _cut(finding: Finding, kept: list[tuple[int, int]], text: str) -> Iterator[Finding]:
    at = finding.start
    for start, end in kept:
        if end <= at or start >= finding.end:
            continue
        if start > at and any(map(str.isalnum, text[at:start])):
            yield _moved(finding, at, start)
        at = end
    if at == finding.start:
        yield finding
    elif at < finding.end and any(map(str.isalnum, text[at : finding.end])):
        yield _moved(finding, at, finding.end)


def _moved(finding: Finding, start: int, end: int) -> Finding:
    return Finding(finding.rule, finding.kind, finding.place, start, end, finding.score)
