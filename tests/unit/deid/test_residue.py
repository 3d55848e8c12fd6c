"""What clean text still holds, in figures."""

from asepsis.core.types import Kind
from asepsis.deid.residue import Figures, Residue
from asepsis.deid.text import Clean, Span


def clean(text, *spans):
    return Clean(text, (), tuple(Span(start, end, Kind.NAME) for start, end in spans))


def test_what_looks_like_a_name_or_a_long_number_is_counted():
    residue = Residue()
    residue.add(clean("Ida Okafor drove; ticket 8812 7733 12, HbA1c 7.2, BP 132/84", (0, 3)))
    residue.add(clean("[NAME] denies fever"))
    assert residue.figures == Figures(texts=2, characters=78, touched=1, numbers=1, names=1)


def test_doses_codes_and_sentences_are_not():
    residue = Residue()
    residue.add(clean("Metformin 500 mg. No pain. ICD-10 E11.9, CPT 99213, 2024-03-03 is no 1234567A"))
    assert (residue.figures.numbers, residue.figures.names) == (1, 0)


def test_text_is_kept_only_where_it_is_wanted_and_within_its_room():
    quiet, showing = Residue(), Residue(show=20)
    for residue in (quiet, showing):
        residue.add(clean("[NAME] one", (0, 6)))
        residue.add(clean("nothing replaced here"))
        residue.add(clean("[NAME] is far too long to show", (0, 6)))
    assert quiet.shown == []
    assert [one.text for one in showing.shown] == ["[NAME] one"]


def test_of_pieces_of_one_text_all_are_kept():
    residue = Residue(show=100)
    residue.continuous = True
    residue.add(clean("nothing replaced here, "))
    residue.add(clean("[NAME] one", (0, 6)))
    assert len(residue.shown) == 2
