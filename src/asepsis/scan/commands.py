"""The command `asepsis scan`: what would be found in a text of one's own. It never prints the text."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import click
import msgspec

from asepsis.core.errors import Error, InputError
from asepsis.core.labels import Category
from asepsis.core.ports import Scanner
from asepsis.core.types import Finding
from asepsis.scan.config import ScanConfig
from asepsis.scan.engine import BOTH, build
from asepsis.scan.intake import Found, Piece, chunks, decided, found, records, scanned, year_of
from asepsis.scan.topics import Topics, read_topics

__all__ = ["scan", "written_in"]


_TAIL: Final = 96
"""How much of a piece is heard again with the next, so that no topic is lost between them."""


def written_in(_: click.Context, __: click.Parameter, value: str) -> int:
    """Returns the year of a date on the command line, 0 for none; raises BadParameter for what is no date."""
    year = year_of(value)
    if value and not year:
        raise click.BadParameter("expected a date such as 2019-05-03, or a year")
    return year


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of output; `labels` are the confidential topics that the text speaks of."""

    id: str | int
    findings: list[Found]
    labels: tuple[Category, ...] = ()


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--jsonl", is_flag=True, help="Read and write JSON lines; the contract is below.")
@click.option("--pack", "packs", multiple=True, type=click.Path(exists=True, dir_okay=False), help="A rule pack more.")
@click.option("--disable", "disabled", multiple=True, metavar="RULE", help="A rule less, by its id.")
@click.option("--rules-only", is_flag=True, help="Without the model of names and places.")
@click.option("--date", "year", default="", callback=written_in, help="When FILE was written: ages are reckoned then.")
@click.option("--cache", type=click.Path(file_okay=False, path_type=Path), help="A folder to keep compiled rules in.")
def scan(  # noqa: PLR0913 one parameter for each option
    file: BinaryIO,
    packs: tuple[str, ...],
    disabled: tuple[str, ...],
    cache: Path | None,
    *,
    year: int,
    jsonl: bool,
    rules_only: bool,
) -> None:
    """Find identifiers and secrets in FILE, or in what comes in. The text itself is never printed.

    \b
    Plain text is listed as line:column, kind, rule and score per mille:
      $ echo "MRN 7122250, call 415-555-2671" | asepsis scan
      1:5  MRN  us.mrn  940
      1:19  PHONE  us.phone  880

    \b
    With --jsonl each line {"id","text"} gives a line {"id","findings"}; offsets count code points:
      $ echo '{"id":1,"text":"MRN 7122250"}' | asepsis scan --jsonl
      {"id":1,"findings":[{"rule":"us.mrn","kind":"MRN","start":4,"end":11,"score":940}]}

    Ages are reckoned in the year of --date, or of a line's own "date":"2019-05-03", or in this year.

    \b
    A text that speaks of HIV, mental health, substance use, reproduction or genetics bears a label; it masks nothing:
      $ echo "no history of HIV" | asepsis scan
      label  hiv

    A line that can't be read is named on standard error and the rest goes on; the exit status is then 1. Nothing
    found is no error: the exit status is 0.
    """  # noqa: D301 click reads the backspace itself
    try:
        scanner = build(
            ScanConfig(disabled=disabled, packs=packs, scanners=("rules",) if rules_only else BOTH, year=year),
            cache=cache,
        )
        topics = Topics(read_topics(), cache=cache)
        sound = _lines(scanner, topics, file) if jsonl else _listing(scanner, topics, file)
    except Error as error:
        raise click.ClickException(str(error)) from error
    if not sound:
        sys.exit(1)


def _lines(scanner: Scanner, topics: Topics, file: BinaryIO) -> bool:
    sound = True
    for record in records(file):
        if isinstance(record, InputError):
            click.echo(f"error: {record}", err=True)
            sound = False
        else:
            labels = tuple(sorted(topics.categories([record.text])))
            result = Result(record.id, found(scanned(scanner, record.text, year=record.year)), labels)
            click.echo(msgspec.json.encode(result))
    return sound


def _listing(scanner: Scanner, topics: Topics, file: BinaryIO) -> bool:
    heard: set[Category] = set()
    for line, column, finding in _places(_heard(decided(scanner, chunks(file)), topics, heard)):
        click.echo(f"{line}:{column}  {finding.kind.value}  {finding.rule}  {finding.score}")
    for category in sorted(heard):
        click.echo(f"label  {category.value}")
    return True


def _heard(pieces: Iterator[Piece], topics: Topics, heard: set[Category]) -> Iterator[Piece]:
    """Passes pieces on, and adds to `heard` what each speaks of, together with the end of the one before it."""
    tail = ""
    for piece in pieces:
        heard |= topics.categories([tail + piece.text])
        tail = (tail + piece.text)[-_TAIL:]
        yield piece


def _places(pieces: Iterator[Piece]) -> Iterator[tuple[int, int, Finding]]:
    """Yields each finding with its line and column, both from 1."""
    line = column = 1
    for text, findings in pieces:
        at = 0
        for finding in [*findings, None]:
            upto = len(text) if finding is None else finding.start
            line += text.count("\n", at, upto)
            last = text.rfind("\n", at, upto)
            column = upto - last if last >= 0 else column + upto - at
            at = upto
            if finding is not None:
                yield line, column, finding
