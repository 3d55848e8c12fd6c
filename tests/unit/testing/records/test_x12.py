"""X12 about a made-up person; whether the interchanges are valid is what `tests/conformance` asks pyx12."""

import pytest

from asepsis.testing.records.person import drawn
from asepsis.testing.records.x12 import KINDS, interchange


@pytest.mark.parametrize("kind", KINDS)
def test_the_segment_count_is_true(kind):
    segments = interchange(kind, drawn(1)).replace("\n", "").split("~")
    start = next(at for at, one in enumerate(segments) if one.startswith("ST*"))
    end = next(at for at, one in enumerate(segments) if one.startswith("SE*"))
    assert segments[end].split("*")[1] == str(end - start + 1)
