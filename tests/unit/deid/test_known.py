"""What fields say is found in free text."""

import pytest

from asepsis.core.types import Kind
from asepsis.deid.known import Known


def found(known, text):
    return [(one.kind, text[one.start : one.end]) for one in known.found(text, "text")]


def test_a_name_is_found_whole_in_parts_and_in_any_case():
    known = Known()
    known.add(Kind.NAME, "Uma  Haddad")
    text = "UMA haddad came; Haddad's knee, Uma\nHaddad, not Haddadian"
    assert found(known, text) == [
        (Kind.NAME, "UMA haddad"),
        (Kind.NAME, "Haddad"),
        (Kind.NAME, "Uma\nHaddad"),
    ]


def test_words_that_everybody_uses_are_not_taken_for_names():
    known = Known()
    known.add(Kind.NAME, "Will May")
    assert found(known, "it may or will help; Will May came") == [(Kind.NAME, "Will May")]


def test_other_values_are_found_whole_only():
    known = Known()
    known.add(Kind.GEO, "12 Main Street")
    known.add(Kind.MRN, "77")
    assert found(known, "at 12 main street, room 77, Street") == [(Kind.GEO, "12 main street")]


def test_values_are_read_as_text_not_as_patterns():
    known = Known()
    known.add(Kind.OTHER_ID, "A.C+1(")
    assert found(known, "ABC1 and A.C+1(") == [(Kind.OTHER_ID, "A.C+1(")]


def test_nothing_known_finds_nothing():
    assert Known().found("text", "text") == ()


def test_a_row_with_few_values_costs_no_pattern():
    known = Known()
    known.add(Kind.NAME, "Uma Haddad")
    assert known.found("nobody here", "text") == ()
    assert known._pattern is None
    assert len(known.found("haddad here", "text")) == 1


@pytest.mark.parametrize(
    ("fields", "text", "names"),
    [
        (("Tomaszewski", "Jan"), "JAN TOMASZEWSKI SEEN IN JAN", ["JAN TOMASZEWSKI"]),
        (("Tomaszewski", "Jan"), "Tomaszewski, Jan", ["Tomaszewski, Jan"]),
        (("Grant", "Will"), "Will Grant. She will grant it, or a grant", ["Will Grant", "will grant"]),
        (("Grant", "Will"), "she will, on a grant", []),
        (("Rose Hill", "Ann"), "Ann Hill and Rose  Hill rose", ["Ann Hill", "Rose  Hill rose"]),
    ],
)
def test_a_name_that_is_an_ordinary_word_is_one_beside_another(fields, text, names):
    known = Known()
    for value in fields:
        known.add(Kind.NAME, value)
    known.add(Kind.MRN, "7330533")
    assert [text[one.start : one.end] for one in known.found(text, "x")] == names
    assert {one.kind for one in known.found(text, "x")} <= {Kind.NAME}


def test_what_is_no_name_stands_by_itself():
    known = Known()
    known.add(Kind.NAME, "Jan Kos")
    known.add(Kind.MRN, "7330533")
    (one,) = known.found("Jan 7330533", "x")
    assert (one.kind, one.start) == (Kind.MRN, 4)
