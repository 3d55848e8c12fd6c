"""Words whose features are summed together are found like words whose features are named one by one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asepsis.core.types import Part, PartKind
from asepsis.scan.engine import model_folder
from asepsis.scan.names import Model, NameScanner, model

TOGETHER = NameScanner(Model.open(model_folder()))
ONE_BY_ONE = NameScanner(Model.open(model_folder()))

WORDS = st.one_of(
    st.text("aehinrstkmzAEHINRSTKMZ", min_size=1, max_size=30),
    st.text("aehinrst", min_size=2, max_size=9).map(str.title),
    st.sampled_from(("Dr.", "patient", "in", "MRN", "3/4/1961", "seen", "by", "of", "Street,", "é", "O'Brien", "7122")),
)


def letters_never(words):
    return None


@settings(max_examples=200, deadline=None)
@given(st.lists(WORDS, max_size=50).map(" ".join))
def test_the_findings_are_the_same(text):
    part = Part(PartKind.TEXT, "text", text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "letters", letters_never)
        expected = ONE_BY_ONE.scan_document([part])
    assert TOGETHER.scan_document([part]) == expected
