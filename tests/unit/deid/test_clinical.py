"""What a guess never touches."""

import pytest

from asepsis.core.types import Finding, Kind
from asepsis.deid.clinical import spared


def cut(text, found, rule="names.name"):
    start = text.index(found)
    finding = Finding(rule, Kind.NAME, "text", start, start + len(found), 600)
    return [text[one.start : one.end] for one in spared([finding], text)]


@pytest.mark.parametrize(
    ("text", "found", "left"),
    [
        ("WBC 11.2 x10^9/L", "L", []),
        ("metoprolol 25 mg", "25 mg", []),
        ("code CPT 99213.", "CPT 99213", []),
        ("ICD-10 E11.9", "E11.9", []),
        ("BP 132/84", "BP 132/84", []),
        ("Smith denies fever", "Smith denies", ["Smith "]),
        ("left Haddad", "left Haddad", [" Haddad"]),
        ("Uma Haddad came", "Uma Haddad", ["Uma Haddad"]),
        ("Wright and Nolan", "Wright and Nolan", ["Wright and Nolan"]),
        ("Uma, 25 mg, Ida", "Uma, 25 mg, Ida", ["Uma, ", ", Ida"]),
    ],
)
def test_a_guess_is_cut_around_what_it_never_touches(text, found, left):
    assert cut(text, found) == left


def test_what_a_rule_found_is_not_cut():
    assert cut("room 25 mg", "25 mg", rule="us.other_id") == ["25 mg"]
