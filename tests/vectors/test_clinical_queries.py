"""Questions and notes that no engine was trained on: what is found of them, and what of the clean ones is taken amiss.

A span counts as found when nine tenths of its letters and digits are covered; a finding counts as right when three
tenths of it lie in spans.
"""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from asepsis.core.types import Part, PartKind
from asepsis.scan import ScanConfig
from asepsis.scan.engine import BOTH, build

LINES = Path(__file__).with_name("clinical_queries.txt").read_text().splitlines()
SPAN = re.compile(r"\{([A-Z_0-9]+):([^}]*)\}")


class Case(NamedTuple):
    text: str
    spans: tuple[tuple[int, int], ...]


def case(line: str) -> Case:
    text, spans, at = "", [], 0
    for found in SPAN.finditer(line):
        text += line[at : found.start()]
        spans.append((len(text), len(text) + len(found[2])))
        text += found[2]
        at = found.end()
    return Case(text + line[at:], tuple(spans))


CLEAN = [case(line[2:]) for line in LINES if line.startswith("- ")]
MARKED = [case(line) for line in LINES if line and line[0] not in "-#"]


@pytest.fixture(scope="module")
def found():
    """The places that a scanner finds in a text, and its findings."""
    scanner = build(ScanConfig(scanners=BOTH))

    def of(text):
        (findings,) = scanner.scan_document([Part(PartKind.TEXT, "text", text)])
        return {place for one in findings for place in range(one.start, one.end)}, findings

    return of


def test_what_identifies_somebody_is_found(found):
    missed = total = 0
    for text, spans in MARKED:
        covered, _ = found(text)
        for start, end in spans:
            letters = [place for place in range(start, end) if text[place].isalnum()]
            total += 1
            missed += len(covered.intersection(letters)) < 0.9 * len(letters)
    assert total > 150
    assert 1 - missed / total >= 0.95


def test_what_is_found_identifies_somebody(found):
    wrong = total = 0
    for text, spans in MARKED + CLEAN:
        inside = {place for start, end in spans for place in range(start, end)}
        for one in found(text)[1]:
            total += 1
            wrong += len(inside.intersection(range(one.start, one.end))) < 0.3 * (one.end - one.start)
    assert 1 - wrong / total >= 0.88


def test_few_clean_questions_are_touched(found):
    assert len(CLEAN) == 50
    assert sum(bool(found(text)[1]) for text, _ in CLEAN) <= 11
