"""The model card."""

from asepsis.scan.measuring import Annotated, Mark, outcome
from asepsis.scan.train.card import Provenance, card


def test_figures_slices_and_digests_are_on_it():
    text = Annotated("1", "Maria", (Mark(0, 5, "NAME"),), ("origin=hispanic",))
    other = Annotated("2", "John", (Mark(0, 4, "NAME"),), ("origin=anglo",))
    record = Provenance("1", 1, 10, 5, {"numpy": "2"}, {"a": "b"}, {"weights.bin": "c" * 64})
    page = card([("some texts", [outcome(text, text.marks), outcome(other, [])])], record)
    assert "| all | 2 | 2 | 0.500" in page
    assert "| origin=hispanic | 1 | 1 | 1.000" in page
    assert "NAME 0.500 of 2" in page
    assert "c" * 64 in page
