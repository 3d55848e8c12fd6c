"""Parquet, batch by batch: columns by their header and values, in the types that they have.

A file that unpacks to far more than it is, by its own word or by what its dictionaries repeat, is refused before that.

A column keeps its type, so what comes out fits the schema that it had: a date whose year alone may stay becomes January
1 of that year, a number that identifies becomes another one. What is nested is not read and becomes null.

pyarrow reads and writes; it is the extra `tables` and is imported when a Parquet file comes.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from asepsis.core.errors import InputError, Unavailable
from asepsis.core.ports import Scanner
from asepsis.core.types import Kind
from asepsis.deid import generalise
from asepsis.deid.formats.columns import SAMPLE, Column, normal, verdict
from asepsis.deid.formats.delimited import PERSON
from asepsis.deid.formats.jsontree import spliced
from asepsis.deid.formats.treatment import AGE, DIGITS, Place, Treat, Treatment, is_number
from asepsis.deid.risk import Rows
from asepsis.deid.text import Deidentifier

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import FileMetaData, ParquetFile

__all__ = ["LARGEST", "RATIO", "UNPACKED", "convert"]

LARGEST: Final = 1 << 29
"""The largest file, in bytes."""

UNPACKED: Final = 1 << 30
"""The most bytes that a column of a row group may unpack to, and that the values of one batch may take."""

RATIO: Final = 200
"""How many times larger than packed a file may say it is; a small one may be `_FREE` all the same."""

_FREE: Final = 16 << 20
_MAGIC: Final = b"PAR1"
_BATCH: Final = 2_000
_WIDEST: Final = 18
"""More digits do not fit a 64-bit integer for sure."""

Value = str | int | float | bool | date | datetime | None


class _Field(NamedTuple):
    column: Column
    kind: "pa.DataType"
    nested: bool


class _Sink:
    """A file that hands on what is written to it."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._at = 0
        self.closed = False

    def write(self, data: bytes, /) -> int:
        """Takes more bytes."""
        self._pieces.append(bytes(data))
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        """Returns how much was written."""
        return self._at

    def flush(self) -> None:
        """Does nothing: all is handed on."""

    def close(self) -> None:
        """Ends the file."""
        self.closed = True

    def taken(self) -> bytes:
        """Returns what was written since the last call."""
        data = b"".join(self._pieces)
        self._pieces.clear()
        return data


def convert(source: BinaryIO, _: Scanner, deidentifier: Deidentifier, /) -> Iterator[bytes]:
    """Yields the table without identifiers; raises InputError for what is no Parquet, Unavailable without pyarrow."""
    try:
        import pyarrow as pa  # noqa: PLC0415 an extra that few need
        from pyarrow import parquet  # noqa: PLC0415 as above
    except ImportError as error:
        raise Unavailable("expected pyarrow: install `asepsis[tables]`", code="input_format") from error
    head = source.read(len(_MAGIC))
    if head != _MAGIC:
        raise InputError("expected a whole Parquet file")
    data = head + source.read(LARGEST + 1 - len(head))
    if len(data) > LARGEST:
        raise InputError(f"expected a file of at most {LARGEST} bytes")
    try:
        plain = parquet.ParquetFile(pa.BufferReader(data))
        _check(plain.metadata, len(data))
        # Dictionaries are read as such: a batch is measured before what they repeat is written out.
        texts = [field.name for field in plain.schema_arrow if _is_text(field.type)]
        file = parquet.ParquetFile(pa.BufferReader(data), read_dictionary=texts)
        table = _Table(plain.schema_arrow, _sample(file), deidentifier)
        sink = _Sink()
        with parquet.ParquetWriter(pa.PythonFile(sink, "w"), table.schema) as writer:
            for batch in file.iter_batches(_BATCH):
                writer.write_batch(table.converted(_measured(batch)))
                yield sink.taken()
        yield sink.taken()
    except (pa.ArrowException, OSError) as error:
        raise InputError("expected a whole Parquet file") from error
    deidentifier.risk = table.rows.risk()


def _check(said: "FileMetaData", size: int) -> None:
    """Raises InputError for a file that says that it unpacks to more than it may."""
    groups = [said.row_group(at) for at in range(said.num_row_groups)]
    chunks = [group.column(at).total_uncompressed_size for group in groups for at in range(group.num_columns)]
    if max(chunks, default=0) > UNPACKED or sum(chunks) > _FREE + RATIO * size:
        raise InputError(f"expected a file that unpacks to at most {RATIO} times its size", code="input_packed")


def _measured(batch: "pa.RecordBatch") -> "pa.RecordBatch":
    """A batch as it came; raises InputError for one whose values take too much once they are written out."""
    import pyarrow as pa  # noqa: PLC0415 an extra that few need
    from pyarrow import compute  # noqa: PLC0415 as above

    taken = 0
    for column in batch.columns:
        if pa.types.is_dictionary(column.type) and _is_text(column.type.value_type):
            sizes = compute.call_function("binary_length", [column.dictionary])
            taken += compute.call_function("sum", [sizes.take(column.indices)]).as_py() or 0
    if taken > UNPACKED:
        raise InputError(f"expected values of at most {UNPACKED} bytes in {_BATCH} rows", code="input_packed")
    return batch


def _is_text(kind: "pa.DataType") -> bool:
    import pyarrow as pa  # noqa: PLC0415 an extra that few need

    return bool(pa.types.is_string(kind) or pa.types.is_binary(kind))


