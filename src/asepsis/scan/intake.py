"""How text comes to the commands: JSON lines one by one, and plain text in pieces; both bounded.

A line that can't be read is reported by its number, never by its content, and the next one is read. Plain text is
handed on in pieces, each as soon as it is decided, so that a file of any size needs little memory.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final, NamedTuple

import msgspec

from asepsis.core.errors import InputError
from asepsis.core.ports import Scanner
from asepsis.core.types import Finding, Part, PartKind

__all__ = [
    "HELD",
    "LINE",
    "Found",
    "Piece",
    "Record",
    "chunks",
    "decided",
    "found",
    "lines",
    "records",
    "scanned",
    "year_of",
]

LINE: Final = 16 * 1_048_576
"""The longest line, in bytes."""

HELD: Final = 1_048_576
"""The longest stretch of plain text without a place to decide at, in characters."""

_DATE: Final = re.compile(r"([12][0-9]{3})(?:-[0-9]{2}(?:-[0-9]{2}(?:[T ].*)?)?)?", re.DOTALL)
_CHUNK: Final = 65_536


class Record(msgspec.Struct, frozen=True):
    """One line of input; `date`, if any, is that of the document: in its year ages are reckoned."""

    id: str | int
    text: str
    date: object = None

    @property
    def year(self) -> int:
        """The year of the document, 0 where its line says none that can be read."""
        return year_of(self.date) if isinstance(self.date, str) else 0


class Found(msgspec.Struct, frozen=True):
    """A finding as the commands write it."""

    rule: str
    kind: str
    start: int
    end: int
    score: int


class Piece(NamedTuple):
    """A stretch of text that is decided, with what was found in it; offsets count from its start."""

    text: str
    findings: tuple[Finding, ...]


_RECORD: Final = msgspec.json.Decoder(Record)


def lines(stream: BinaryIO, /, *, limit: int = LINE) -> Iterator[tuple[int, bytes | InputError]]:
    """Yields each line with its number from 1, or that it is too long; empty lines are passed over."""
    number = 0
    while line := stream.readline(limit + 1):
        number += 1
        if len(line) > limit and not line.endswith(b"\n"):
            _skip(stream, limit)
            yield number, InputError(f"expected a line of at most {limit} bytes", place=f"line {number}")
        elif line.strip():
            yield number, line


def records(stream: BinaryIO, /, *, limit: int = LINE) -> Iterator[Record | InputError]:
    """Yields each line's record, or what is wrong with it; empty lines are passed over."""
    for number, line in lines(stream, limit=limit):
        yield line if isinstance(line, InputError) else _record(line, number)


def year_of(date: str, /) -> int:
    """Returns the year of a date in ISO 8601, or of a year alone; 0 for what is none."""
    found = _DATE.fullmatch(date)
    return int(found[1]) if found else 0


def scanned(scanner: Scanner, text: str, /, *, year: int = 0) -> tuple[Finding, ...]:
    """Returns what is found in one text, written in a year."""
    (findings,) = scanner.scan_document([Part(PartKind.TEXT, "text", text, year=year)])
    return findings


def found(findings: Iterable[Finding], /) -> list[Found]:
    """Returns findings as the commands write them."""
    return [Found(one.rule, one.kind.value, one.start, one.end, one.score) for one in findings]


def decided(scanner: Scanner, text: Iterable[str], /, *, held: int = HELD) -> Iterator[Piece]:
    """Yields a text in pieces, each once it is decided; raises InputError when more than `held` characters are not."""
    buffer, edge = "", 0
    for chunk in text:
        buffer += chunk
        findings, settled, keep = scanner.scan_open(Part(PartKind.TEXT, "text", buffer))
        if settled > edge:
            yield _piece(buffer, findings, edge, settled)
            buffer, edge = buffer[keep:], settled - keep
        if len(buffer) - edge > held:
            raise InputError(f"expected a break within {held} characters of text")
    if len(buffer) > edge:
        (findings,) = scanner.scan([Part(PartKind.TEXT, "text", buffer)])
        yield _piece(buffer, findings, edge, len(buffer))


def chunks(stream: BinaryIO, /) -> Iterator[str]:
    """Yields a stream's text in chunks; raises InputError with the place of a byte that is no UTF-8 or is zero.

    In text of another encoding, read as if it were UTF-8, nothing would be found.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    read = 0
    while True:
        chunk = stream.read(_CHUNK)
        kept = len(decoder.getstate()[0])
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            raise InputError("expected text in utf-8", place=f"byte {read - kept + error.start}") from error
        if (zero := chunk.find(0)) >= 0:
            raise InputError("expected text, got a zero byte", place=f"byte {read + zero}")
        read += len(chunk)
        if text:
            yield text
        if not chunk:
            return


def _piece(buffer: str, findings: Iterable[Finding], start: int, end: int) -> Piece:
    mine = (one for one in findings if start <= one.start < end)
    moved = tuple(msgspec.structs.replace(one, start=one.start - start, end=one.end - start) for one in mine)
    return Piece(buffer[start:end], moved)


def _record(line: bytes, number: int) -> Record | InputError:
    try:
        return _RECORD.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return InputError('expected an object with "id" and "text"', place=f"line {number}")


def _skip(stream: BinaryIO, limit: int) -> None:
    while (rest := stream.readline(limit)) and not rest.endswith(b"\n"):
        pass
