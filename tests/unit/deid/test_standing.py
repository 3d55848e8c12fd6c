"""Stand-ins have the form they stand in, say nothing of their value, and are kept beside tokens."""

import re

import pytest

from asepsis.deid import standing
from asepsis.deid.dice import Dice


def drawn(form, text, seed=0, **more):
    return standing.made(form, text, Dice(bytes([seed]) * 32), **more)


@pytest.mark.parametrize(
    ("form", "text", "pattern"),
    [
        ("date", "1931-03-04", r"18\d\d-\d\d-\d\d"),
        ("date", "19310304", r"18\d{6}"),
        ("date", "2023-03-04T10:20:00.000Z", r"18\d\d-\d\d-\d\dT10:20:00\.000Z"),
        ("date", "20230304102000-0500", r"18\d{6}102000-0500"),
        ("date", "3/4/1931", r"\d{1,2}/\d{1,2}/18\d\d"),
        ("date", "1931-03", r"18\d\d-(?:0[1-9]|1[0-2])"),
        ("date", "193103", r"18\d\d(?:0[1-9]|1[0-2])"),
        ("date", "1925", r"18\d\d"),
        ("age", "94", r"[2-9]\d\d"),
        ("age", "94.0", r"[2-9]\d\d\.0"),
        ("number", "7122250", r"1\d{6}"),
        ("number", "-37.774", r"-1\d\.[1-9]{3}"),
        ("number", "12.0", r"1\d\.0"),
        ("zip", "941101234", r"000\d{6}"),
    ],
)
def test_a_stand_in_has_the_form_it_stands_in(form, text, pattern):
    several = {drawn(form, text, seed) for seed in range(20)}
    assert all(re.fullmatch(pattern, one) for one in several)
    assert len(several) > 3


@pytest.mark.parametrize(
    ("form", "text"),
    [("date", "03/04/31"), ("date", "last May"), ("date", "2023-02-30"), ("number", "A7"), ("code", "7122250")],
)
def test_what_has_no_such_form_has_no_stand_in(form, text):
    assert drawn(form, text) is None


def test_numbers_get_longer_where_asked():
    assert len(drawn("number", "7", longer=3)) == 4


def test_the_name_of_a_stand_in_is_no_token_s():
    assert standing.split(standing.key("date", "1803-04-05")) == ("date", "1803-04-05")
    assert standing.split("[NAME_kqzwb]") is None
    assert standing.split("other:1") is None
