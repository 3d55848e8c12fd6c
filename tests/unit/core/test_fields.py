"""Paths of fields: which texts are one."""

import pytest

from asepsis.core.errors import InputError
from asepsis.core.fields import as_needed


def test_a_path_is_names_with_points_and_all_below_it():
    assert as_needed(["claim.*", "Patient.name", "x"]) == {("claim",), ("Patient", "name"), ("x",)}


@pytest.mark.parametrize("word", ["", "*", ".a", "a.", "a..b", "a.*.b", "1a", "a b", "ä", "a" * 65, "a" + ".b" * 16])
def test_what_is_no_path_is_refused(word):
    with pytest.raises(InputError):
        as_needed([word])
