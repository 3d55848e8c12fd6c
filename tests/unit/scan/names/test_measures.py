"""What looks like a date, a code or a ZIP code and is a measure."""

import pytest

from asepsis.scan.names.measures import is_measure
from asepsis.scan.names.tokens import tokens


def judged(text, value, kind):
    words = tokens(text)
    first = len(tokens(text[: text.index(value)]))
    return is_measure(words, (first, first + len(tokens(value)), kind, 900))


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("rides 20 to 30 miles on", "30 miles ", "GEO"),
        ("since 7 o'clock in", "7 o'clock ", "DATE"),
        ("[ inaudible 00:09:25 ]", "00:09:25 ", "ID"),
        ("later in early 20s she", "early 20s ", "DATE"),
        ("or call 911-", "911", "ID"),
        ("concept id 271737000 is migraine", "271737000 ", "ID"),
        ("given at 2100, repeat", "2100", "NAME"),
        ("see table 3-2.", "3-2", "DATE"),
        ("Convert 5'11 and 212 lbs", "5'11", "DATE"),
        ("a 68yo at the clinic", "68yo", "DATE"),
        ("smoked for 15years", "15years", "ID"),
        ("lasted 2-3minutes", "2-3minutes", "ID"),
        ("induction at 39w2d now", "39w2d", "GEO"),
        ("depression in V4-V6.", "V4-V6", "GEO"),
        ("In Q1 2023 we saw", "Q1 2023", "DATE"),
        ("budget of CY2022", "CY2022", "DATE"),
        ("her brother (2-1/2) was", "2-1/2", "DATE"),
        ("coded E11.319 today", "E11.319", "ID"),
        ("Bill 99214-25 for this", "Bill 99214-25 ", "NAME"),
        ("charged 99204-57 then", "99204-57", "DATE"),
        ("measures for MY2024", "MY2024", "ID"),
        ("UA: LE 3+, clear", "LE 3+", "ID"),
        ("rate RVR 140s now", "RVR 140s ", "DATE"),
        ("levodopa 25/100 daily", "25/100 ", "DATE"),
        ("carries TP53", "TP53", "ID"),
        ("CD4 is low", "CD4", "ID"),
        ("morphine at 1430.", "1430", "GEO"),
        ("consumes 3-5 servings", "3-5 ", "DATE"),
        ("SNOMED CT 44054006 and 73211009 map", "73211009", "ID"),
        ("concept 271737000", "271737000", "ID"),
    ],
)
def test_measures_and_codes_are_no_findings(text, value, kind):
    assert judged(text, value, kind)


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("MRN 44054006 and 73211009", "73211009", "ID"),
        ("SNOMED noted, chart 73211009", "73211009", "ID"),
        ("seen 3-5 for a cough", "3-5 ", "DATE"),
        ("lives at 1430 Elm St", "1430 Elm St", "GEO"),
        ("ZIP 14305 here", "14305", "GEO"),
        ("1430", "1430", "GEO"),
        ("Bill Harris called", "Bill Harris ", "NAME"),
        ("she is 94yo", "94yo", "AGE"),
        ("member ID rs73211009", "rs73211009", "ID"),
        ("on 5/11", "5/11", "DATE"),
    ],
)
def test_what_identifies_stays(text, value, kind):
    assert not judged(text, value, kind)
