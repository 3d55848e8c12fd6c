"""One channel: what comes out does not depend on how the text was cut, and nothing found comes out."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asepsis.core.types import Kind, ObligationKind, Part, PartKind
from asepsis.gateway.channel import HELD_LIMIT, Channel
from asepsis.gateway.errors import Denied
from asepsis.gateway.splice import JsonState, splice

SSN = "123-45-6789"
WORDS = [SSN, "uma.haddad@example.org", "(303) 555-1234", "MRN 00-12-34-5", "SSN", "123", "-45", "-6789", "it is",
         " ", ". ", "\n", "é", "\u200b", "4111 1111 1111 1111", "member ID HP43753544", "x" * 90]  # fmt: skip
TEXTS = st.lists(st.sampled_from(WORDS), max_size=8).map("".join)


def channel(scanner, plan, *, in_json=False):
    found = []
    return Channel(scanner, plan.instead, found.extend, place="stream[1]", json=in_json), found


def through(scanner, plan, pieces, *, in_json=False):
    one, found = channel(scanner, plan, in_json=in_json)
    return "".join([one.feed(piece) for piece in pieces] + [one.finish()]), found


def masked(scanner, plan, text, *, in_json=False):
    (found,) = scanner.scan([Part(PartKind.TEXT, "stream[1]", text)])
    return splice(text, found, plan.instead, json=JsonState() if in_json else None)


def test_a_finding_split_over_two_pieces_is_masked(scanner, plan_of):
    out, found = through(scanner, plan_of(), ["my SSN is 123-4", "5-6789 ok"])
    assert out == "my SSN is [SSN] ok"
    assert [one.kind for one in found] == [Kind.SSN]


def test_nothing_of_a_finding_is_released_before_its_end(scanner, plan_of):
    one, _ = channel(scanner, plan_of())
    released = [one.feed(letter) for letter in f"it is {SSN}"]
    assert not set("".join(released)) & set("0123456789")
    assert one.held > 0


def test_plain_text_is_released_before_the_end(scanner, plan_of):
    one, _ = channel(scanner, plan_of())
    assert one.feed("the quick brown fox jumps over the lazy dog. " * 4)


def test_held_text_comes_at_the_end_and_only_once(scanner, plan_of):
    one, _ = channel(scanner, plan_of())
    first = one.feed("the end")
    assert first + one.finish() == "the end"
    assert one.finish() == ""
    assert one.held == 0


def test_an_empty_piece_changes_nothing(scanner, plan_of):
    one, found = channel(scanner, plan_of())
    assert one.feed("") == one.finish() == ""
    assert (one.original, one.released, found) == ([], [], [])


def test_what_came_in_and_what_went_out_are_kept_apart(scanner, plan_of):
    one, _ = channel(scanner, plan_of())
    one.feed(f"it is {SSN}")
    one.finish()
    assert "".join(one.original) == f"it is {SSN}"
    assert "".join(one.released) == "it is [SSN]"


def test_a_number_in_json_becomes_a_string(scanner, plan_of):
    out, _ = through(scanner, plan_of(), ['{"ssn": 1234', '56789, "a": "x ', f'{SSN}"', "}"], in_json=True)
    assert out == '{"ssn": "[SSN]", "a": "x [SSN]"}'


def test_text_that_can_never_settle_is_closed_not_released(scanner, plan_of):
    class Never:
        def scan_open(self, part):
            return ((), 0, 0)

    one = Channel(Never(), plan_of().instead, lambda found: None, place="stream[1]", json=False)
    assert one.feed("x" * HELD_LIMIT) == ""
    with pytest.raises(Denied) as caught:
        one.feed("x" * HELD_LIMIT)
    assert caught.value.code == "gateway.stream.held"


def test_what_found_raises_closes_before_anything_is_released(scanner, plan_of):
    plan = plan_of(ObligationKind.DENY)
    one = Channel(scanner, plan.instead, plan.check, place="stream[1]", json=False)
    with pytest.raises(Denied):
        one.feed(f"it is {SSN} and more follows")
    assert one.released == []


def test_observing_releases_all_as_it_is_and_still_tells_what_was_found(scanner, plan_of):
    out, found = through(scanner, plan_of(enforced=False), [f"it is {SSN}", " ok"])
    assert out == f"it is {SSN} ok"
    assert len(found) == 1


@settings(max_examples=60)
@given(text=TEXTS, sizes=st.lists(st.integers(1, 40), min_size=1, max_size=8))
def test_any_pieces_give_the_masked_whole(scanner, plan_of, text, sizes):
    pieces, at = [], 0
    while at < len(text):
        size = sizes[len(pieces) % len(sizes)]
        pieces.append(text[at : at + size])
        at += size
    assert through(scanner, plan_of(), pieces)[0] == masked(scanner, plan_of(), text)


@settings(max_examples=40)
@given(values=st.lists(st.sampled_from([SSN, 123456789, "a", 7, 'q"\\']), max_size=5), size=st.integers(1, 25))
def test_any_pieces_of_json_give_the_masked_whole(scanner, plan_of, values, size):
    text = json.dumps([{"ssn": value} for value in values])
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    out, _ = through(scanner, plan_of(), pieces, in_json=True)
    assert out == masked(scanner, plan_of(), text, in_json=True)
    assert "6789" not in out
    json.loads(out)
