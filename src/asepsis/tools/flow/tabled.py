"""Tables and lines in a plain text, read as the records that they show.

A server may answer with a table in Markdown or CSV (RFC 4180), or with one record a line. Whoever can write a line of
such a text can write what looks like a record, so that:

1. A table is read where each row has as many cells as the heading and the same outer bars, no column is for anybody's
   free words, and no two rows begin by the same cell. Else the text stays one piece, as where a bar is escaped: what
   a cell holds is nothing to build records of.
2. Lines are read where the tool lists people or a catalogue; each line is a record.
3. Lines end by a line feed, with or without a carriage return. Whatever else some readers take for a line break (U+2028
   is one) a server may well not escape: where such a character stands, the text stays one piece.
4. Where a tool answers with one text that somebody wrote, a table in it is its author's and not read as one.
5. CSV is read by the same rules, where its heading is names of fields, half of them known, and no cell holds a line
   break.
6. Columns and rows in JSON are read as what they show: no cell of theirs can end a row.
7. What is longer than a name or an address is prose, whoever's field it is in: `asepsis.tools.flow.seen` says so.
"""

import csv
import re
from typing import Final

from asepsis.tools.fields import source_of, speaks
from asepsis.tools.types import Json, Source

__all__ = ["gridded", "structured"]

_RULE: Final = re.compile(r"\|?(?:\s*:?-{2,}:?\s*\|)+(?:\s*:?-{2,}:?\s*)?")
_PIECE: Final = re.compile(r"\s{2,}|\t|\s*\|\s*")
_LISTED: Final = frozenset({Source.PARTY, Source.CATALOG})
_BREAK: Final = re.compile("[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_NAME: Final = re.compile(r"[A-Za-z]\w*(?: \w+)?")
_SEPARATED: Final = re.compile(r'(?:"(?:[^"]|"")*"|[^",]*)(?:,(?:"(?:[^"]|"")*"|[^",]*))+')
_MOST: Final = 2_000
_HEADS: Final = ("columns", "headers", "fields", "header")
_ROWS: Final = ("rows", "data", "values", "records")
_DEEP: Final = 3


def structured(text: str, source: Source, /, *, tables: bool) -> tuple[Json, bool]:
    """Returns a table as objects, and True; else lines as lists of their pieces, or the text as it stands.

    With `tables`, they are the server's: those that stand in what somebody wrote are not read.
    """
    whole = text.strip().replace("\r\n", "\n")
    lines = [line.strip() for line in whole.split("\n")]
    if not 1 < len(lines) <= _MOST or _BREAK.search(whole):
        return text, False
    if _RULE.fullmatch(lines[1]) and lines[0].startswith("|"):
        rows = _table(lines, source) if tables else []
        return (rows, True) if rows else (text, False)
    if tables and (rows := _separated(lines, source)):
        return rows, True
    if source in _LISTED and all(lines) and len({line.split()[0] for line in lines}) == len(lines):
        return [_PIECE.split(line) for line in lines], False
    return text, False


def gridded(value: Json, depth: int = 0, /) -> Json:
    """Returns JSON with each `{columns: [...], rows: [[...], ...]}` as objects, else as it stands."""
    if not isinstance(value, dict) or depth > _DEEP:
        return value
    heads = next((value[name] for name in _HEADS if name in value), None)
    name = next((name for name in _ROWS if name in value), "")
    rows = value.get(name)
    if isinstance(heads, list) and isinstance(rows, list) and heads and len(rows) <= _MOST:
        names = [one for one in heads if isinstance(one, str) and _NAME.fullmatch(one)]
        lists = [row for row in rows if isinstance(row, list) and len(row) == len(names)]
        if len(set(names)) == len(heads) and len(lists) == len(rows):
            return {name: [dict(zip(names, row, strict=True)) for row in lists]}
    return {key: gridded(one, depth + 1) for key, one in value.items()}


def _table(lines: list[str], source: Source) -> list[Json]:
    """The rows below a heading, none where the text is no table that can be trusted to be one."""
    if len({_bars(line) for line in (lines[0], *lines[2:])}) > 1 or any("\\|" in one for one in lines):
        return []
    return _rows(_cells(lines[0]), [_cells(line) for line in lines[2:]], source)


def _separated(lines: list[str], source: Source) -> list[Json]:
    """The rows of CSV below its heading, none where the text is none that can be trusted to be."""
    if not all(map(_SEPARATED.fullmatch, lines)):
        return []
    heads, *rows = csv.reader(lines)
    named = len(heads) > 1 and all(map(_NAME.fullmatch, heads)) and 2 * sum(map(speaks, heads)) >= len(heads)
    return _rows(heads, rows, source) if named else []


def _rows(heads: list[str], rows: list[list[str]], source: Source) -> list[Json]:
    """Rows as objects, none where somebody may have broken what they wrote into rows of their own."""
    firsts = {row[0] for row in rows if row}
    free = any(source_of(head, source) is Source.FREE for head in heads)
    if free or any(len(row) != len(heads) for row in rows) or len(set(heads)) < len(heads) or len(firsts) < len(rows):
        return []
    return [dict(zip(heads, row, strict=True)) for row in rows]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.removeprefix("|").removesuffix("|").split("|")]


def _bars(line: str) -> tuple[bool, bool]:
    return line.startswith("|"), line.endswith("|")
