"""Files, one after the other: each is written whole or not at all, and one that fails does not stop the rest.

1. The file is opened, unpacked in bounds if it is gzip, and its format is found out.
2. It goes through the format's converter, piece by piece where the format allows it, into a file of another name.
3. That file takes the place of the output once all went well.
"""

import gzip
import io
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, cast

from asepsis.core.errors import Error, InputError
from asepsis.core.ports import Scanner
from asepsis.core.types import Kind
from asepsis.deid.formats import delimited, fhir, hl7v2, parquet, plain, x12
from asepsis.deid.formats.detect import HEAD, Format, detect
from asepsis.deid.residue import Residue
from asepsis.deid.risk import Risk
from asepsis.deid.text import Deidentifier
from asepsis.infra import durable

__all__ = ["CONVERTERS", "LARGEST", "RATIO", "Batch", "Converter", "Done", "output_of"]

LARGEST: Final = 8 << 30
"""The most bytes that a file may unpack to."""

RATIO: Final = 200
"""How many times larger than packed a file may be; text is rarely over 50, a bomb is near 1,000."""

_FREE: Final = 16 << 20
_GZIP: Final = b"\x1f\x8b"
_MARK: Final = ".deid"

Converter = Callable[[BinaryIO, Scanner, Deidentifier], Iterator[bytes]]


CONVERTERS: Final[dict[Format, Converter]] = {
    Format.CSV: delimited.convert,
    Format.FHIR: fhir.convert_document,
    Format.HL7V2: hl7v2.convert,
    Format.JSONL: plain.convert_lines,
    Format.NDJSON: fhir.convert_lines,
    Format.PARQUET: parquet.convert,
    Format.TEXT: plain.convert_text,
    Format.X12: x12.convert,
}
"""How each format is de-identified."""


class Done(NamedTuple):
    """What came of a file: where it went and what was replaced, or why it was left out."""

    path: Path
    format: str
    output: Path | None
    counts: Counter[Kind]
    rules: Counter[str]
    risk: Risk | None = None
    residue: Residue | None = None
    error: str = ""


class Batch:
    """Runs files through one scanner; each has a Deidentifier of its own, with the memory they may share."""

    converters: Mapping[Format, Converter] = CONVERTERS

    def __init__(
        self,
        scanner: Scanner,
        make: Callable[[], Deidentifier],
        *,
        folder: Path | None = None,
        form: Format = Format.AUTO,
        show: int = 0,
        keep: Callable[[], None] = lambda: None,
    ) -> None:
        """Takes where output goes, which format files have, and how much clean text to keep of each for a report.

        `keep` is called before an output gets its name: what its tokens stand for is kept first.
        """
        self._scanner = scanner
        self._make = make
        self._folder = folder
        self._form = form
        self._show = show
        self._keep = keep
        self._taken: set[Path] = set()

    def run(self, path: Path, /, *, passed: Callable[[int], None] = lambda _: None) -> Done:
        """De-identifies one file; `passed` is told how many bytes were read. What fails is told, not raised."""
        deidentifier = self._make()
        residue = Residue(show=self._show)
        deidentifier.watch = residue.add
        form = self._form
        try:
            with path.open("rb") as raw:
                source = _opened(_Told(raw, passed))
                if form is Format.AUTO:
                    form = detect(source.peek(HEAD)[:HEAD], path.name)
                residue.continuous = form is Format.TEXT
                output = self._own(path)
                with durable.replacing(output) as sink:
                    _write(self.converters[form](cast("BinaryIO", source), self._scanner, deidentifier), sink, path)
                    self._keep()
        except Error as error:
            place = f"{path}: {error.place}" if error.place else str(path)
            return Done(path, form.value, None, Counter(), Counter(), error=f"{place}: {error.message}")
        except (OSError, EOFError, zlib.error) as error:
            return Done(path, form.value, None, Counter(), Counter(), error=f"{path}: {_told(error)}")
        except Exception as error:  # noqa: BLE001 a fault of ours with one file is no reason to leave out the others
            reason = f"{path}: a fault of this program, please report it: `{type(error).__name__}`"
            return Done(path, form.value, None, Counter(), Counter(), error=reason)
        return Done(path, form.value, output, deidentifier.counts, deidentifier.rules, deidentifier.risk, residue)

    @staticmethod
    def named(path: Path, folder: Path | None, /) -> Path:
        """Returns where a file goes."""
        return output_of(path, folder)

    def _own(self, path: Path) -> Path:
        """Where a file goes; raises InputError where an input or another output of this run stands."""
        output = self.named(path, self._folder)
        if output.exists() and output.samefile(path):
            raise InputError("expected an output of its own, got a name that an input has", code="input_output")
        if output.resolve() in self._taken:
            raise InputError("expected an output of its own, got a name that another has", code="input_output")
        self._taken.add(output.resolve())
        return output


def output_of(path: Path, folder: Path | None, /) -> Path:
    """Returns where a file goes: beside it with `.deid` in its name, or under its name into the folder."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        return folder / path.name
    first = path.name.split(".")[0] or path.name
    return path.with_name(f"{first}{_MARK}{path.name[len(first) :]}")


class _Told(io.RawIOBase):
    """A file that tells how much of it was read."""

    def __init__(self, file: BinaryIO, passed: Callable[[int], None]) -> None:
        self._file = file
        self._passed = passed
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # any buffer that bytes go into
        read = self._file.read(len(buffer))
        buffer[: len(read)] = read
        self.count += len(read)
        self._passed(len(read))
        return len(read)


class _Bounded(io.RawIOBase):
    """An unpacked file that is not much larger than the packed one."""

    def __init__(self, unpacked: gzip.GzipFile, packed: _Told) -> None:
        self._unpacked = unpacked
        self._packed = packed
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # any buffer that bytes go into
        read = self._unpacked.read(len(buffer))
        buffer[: len(read)] = read
        self._count += len(read)
        if self._count > LARGEST or self._count > _FREE + RATIO * self._packed.count:
            raise InputError(f"expected a file that unpacks to at most {RATIO} times its size", code="input_packed")
        return len(read)


def _opened(told: _Told) -> io.BufferedReader:
    source: io.BufferedReader = io.BufferedReader(told)
    if not source.peek(2).startswith(_GZIP):
        return source
    # Bytes that were read ahead and not unpacked yet make the bound looser by one buffer, no more.
    return io.BufferedReader(_Bounded(gzip.GzipFile(fileobj=source), told))


def _write(pieces: Iterator[bytes], sink: BinaryIO, path: Path) -> None:
    if path.name.lower().endswith(".gz"):
        # No name and no time in the head: the output says nothing about the input's.
        with gzip.GzipFile(filename="", mode="wb", fileobj=sink, mtime=0) as packed:
            for piece in pieces:
                packed.write(piece)
    else:
        for piece in pieces:
            sink.write(piece)


def _told(error: BaseException) -> str:
    if isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile):
        return "expected a file that can be read and a place that can be written to"
    return "expected a whole gzip file"
