"""The command `asepsis deid`: a text of one's own with masks in the place of identifiers and secrets."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from asepsis.core.errors import Error, InputError
from asepsis.core.ports import Scanner
from asepsis.core.types import Finding, ObligationKind
from asepsis.deid.service import Masker
from asepsis.scan import ScanConfig, build
from asepsis.scan.intake import Found, chunks, decided, found, records, scanned

__all__ = ["deid"]


class Result(msgspec.Struct, frozen=True):
    """One line of output; the findings' offsets are those of the text as given."""

    id: str | int
    text: str
    findings: list[Found]


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--jsonl", is_flag=True, help="Read and write JSON lines; the contract is below.")
@click.option("--drop", is_flag=True, help="Leave nothing instead of a mask.")
@click.option("--pack", "packs", multiple=True, type=click.Path(exists=True, dir_okay=False), help="A rule pack more.")
@click.option("--disable", "disabled", multiple=True, metavar="RULE", help="A rule less, by its id.")
@click.option("--cache", type=click.Path(file_okay=False, path_type=Path), help="A folder to keep compiled rules in.")
def deid(
    file: BinaryIO, packs: tuple[str, ...], disabled: tuple[str, ...], cache: Path | None, *, jsonl: bool, drop: bool
) -> None:
    """Print FILE, or what comes in, with a mask such as [SSN] for each identifier and secret.

    \b
      $ echo "MRN 7122250, call 415-555-2671" | asepsis deid
      MRN [MRN], call [PHONE]

    \b
    With --jsonl each line {"id","text"} gives a line {"id","text","findings"}; offsets are those of the text as given:
      $ echo '{"id":1,"text":"MRN 7122250"}' | asepsis deid --jsonl
      {"id":1,"text":"MRN [MRN]","findings":[{"rule":"us.mrn","kind":"MRN","start":4,"end":11,"score":940}]}

    A line that can't be read is named on standard error and left out, the rest goes on; the exit status is then 1.

    Rules find what has a form or a word before it. They do not find names or places: the result is not de-identified in
    the sense of 45 CFR 164.514.
    """  # noqa: D301 click reads the backspace itself
    do = ObligationKind.DROP if drop else ObligationKind.MASK
    try:
        scanner = build(ScanConfig(disabled=disabled, packs=packs), cache=cache)
        sound = _lines(scanner, file, do) if jsonl else _text(scanner, file, do)
    except Error as error:
        raise click.ClickException(str(error)) from error
    if not sound:
        sys.exit(1)


def _lines(scanner: Scanner, file: BinaryIO, do: ObligationKind) -> bool:
    sound = True
    for record in records(file):
        if isinstance(record, InputError):
            click.echo(f"error: {record}", err=True)
            sound = False
        else:
            findings = scanned(scanner, record.text)
            result = Result(record.id, _replaced(record.text, findings, do), found(findings))
            click.echo(msgspec.json.encode(result))
    return sound


def _text(scanner: Scanner, file: BinaryIO, do: ObligationKind) -> bool:
    for text, findings in decided(scanner, chunks(file)):
        click.echo(_replaced(text, findings, do).encode(), nl=False)
    return True


def _replaced(text: str, findings: Iterable[Finding], do: ObligationKind) -> str:
    masker = Masker()
    out: list[str] = []
    at = 0
    for one in findings:
        out += (text[at : one.start], masker.replacement(one, text[one.start : one.end], do=do))
        at = one.end
    out.append(text[at:])
    return "".join(out)
