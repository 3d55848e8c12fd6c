import pytest

from asepsis.core.errors import NotTrusted
from asepsis.ledger.tlog.encoding import MAX_SIZE, from_base64, from_decimal, hash_from_base64, text_lines, to_base64


def test_base64_has_one_form():
    assert from_base64(to_base64(b"\xff\x00a")) == b"\xff\x00a"
    assert from_base64("") == b""
    for bad in ("YQ", "YR==", "YQ==\n", " YQ==", "Y-==", "ü", "YQ===", "=YQ="):
        with pytest.raises(NotTrusted):
            from_base64(bad)


def test_a_hash_has_32_bytes():
    assert hash_from_base64(to_base64(bytes(32))) == bytes(32)
    with pytest.raises(NotTrusted):
        hash_from_base64(to_base64(bytes(31)))


def test_a_number_has_one_form():
    assert [from_decimal(text) for text in ("0", "7", "10", str(MAX_SIZE))] == [0, 7, 10, MAX_SIZE]
    for bad in ("", "00", "07", "-1", "+1", "1 ", "٣", "1_0", str(MAX_SIZE + 1), "9" * 5000):
        with pytest.raises(NotTrusted):
            from_decimal(bad)


def test_lines_of_a_text():
    assert text_lines("a\n\nü\n".encode(), limit=10) == ["a", "", "ü"]
    for bad in (b"", b"a", b"\xff\n", b"a" * 10 + b"\n"):
        with pytest.raises(NotTrusted):
            text_lines(bad, limit=10)


def test_a_text_may_be_as_long_as_its_limit():
    assert text_lines(b"ab\n", limit=3) == ["ab"]
    with pytest.raises(NotTrusted):
        text_lines(b"ab\n", limit=2)
