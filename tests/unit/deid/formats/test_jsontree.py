"""JSON with its places: what is followed, what is refused, and that nothing else moves."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.core.errors import InputError
from asepsis.deid.formats.jsontree import DEEPEST, Array, Leaf, Object, leaf, offsets, parse, spliced, written


def plain(node):
    if isinstance(node, Leaf):
        return node.value if node.is_string else json.loads(node.value)
    if isinstance(node, Array):
        return [plain(one) for one in node.items]
    return {key: plain(one) for key, one in node.items}


def leaves(node):
    if isinstance(node, Leaf):
        yield node
    else:
        for one in node.items:
            yield from leaves(one[1] if isinstance(one, tuple) else one)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.sampled_from([None, 1]), st.booleans())
def test_what_is_read_is_what_json_says(value, indent, plain_ascii):
    text = json.dumps(value, indent=indent, ensure_ascii=plain_ascii)
    root = parse(text)
    assert plain(root) == value
    for one in leaves(root):
        assert json.loads(f'"{text[one.start : one.end]}"' if one.is_string else text[one.start : one.end]) == (
            one.value if one.is_string else json.loads(one.value)
        )


def test_names_that_are_there_twice_are_both_seen():
    root = parse('{"a": 1, "a": "x"}')
    assert [one.value for one in leaves(root)] == ["1", "x"]
    assert isinstance(root, Object)
    assert root.get("b") is None
    assert root.text("a") == ""


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"a": }', "line 1, column 7"),
        ('{\n"a": 1,\n}', "line 3, column 1"),
        ("", "line 1, column 1"),
        ("[1] x", ""),
        ('{"a": NaN}', ""),
        ('"\x01"', ""),
        ("[" * (DEEPEST + 2) + "]" * (DEEPEST + 2), "line 1"),
        ("[" * 100_000, ""),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(text, place):
    with pytest.raises(InputError) as refused:
        parse(text)
    assert not place or refused.value.place.startswith(place)


@given(st.text(alphabet='{}[]",:\\ 01ntu-eE.a\n', max_size=30))
def test_anything_is_read_or_refused(text):
    try:
        root = parse(text)
    except InputError:
        return
    assert plain(root) == json.loads(text)


def test_a_part_of_a_string_is_a_leaf_of_its_own():
    text = '"a\\n\\"b"'
    assert leaf(text, 3 + 1, 7) == Leaf(4, 7, '"b', is_string=True)


def test_strings_are_written_as_the_text_around_them():
    assert written('é"\n', like="ascii") == '\\u00e9\\"\\n'
    assert written('é"\n', like="é") == 'é\\"\\n'
    assert written("é\ud800", like="é") == "\\u00e9\\ud800"


def test_edits_replace_their_ranges_alone():
    assert spliced("abcdef", [(1, 2, "X"), (4, 4, "-")]) == "aXcd-ef"


@given(st.text(), st.booleans())
def test_each_character_of_a_string_has_its_place(value, plain_ascii):
    raw = json.dumps(value, ensure_ascii=plain_ascii)[1:-1]
    starts = offsets(raw)
    assert [json.loads(f'"{raw[a:b]}"') for a, b in pairwise(starts)] == list(value)
