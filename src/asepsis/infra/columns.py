"""Where Events stand in a log, by what is asked of them: columns in Parquet files, asked with DuckDB.

The extra `search`: pyarrow writes the files, DuckDB reads them. Both are imported when they are first used. What a file
says is never the truth about an Event, only a place to look at.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from asepsis.core.errors import InputError, Unavailable
from asepsis.core.events import Event
from asepsis.core.types import Verdict

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

__all__ = ["MOST", "Query", "Row", "ask", "pack"]

MOST: Final = 10_000
"""How many places one question is answered with."""

_SETTINGS: Final = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "512MB",
    "temp_directory": "",
    "threads": "2",
}


class Query(msgspec.Struct, frozen=True):
    """Which Events are asked for; an empty field asks for all.

    `kinds` that end in a dot stand for all that begin so. Times are milliseconds: `since` is the first, `until` the one
    behind the last. The answer is the first `limit` Events from entry `start` on.
    """

    kinds: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    principal: str = ""
    subject: str = ""
    since: int | None = None
    until: int | None = None
    start: int = 0
    limit: int = MOST

    def fits(self, event: Event, /) -> bool:
        """Says whether an Event is one of those asked for, wherever it stands."""
        return (
            (not self.kinds or any(_of_kind(event.kind, one) for one in self.kinds))
            and (not self.verdicts or event.verdict in self.verdicts)
            and (not self.principal or event.principal == self.principal)
            and (not self.subject or self.subject in event.subjects)
            and (self.since is None or event.time >= self.since)
            and (self.until is None or event.time < self.until)
        )


class Row(NamedTuple):
    """What is kept of an Event; `entry` is the index of its entry in the log."""

    entry: int
    time: int
    kind: str
    verdict: int
    principal: str
    subjects: tuple[str, ...]


def pack(rows: Sequence[Row], /, *, behind: bytes = b"") -> bytes:
    """Returns a Parquet file of the rows, behind those of another.

    Raises InputError for one that is none, Unavailable without pyarrow.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 an extra that few need
        from pyarrow import parquet  # noqa: PLC0415 as above
    except ImportError as error:
        raise _missing() from error
    schema = _schema()
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    tables = [
        pa.Table.from_arrays(
            [pa.array(list(column), field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
        )
    ]
    sink = pa.BufferOutputStream()
    try:
        if behind:
            tables.insert(0, parquet.read_table(pa.BufferReader(behind), schema=schema))
        parquet.write_table(pa.concat_tables(tables), sink, compression="zstd")
    except (pa.ArrowException, OSError) as error:
        raise InputError("expected a file of columns") from error
    return bytes(sink.getvalue())


def ask(files: Sequence[Path], query: Query, /) -> list[int]:
    """Returns the indexes of what fits, in order; raises InputError for files that say nothing of the kind.

    Raises Unavailable without DuckDB.
    """
    try:
        import duckdb  # noqa: PLC0415 an extra that few need
    except ImportError as error:
        raise _missing() from error
    if not files:
        return []
    try:
        with duckdb.connect(":memory:", config=dict(_SETTINGS)) as connection:
            return _asked(connection, [str(file) for file in files], query)
    except duckdb.Error as error:
        raise InputError("expected files of columns") from error


def _asked(connection: "duckdb.DuckDBPyConnection", files: list[str], query: Query, /) -> list[int]:
    conditions = ["entry >= ?"]
    values: list[object] = [files, query.start]
    for condition, value in (
        ("verdict IN (SELECT unnest(?))", [int(one) for one in query.verdicts]),
        ("principal = ?", query.principal),
        ("list_contains(subjects, ?)", query.subject),
        ("time >= ?", query.since),
        ("time < ?", query.until),
    ):
        if value not in (None, "", []):
            conditions.append(condition)
            values.append(value)
    if query.kinds:
        parts = ["starts_with(kind, ?)" if one.endswith(".") else "kind = ?" for one in query.kinds]
        conditions.append(f"({' OR '.join(parts)})")
        values += query.kinds
    where = " AND ".join(conditions)
    # INVARIANT: the words of the statement are those above; what was asked for goes in as values alone.
    statement = f"SELECT entry FROM read_parquet(?) WHERE {where} ORDER BY entry LIMIT ?"  # noqa: S608 as said above
    return [int(entry) for (entry,) in connection.execute(statement, [*values, query.limit]).fetchall()]


def _of_kind(kind: str, wanted: str, /) -> bool:
    return kind.startswith(wanted) if wanted.endswith(".") else kind == wanted


def _schema() -> "pa.Schema":
    import pyarrow as pa  # noqa: PLC0415 an extra that few need

    return pa.schema(
        [
            ("entry", pa.int64()),
            ("time", pa.int64()),
            ("kind", pa.string()),
            ("verdict", pa.int8()),
            ("principal", pa.string()),
            ("subjects", pa.list_(pa.string())),
        ]
    )


def _missing() -> Unavailable:
    return Unavailable("expected duckdb and pyarrow: install `asepsis[search]`", code="ledger_search")
