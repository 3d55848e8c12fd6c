import pytest

from asepsis.scan.names.clinical import is_medicine
from asepsis.scan.names.supplies import SUPPLIES
from asepsis.scan.names.tokens import tokens


@pytest.mark.parametrize("text", ["Kerlix", "Tegaderm", "Bair Hugger", "Plavix and Eliquis"])
def test_what_is_bought_is_medicine(text):
    assert is_medicine([one for one in tokens(text) if one != "and "])


def test_all_are_single_words_in_small_letters():
    assert all(one.isascii() and one.isalnum() and one == one.lower() for one in SUPPLIES)
