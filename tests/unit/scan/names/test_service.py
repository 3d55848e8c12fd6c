"""The scanner of names: what is found, what is left, and that it never raises."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asepsis.core.types import Kind, Part, PartKind, Role
from asepsis.scan.engine import model_folder
from asepsis.scan.names import Model, NameScanner
from asepsis.scan.names.runs import Run
from asepsis.scan.names.service import _Text
from asepsis.scan.views import View

SCANNER = NameScanner(Model.open(model_folder()))


def found(text):
    (findings,) = SCANNER.scan([Part(PartKind.TEXT, "text", text)])
    return [(one.kind, text[one.start : one.end]) for one in findings]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Patient Maria Gonzalez presented with chest pain.", Kind.NAME, "Maria Gonzalez"),
        ("patient maria gonzalez presented with chest pain", Kind.NAME, "maria gonzalez"),
        ("PATIENT MARIA GONZALEZ PRESENTED WITH CHEST PAIN", Kind.NAME, "MARIA GONZALEZ"),
        ("Seen by Dr. Okafor for follow-up.", Kind.NAME, "Okafor"),
        ("My name is José Núñez and I have a rash.", Kind.NAME, "José Núñez"),
        ("She lives in Tulsa, OK with her son.", Kind.GEO, "Tulsa, OK"),
        ("He was admitted on March 3rd for asthma.", Kind.DATE, "March 3rd"),
        ("He was admitted on Tuesday, March 3rd for asthma.", Kind.DATE, "Tuesday, March 3rd"),
        ("Saeed Hotak 98F psoriasis, any interactions?", Kind.AGE_OVER_89, "98F"),
        ("We have got AUTH-12345 for it.", Kind.OTHER_ID, "AUTH-12345"),
        ("The group of Ms. Rash went well.", Kind.NAME, "Rash"),
        ("Send it to 1420 Oak Street, Springfield, IL 62704.", Kind.GEO, "1420 Oak Street, Springfield, IL 62704"),
    ],
)
def test_what_has_no_form_is_found(text, kind, value):
    assert (kind, value) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "What is the mechanism of metformin?",
        "Patient with Parkinson's disease on Sinemet, Babinski negative, Foley catheter in place.",
        "BP 132/84, HR 72, A1c 7.2, L4-L5 disc, stage IIB, Gleason 3+4, diagnosed in 2019.",
        "Pt is a 62 y/o F s/p Whipple 3 weeks ago, now febrile.",
        "In Q1 2023 we billed 99214-25 and SNOMED 73211009 and 38341003.",
        "MMSE 24/30, MoCA 21, Norton 16, Katz 5/6, Lawton 6/8, Berg 48/56; Forrest Ib, an Ivor Lewis in 2013-2014.",
        "Take 1/2 tablet for 2-3 days, then 1 tablet daily.",
        "The patient may need a higher dose of lisinopril.",
        "",
        "\n \n",
    ],
)
def test_what_is_no_identifier_is_left(text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Attending: Grant Park", Kind.NAME, "Grant Park"),
        ("Patient Name: Lake Forest", Kind.NAME, "Lake Forest"),
        ("seen in Grant Park, IL on Monday", Kind.GEO, "Grant Park, IL"),
        ("will young 555-0199", Kind.NAME, "will young"),
        ("on call:\nwill young 555-0199\nrose hill 555-0142", Kind.NAME, "will young"),
        ("i fell in march of two thousand six", Kind.DATE, "march of two thousand six"),
    ],
)
def test_what_stands_beside_it_says_what_it_is_and_how_far_it_goes(text, kind, value):
    assert (kind, value) in found(text)


def test_offsets_are_those_of_the_text_as_given():
    text = "Ｐatient \u200bMaria Gon\u200bzalez called."
    assert any("Gon\u200bzalez" in value for _, value in found(text))


def test_what_is_about_nobody_is_not_read():
    prose = "Look up Maria Gonzalez"
    parts = [
        Part(PartKind.OPAQUE, "image", prose),
        Part(PartKind.TEXT, "id", prose, Role.PROTOCOL),
        Part(PartKind.TEXT, "enum", "Gonzalez", Role.DEFINITION),
        Part(PartKind.TEXT, "description", prose, Role.DEFINITION),
    ]
    assert [len(found) for found in SCANNER.scan(parts)] == [0, 0, 0, 1]


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_no_text_raises_and_findings_lie_inside_sorted_and_apart(text):
    (findings,) = SCANNER.scan([Part(PartKind.TEXT, "text", text)])
    edges = [edge for one in findings for edge in (one.start, one.end)]
    assert edges == sorted(edges)
    assert all(0 <= one.start < one.end <= len(text) for one in findings)


@pytest.mark.parametrize("kind", ["AGE", "NAME", "ID", "DATE", "GEO"])
def test_marks_alone_are_no_finding_whatever_the_model_says(kind):
    text = _Text(View("([ 94"), ["(", "[ ", "94"], [Run(0, 2, kind, 700)])
    assert list(SCANNER._found(text, Part(PartKind.TEXT, "text", "([ 94"))) == []
