"""What looks like a date, a place or a name and is a scale, a sign or a grade."""

import pytest

from asepsis.scan.names.scales import BEFORE, is_scored
from asepsis.scan.names.tokens import tokens


def judged(text, value, kind="NAME"):
    words = tokens(text)
    first = len(tokens(text[: text.index(value)]))
    return is_scored(words, (first, first + len(tokens(value)), kind, 700))


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("MMSE 24/30, MoCA 21, PHQ-9 14", "MoCA 21", "DATE"),
        ("Bay 3, Bed 12", "Bay 3", "DATE"),
        ("Katz 5/6, Lawton 6/8", "5/6", "DATE"),
        ("Lawton: 6/8", "6/8", "DATE"),
        ("a score of 5; scored 6/8", "6/8", "DATE"),
        ("Norton 16, Katz 5/6, Lawton", "Norton 16, Katz 5/6", "GEO"),
        ("Norton 16, Katz 5/6, MoCA 21, Berg 48/56 today", "Norton 16, Katz 5/6, MoCA 21, Berg 48/56", "GEO"),
        ("TUG 12 s; Berg 48/56", "Berg ", "NAME"),
        ("Braden 18 today", "Braden ", "GEO"),
        ("d/c'd. Babinski neg. Kernig", "Babinski neg", "NAME"),
        ("Homans absent, Allen test normal", "Allen ", "GEO"),
        ("Babinski downgoing", "Babinski ", "NAME"),
        ("an ulcer, Forrest Ib, was clipped", "Forrest Ib", "NAME"),
        ("claudication, Fontaine IIb, now", "Fontaine IIb", "NAME"),
        ("ABI 0.62, Rutherford 3, stents", "Rutherford 3", "GEO"),
        ("an Ivor Lewis in 2019", "Ivor Lewis ", "NAME"),
        ("a Sister Mary Joseph nodule", "Mary Joseph ", "NAME"),
    ],
)
def test_scales_signs_and_grades_are_nobody(text, value, kind):
    assert judged(text, value, kind)


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("followed by Katz 5/6", "5/6", "DATE"),
        ("last seen by Dr. Berg 4/5", "4/5", "DATE"),
        ("spoke with Berg 48 times", "Berg ", "NAME"),
        ("on May 21", "May 21", "DATE"),
        ("on 5/6 he came", "5/6", "DATE"),
        ("admitted MoCA 21 2019", "MoCA 21 2019", "DATE"),
        ("Norton 16 Elm Street", "Norton 16 Elm Street", "GEO"),
        ("Norton 16, Katz 5/6, MoCA 21, Elm 48/56", "Norton 16, Katz 5/6, MoCA 21, Elm 48/56", "GEO"),
        ("John Fontaine IIb", "John Fontaine IIb", "NAME"),
        ("Henry III came", "Henry III ", "NAME"),
        ("Forrest came", "Forrest ", "NAME"),
        ("Forrest Iverson", "Forrest Iverson", "NAME"),
        ("Mary Joseph called", "Mary Joseph ", "NAME"),
        ("Allen called", "Allen ", "NAME"),
        ("Katz 5/6", "5/6", "ID"),
    ],
)
def test_people_days_and_places_stay_what_they_are(text, value, kind):
    assert not judged(text, value, kind)


def test_no_more_is_looked_at_than_is_said():
    assert judged("Katz" + " :" * (BEFORE - 2) + " 5/6", "5/6", "DATE")
    assert not judged("Katz" + " :" * BEFORE + " 5/6", "5/6", "DATE")
