import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.core.errors import InputError
from asepsis.ledger import format as form


@pytest.mark.parametrize("name", ["a", "acme", "st-mary-2", "0", "a" * 63])
def test_a_tenant_may_be_called(name):
    assert form.check_tenant(name) == name


@pytest.mark.parametrize("name", ["", "A", "a_b", "a/b", "..", "a.b", "a" * 64, "ä", "a\n"])
def test_a_tenant_may_not_be_called(name):
    with pytest.raises(InputError):
        form.check_tenant(name)


@pytest.mark.parametrize("size", [0, form.LIMIT + 1])
def test_an_entry_has_a_size(size):
    with pytest.raises(InputError):
        form.check_entry(b"x" * size)


def test_the_longest_entry_is_an_entry():
    assert form.check_entry(b"x" * form.LIMIT)


def test_each_digest_covers_the_one_before():
    first = hashlib.sha256(form.seed("acme") + b"\0\0\0\1" + b"a").digest()
    second = hashlib.sha256(first + b"\0\0\0\2" + b"bc").digest()
    data, digest = form.pack([b"a", b"bc"], form.seed("acme"))
    assert digest == second
    assert data == b"\0\0\0\1" + first + b"a" + b"\0\0\0\2" + second + b"bc"
    assert form.link(first, b"bc") == second


def test_tenants_start_from_different_digests():
    assert form.seed("acme") != form.seed("acme2")


@given(st.integers(0, 2**63), st.binary(min_size=32, max_size=32))
def test_a_header_comes_back(first, digest):
    data = form.pack_header(first, digest)
    assert form.unpack_header(data) == (first, digest)
    assert form.unpack_header(data[:-1]) is None
    assert form.unpack_header(b"X" + data[1:]) is None


@given(st.integers(0, 2**63), st.integers(0, 2**63), st.integers(0, 2**63), st.binary(min_size=32, max_size=32))
def test_a_head_comes_back(size, segment, offset, digest):
    head = form.Head(size, segment, offset, digest)
    assert form.unpack_head(form.pack_head(head)) == head


@given(st.integers(0, 95), st.integers(1, 255))
def test_a_head_with_any_byte_changed_is_none(place, change):
    data = bytearray(form.pack_head(form.Head(5, 0, 99, b"d" * 32)))
    data[place] ^= change
    assert form.unpack_head(bytes(data)) is None


@given(st.binary(max_size=60))
def test_bytes_at_random_are_no_record_or_one_of_a_valid_length(data):
    found = form.unpack_record(data)
    assert found is None or 0 < found[0] <= form.LIMIT


def test_only_segments_are_segments(tmp_path):
    for name in (form.segment_name(7), form.segment_name(0), "head", "7.log", "open-calls.json"):
        (tmp_path / name).touch()
    assert form.segments(tmp_path) == [0, 7]
