"""What fields say is found in free text."""

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
