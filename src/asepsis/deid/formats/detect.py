"""Which format a file has, by how it begins and then by its name.

Archives, pictures and other containers are refused by name: what can't be read in bounds does not pass as it is.
"""

import re
from enum import StrEnum
from typing import Final

from asepsis.core.errors import InputError

__all__ = ["HEAD", "Format", "detect"]

HEAD: Final = 4096
"""How many bytes at the start decide."""


class Format(StrEnum):
    """What can be de-identified; `auto` is found out."""

    AUTO = "auto"
    TEXT = "text"
    JSONL = "jsonl"
    FHIR = "fhir"
    NDJSON = "ndjson"
    HL7V2 = "hl7v2"
    X12 = "x12"
    CSV = "csv"
    PARQUET = "parquet"


_REFUSED: Final = (
    (b"PK\x03\x04", "zip archive"),
    (b"PK\x05\x06", "zip archive"),
    (b"7z\xbc\xaf\x27\x1c", "7z archive"),
    (b"Rar!", "rar archive"),
    (b"BZh", "bzip2 file"),
    (b"\xfd7zXZ", "xz file"),
    (b"\x28\xb5\x2f\xfd", "zstandard file"),
    (b"%PDF", "PDF document"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"\xd0\xcf\x11\xe0", "office document"),
    (b"\x1f\x8b", "gzip file inside a gzip file"),
)
_WIDE: Final = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\x00\x00\xfe\xff", "utf-32"))
_TAR: Final = (257, b"ustar")
_DICOM: Final = (128, b"DICM")
_NAMES: Final = {
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".hl7": Format.HL7V2,
    ".json": Format.FHIR,
    ".edi": Format.X12,
    ".x12": Format.X12,
    ".parquet": Format.PARQUET,
}
_SEGMENT: Final = re.compile(rb"\s*(?:\x0b)?(?:MSH|FHS|BHS)[^A-Za-z0-9\s]")
_INTERCHANGE: Final = re.compile(rb"\s*ISA[^A-Za-z0-9]")
_OBJECT: Final = re.compile(rb'\s*(?:\{|\[\s*(?:[\[{\]"0-9-]|true|false|null|\Z))')
_ONE_LINE: Final = re.compile(rb"\s*\{[^\n]*\}\s*\r?\n\s*\{")


def detect(head: bytes, name: str, /) -> Format:
    """Returns the format of a file that begins with `head`; raises InputError for what can't be de-identified."""
    head = head.removeprefix(b"\xef\xbb\xbf")
    for magic, what in _REFUSED:
        if head.startswith(magic):
            raise InputError(f"expected a format that can be de-identified, got a {what}", code="input_format")
    for (place, magic), what in ((_TAR, "tar archive"), (_DICOM, "DICOM file")):
        if head[place : place + len(magic)] == magic:
            raise InputError(f"expected a format that can be de-identified, got a {what}", code="input_format")
    if head.startswith(b"PAR1"):
        return Format.PARQUET
    for mark, encoding in _WIDE:
        if head.startswith(mark):
            raise InputError(f"expected text in utf-8, got {encoding}", code="input_format")
    if b"\0" in head:
        raise InputError("expected text in utf-8, got a binary file", code="input_format")
    return _by_text(head, name.lower().removesuffix(".gz"))


def _by_text(head: bytes, name: str) -> Format:
    suffix = name[name.rfind(".") :] if "." in name else ""
    if _INTERCHANGE.match(head):
        return Format.X12
    if _SEGMENT.match(head):
        return Format.HL7V2
    if suffix in {".jsonl", ".ndjson"} or (suffix != ".json" and _ONE_LINE.match(head)):
        return _lines(head)
    if suffix in _NAMES:
        return _NAMES[suffix]
    return Format.FHIR if _OBJECT.match(head) else Format.TEXT


def _lines(head: bytes) -> Format:
    """Lines with `id` and `text` are the commands' own; all others are read field by field."""
    first = head.lstrip().partition(b"\n")[0]
    ours = b'"text"' in first and b'"id"' in first and b'"resourceType"' not in first
    return Format.JSONL if ours else Format.NDJSON
