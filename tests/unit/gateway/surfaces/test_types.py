"""Reading documents that nobody has checked."""

import pytest

from asepsis.gateway.errors import Denied
from asepsis.gateway.sse import ServerEvent
from asepsis.gateway.surfaces.types import Envelope, Usage, child, encode_event, items, number, whole, within


@pytest.mark.parametrize("value", [None, "x", 7, [], [{}]])
def test_what_is_no_object_is_an_empty_one(value):
    assert child({"a": value}, "a") == {}
    assert child({}, "a") == {}


def test_fields_are_found_at_any_depth():
    document = {"a": [{"b": {"c": 1, "d": None}}]}
    for _ in range(3000):
        document = {"e": [document]}
    assert within(document, frozenset("bcdf")) == {"b", "c"}


def test_an_object_is_the_one_in_its_slot_so_that_it_can_be_changed():
    document = {"a": {"b": 1}, "c": [{"d": 1}, "x", None, {"e": 2}]}
    assert child(document, "a") is document["a"]
    first, second = items(document, "c")
    assert first is document["c"][0]
    assert second is document["c"][3]


@pytest.mark.parametrize("value", [None, "x", {}, 7])
def test_what_is_no_list_has_no_items(value):
    assert items({"a": value}, "a") == []


@pytest.mark.parametrize("value", [True, 1.0, "1", None, -1, 1 << 53])
def test_what_is_no_whole_number_that_every_reader_knows_is_zero(value):
    assert whole({"a": value}, "a") == 0


@pytest.mark.parametrize("value", [True, 1.0, "1", -1, 1 << 53, [1]])
def test_an_index_is_a_whole_number_or_missing(value):
    with pytest.raises(Denied):
        number({"a": value}, "a")
    assert (number({"a": 7}, "a"), number({"a": None}, "a"), number({}, "a", missing=3)) == (7, 0, 3)


def test_a_whole_number_is_read():
    assert whole({"a": (1 << 53) - 1}, "a") == (1 << 53) - 1


def test_the_end_mark_is_no_json():
    assert encode_event(Envelope("", None)) == ServerEvent("", b"[DONE]")
    assert encode_event(Envelope("x", {"a": 1})) == ServerEvent("x", b'{"a":1}')


def test_no_usage_is_none_spent():
    assert Usage() == (0, 0)
