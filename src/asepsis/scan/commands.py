"""The command `asepsis scan`: what would be found in a text of one's own. It never prints the text."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from asepsis.core.errors import Error, InputError
from asepsis.core.ports import Scanner
from asepsis.core.types import Finding
from asepsis.scan.config import ScanConfig
from asepsis.scan.engine import BOTH, build
from asepsis.scan.intake import Found, chunks, decided, found, records, scanned

__all__ = ["scan"]


class Result(msgspec.Struct, frozen=True):
    """One line of output."""

    id: str | int
    findings: list[Found]


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--jsonl", is_flag=True, help="Read and write JSON lines; the contract is below.")
@click.option("--pack", "packs", multiple=True, type=click.Path(exists=True, dir_okay=False), help="A rule pack more.")
@click.option("--disable", "disabled", multiple=True, metavar="RULE", help="A rule less, by its id.")
@click.option("--rules-only", is_flag=True, help="Without the model of names and places.")
@click.option("--cache", type=click.Path(file_okay=False, path_type=Path), help="A folder to keep compiled rules in.")
def scan(
    file: BinaryIO,
    packs: tuple[str, ...],
    disabled: tuple[str, ...],
    cache: Path | None,
    *,
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

    A line that can't be read is named on standard error and the rest goes on; the exit status is then 1. Nothing
    found is no error: the exit status is 0.
    """  # noqa: D301 click reads the backspace itself
    try:
        scanner = build(
            ScanConfig(disabled=disabled, packs=packs, scanners=("rules",) if rules_only else BOTH), cache=cache
        )
        sound = _lines(scanner, file) if jsonl else _listing(scanner, file)
    except Error as error:
        raise click.ClickException(str(error)) from error
    if not sound:
        sys.exit(1)


def _lines(scanner: Scanner, file: BinaryIO) -> bool:
    sound = True
    for record in records(file):
        if isinstance(record, InputError):
            click.echo(f"error: {record}", err=True)
            sound = False
        else:
            result = Result(record.id, found(scanned(scanner, record.text)))
            click.echo(msgspec.json.encode(result))
    return sound


def _listing(scanner: Scanner, file: BinaryIO) -> bool:
    for line, column, finding in _places(scanner, file):
        click.echo(f"{line}:{column}  {finding.kind.value}  {finding.rule}  {finding.score}")
    return True


def _places(scanner: Scanner, file: BinaryIO) -> Iterator[tuple[int, int, Finding]]:
    """Yields each finding with its line and column, both from 1."""
    line = column = 1
    for text, findings in decided(scanner, chunks(file)):
        at = 0
        for finding in [*findings, None]:
            upto = len(text) if finding is None else finding.start
            line += text.count("\n", at, upto)
            last = text.rfind("\n", at, upto)
            column = upto - last if last >= 0 else column + upto - at
            at = upto
            if finding is not None:
                yield line, column, finding
