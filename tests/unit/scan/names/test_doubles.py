"""Names with a hyphen, of which one half was found."""

import pytest

from asepsis.scan.names.doubles import doubled
from asepsis.scan.names.lists import FLAGS
from asepsis.scan.names.runs import Run
from asepsis.scan.names.tokens import tokens

BITS = {name: 1 << at for at, name in enumerate(FLAGS)}
LISTS = {
    "wai": BITS["first"],
    "jean": BITS["first"],
    "lane": BITS["last"] | BITS["common"],
    "min": BITS["common"] | BITS["frequent"],
    "baptiste": BITS["last"],
}


def flags(words):
    return [LISTS.get(one.strip(), 0) for one in words]


@pytest.mark.parametrize(
    ("text", "half", "whole"),
    [
        ("Dear Ji-min,", "Ji", "Ji-min"),
        ("Dear Seungwoo-min,", "Seungwoo", "Seungwoo"),
        ("saw ka-wai today", "ka", "ka-wai"),
        ("saw jean-baptiste today", "jean", "jean-baptiste"),
        ("saw jean-baptiste today", "baptiste ", "jean-baptiste"),
        ("Cpl. Landon-Lane left", "Lane ", "Landon-Lane"),
        ("Cpl. Landon-Lane left", "Landon", "Landon-Lane"),
        ("RE: LANDON-LANE", "LANDON", "LANDON-LANE"),
        ("a landon-lane left", "lane ", "lane"),
        ("a Foley-type tube", "Foley", "Foley"),
        ("a Lee-like sign", "Lee", "Lee"),
        ("Li-he came", "Li", "Li-he"),
        ("Li-the nurse came", "Li", "Li"),
        ("the Post-Smith era", "Smith ", "Smith"),
        ("MOTHER-IN-LAW DENNIS", "LAW ", "LAW"),
        ("Smith - Jones", "Smith ", "Smith"),
        ("Smith-", "Smith", "Smith"),
        ("Smith-J came", "Smith", "Smith"),
        ("Smith-12 came", "Smith", "Smith"),
    ],
)
def test_the_other_half_of_a_name_belongs_to_it(text, half, whole):
    words = tokens(text)
    first = len(tokens(text[: text.index(half)]))
    (run,) = doubled(words, [Run(first, first + len(tokens(half)), "NAME", 900)], flags)
    assert "".join(words[run.first : run.last]).strip() == whole
    assert (run.kind, run.likely) == ("NAME", 900)


def test_what_is_found_already_stays():
    words = tokens("by Landon-Lane today")
    runs = [Run(1, 2, "NAME", 900), Run(3, 4, "GEO", 300)]
    assert doubled(words, runs, flags) == runs
    both = [Run(1, 2, "NAME", 900), Run(3, 4, "NAME", 300)]
    assert doubled(words, both, flags) == both


def test_only_names_have_halves():
    words = tokens("in Winston-Salem")
    assert doubled(words, [Run(1, 2, "GEO", 900)], flags) == [Run(1, 2, "GEO", 900)]
