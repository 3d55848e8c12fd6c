"""What is remembered of names, and where it is found again."""

from asepsis.core.types import Part, PartKind
from asepsis.scan.engine import model_folder
from asepsis.scan.names import Model, NameScanner
from asepsis.scan.names.recall import known, repeated
from asepsis.scan.names.tokens import tokens

SCANNER = NameScanner(Model.open(model_folder()))


def again(text, names, flags=None):
    words = tokens(text)
    remembered = known(names, flags or [0] * len(names))
    return ["".join(words[first:last]).strip() for first, last in repeated(words, remembered, frozenset())]


def test_a_name_is_found_again_in_every_form():
    text = "GONZALEZ, MARIA. J. Gonzalez called; Gonzalez's mother. gonzalez"
    assert again(text, ["Maria ", "Gonzalez"]) == ["GONZALEZ", "MARIA", "J. Gonzalez", "Gonzalez"]


def test_without_capitals_all_of_it_is_looked_at():
    assert again("ask gonzalez about it", ["Gonzalez"]) == ["gonzalez"]


def test_a_common_word_is_a_name_only_as_it_was_written():
    assert again("Rose grew a rose.", ["Rose"], [4]) == ["Rose"]
    assert again("may", ["may"], [4]) == []


def test_short_words_are_not_remembered():
    assert known(["Li", "Jo"], [0, 0]) == (frozenset(), frozenset())


def test_a_name_of_one_part_is_found_in_the_others_and_only_in_a_document():
    parts = [
        Part(PartKind.TEXT, "a", "Patient Oluwaseun Adeyemi presented with chest pain."),
        Part(PartKind.TEXT, "b", "results: Adeyemi x2 pending"),
    ]
    _, second = SCANNER.scan_document(parts)
    assert ["results: Adeyemi x2 pending"[one.start : one.end] for one in second] == ["Adeyemi"]
    assert SCANNER.scan_document(parts[:1]) == SCANNER.scan(parts[:1])
