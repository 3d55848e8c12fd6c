"""Text that goes on from one event to the next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.core.types import Part, PartKind
from asepsis.gateway.errors import Denied
from asepsis.gateway.limits import Limits
from asepsis.gateway.tails import Tails, texts
from asepsis.gateway.walk import walk

SSN = "123-45-6789"


def said(text, place="note"):
    return (Part(PartKind.TEXT, place, text),)


def spread(tails, *notes):
    return [bool(list(tails.follow(one))) for one in map(said, notes) if not tails.same(one)]


def test_a_finding_over_a_border_is_seen_and_one_within_a_text_is_not(scanner):
    assert spread(Tails(scanner, 9), "it is 123-4", "5-6789 ok") == [False, True]
    assert spread(Tails(scanner, 9), f"it is {SSN} ok", "and more") == [False, False]


@given(st.integers(1, len(SSN) - 1), st.integers(1, len(SSN) - 1))
def test_a_finding_in_any_pieces_is_seen(scanner, one, other):
    first, second = sorted((one, other))
    pieces = [f"it is {SSN[:first]}", SSN[first:second], f"{SSN[second:]} ok"]
    assert any(spread(Tails(scanner, 9), *filter(None, pieces)))


def test_the_ends_of_a_long_text_are_read(scanner):
    long = "word " * 200
    assert spread(Tails(scanner, 9), f"{long}it is 123-4", f"5-6789 ok {long}") == [False, True]
    assert spread(Tails(scanner, 9), f"5-6789 {long} it is 123-4") == [True]


def test_what_came_again_unread_is_part_of_the_text(scanner):
    tails = Tails(scanner, 9)
    assert spread(tails, "it is ", "1") == [False, False]
    tails.repeated += 2
    assert spread(tails, "-45-6789 ok") == [True]


def test_places_are_apart_and_limited(scanner):
    tails = Tails(scanner, 2)
    assert not list(tails.follow(said("it is 123-4", "a")))
    assert not list(tails.follow(said("5-6789 ok", "b")))
    with pytest.raises(Denied) as caught:
        list(tails.follow(said("x", "c")))
    assert caught.value.code == "gateway.limits.places"


def test_texts_are_those_that_a_reader_gets():
    document = {"note": SSN, "id": "x", "n": 123456}
    seen = walk(document, Limits())
    document["note"] = "[SSN]"
    assert [(one.place, one.text) for one in texts(seen.leaves)] == [("{0}", "[SSN]"), ("id", "x")]
