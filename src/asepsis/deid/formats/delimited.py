"""CSV and its relatives, row by row: cells by their column, quotes and line ends as they were.

The separator is the one of `,`, tab, `;` and `|` that the first line holds most. A first row that names columns says
what stands in them; without one only the values do. Rows are read in batches, so that a file of any size needs little
memory; a quote that is never closed is refused with its line.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import BinaryIO, Final, NamedTuple

from asepsis.core.errors import InputError
from asepsis.core.ports import Scanner
from asepsis.core.types import Kind
from asepsis.deid import generalise
from asepsis.deid.formats.columns import SAMPLE, Column, headed, normal, verdict
from asepsis.deid.formats.jsontree import spliced
from asepsis.deid.formats.treatment import AGE, KEPT, UNKNOWN, Edit, Place, Rule, Treat, Treatment, is_number
from asepsis.deid.risk import Rows
from asepsis.deid.text import Deidentifier
from asepsis.scan.intake import chunks

__all__ = ["PERSON", "ROW", "convert"]

ROW: Final = 16 << 20
"""The longest row, in characters."""

_BATCH: Final = 500
_SEPARATORS: Final = ",\t;|"
PERSON: Final = re.compile(
    r"(?:person|patient|subject|member|beneficiary|bene|enrollee|subscriber)_(?:id|number|no|key)|mrn"
)
"""Headers of the column that says whom a row is about."""

_EXTRA: Final = Column("", UNKNOWN)


class _Cell(NamedTuple):
    """A cell with its place in its row and whether it stands in quotes."""

    start: int
    raw: str
    quoted: bool

    @property
    def text(self) -> str:
        """What it says."""
        return self.raw.replace('""', '"') if self.quoted else self.raw

    def offsets(self) -> Sequence[int]:
        """Where in the raw cell each of its characters begins, and where the last one ends."""
        if not self.quoted or '""' not in self.raw:
            return range(len(self.raw) + 1)
        starts = [found.start() for found in _SIGN.finditer(self.raw)]
        return [*starts, len(self.raw)]


_SIGN: Final = re.compile(r'""|.', re.DOTALL)


class _Row(NamedTuple):
    number: int
    raw: str
    cells: tuple[_Cell, ...]


def convert(source: BinaryIO, _: Scanner, deidentifier: Deidentifier, /) -> Iterator[bytes]:
    """Yields the table without identifiers; raises InputError with the line that can't be read."""
    rows = _rows(chunks(source))
    sample = list(islice(rows, SAMPLE + 1))
    if not sample:
        return
    named = headed([cell.text for cell in sample[0].cells])
    table = _Table(sample[0] if named else None, sample[1:] if named else sample, deidentifier)
    if named:
        yield sample.pop(0).raw.encode()
    while sample:
        yield table.converted(sample).encode()
        sample = list(islice(rows, _BATCH))
    deidentifier.risk = table.rows.risk()


class _Table:
    """The columns of one table, and its rows as they were counted."""

    def __init__(self, header: _Row | None, sample: Sequence[_Row], deidentifier: Deidentifier) -> None:
        self._deidentifier = deidentifier
        width = max((len(row.cells) for row in sample), default=0)
        names = [cell.text for cell in header.cells] if header else []
        names += [""] * (width - len(names))
        own = deidentifier.profile.column
        self._columns = [
            verdict(name, [row.cells[at].text for row in sample if at < len(row.cells)], own)
            for at, name in enumerate(names)
        ]
        self._person = next((at for at, name in enumerate(names) if PERSON.fullmatch(normal(name))), -1)
        self._quasi = [at for at, column in enumerate(self._columns) if column.quasi]
        self.rows = Rows([self._columns[at].header for at in self._quasi])
        # What a row says of its person is looked for in its own free text, not in that of others.
        treats = {column.rule.treat for column in self._columns}
        self._alone = bool(treats & {Treat.SCAN, Treat.UNKNOWN}) and bool(
            treats & {Treat.VALUE, Treat.STREET, Treat.TOWN}
        )

    def converted(self, rows: Sequence[_Row]) -> str:
        """Returns the text of rows without identifiers."""
        self._deidentifier.memory.observe([row.raw for row in rows])
        if not self._alone:
            return "".join(self._batch(rows))
        return "".join("".join(self._batch([row])) for row in rows)

    def _batch(self, rows: Sequence[_Row]) -> Iterator[str]:
        treatment = Treatment(self._deidentifier, year=lambda _, year: str(year))
        places = [self._places(row) for row in rows]
        flat = [place for of_row in places for place in of_row]
        for place in flat:
            treatment.note(place)
        edits = iter(treatment.edits(flat))
        for row, of_row in zip(rows, places, strict=True):
            changed = {place.start: _new(place, next(edits)) for place in of_row}
            self._count(row, changed)
            yield spliced(row.raw, _moved(row, changed))

    def _places(self, row: _Row) -> list[Place]:
        subject = self._subject(row)
        out: list[Place] = []
        for at, cell in enumerate(row.cells):
            column = self._columns[at] if at < len(self._columns) else _EXTRA
            rule = _rule(column, cell.text)
            if rule.treat is not Treat.KEEP and cell.raw.strip():
                out.append(Place(at, at, cell.text, column.header, rule, subject, column.form))
        return out

    def _count(self, row: _Row, changed: dict[int, tuple[Edit, ...]]) -> None:
        values = []
        for at in self._quasi:
            text = row.cells[at].text if at < len(row.cells) else ""
            values.append(spliced(text, changed.get(at, ())))
        self.rows.add(values, person=self._subject(row))

    def _subject(self, row: _Row) -> str:
        return row.cells[self._person].text if 0 <= self._person < len(row.cells) else ""


