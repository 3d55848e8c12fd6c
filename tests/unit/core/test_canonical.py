"""Canonical JSON: one value, one byte form."""

import hashlib
import json

import msgspec
import pytest

from asepsis.core import canonical
from asepsis.core.errors import Bug


class Point(msgspec.Struct, frozen=True):
    y: int
    x: frozenset[str] = frozenset()


def test_struct_fields_stand_in_declaration_order_and_keys_and_sets_are_sorted():
    assert canonical.encode(Point(1, frozenset("cab"))) == b'{"y":1,"x":["a","b","c"]}'
    assert canonical.encode({"b": 1, "a": {"d": 2, "c": 3}}) == b'{"a":{"c":3,"d":2},"b":1}'


def test_text_is_utf8_as_it_is():
    assert canonical.encode('é\n"\x00') == '"é\\n\\"\\u0000"'.encode()


def test_a_digest_is_of_the_bytes():
    assert canonical.digest(Point(1)) == hashlib.sha256(b'{"y":1,"x":[]}').hexdigest()


@pytest.mark.parametrize("value", [object(), "\ud800", {1j: 1}])
def test_what_has_no_canonical_form_is_a_bug_that_does_not_show_it(value):
    with pytest.raises(Bug) as error:
        canonical.encode(value)
    assert error.value.message == f"no canonical form for `{type(value).__name__}`"


def test_bytes_come_back_as_what_they_were():
    point = Point(1, frozenset("ab"))
    assert canonical.decode(canonical.encode(point), Point) == point


def test_another_shape_is_refused():
    with pytest.raises(msgspec.ValidationError):
        canonical.decode(json.dumps({"y": "1"}).encode(), Point)
