"""The lines of settings, checked against `tomllib` for what a text holds."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.infra import places

TEXT = '''\
a = 1
"b c".d = """
e = 2
[f]
"""
[g] # table
h = { i = 1 }
j = [
  [1, "]"], # k = 3
]
[[l]]
m = 1
[l.n]
o = 'x # y'
[[l]]
p . q = 1
[[l.r]]
s = 1
'''


def test_each_key_is_found_at_its_line():
    tomllib.loads(TEXT)
    assert places.lines(TEXT) == {
        ("a",): 1,
        ("b c", "d"): 2,
        ("g",): 6,
        ("g", "h"): 7,
        ("g", "j"): 8,
        ("l", 0): 11,
        ("l", 0, "m"): 12,
        ("l", 0, "n"): 13,
        ("l", 0, "n", "o"): 14,
        ("l", 1): 15,
        ("l", 1, "p", "q"): 16,
        ("l", 1, "r", 0): 17,
        ("l", 1, "r", 0, "s"): 18,
    }


def test_what_stands_inside_a_value_is_at_the_line_of_its_key():
    known = places.lines(TEXT)
    assert places.line_of(("g", "h", "i"), known) == 7
    assert places.line_of(("z",), known) is None


@pytest.mark.parametrize(
    ("path", "shown"), [((), ""), (("a",), "a"), (("a", 0, "b"), "a[0].b"), (("a", "b", 2), "a.b[2]")]
)
def test_paths_are_shown_as_people_write_them(path, shown):
    assert places.show(path) == shown


VALUES = st.sampled_from(["1", '"x = 1"', "'#'", '"""\na = 1\n"""', "[\n1,\n2]", "{ a = [1] }", '"\\""', "'''\n]'''"])


@given(st.lists(VALUES, max_size=8))
def test_values_of_any_shape_are_stepped_over(values):
    text = "".join(f"k{number} = {value}\n" for number, value in enumerate(values))
    tomllib.loads(text)
    found = places.lines(text)
    assert set(found) == {(f"k{number}",) for number in range(len(values))}
    for (name,), line in found.items():
        assert text.splitlines()[line - 1].startswith(f"{name} = ")


@given(st.text())
def test_any_text_comes_to_an_end(text):
    places.lines(text)
