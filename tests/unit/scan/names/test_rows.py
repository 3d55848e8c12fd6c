"""Rows by checksum: what a search of the whole array finds."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from asepsis.scan.names.rows import Rows

SUMS = st.one_of(st.integers(0, 2**32 - 1), st.integers(2**31, 2**31 + 40), st.sampled_from((0, 1, 2**32 - 1)))


BESIDE = st.integers(0, 2**32 - 8).flatmap(lambda low: st.sets(st.integers(low, low + 7), min_size=1))


@given(st.one_of(st.sets(SUMS, min_size=1, max_size=60), BESIDE), st.lists(SUMS, max_size=30))
def test_each_checksum_has_its_row_and_others_have_none(keys, others):
    ordered = sorted(keys)
    asked = [*ordered, *others]
    expected = [ordered.index(one) + 1 if one in keys else 0 for one in asked]
    assert Rows(np.array(ordered, np.uint32)).of(np.array(asked, np.intp)).tolist() == expected
