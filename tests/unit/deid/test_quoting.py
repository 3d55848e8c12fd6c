"""How often a value is escaped where a text stands."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.deid.quoting import Quoting

FENCED = '```json\n{"a": "'
NESTED = '{"outer": "{\\"inner\\": \\"'
CASES = [
    ("", 0),
    ('{"a": "', 1),
    ('{"a": "b", "c": ', 0),
    ('{"a": "\\" is a quote, and ', 1),
    ('[{"a": "', 1),
    ('He said "', 0),
    (NESTED, 2),
    ('{"outer": "{\\"inner\\": \\"x\\", ', 1),
    ('{"said": "he said \\"', 1),
    ('{"path": "C:\\\\", "b": ', 0),
    ('{"path": "C:\\\\", "b": "', 1),
    (FENCED, 1),
    ('Here you are:\n```json\n["', 1),
    ('```\n{"a": "', 1),
    ('```python\nprint("', 0),
    (f'{FENCED}x"}}\n```\nand "', 0),
]


@pytest.mark.parametrize(("text", "level"), CASES)
def test_a_value_is_escaped_once_for_each_string_that_is_open(text, level):
    quoting = Quoting()
    quoting.follow(text)
    quoting.token()
    assert quoting.level == level


@given(st.sampled_from(CASES), st.data())
def test_the_cuts_do_not_matter(case, data):
    text, level = case
    quoting = Quoting()
    while text:
        size = data.draw(st.integers(1, len(text)))
        quoting.follow(text[:size])
        text = text[size:]
    quoting.token()
    assert quoting.level == level


def test_a_text_that_begins_with_a_token_is_no_json():
    quoting = Quoting()
    quoting.token()
    quoting.follow(' said "')
    quoting.token()
    assert quoting.level == 0


@given(st.recursive(st.text(), lambda inner: st.lists(inner, max_size=3), max_leaves=5))
def test_outside_of_strings_nothing_is_escaped(value):
    quoting = Quoting()
    quoting.follow(json.dumps([value]))
    quoting.token()
    assert quoting.level == 0
