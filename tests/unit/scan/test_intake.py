import io

import pytest

from asepsis.core.errors import InputError
from asepsis.core.types import Kind
from asepsis.scan import ScanConfig, build
from asepsis.scan.intake import Record, chunks, decided, found, records, scanned


@pytest.fixture(scope="module")
def scanner():
    return build(ScanConfig())


def read(data, **more):
    return [
        (str(one) if isinstance(one, InputError) else (one.id, one.text)) for one in records(io.BytesIO(data), **more)
    ]


def test_each_line_is_a_record_and_empty_ones_are_passed_over():
    assert read(b'{"id":1,"text":"a"}\n\n  \n{"text":"b","id":"x","more":[1]}') == [(1, "a"), ("x", "b")]


@pytest.mark.parametrize(
    "line", [b"no json", b"[]", b'{"id":1}', b'{"text":"a"}', b'{"id":1,"text":2}', b'{"id":1.5,"text":"a"}', b"\xff"]
)
def test_a_line_that_is_no_record_is_named_by_its_number_and_the_next_is_read(line):
    wrong, right = read(b"\n" + line + b'\n{"id":2,"text":"b"}\n')
    assert wrong == 'line 2: expected an object with "id" and "text"'
    assert right == (2, "b")


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ("SSN 123-45-6789".encode("utf-16"), "byte 0"),
        ("SSN 123-45-6789".encode("utf-16-le"), "byte 1"),
        ("SSN".encode("utf-16-be"), "byte 0"),
        (b"a" * 65_535 + b"\xc3\xa9" * 40_000 + b"\xff", "byte 145535"),
        (b"a" * 65_535 + b"\xc3(", "byte 65535"),
        (b"abc\xc3", "byte 3"),
    ],
)
def test_text_in_another_encoding_is_refused_with_its_place(data, place):
    with pytest.raises(InputError) as caught:
        list(chunks(io.BytesIO(data)))
    assert caught.value.place == place


def test_an_error_holds_nothing_of_the_line():
    assert "123-45-6789" not in read(b'{"id":1,"text":123-45-6789}')[0]


def test_a_lone_surrogate_is_no_text():
    assert isinstance(next(records(io.BytesIO(b'{"id":1,"text":"\\ud800"}'))), InputError | Record)


def test_a_line_beyond_the_limit_is_passed_over_whole_and_never_held():
    long = b'{"id":1,"text":"' + b"a" * 300 + b'"}'
    assert read(long + b'\n{"id":2,"text":"b"}\n', limit=100) == [
        "line 1: expected a line of at most 100 bytes",
        (2, "b"),
    ]
    assert read(long, limit=100) == ["line 1: expected a line of at most 100 bytes"]
    exact = b'{"id":1,"text":"' + b"a" * 82 + b'"}'
    assert len(exact) == 100
    assert read(exact + b"\n" + exact, limit=100) == [(1, "a" * 82)] * 2


def test_a_finding_is_written_with_five_fields(scanner):
    (one,) = found(scanned(scanner, "MRN 7122250"))
    assert (one.rule, one.kind, one.start, one.end, one.score) == ("us.mrn", "MRN", 4, 11, 940)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1000])
def test_a_text_comes_out_in_pieces_that_say_what_the_whole_says(scanner, size):
    text = "The patient (MRN 7122250) called 415-555-2671 twice.\nSSN １２３-４５-６７８９, and no more.\n" * 3
    pieces = list(decided(scanner, [text[at : at + size] for at in range(0, len(text), size)]))
    assert "".join(piece.text for piece in pieces) == text
    at = 0
    values = []
    for piece in pieces:
        values += [(one.kind, at + one.start, at + one.end) for one in piece.findings]
        at += len(piece.text)
    assert values == [(one.kind, one.start, one.end) for one in scanned(scanner, text)]
    assert {kind for kind, _, _ in values} == {Kind.MRN, Kind.PHONE, Kind.SSN}


def test_pieces_come_before_the_text_has_ended(scanner):
    def text():
        yield "The first sentence is decided. "
        yield "And"
        raise AssertionError("asked for more than was needed")

    assert next(decided(scanner, text())).text.startswith("The first")


def test_text_without_a_place_to_decide_at_is_not_held_without_end(scanner):
    with pytest.raises(InputError):
        list(decided(scanner, ["a" * 50] * 10, held=200))


def test_a_stream_is_read_as_text_over_the_borders_of_its_chunks():
    data = "é" * 70_000
    assert "".join(chunks(io.BytesIO(data.encode()))) == data
