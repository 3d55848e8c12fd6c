"""Word lists behind checksums."""

import numpy as np
import pytest

from asepsis.core.errors import ConfigError
from asepsis.scan.names.lists import Lists

LISTS = Lists.of({"maria": 1, "rose": 5, "gonzalez": 2, "smith": 2})


def test_words_have_the_flags_of_their_lists_and_others_none():
    assert LISTS.flags(["rose", "maria", "zzyzx", "smith", ""]) == [5, 1, 0, 2, 0]
    assert LISTS.flags([]) == []


def test_many_words_have_the_flags_that_each_has_alone():
    listed = [f"word{number}" for number in range(500)]
    lists = Lists.of(dict(zip(listed, [number % 256 for number in range(500)], strict=True)))
    asked = [f"word{number}" for number in range(-500, 1000)]
    assert lists.flags(asked) == [lists.flags([one])[0] for one in asked]


def test_checksums_are_sorted():
    keys, flags = LISTS.arrays
    assert (np.diff(keys.astype(np.int64)) > 0).all()
    assert len(flags) == 4


def test_lists_that_do_not_fit_are_an_error():
    with pytest.raises(ConfigError):
        Lists(np.zeros(2, np.uint32), np.zeros(1, np.uint8))
    with pytest.raises(ConfigError):
        Lists(np.zeros(0, np.uint32), np.zeros(0, np.uint8))
