"""What looks like a name and is medicine."""

import pytest

from asepsis.scan.names.clinical import CERTAIN, is_clinical
from asepsis.scan.names.tokens import tokens


def judged(text, value, kind="NAME", likely=900):
    words = tokens(text)
    first = len(tokens(text[: text.index(value)]))
    return is_clinical(words, (first, first + len(tokens(value)), kind, likely))


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("a Q R S wave", "Q R S ", "NAME"),
        ("as in the MAR.", "MAR", "NAME"),
        ("an R E M sleep study", "R E M sleep ", "NAME"),
        ("seen by Doctor X Y Z in May", "X Y Z in", "NAME"),
        ("at ABCD General Hospital", "ABCD General Hospital", "GEO"),
        ("takes St. John's wort daily", "John", "NAME"),
        ("takes st johns wort daily", "st johns ", "GEO"),
        ("breathes 2L NC now", "NC ", "GEO"),
        ("breathes 4 LPM RA now", "RA ", "GEO"),
        ("My IBAN is long", "IBAN ", "NAME"),
        ("gas of 7.31/58/61/24 on air", "7.31/58/61/24 ", "NAME"),
        ("on BiPAP 12/5 now", "12/5 ", "DATE"),
        ("dose of apixaban for AF in a man", "AF", "NAME"),
        ("drain after Whipple, day 1", "Whipple", "NAME"),
        ("Salter-Harris II fracture", "Salter-Harris II", "NAME"),
        ("a Wilson disease", "Wilson ", "NAME"),
        ("by Sara lift", "Sara ", "NAME"),
        ("staging by Ann Arbor", "Ann Arbor", "GEO"),
        ("Maria, 58F, admitted", "58F", "AGE"),
        ("ABG 7.31/58/61", "7.31/58/61", "ID"),
        ("Maria Vega, MD", "MD", "NAME"),
        ("rates her pain as 7/10 today", "7/10", "DATE"),
        ("near the 5th metatarsal", "the 5th ", "DATE"),
        ("numb in the 4th digits", "the 4th ", "DATE"),
        ("celebrating its 10th year", "10th ", "DATE"),
        ("seen by Dr. Awad", "Dr", "NAME"),
        ("drugs, e.g. statins", "e.g.", "NAME"),
        ("at 9 a.m. daily", "a.m.", "NAME"),
        ("in the U.S. alone", "U.S.", "GEO"),
        ("a Swan-Ganz was floated", "a Swan-Ganz ", "NAME"),
        ("YOB 1985", "YOB", "NAME"),
        ("grew K. pneumoniae again", "K. pneumoniae", "NAME"),
        ("No CAUTI. TBSA 4%", "CAUTI", "NAME"),
        ("a Kelly clamp was used", "Kelly clamp", "NAME"),
        ("a Heimlich valve", "Heimlich ", "NAME"),
        ("under the Bair Hugger.", "Bair Hugger", "NAME"),
        ("start Eliquis today", "Eliquis ", "NAME"),
        ("Apgar 8/9 at birth", "8/9 ", "DATE"),
        ("strength is 4/5 on the left", "4/5 ", "DATE"),
        ("the NIST AI RMF says", "NIST AI RMF", "NAME"),
        ("carries rs429358", "rs429358", "ID"),
        ("enrolled in NCT01234567", "NCT01234567", "ID"),
        ("billed 99214-25 twice", "99214-25", "ID"),
        ("see PMID 31234567", "31234567", "ID"),
        ("see PMID: 20231104", "20231104", "DATE"),
        ("doi 10.1056/NEJMoa1504720", "10.1056/NEJMoa1504720", "ID"),
        ("the Geneva score says", "Geneva ", "NAME"),
        ("fluids by Holliday-Segar.", "Holliday-Segar", "NAME"),
        ("has Hodgkin lymphoma", "Hodgkin ", "NAME"),
        ("the nurse said Barrett's esophagus", "Barrett", "NAME"),
        ("an Arkwright-Feld syndrome", "Arkwright-Feld ", "NAME"),
        ("the Young classification", "Young ", "NAME"),
        ("h/o C O P D and more", "C O P D ", "NAME"),
        ("seen at A B C today", "A B C ", "NAME"),
        ("treated S T D s", "S T D s", "NAME"),
        ("s/p Whipple", "p Whipple", "NAME"),
        ("switched to T-Mobile", "T", "NAME"),
        ("the T-Mobile plan", "T-Mobile ", "NAME"),
        ("the Johnson & Johnson shot", "Johnson ", "NAME"),
        ("Pfizer makes it", "Pfizer ", "NAME"),
        ("the Kaplan-Meier curve", "Kaplan-Meier ", "NAME"),
        ("chondromalacia, Outerbridge IV", "Outerbridge", "GEO"),
        ("LKN 0830, aspects 9", "LKN ", "NAME"),
        ("Recommend HIDA scan", "HIDA ", "NAME"),
        ("Is a Bakri balloon safe", "a Bakri ", "NAME"),
    ],
)
def test_abbreviations_and_eponyms_are_no_findings(text, value, kind):
    assert judged(text, value, kind)


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("seen by Dr. Whipple today", "Whipple", "NAME"),
        ("Mr. Harris called", "Harris", "NAME"),
        ("asked Maria Whipple today", "Maria Whipple", "NAME"),
        ("she is 94F now", "94F", "AGE"),
        ("May 3 was fine", "May 3", "DATE"),
        ("seen on 7/10 for a cough", "7/10", "DATE"),
        ("due on the 5th of June", "the 5th ", "DATE"),
        ("MD Hassan called", "MD", "NAME"),
        ("tell Ed about it", "Ed", "NAME"),
        ("she works at T-Mobile now", "T-Mobile ", "NAME"),
        ("employer: Pfizer", "Pfizer", "NAME"),
        ("Martin called", "Martin ", "NAME"),
        ("Mr. Arkwright syndrome unclear", "Arkwright ", "NAME"),
        ("Maria Ana Lopez score", "Maria Ana Lopez ", "NAME"),
        ("Ana, come in", "Ana", "NAME"),
        ("policy POL-5539", "POL-5539", "ID"),
        ("group 55391-20", "55391-20", "ID"),
        ("patient J.G. was seen", "J.G.", "NAME"),
        ("seen 20231104", "20231104", "DATE"),
        ("a Whipple Vega came", "a Whipple Vega", "NAME"),
        ("Wilson called", "Wilson ", "NAME"),
        ("Sara came", "Sara ", "NAME"),
    ],
)
def test_people_are(text, value, kind):
    assert not judged(text, value, kind)


