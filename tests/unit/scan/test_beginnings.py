"""What an expression can begin with, and that rules find the same with it as without."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asepsis.scan.beginnings import alternatives, beginnings
from asepsis.scan.rules import compiled, read_packs

KEYED = [source for source in read_packs() if source.keywords]


@pytest.mark.parametrize(
    ("expression", "first"),
    [
        ("mrn|chart", "mc"),
        ("(?:tele|cell)?[ _-]?phone", "tc _-p"),
        ("ss ?#", "s"),
        ("(?:e-?)?fax", "ef"),
        ("a{0,2}b|c{1,2}d", "abc"),
        (r"\#x", "#"),
        ("(?:a|(?:b|c)?d)+e", "abcd"),
        ("(a)b", "a"),
    ],
)
def test_what_it_can_begin_with(expression, first):
    assert beginnings(expression) == frozenset(first)


@pytest.mark.parametrize("expression", ["a|", "(?:a)?", r"\s", "(?=a)b", "a|.b", "^a", "(?P<n>a)", "[^a]?"])
def test_what_cannot_be_said_is_not(expression):
    assert beginnings(expression) in (frozenset(), frozenset(map(chr, range(128))) - {"a"})


def test_alternatives_in_groups_and_classes_are_no_alternatives():
    assert alternatives(r"a|(?:b|c)d|[|]|\|") == ["a", "(?:b|c)d", "[|]", r"\|"]


def test_the_keywords_of_all_packs_begin_plainly():
    assert [source.id for source in KEYED if not beginnings(source.keywords)] == []


@settings(max_examples=60)
@given(st.lists(st.sampled_from([text for one in KEYED for text in (*one.positive, *one.negative)]), max_size=4))
def test_rules_find_what_they_would_without_it(texts):
    text = " ".join(texts)
    for source in KEYED:
        rule = compiled(source)
        without = re.compile(re.sub(r"^\(\?i\)\(\?=\[(?:\\.|[^\]])*\]\)", "(?i)", rule.regex.pattern), re.ASCII)
        assert without.pattern != rule.regex.pattern
        assert [one.span("v") for one in rule.regex.finditer(text)] == [one.span("v") for one in without.finditer(text)]
