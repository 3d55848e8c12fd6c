"""What kind of thing was found."""

import time

import pytest

from asepsis.core.types import Kind
from asepsis.scan.names.kinds import of_code, of_name, of_place
from asepsis.scan.names.tokens import tokens


@pytest.mark.parametrize(
    ("before", "value", "kind"),
    [
        ("chart number ", "A8821", Kind.MRN),
        ("Aetna member ", "W12345", Kind.HEALTH_PLAN_ID),
        ("reach me at ", "x-2671", Kind.PHONE),
        ("fax it to ", "x-2671", Kind.FAX),
        ("pacemaker serial ", "PJN123456", Kind.DEVICE),
        ("so ", "uma@example.org", Kind.EMAIL),
        ("so ", "(415) 555-2671", Kind.PHONE),
        ("so ", "xxx-xx-6789", Kind.SSN),
        ("so ", "AB-77123", Kind.OTHER_ID),
        ("chart one two three four five six ", "AB-77123", Kind.OTHER_ID),
    ],
)
def test_a_code_is_what_its_form_or_the_words_before_it_say(before, value, kind):
    assert of_code(value, tokens(before), len(tokens(before))) is kind


@pytest.mark.parametrize(
    ("text", "name", "rule"),
    [
        ("Dr. Okafor called", "Okafor", "names.clinician"),
        ("Ada Okafor, MD called", "Okafor", "names.clinician"),
        ("Maria called", "Maria", "names.name"),
    ],
)
def test_a_clinician_is_told_from_others(text, name, rule):
    words = tokens(text)
    first = next(at for at, one in enumerate(words) if one.startswith(name))
    assert of_name(words, first, first + 1) == rule


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("Attending: Grant Park", "Grant", Kind.NAME),
        ("Patient Name: Lake Forest", "Lake", Kind.NAME),
        ("surgeon:\nGlen Cove", "Glen", Kind.NAME),
        ("Dr. Grant Park", "Grant", Kind.NAME),
        ("City: Grant Park", "Grant", Kind.GEO),
        ("Referring Facility: Grant Park", "Grant", Kind.GEO),
        ("lives in Grant Park", "Grant", Kind.GEO),
        ("Patient from: Lake Forest", "Lake", Kind.GEO),
        ("Patient: 12 Lake Forest", "12", Kind.GEO),
        ("Patient: Lake Forest, IL 60045", "Lake", Kind.GEO),
    ],
)
def test_a_place_behind_the_label_of_a_person_is_a_name(text, value, kind):
    words = tokens(text)
    first = next(at for at, one in enumerate(words) if one.startswith(value))
    assert of_place(words, first, len(words)) is kind


def test_a_long_run_of_signs_costs_no_more_than_its_length():
    begin = time.process_time()
    assert of_code("a@" * 100_000, [], 0) is Kind.OTHER_ID
    assert time.process_time() - begin < 0.5