def _sample(file: "ParquetFile") -> dict[str, list[Value]]:
    for batch in file.iter_batches(SAMPLE):
        return dict(_measured(batch).to_pydict())
    return {}


class _Table:
    """The columns of one table, and its rows as they were counted."""

    def __init__(self, schema: "pa.Schema", sample: dict[str, list[Value]], deidentifier: Deidentifier) -> None:
        import pyarrow as pa  # noqa: PLC0415 an extra that few need

        self._deidentifier = deidentifier
        fields = [pa.field(field.name, _flat(field.type), nullable=True) for field in schema]
        # Metadata beside the columns may repeat their values (statistics, indexes of pandas): it stays behind.
        self.schema = pa.schema(fields)
        own = deidentifier.profile.column
        self._fields = [
            _Field(
                verdict(field.name, [_text(one) for one in sample.get(field.name, [])], own),
                field.type,
                pa.types.is_nested(field.type),
            )
            for field in fields
        ]
        self._person = next((at for at, one in enumerate(fields) if PERSON.fullmatch(normal(one.name))), -1)
        self._quasi = [at for at, one in enumerate(self._fields) if one.column.quasi]
        self.rows = Rows([self._fields[at].column.header for at in self._quasi])

    def converted(self, batch: "pa.RecordBatch") -> "pa.RecordBatch":
        """Returns the batch without identifiers."""
        import pyarrow as pa  # noqa: PLC0415 an extra that few need

        columns: list[list[Value]] = [column.to_pylist() for column in batch.columns]
        people = [_text(one) for one in columns[self._person]] if self._person >= 0 else [""] * batch.num_rows
        treatment = Treatment(self._deidentifier, year=lambda _, year: str(year))
        places = [self._places(at, columns[at], people) for at in range(len(columns))]
        self._deidentifier.memory.observe([" ".join(place.text for of_column in places for place in of_column)])
        for of_column in places:
            for place in of_column:
                treatment.note(place)
        new = [self._column(at, columns[at], places[at], treatment) for at in range(len(columns))]
        rows = zip(*(new[at] for at in self._quasi), strict=True) if self._quasi else [()] * batch.num_rows
        for row, person in zip(rows, people, strict=True):
            self.rows.add([_text(one) for one in row], person=person)
        return pa.RecordBatch.from_arrays(
            [pa.array(values, field.kind) for values, field in zip(new, self._fields, strict=True)], schema=self.schema
        )

    def _places(self, at: int, values: Sequence[Value], people: Sequence[str]) -> list[Place]:
        column = self._fields[at].column
        if column.rule.treat is Treat.KEEP or self._fields[at].nested:
            return []
        out: list[Place] = []
        for row, value in enumerate(values):
            text = _text(value)
            if text.strip() and not (column.form == AGE and not _is_old(text)):
                free = isinstance(value, int | float) and column.rule.do is None
                form = column.form or (DIGITS if free else "")
                out.append(Place(row, row, text, column.header, column.rule, people[row], form))
        return out

    def _column(self, at: int, values: list[Value], places: list[Place], treatment: Treatment) -> list[Value]:
        field = self._fields[at]
        if field.nested:
            return [None] * len(values)
        new = list(values)
        for place, edits in zip(places, treatment.edits(places), strict=True):
            if edits:
                made = _typed(spliced(place.text, edits), values[place.start], place)
                new[place.start] = made if _fits(made, field.kind) else _less(place)
        return new


def _flat(kind: "pa.DataType") -> "pa.DataType":
    import pyarrow as pa  # noqa: PLC0415 an extra that few need

    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _text(value: Value) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)


def _is_old(text: str) -> bool:
    digits = text.partition(".")[0]
    return digits.isdigit() and int(digits) >= generalise.OLDEST_YEARS


def _typed(text: str, old: Value, place: Place) -> Value:
    """The new value in the type of the old one; null where no value of that type can stand for it."""
    if isinstance(old, str):
        return text
    if place.rule.kind is Kind.AGE_OVER_89 and place.form == AGE and not is_number(text):
        return type(old)(generalise.OLDEST_YEARS) if isinstance(old, int | float) else None
    if isinstance(old, bool) or not text.strip():
        return None
    return _number(text, old) if isinstance(old, int | float) else _moment(text, old)


def _fits(value: Value, kind: "pa.DataType") -> bool:
    """Whether a column of a type has room for a value."""
    import pyarrow as pa  # noqa: PLC0415 an extra that few need

    if not isinstance(value, int) or not pa.types.is_integer(kind):
        return True
    sign = int(pa.types.is_signed_integer(kind))
    bits: int = kind.bit_width - sign
    return -sign << bits <= value < 1 << bits


def _less(place: Place) -> Value:
    """What stands where there is no room for what should."""
    return generalise.OLDEST_YEARS if place.form == AGE else None


def _number(text: str, old: float) -> Value:
    make: Callable[[str], int | float] = int if isinstance(old, int) else float
    try:
        return make(text) if len(text) <= _WIDEST else None
    except ValueError:
        return None


def _moment(text: str, old: Value) -> Value:
    """A date or time; a year alone is its January 1."""
    whole = f"{text}-01-01" if len(text) == 4 and text.isdigit() else text
    try:
        if isinstance(old, datetime):
            moved = datetime.fromisoformat(whole)
            return moved if moved.tzinfo or old.tzinfo is None else moved.replace(tzinfo=old.tzinfo)
        return date.fromisoformat(whole[:10]) if isinstance(old, date) else None
    except ValueError:
        return None
