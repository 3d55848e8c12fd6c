"""The examples of every rule, run; and what no rule may find."""

import pytest

from asepsis.scan import ScanConfig, build
from asepsis.scan.database import Prefilter
from asepsis.scan.intake import scanned
from asepsis.scan.rules import compiled, read_packs

SOURCES = read_packs()
RULES = {source.id: compiled(source) for source in SOURCES}
PLAIN = [source for source in SOURCES if not source.joined]
POSITIVE = [(source.id, text) for source in PLAIN for text in source.positive]
NEGATIVE = [(source.id, text) for source in PLAIN for text in source.negative]


@pytest.fixture(scope="module")
def engine():
    return Prefilter([rule.trigger for rule in RULES.values()])


@pytest.mark.parametrize(("rule", "text"), POSITIVE)
def test_a_positive_example_is_found_and_its_trigger_ends_inside_the_value_or_right_behind(engine, rule, text):
    number = list(RULES).index(rule)
    ends = [end for fired, end in engine.hits(text.encode()) if fired == number]
    ranges = list(RULES[rule].matches(text))
    assert ranges
    assert all(any(start < end <= stop + 2 for end in ends) for start, stop in ranges)


@pytest.mark.parametrize(("rule", "text"), NEGATIVE)
def test_a_negative_example_is_not(rule, text):
    assert not list(RULES[rule].matches(text))


@pytest.fixture(scope="module")
def scanner():
    return build(ScanConfig())


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)
def test_the_scanner_covers_what_each_rule_finds_alone_and_in_a_sentence(scanner, source):
    rule = RULES[source.id]
    for text in source.positive:
        values = [(0, len(text))] if source.joined else list(rule.matches(text))
        for before, after in (("", ""), ("It says ", ", so we know.")):
            found = scanned(scanner, before + text + after)
            for start, end in values:
                covered = {at - len(before) for one in found for at in range(one.start, one.end)}
                missed = [at for at in range(start, end) if at not in covered and text[at].isalnum()]
                assert missed == [], (text, [(one.rule, one.start, one.end) for one in found])


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)
def test_a_rule_shows_what_it_finds_and_what_it_leaves(source):
    assert source.positive
    assert source.negative


@pytest.mark.parametrize(
    "text",
    [
        "E11.9, I10 and Z79.4 per ICD-10-CM; CPT 99213-25, HCPCS G0439, LOINC 4548-4, NDC 0002-8215-01",
        "SNOMED 44054006 and RxNorm 860975",
        "metformin 500 mg BID, lisinopril 10 mg daily, insulin glargine 100 units/mL, heparin 5000 units",
        "BP 132/84, HR 72, RR 16, T 98.6 F, SpO2 98%, BMI 31.4, A1c 7.2, Na 138, K 4.1, Cr 1.02, glucose 142",
        "C5-C6 disc, L4/L5, T2N1M0 stage IIB, grade 2, ASA 3, GCS 15, EF 55-60%",
        "seen 11/24/2024 at 10:30:45, follow up in 3 to 4 weeks, symptoms for 10 years, aged 67",
        "2026-11-24T09:25:19.123456Z 1764000000 1764000000123",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "018f3c2e-7b1a-7c3d-9e4f-5a6b7c8d9e0f",
        "chatcmpl-AbC123dEf456GhI789jKl call_a1B2c3D4e5F6g7H8i9J0k1L2 msg_01XFDUDYJgAACzvnptvVoYEL",
        "toolu_01A09q90qw90lq917835lq9 resp_67ccd2bed1ec8190",
        "gpt-4o-2024-08-06 claude-3-5-sonnet-20241022 v1.2.3 python 3.11.7",
        "group therapy, plan of care, policy 5, member of the team, case 3 of 12, order set 4, chart review 2024",
        "std::vector<int> a::b 12:30 10.5.1 1,234,567.89 $1,200.00 #42 1/2 3-4",
        "[SSN] [MRN] [PHONE] [EMAIL] SSN: [SSN], MRN: [MRN], password: [SECRET], DOB [DATE]",
        "member id [HEALTH_PLAN_ID]",
    ],
)
def test_what_is_no_identifier_is_left_alone(scanner, text):
    assert scanned(scanner, text) == ()
    plain = [rule for rule in RULES.values() if not rule.joined]
    assert [(rule.id, text[start:end]) for rule in plain for start, end in rule.matches(text)] == []


def test_no_rule_crosses_the_border_between_two_parts():
    for name, text in POSITIVE:
        cut = [text[:at] + "\x00" + text[at:] for at in range(1, len(text))]
        for one in cut:
            assert all("\x00" not in one[start:end] for start, end in RULES[name].matches(one))