def test_an_age_wants_more_than_a_hint():
    assert judged("his sodium is 98 today", "98", "AGE", likely=150)
    assert not judged("who is 98 today", "98", "AGE", likely=500)


def test_one_of_a_sort_is_nobody_unless_the_model_is_sure_or_it_is_written_like_a_name():
    assert judged("a German shepherd bit him", "German shepherd ", likely=500)
    assert not judged("to a Keith Vega concert", "Keith Vega ", likely=500)
    assert not judged("a Vega came", "Vega ", likely=900)


def test_an_office_is_nobody_however_sure_the_model_is():
    assert judged("the NIST AI RMF says", "NIST AI RMF", likely=1000)
    assert not judged("the NIST AI LEE says", "NIST AI LEE", likely=1000)


def test_what_is_all_but_certain_stays():
    assert not judged("we saw Whipple", "Whipple", likely=CERTAIN)


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("initials J D, seen", "J D", "NAME"),
        ("pt J D, seen", "J D", "NAME"),
        ("J. D. Vega called", "J. D. Vega ", "NAME"),
        ("X Vega called", "X Vega ", "NAME"),
        ("lives in Cary, NC now", "NC ", "GEO"),
    ],
)
def test_initials_of_somebody_and_states_are_kept(text, value, kind):
    assert not judged(text, value, kind, likely=CERTAIN)
