"""Several scanners as one."""

import pytest

from asepsis.core.errors import ConfigError
from asepsis.core.ports import OpenScan
from asepsis.core.types import Finding, Kind, Part, PartKind
from asepsis.scan import Pipeline, ScanConfig, build
from asepsis.scan.pipeline import merged


class Fixed:
    """Finds what it was told, and has settled as far as it was told."""

    def __init__(self, findings: list[tuple[int, int, int]], settled: int = 100, keep: int = 100) -> None:
        self.findings = tuple(Finding("fixed", Kind.NAME, "text", low, high, score) for low, high, score in findings)
        self.settled = settled
        self.keep = keep

    def scan(self, parts):
        return [self.findings for _ in parts]

    def scan_document(self, parts):
        return self.scan(parts)

    def scan_open(self, part):
        return OpenScan(tuple(one for one in self.findings if one.start < self.settled), self.settled, self.keep)


PART = Part(PartKind.TEXT, "text", "the number 123-45-6789 is John's and that is all there is to say about it")


def spans(findings):
    return [(one.start, one.end) for one in findings]


def test_findings_of_all_come_together_apart_and_sorted():
    rules = build(ScanConfig())
    (found,) = Pipeline([Fixed([(4, 14, 100), (26, 30, 900)]), rules]).scan([PART])
    assert [(one.start, one.end, one.kind) for one in found] == [
        (4, 11, Kind.NAME),
        (11, 22, Kind.SSN),
        (26, 30, Kind.NAME),
    ]


def test_what_is_left_of_a_guess_at_a_code_and_has_no_digit_is_none():
    part = Part(PartKind.TEXT, "text", "a.b@example.org. Lives here, x99 too")
    sure = [Finding("net.email", Kind.EMAIL, "text", 0, 15, 900)]
    rest = Finding("names.id", Kind.OTHER_ID, "text", 0, 22, 600)
    assert spans(merged([*sure, rest], part)) == [(0, 15)]
    digits = Finding("names.id", Kind.OTHER_ID, "text", 0, 32, 600)
    assert spans(merged([*sure, digits], part)) == [(0, 15), (15, 32)]
    whole = Finding("names.id", Kind.OTHER_ID, "text", 17, 22, 600)
    assert spans(merged([*sure, whole], part)) == [(0, 15), (17, 22)]


def test_what_is_left_of_a_guess_and_only_leads_to_a_code_is_none():
    part = Part(PartKind.TEXT, "text", "call 415-555-2671, e-mail a.b@example.org or else")
    guess = Finding("names.id", Kind.OTHER_ID, "text", 5, 41, 600)
    sure = [Finding("us.phone", Kind.PHONE, "text", 5, 17, 900), Finding("net.email", Kind.EMAIL, "text", 26, 41, 900)]
    found = merged([guess, *sure], part)
    assert [(one.start, one.end, one.kind) for one in found] == [(5, 17, Kind.PHONE), (26, 41, Kind.EMAIL)]


def test_only_what_all_call_settled_is():
    result = Pipeline([Fixed([], 40, 30), Fixed([], 60, 10)]).scan_open(PART)
    assert (result.settled, result.keep) == (40, 10)


class Words(Fixed):
    """Holds the last 10 characters back and needs the 20 before them."""

    def scan_open(self, part):
        settled = max(0, len(part.text) - 10)
        return OpenScan((), settled, max(0, settled - 20))


def test_where_less_is_settled_than_one_said_more_is_kept_for_it():
    result = Pipeline([Words([]), Fixed([], 40, 40)]).scan_open(PART)
    assert (result.settled, result.keep) == (40, 10)


def test_a_finding_over_the_edge_draws_the_edge_back():
    result = Pipeline([Fixed([(20, 30, 1), (28, 45, 1)], 60, 50), Fixed([], 40, 40)]).scan_open(PART)
    assert result == OpenScan((), 20, 20)


def test_findings_keep_their_digest():
    found = Finding("one", Kind.SSN, "text", 4, 9, 900, "d" * 32)
    scanner = Fixed([])
    scanner.findings = (found,)
    assert Pipeline([scanner]).scan([PART]) == [(found,)]


def test_no_scanner_is_no_pipeline():
    with pytest.raises(ConfigError):
        Pipeline([])
