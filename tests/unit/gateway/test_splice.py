"""Replacements in plain text and in JSON text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.core.types import Finding, Kind
from asepsis.gateway.errors import Denied
from asepsis.gateway.splice import JsonState, splice


def found(text, *words):
    return [Finding("rule", Kind.SSN, "text", text.index(word), text.index(word) + len(word), 900) for word in words]


def mask(finding, text):
    return "[SSN]"


def keep(finding, text):
    return None


def in_json(text, *words, state=None):
    return splice(text, found(text, *words), mask, json=state or JsonState())


def test_each_finding_gives_way_and_the_rest_stays():
    assert splice("a 111 b 222 c", found("a 111 b 222 c", "111", "222"), mask) == "a [SSN] b [SSN] c"


def test_findings_at_both_ends():
    assert splice("111 222", found("111 222", "111", "222"), mask) == "[SSN] [SSN]"


def test_what_the_plan_keeps_stays_as_it_is():
    assert splice("a 111 b", found("a 111 b", "111"), keep) == "a 111 b"


def test_only_a_range_comes_out():
    text = "left 111 right rest"
    assert splice(text, found(text, "111"), mask, start=5, end=14) == "[SSN] right"


def test_replaced_text_is_handed_to_the_replacement():
    seen = []
    splice("a 111 b", found("a 111 b", "111"), lambda finding, text: seen.append(text))
    assert seen == ["111"]


def test_inside_a_json_string_the_replacement_stands_bare():
    assert in_json('{"a": "x 111"}', "111") == '{"a": "x [SSN]"}'


def test_a_json_number_becomes_a_string():
    assert in_json('{"a": 111, "b": [222]}', "111", "222") == '{"a": "[SSN]", "b": ["[SSN]"]}'


@pytest.mark.parametrize("word", ['"111', '111"', '1", "2', 'a": "111'])
def test_a_finding_over_the_border_of_a_string_is_denied(word):
    text = '{"a": "111", "b": ["1", "2"]}'
    with pytest.raises(Denied) as caught:
        in_json(text, word)
    assert caught.value.code == "gateway.stream.json"


def test_a_finding_of_whole_strings_outside_of_any_is_denied():
    with pytest.raises(Denied):
        in_json('["1","2"]', '"1"')


def test_an_escaped_quote_does_not_end_a_string():
    assert in_json(r'{"a": "x \" 111"}', "111") == r'{"a": "x \" [SSN]"}'


def test_an_escaped_backslash_does_not_escape_the_quote():
    assert in_json(r'{"a": "x \\", "b": 111}', "111") == r'{"a": "x \\", "b": "[SSN]"}'


def test_the_state_goes_on_from_piece_to_piece():
    state = JsonState()
    assert in_json('{"a": "x', state=state) == '{"a": "x'
    assert in_json(" 111 ", "111", state=state) == " [SSN] "
    assert in_json('", "b": 222', "222", state=state) == '", "b": "[SSN]"'


def test_an_escape_split_from_its_character_is_remembered():
    state = JsonState()
    state.pass_over('"a\\')
    state.pass_over('" 111')
    assert state.inside


@given(st.text('"\\ab{', max_size=30), st.integers(0, 30))
def test_a_split_anywhere_leaves_the_same_state(text, at):
    whole, pieces = JsonState(), JsonState()
    whole.pass_over(text)
    for piece in (text[:at], text[at:]):
        pieces.pass_over(piece)
    assert (pieces.inside, pieces.escaped) == (whole.inside, whole.escaped)
