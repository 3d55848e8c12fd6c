import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.core.errors import ConfigError, InputError
from asepsis.ledger import format as form
from asepsis.ledger.tlog.tree import CompactRange


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


def test_of_several_entries_each_has_a_size():
    form.check_entries([])
    form.check_entries([b"x", b"x" * form.LIMIT])
    for bad in (b"", b"x" * (form.LIMIT + 1)):
        with pytest.raises(InputError):
            form.check_entries([b"x", bad, b"x"])


def test_a_batch_is_its_entries_and_what_seals_it():
    seal = form.Seal(2, b"r" * 32, b"s" * 64)
    assert form.pack([b"a", b"bc"]) == b"\0\0\0\1a\0\0\0\2bc"
    data = form.pack_seal(seal)
    assert data == form.MARK.to_bytes(4, "big") + (2).to_bytes(8, "big") + b"r" * 32 + b"s" * 64
    assert form.unpack_seal(data[4:]) == seal
    assert form.unpack_seal(data[5:]) is None
    assert form.MARK > form.LIMIT


@given(st.integers(0, 2**63 - 1))
def test_a_start_comes_back(size):
    hashes = [bytes([number]) * 32 for number in range(size.bit_count())]
    data = form.pack_start(form.Start(CompactRange(size, hashes), b"s" * 64))
    assert len(data) == form.start_size(size)
    found = form.unpack_start(data + b"more", place="p")
    assert (found.range.size, list(found.range.hashes), found.signature) == (size, hashes, b"s" * 64)
    assert found.seal == form.Seal(size, found.range.root(), b"s" * 64)
    assert form.unpack_start(data[:-1], place="p") is None
    assert form.unpack_start(b"X" + data[1:], place="p") is None
    assert form.unpack_start(data[:9], place="p") is None


@given(st.integers(0, 2**63), st.integers(0, 2**63), st.integers(0, 2**63), st.binary(min_size=32, max_size=32))
def test_a_head_comes_back(size, segment, offset, root):
    head = form.Head(size, segment, offset, root)
    assert form.unpack_head(form.pack_head(head), place="p") == head


@given(st.integers(0, 95), st.integers(1, 255))
def test_a_head_with_any_byte_changed_is_none(place, change):
    data = bytearray(form.pack_head(form.Head(5, 0, 99, b"d" * 32)))
    data[place] ^= change
    if not data.startswith(b"ASEPLOG1"):
        assert form.unpack_head(bytes(data), place="p") is None


def test_the_format_before_is_told_as_such():
    for read in (form.unpack_start, form.unpack_head):
        with pytest.raises(ConfigError, match="expected a log of format 2") as caught:
            read(b"ASEPLOG1" + bytes(100), place="p")
        assert caught.value.code == "ledger_format"


def test_only_segments_are_segments(tmp_path):
    for name in (form.segment_name(7), form.segment_name(0), "head", "7.log", "open-calls.json"):
        (tmp_path / name).touch()
    assert form.segments(tmp_path) == [0, 7]
