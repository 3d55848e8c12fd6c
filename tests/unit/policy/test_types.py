"""Faults as people read them."""

from asepsis.policy.types import Fault, Source, fault_of


def test_a_fault_is_one_line():
    assert str(Fault("a:1", "wrong", "do it")) == "a:1: wrong (do it)"
    assert str(Fault("a:1", "wrong")) == "a:1: wrong"


def test_a_librarys_message_begins_small_and_is_one_line():
    assert fault_of("a", ValueError("Expected\n x"), "").what == "expected x"
    assert fault_of("a", ValueError("JSON is broken"), "").what == "JSON is broken"


def test_a_source_has_a_place():
    assert Source("a.cedar", 3, "").place == "a.cedar:3"
