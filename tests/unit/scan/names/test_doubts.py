"""How likely a run of ordinary words has to be."""

import pytest

from asepsis.scan.engine import model_folder
from asepsis.scan.names import Model
from asepsis.scan.names.doubts import MOST, is_any_place, is_doubtful, is_heading
from asepsis.scan.names.tokens import tokens

MODEL = Model.open(model_folder())


def doubtful(value, kind, likely):
    words = tokens(value)
    return is_doubtful(words, MODEL.flags(words), kind, likely)


@pytest.mark.parametrize(
    ("value", "kind", "least"),
    [
        ("soup", "NAME", 300),
        ("Soup", "NAME", 300),
        ("warm soup", "NAME", 200),
        ("X", "NAME", 600),
        ("hospital", "GEO", 200),
        ("per day", "DATE", 350),
        ("phlebotomies", "ID", 400),
    ],
)
def test_ordinary_words_have_to_be_more_likely(value, kind, least):
    assert doubtful(value, kind, least - 1)
    assert not doubtful(value, kind, least)
    assert least <= MOST


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("Okafor", "NAME"),
        ("okafor", "NAME"),
        ("Rose Okafor", "NAME"),
        ("Tulsa", "GEO"),
        ("Hospital", "GEO"),
        ("may", "DATE"),
        ("Per Day", "DATE"),
        ("A8821", "ID"),
        ("12", "NAME"),
        ("", "NAME"),
    ],
)
def test_others_are_in_no_doubt(value, kind):
    assert not doubtful(value, kind, 101)


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("Medical Reasoning: fine", True),
        ("seen.\n- Medical Reasoning: fine", True),
        ("seen.\n2. Medical Reasoning: fine", True),
        ("seen at Medical Reasoning: fine", False),
        ("seen.\nMedical Reasoning fine", False),
        ("Medical Reasoning", False),
    ],
)
def test_a_heading_stands_between_the_beginning_of_a_line_and_a_colon(text, heading):
    words = tokens(text)
    first = words.index("Medical ")
    assert is_heading(words, first, first + 2) is heading


@pytest.mark.parametrize(
    ("place", "behind", "found"),
    [
        ("the hospital", " today", True),
        ("General Examination", ": normal", True),
        ("Nursing Home", " at Parkland", False),
        ("Clinic of", " Tulsa", False),
        ("Clinic of", " course", True),
        ("the clinic", " in town", True),
        ("Mercy Hospital", "", False),
        ("12", "", False),
    ],
)
def test_a_place_without_a_name_is_any(place, behind, found):
    assert is_any_place(tokens(place + behind), 0, len(tokens(place))) is found


@pytest.mark.parametrize(
    ("value", "likely", "doubted"),
    [("Verbal", 99, True), ("Verbal", 100, False), ("Reading", 99, False), ("Verbal Consent", 99, False)],
)
def test_one_ordinary_word_with_a_capital_that_is_on_no_list_of_places_is_hardly_one(value, likely, doubted):
    assert doubtful(value, "GEO", likely) is doubted