def _rule(column: Column, text: str) -> Rule:
    """A column's rule for one value: of ages only those over 89 identify, and of numbers none that is empty."""
    if column.form == AGE:
        digits = text.strip().partition(".")[0]
        return column.rule if digits.isdigit() and int(digits) > generalise.OLDEST_YEARS - 1 else KEPT
    return column.rule


def _new(place: Place, edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
    if place.rule.kind is Kind.AGE_OVER_89 and place.form == AGE and edits and not is_number(edits[0].new):
        return (Edit(0, len(place.text), str(generalise.OLDEST_YEARS)),)
    return edits


def _moved(row: _Row, changed: dict[int, tuple[Edit, ...]]) -> Iterator[Edit]:
    for at, edits in changed.items():
        cell = row.cells[at]
        starts = cell.offsets()
        if cell.quoted or not any(set(edit.new) & set('",;|\t\r\n') for edit in edits):
            for start, end, new in edits:
                yield Edit(cell.start + starts[start], cell.start + starts[end], new.replace('"', '""'))
        else:
            whole = spliced(cell.text, edits).replace('"', '""')
            yield Edit(cell.start, cell.start + len(cell.raw), f'"{whole}"')


def _rows(text: Iterator[str]) -> Iterator[_Row]:
    buffer = ""
    line = 1
    separator = ""
    for chunk in text:
        buffer += chunk
        if len(buffer) <= ROW and "\n" not in chunk and "\r" not in chunk:
            continue
        at = 0
        while (end := _end_of_row(buffer, at)) is not None:
            separator = separator or _separator(buffer[at:end])
            row = _row(buffer[at:end], line, separator)
            line += max(1, row.raw.count("\n"))
            at = end
            yield row
        buffer = buffer[at:]
        if len(buffer) > ROW:
            raise InputError(f"expected a row of at most {ROW} characters", place=f"line {line}")
    if buffer:
        if _open_quote(buffer):
            raise InputError("expected a closing quote, got the end of the file", place=f"line {line}")
        yield _row(buffer, line, separator or _separator(buffer))


_ROW_END: Final = re.compile(r'[^"\r\n]*(?:"[^"]*"[^"\r\n]*)*(?:\r\n|\n|\r(?=[^\n]))')


def _end_of_row(text: str, at: int) -> int | None:
    found = _ROW_END.match(text, at)
    return found.end() if found else None


def _open_quote(text: str) -> bool:
    return text.count('"') % 2 == 1


def _separator(row: str) -> str:
    bare = re.sub(r'"[^"]*"', "", row)
    return max(_SEPARATORS, key=bare.count)


@lru_cache(maxsize=8)
def _cell_pattern(separator: str) -> re.Pattern[str]:
    mark = re.escape(separator)
    return re.compile(rf'(?:"(?P<quoted>(?:[^"]|"")*)"(?={mark}|[\r\n]|\Z)|(?P<bare>(?:"[^"]*"|[^{mark}\r\n"])*))')


def _row(raw: str, line: int, separator: str) -> _Row:
    pattern = _cell_pattern(separator)
    cells: list[_Cell] = []
    body = raw.rstrip("\r\n")
    at = 1 if line == 1 and raw.startswith("\ufeff") else 0
    while at <= len(body):
        found = pattern.match(body, at)
        if found is None:
            raise InputError("expected a cell", place=f"line {line}")
        name = "quoted" if found["quoted"] is not None else "bare"
        cells.append(_Cell(found.start(name), found[name], quoted=name == "quoted"))
        at = found.end() + 1
    return _Row(line, raw, tuple(cells))
