"""The model card."""

from asepsis.scan.measuring import Annotated, Mark, outcome
from asepsis.scan.train.card import NAMES_ALONE, Provenance, card


def test_figures_slices_and_digests_are_on_it():
    text = Annotated("1", "Maria", (Mark(0, 5, "NAME"),), ("origin=hispanic",))
    other = Annotated("2", "John", (Mark(0, 4, "NAME"),), ("origin=anglo",))
    record = Provenance("1", 1, 10, 5, {"numpy": "2"}, {"a": "b"}, {"weights.bin": "c" * 64})
    page = card([("some texts", [outcome(text, text.marks), outcome(other, [])])], record)
    assert "| all | 2 | 2 | 0.500" in page
    assert "| origin=hispanic | 1 | 1 | 1.000" in page
    assert "NAME 0.500 of 2" in page
    assert "c" * 64 in page


def test_origins_are_ranked_by_the_recall_of_their_names():
    text = Annotated("1", "Maria", (Mark(0, 5, "NAME"),), ("origin=hispanic",))
    other = Annotated("2", "John", (Mark(0, 4, "NAME"),), ("origin=anglo",))
    page = card([(NAMES_ALONE, [outcome(text, text.marks), outcome(other, [])])], Provenance("1", 1, 1, 1, {}, {}, {}))
    assert page.index("| anglo | 1 | 0.000") < page.index("| hispanic | 1 | 1.000")
    assert "Between the lowest and the highest are 100.0 points" in page
