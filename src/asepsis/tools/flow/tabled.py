"""Tables and lines in a plain text, read as the records that they show.

A server may answer with a table in Markdown, or with one record a line. Whoever can write a line of such a text can
write what looks like a record, so that:

1. A table is read where each row has as many cells as the heading and the same outer bars, no column is for anybody's
   free words, and no two rows begin by the same cell. Else the text stays one piece, as where a bar is escaped: what
   a cell holds is nothing to build records of.
2. Lines are read where the tool lists people or a catalogue; each line is a record.
3. Lines end by a line feed, with or without a carriage return. Whatever else some readers take for a line break (U+2028
   is one) a server may well not escape: where such a character stands, the text stays one piece.
4. What is longer than a name or an address is prose, whoever's field it is in: `asepsis.tools.flow.seen` says so.
"""

import re
from typing import Final

from asepsis.tools.fields import source_of
from asepsis.tools.types import Json, Source

__all__ = ["structured"]

_RULE: Final = re.compile(r"\|?(?:\s*:?-{2,}:?\s*\|)+(?:\s*:?-{2,}:?\s*)?")
_PIECE: Final = re.compile(r"\s{2,}|\t|\s*\|\s*")
_LISTED: Final = frozenset({Source.PARTY, Source.CATALOG})
_BREAK: Final = re.compile("[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_MOST: Final = 2_000


def structured(text: str, source: Source, /) -> tuple[Json, bool]:
    """Returns a table as objects, and True; else lines as lists of their pieces, or the text as it stands."""
    whole = text.strip().replace("\r\n", "\n")
    lines = [line.strip() for line in whole.split("\n")]
    if not 1 < len(lines) <= _MOST or _BREAK.search(whole):
        return text, False
    if _RULE.fullmatch(lines[1]) and lines[0].startswith("|"):
        rows = _table(lines, source)
        return (rows, True) if rows else (text, False)
    if source in _LISTED and all(lines) and len({line.split()[0] for line in lines}) == len(lines):
        return [_PIECE.split(line) for line in lines], False
    return text, False


def _table(lines: list[str], source: Source) -> list[Json]:
    """The rows below a heading, none where the text is no table that can be trusted to be one."""
    heads, rows = _cells(lines[0]), [_cells(line) for line in lines[2:]]
    firsts = {row[0] for row in rows}
    free = any(source_of(head, source) is Source.FREE for head in heads)
    broken = any(len(row) != len(heads) for row in rows) or len({_bars(line) for line in (lines[0], *lines[2:])}) > 1
    if free or broken or len(set(heads)) < len(heads) or len(firsts) < len(rows) or any("\\|" in one for one in lines):
        return []
    return [dict(zip(heads, row, strict=True)) for row in rows]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.removeprefix("|").removesuffix("|").split("|")]


def _bars(line: str) -> tuple[bool, bool]:
    return line.startswith("|"), line.endswith("|")
