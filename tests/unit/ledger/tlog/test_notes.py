import pytest

from asepsis.core.errors import NotTrusted
from asepsis.ledger.tlog.notes import MAX_NOTE, Note, Signature, check_name, parse, render, signature_lines

ONE = Signature("example.com/log", b"\x01\x02\x03\x04", b"signed")


def test_a_note_comes_back():
    for text in ("a\n", "a\n\nb\n", "— x y\n", "ü\n"):
        assert parse(render(text, [ONE, ONE])) == Note(text, (ONE, ONE))


def test_the_last_empty_line_parts_text_and_signatures():
    assert parse("a\n\n\n— n AQIDBHM=\n".encode()) == Note("a\n\n", (Signature("n", b"\x01\x02\x03\x04", b"s"),))


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "\n",
        "a\n",
        "a\n\n",
        "\n— n AQIDBHM=\n",
        "a\n— n AQIDBHM=\n",
        "a\n\n— n AQIDBHM=",
        "a\n\n— n AQIDBA==\n",
        "a\n\n— n  AQIDBHM=\n",
        "a\n\n— n AQIDBHM= \n",
        "a\n\n—n AQIDBHM=\n",
        "a\n\n— AQIDBHM=\n",
        "a\n\n— n+m AQIDBHM=\n",
        "a\n\n— n\u00a0m AQIDBHM=\n",
        "a\t\n\n— n AQIDBHM=\n",
        "a\r\n\n— n AQIDBHM=\n",
        "a\n\n— n AQIDBHM=\nb\n",
        "a\n\n" + "— n AQIDBHM=\n" * 101,
        "a" * MAX_NOTE + "\n\n— n AQIDBHM=\n",
    ],
    ids=range(19),
)
def test_what_is_no_note(bad):
    with pytest.raises(NotTrusted):
        parse(bad.encode())


def test_signature_lines_alone():
    assert signature_lines("— n AQIDBHM=\n".encode()) == (Signature("n", b"\x01\x02\x03\x04", b"s"),)
    for bad in (b"\n", b"", b"a\n", "— n AQIDBHM=\n\n".encode()):
        with pytest.raises(NotTrusted):
            signature_lines(bad)


def test_names():
    assert check_name("example.com/ü") == "example.com/ü"
    for bad in ("", "a b", "a+b", "a\u2003b", "a\tb", "a\x01", "a" * 256):
        with pytest.raises(NotTrusted):
            check_name(bad)


def test_names_and_signatures_up_to_their_limits():
    assert check_name("x" * 255) == "x" * 255
    with pytest.raises(NotTrusted):
        check_name("x" * 256)
    assert len(parse(render("a\n", [ONE] * 100)).unverified) == 100
    lines = render("a\n", [ONE] * 101).partition(b"\n\n")[2]
    assert len(signature_lines(lines[: len(lines) // 101 * 100])) == 100
    for wrong in (lambda: parse(render("a\n", [ONE] * 101)), lambda: signature_lines(lines)):
        with pytest.raises(NotTrusted):
            wrong()


def test_a_line_without_its_dash_is_no_signature():
    for bad in (b"n AQIDBHM=\n", b"nAQIDBHM=\n", "— nAQIDBHM=\n".encode()):
        with pytest.raises(NotTrusted):
            signature_lines(bad)
