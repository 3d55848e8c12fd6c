"""Tokens: what they look like, and that no rule takes one for a finding."""

import json

import pytest

from asepsis.core.types import Kind, Part, PartKind
from asepsis.deid import tokens
from asepsis.deid.dice import Dice

TOKENS = [tokens.written(kind, tokens.code(Dice(bytes([n])), attempt=n), n % 3) for n, kind in enumerate(Kind)]


@pytest.mark.parametrize("token", TOKENS)
def test_a_token_is_plain_short_and_recognised_whole(token):
    assert token.isascii()
    assert json.dumps(token) == f'"{token}"'
    assert len(token) <= tokens.LONGEST
    for spelled in (token, token.lower(), token.upper()):
        assert tokens.PATTERN.fullmatch(spelled)
    assert not any(one.isdigit() for one in token)


def test_the_longest_token_is_within_the_limit():
    longest = max(len(tokens.written(kind, "z" * 8, 1)) for kind in Kind)
    assert longest <= tokens.LONGEST


def test_no_rule_finds_a_token_even_behind_keywords(scanner):
    words = [
        "SSN ",
        "MRN: ",
        "member id ",
        "password: ",
        "password is ",
        "DOB ",
        "phone ",
        "fax ",
        '"npi":',
        "user id=",
    ]
    parts = [
        Part(PartKind.TEXT, "text", word + token, key=key) for word in words for token in TOKENS for key in ("", "ssn")
    ]
    assert not any(scanner.scan(parts))


def test_later_attempts_draw_longer_codes():
    assert [len(tokens.code(Dice(b"x"), attempt=attempt)) for attempt in (0, 8, 16, 60)] == [5, 6, 8, 8]


def test_codes_that_a_text_mentions_are_told_in_any_case():
    assert tokens.mentioned("see [NAME_BCDFG] and ssn_hjkmn, not a_bc") == {"bcdfg", "hjkmn"}
    assert tokens.mentioned("nothing here") == set()
