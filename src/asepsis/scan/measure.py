"""The command `asepsis measure`: how well the scanner does on annotated texts of one's own, on one's own machine.

Nothing leaves the machine, and nothing of the texts is printed. Only with `--errors` are pieces of them written, to a
file that its owner alone can read.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

import click
import msgspec

from asepsis.core.errors import Error, InputError
from asepsis.core.ports import Scanner
from asepsis.infra import durable
from asepsis.scan.config import ScanConfig
from asepsis.scan.engine import BOTH, build
from asepsis.scan.intake import LINE, scanned
from asepsis.scan.measuring import Annotated, Interval, Mark, Outcome, Score, Wrong, outcome, score

__all__ = ["measure"]

_AROUND: Final = 40
_SLICES: Final = 200
_RESERVED: Final = frozenset({"id", "text", "spans"})
_HEAD: Final = f"{'slice':<32} {'texts':>7} {'ranges':>7}  {'recall':<22} {'precision':<22} {'F2':<22} clean flagged"


class _Span(msgspec.Struct, frozen=True):
    start: int
    end: int
    kind: str = ""


class _Row(msgspec.Struct, frozen=True):
    id: str | int
    text: str
    spans: tuple[_Span, ...]


class _Error(msgspec.Struct, frozen=True):
    """One line of the error listing."""

    id: str
    how: str
    kind: str
    start: int
    end: int
    before: str
    text: str
    after: str


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--errors", type=click.Path(dir_okay=False, path_type=Path), help="Write what was wrong: it holds PHI.")
@click.option("--pack", "packs", multiple=True, type=click.Path(exists=True, dir_okay=False), help="A rule pack more.")
@click.option("--model", type=click.Path(file_okay=False), default="", help="A model of one's own.")
@click.option("--rules-only", is_flag=True, help="Without the model of names and places.")
def measure(file: Path, errors: Path | None, packs: tuple[str, ...], model: str, *, rules_only: bool) -> None:
    """Score the scanner on FILE: JSON lines {"id","text","spans":[{"start","end","kind"}]}.

    \b
    Offsets count code points, end exclusive. Other fields with short values are slices, such as "source":"icu".
    A range is recalled when 90 % of its letters and digits are covered by findings, whichever their kind; a finding is
    right when 30 % of it is annotated. In brackets: 95 % intervals over resampled texts.

    A line that can't be read is named on standard error and the rest goes on; the exit status is then 1.
    """  # noqa: D301 click reads the backspace itself
    try:
        scanner = build(ScanConfig(scanners=("rules",) if rules_only else BOTH, packs=packs, model=model))
    except Error as error:
        raise click.ClickException(str(error)) from error
    with file.open("rb") as lines:
        outcomes, listing, sound = _run(scanner, lines, wanted=errors is not None)
    _print(outcomes)
    if errors is not None:
        _write(errors, listing)
        click.echo(f"{len(listing)} errors are in {errors}: the file holds PHI", err=True)
    if not sound:
        sys.exit(1)


def _run(scanner: Scanner, file: BinaryIO, *, wanted: bool) -> tuple[list[Outcome], list[_Error], bool]:
    outcomes: list[Outcome] = []
    listing: list[_Error] = []
    sound = True
    with click.progressbar(_rows(file), label="scanning", file=sys.stderr, hidden=not sys.stderr.isatty()) as rows:
        for row in rows:
            if isinstance(row, InputError):
                click.echo(f"error: {row}", err=True)
                sound = False
                continue
            found = scanned(scanner, row.text)
            result = outcome(row, [Mark(one.start, one.end, one.kind.value) for one in found])
            outcomes.append(result)
            if wanted:
                listing += [_listed(row.text, one) for one in result.wrong]
    return outcomes, listing, sound


def _rows(file: BinaryIO) -> Iterator[Annotated | InputError]:
    number = 0
    while line := file.readline(LINE + 1):
        number += 1
        if line.strip():
            yield _row(line, number)


def _row(line: bytes, number: int) -> Annotated | InputError:
    place = f"line {number}"
    try:
        row = msgspec.json.decode(line, type=_Row)
        fields = msgspec.json.decode(line, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return InputError('expected an object with "id", "text" and "spans"', place=place)
    if any(not 0 <= one.start < one.end <= len(row.text) for one in row.spans):
        return InputError("expected spans inside the text", place=place)
    slices = [
        f"{name}={value}"
        for name, value in fields.items()
        if name not in _RESERVED and isinstance(value, str | int | bool) and len(str(value)) <= _AROUND
    ]
    marks = tuple(Mark(one.start, one.end, one.kind) for one in sorted(row.spans, key=lambda span: span.start))
    return Annotated(str(row.id), row.text, marks, tuple(slices))


def _print(outcomes: Sequence[Outcome]) -> None:
    click.echo(_HEAD)
    click.echo(_line("all", score(outcomes)))
    for name in sorted({one for each in outcomes for one in each.slices})[:_SLICES]:
        click.echo(_line(name, score([one for one in outcomes if name in one.slices])))
    hits: dict[str, list[bool]] = {}
    for each in outcomes:
        for kind, hit in each.kinds:
            hits.setdefault(kind, []).append(hit)
    click.echo("\nrecall by kind")
    for kind, found in sorted(hits.items()):
        click.echo(f"{kind:<32} {len(found):>7}  {sum(found) / len(found):.3f}")


def _line(name: str, result: Score) -> str:
    shares = " ".join(f"{_share(one):<22}" for one in (result.recall, result.precision, result.f2))
    return f"{name[:32]:<32} {result.texts:>7} {result.gold:>7}  {shares} {result.flagged} of {result.clean}"


def _share(one: Interval) -> str:
    return f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"


def _listed(text: str, wrong: Wrong) -> _Error:
    start, end, kind = wrong.mark
    before, after = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
    return _Error(wrong.id, wrong.how, kind, start, end, before, text[start:end], after)


def _write(path: Path, listing: Sequence[_Error]) -> None:
    """Writes beside and renames; only the owner can read it."""
    beside = durable.temporary(path)
    durable.write(beside, b"".join(msgspec.json.encode(one) + b"\n" for one in listing))
    beside.replace(path)
