"""Which format a file has."""

import gzip

import pytest

from asepsis.core.errors import InputError
from asepsis.deid.formats.detect import Format, detect


@pytest.mark.parametrize(
    ("head", "name", "form"),
    [
        (b"Seen today.", "note.txt", Format.TEXT),
        (b"Seen today.", "note", Format.TEXT),
        (b"", "empty", Format.TEXT),
        (b'{"resourceType":"Patient"}', "p.json", Format.FHIR),
        (b'\xef\xbb\xbf {"a":1}', "x", Format.FHIR),
        (b'[{"a":1}]', "x.txt", Format.FHIR),
        (b"[NAME_kqzwb] was seen", "x", Format.TEXT),
        (b"[note] seen", "x", Format.TEXT),
        (b" [ true]", "x", Format.FHIR),
        (b'{"resourceType":"Patient"}\n{"resourceType":"Patient"}\n', "p", Format.NDJSON),
        (b'{"resourceType":"Patient","text":{},"id":1}\n', "p.ndjson", Format.NDJSON),
        (b'{"id":1,"text":"x"}\n', "p.jsonl", Format.JSONL),
        (b'{"id":1,"text":"x"}\n{"id":2,"text":"x"}\n', "p", Format.JSONL),
        (b"MSH|^~\\&|A|B", "m", Format.HL7V2),
        (b"\x0bMSH|^~\\&|A|B", "m.txt", Format.HL7V2),
        (b"FHS|^~\\&|A\rBHS|", "m", Format.HL7V2),
        (b"ISA*00*  ", "c.txt", Format.X12),
        (b"a,b\n1,2", "t.csv", Format.CSV),
        (b"a\tb\n", "t.tsv.gz", Format.CSV),
        (b"PAR1\x00\x00", "t", Format.PARQUET),
    ],
)
def test_a_format_is_found_out(head, name, form):
    assert detect(head, name) is form


@pytest.mark.parametrize(
    "head",
    [
        b"PK\x03\x04rest",
        b"7z\xbc\xaf\x27\x1c",
        b"Rar!",
        b"BZh9",
        b"\xfd7zXZ\x00",
        b"%PDF-1.7",
        b"\x89PNG\r\n",
        b"a" * 128 + b"DICM",
        b"a" * 257 + b"ustar",
        b"bin\x00ary",
        gzip.compress(b"x", mtime=0),
    ],
)
def test_what_cannot_be_read_is_refused(head):
    with pytest.raises(InputError) as refused:
        detect(head, "a.txt")
    assert refused.value.code == "input_format"
