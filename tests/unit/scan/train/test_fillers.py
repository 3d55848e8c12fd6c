"""Slots and what fills them."""

from asepsis.scan.train.draw import Draw
from asepsis.scan.train.fillers import LABELS, Fillers


def test_every_labelled_slot_is_filled(world):
    fillers = Fillers(Draw(1), world)
    assert [slot for slot in LABELS if not fillers.value(slot)] == []


def test_a_document_is_about_one_patient(world):
    fillers = Fillers(Draw(2), world)
    assert {fillers.value("pt_last") for _ in range(5)} == {fillers.patient.last}
    assert fillers.patient.last.upper() in str(fillers.value("pt_rev")).upper()


def test_what_is_no_identifier_is_not_filled_here(world):
    assert Fillers(Draw(3), world).value("drug") is None
