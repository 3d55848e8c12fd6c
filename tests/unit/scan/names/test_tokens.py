"""Tokens: the text without a rest, words of any script, numbers with their marks."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from asepsis.scan.names.tokens import OPEN, form_of, tokens, word


@given(st.text())
def test_tokens_are_the_text(text):
    assert "".join(tokens(text)) == text


@given(st.text(st.characters(max_codepoint=127)), st.sampled_from("é中½"))
def test_what_is_beyond_ascii_changes_nothing_of_what_stands_before(text, beyond):
    assert tokens(f"{text}.\n{beyond}")[:-1] == tokens(f"{text}.\n")


@given(st.text(max_size=30), st.text(max_size=30))
@example("0/A", "0")
@example("a 0/A", "0")
def test_all_tokens_but_the_last_few_stay_however_the_text_goes_on(text, more):
    before = tokens(text)[:-OPEN]
    assert tokens(text + more)[: len(before)] == before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("José's DOB", ["José", "'s ", "DOB"]),
        ("03/04/1961, L4-L5", ["03/04/1961", ", ", "L4-L5"]),
        ("O'Brien-Núñez", ["O'Brien", "-", "Núñez"]),
        ("55-year-old", ["55", "-", "year", "-", "old"]),
        ("a  b\n\n c", ["a  ", "b", "\n\n ", "c"]),
        ("____ (x)", ["____ ", "(", "x", ")"]),
    ],
)
def test_where_tokens_end(text, expected):
    assert tokens(text) == expected


@pytest.mark.parametrize(
    ("token", "form", "look"),
    [
        ("José ", "jose", "t"),
        ("SMITH", "smith", "u"),
        ("J", "j", "i"),
        ("McDonald", "mcdonald", "x"),
        ("12", "#12", "d"),
        ("31", "#31", "d"),
        ("97", "#99", "d"),
        ("1961", "#year", "d"),
        ("03/04/1961", "00/00/0000", "d"),
        ("\n", "<line>", "b"),
        ("\n\n", "<lines>", "b"),
        (", ", ",", "m"),
    ],
)
def test_what_a_word_looks_like(token, form, look):
    found = word(token)
    assert (found.form, found.look) == (form, look)


@given(st.text(min_size=1))
def test_every_token_has_looks(text):
    assert all(word(one).form for one in tokens(text))


@given(st.one_of(st.text(max_size=30), st.text("abzABZé' 1-", max_size=30)))
def test_a_form_alone_is_that_of_the_looks(token):
    assert form_of(token) == word(token).form
