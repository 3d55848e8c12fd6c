"""Nothing is found in what stands for an identifier already."""

import pytest

from asepsis.core.types import Finding, Kind
from asepsis.scan.names.marks import apart


def found(text, *values):
    return [Finding("r", Kind.NAME, "x", text.index(one), text.index(one) + len(one), 500) for one in values]


def left(text, *values):
    return [text[one.start : one.end] for one in apart(found(text, *values), text)]


@pytest.mark.parametrize(
    ("text", "values", "stays"),
    [
        ("Dr. [NAME_kqzwb] came", ["kqzwb"], []),
        ("Dr. [NAME_kqzwb_c] came", ["[NAME_kqzwb_c]"], []),
        ("[PLAN_ID_bcdfg] and [GEO]", ["PLAN", "GEO"], []),
        ("[NAME] Smith, [DATE]", ["[NAME] Smith, [DATE]"], ["Smith"]),
        ("Ann [NAME_kqzwb] Lee", ["Ann [NAME_kqzwb] Lee"], ["Ann", "Lee"]),
        ("Ann Lee saw [NAME]", ["Ann Lee"], ["Ann Lee"]),
        ("[NAME_gonzalez]", ["gonzalez"], ["gonzalez"]),
        ("[name_kqzwb]", ["kqzwb"], ["kqzwb"]),
        ("[OTHER Ann]", ["Ann"], ["Ann"]),
    ],
)
def test_what_lies_in_a_mask_or_token_is_no_finding(text, values, stays):
    assert left(text, *values) == stays
