"""Streets between two numbers."""

import pytest

from asepsis.scan.names.blocks import street
from asepsis.scan.names.tokens import tokens


@pytest.mark.parametrize(
    ("text", "name", "found"),
    [
        ("43 ul. Jadwigi 112\nSuite 3", "Jadwigi ", "43 ul. Jadwigi 112"),
        ("> 7 Via de la Rosa 5B\n> Apt. 3", "Rosa ", "7 Via de la Rosa 5B"),
        ("28 Algade 49\nPreserje\nItaly", "Algade ", "28 Algade 49"),
        ("28 Algade 49, 55100\n", "Algade ", "28 Algade 49"),
        ("His address: 92 ul. Piroska 42", "Piroska ", "92 ul. Piroska 42"),
        ("She lives at:\n92 Piroska u. 42.\n", "Piroska ", "92 Piroska u. 42"),
    ],
)
def test_a_line_between_two_numbers_is_a_street(text, name, found):
    assert _found(text, name) == found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("10 Smith 3\nThanks", "Smith "),
        ("10 Smith 3 times\nSuite 3", "Smith "),
        ("on 10 Smith 3\nSuite 3", "Smith "),
        ("10 Smith\nSuite 3", "Smith"),
        ("10 mg of the Smith brand by mouth 3\nSuite 3", "Smith "),
        ("address: 10\nSmith 3", "Smith "),
        ("Smith", "Smith"),
    ],
)
def test_a_name_elsewhere_is_in_none(text, name):
    assert _found(text, name) is None


def _found(text, name):
    words = tokens(text)
    first = words.index(name)
    place = street(words, first, first + 1)
    return "".join(words[slice(*place)]) if place else None
