"""Plain text in pieces, and lines of `{"id","text"}`."""

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from asepsis.core.errors import InputError
from asepsis.core.ports import Scanner
from asepsis.deid.text import Clean, Deidentifier
from asepsis.scan.intake import Found, Record, chunks, decided, found, records

__all__ = ["Result", "convert_lines", "convert_text", "result"]


class Result(msgspec.Struct, frozen=True):
    """One line of output; the findings' offsets are those of the text as given."""

    id: str | int
    text: str
    findings: list[Found]


def convert_text(source: BinaryIO, scanner: Scanner, deidentifier: Deidentifier, /) -> Iterator[bytes]:
    """Yields a text without what is found in it; raises InputError for what is no UTF-8, or has no break for long."""
    done = 0
    try:
        for text, findings in decided(scanner, chunks(source)):
            deidentifier.memory.observe([text])
            yield deidentifier.piece(text, findings).text.encode()
            done += len(text)
    except InputError as error:
        raise InputError(error.message, place=error.place or f"character {done}") from error


def convert_lines(source: BinaryIO, _: Scanner, deidentifier: Deidentifier, /) -> Iterator[bytes]:
    """Yields a line for each line; raises InputError with the number of one that can't be read."""
    for record in records(source):
        if isinstance(record, InputError):
            raise record
        deidentifier.written_in(record.year)
        deidentifier.memory.observe([record.text])
        (clean,) = deidentifier.texts([record.text], subject=str(record.id))
        yield msgspec.json.encode(result(record, clean)) + b"\n"


def result(record: Record, clean: Clean, /) -> Result:
    """Returns a line of output."""
    return Result(record.id, clean.text, found(clean.findings))
