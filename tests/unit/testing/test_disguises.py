"""Disguises say what they hide, and where; and every identifier with a form is found in all of them."""

import base64
import html
import unicodedata
from urllib.parse import unquote

import pytest

from asepsis.scan import ScanConfig, build
from asepsis.testing.disguises import DISGUISES, Disguised, is_found
from asepsis.testing.identifiers import SORTS, Identifier, identifiers

SCANNER = build(ScanConfig())
COUNT = 4
ONE = Identifier("ssn", "SSN ", "123-45-6789")


def said(how: str) -> str:
    one = DISGUISES[how](ONE)
    assert one is not None
    return one.text[one.start : one.end]


def test_each_says_the_value_in_the_range_it_names():
    assert said("plain") == ONE.value
    assert unicodedata.normalize("NFKC", said("full width")) == ONE.value
    assert said("zero width").replace("\u200b", "") == ONE.value
    assert html.unescape(said("entities")) == html.unescape(said("entities, hex")) == ONE.value
    assert unquote(said("percent")) == unquote(said("url")) == ONE.value
    assert said("spaced digits") == " ".join(ONE.value)
    assert said("digits in words") == "one two three dash four five dash six seven eight nine"
    assert said("soft line ends").replace("=\n", "") == ONE.value
    assert said("json escapes").encode().decode("unicode_escape") == ONE.value
    assert ONE.value in base64.b64decode(said("base64")).decode()
    assert ONE.value in base64.b64decode(said("base64 in lines")).decode()
    assert said("json in json") == ONE.value


def test_what_cannot_be_written_so_is_left_out():
    assert DISGUISES["spaced digits"](Identifier("email", "", "a@example.org")) is None
    assert DISGUISES["dashes"](Identifier("npi", "NPI ", "1234567893")) is None


def test_a_value_is_found_only_where_nine_tenths_of_it_are_covered():
    text = "SSN 123-45-6789"
    assert is_found(SCANNER, Disguised(text, 4, 15))
    assert not is_found(SCANNER, Disguised(text, 0, 15))


@pytest.mark.parametrize("how", DISGUISES)
def test_every_sort_is_found_in_this_disguise(how):
    every = [one for sort in SORTS for each in identifiers(sort, count=COUNT, seed=11) if (one := DISGUISES[how](each))]
    assert [one.text for one in every if not is_found(SCANNER, one)] == []
