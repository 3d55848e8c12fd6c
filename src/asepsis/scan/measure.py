"""The command `asepsis measure`: how well the scanner does on annotated texts of one's own, on one's own machine.

Nothing leaves the machine, and nothing of the texts is printed or stands in the page of `--report`. Only with
`--errors` are pieces of them written, to a file that its owner alone can read.
"""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

import click
import msgspec

from asepsis import __version__
from asepsis.core.errors import ConfigError, Error, InputError
from asepsis.core.ports import Scanner
from asepsis.infra import durable
from asepsis.infra.clock import SystemClock
from asepsis.scan.config import ScanConfig
from asepsis.scan.engine import BOTH, build
from asepsis.scan.intake import lines, scanned
from asepsis.scan.measuring import Annotated, Interval, KindScore, Mark, Outcome, Score, Wrong, outcome
from asepsis.scan.scorecard import Head, render, scores

__all__ = ["measure"]

_AROUND: Final = 40
_RESERVED: Final = frozenset({"id", "text", "spans"})
_HEAD: Final = f"{'slice':<32} {'texts':>7} {'ranges':>8}  {'recall':<22} {'precision':<22} {'F2':<22} clean flagged"
_KINDS: Final = f"\n{'kind':<32} {'ranges':>7} {'findings':>8}  {'recall':<22} {'precision':<22} F2"


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
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="An HTML page of figures, to share.")
@click.option("--pack", "packs", multiple=True, type=click.Path(exists=True, dir_okay=False), help="A rule pack more.")
@click.option("--model", type=click.Path(file_okay=False), default="", help="A model of one's own.")
@click.option("--rules-only", is_flag=True, help="Without the model of names and places.")
def measure(
    file: Path,
    errors: Path | None,
    report: Path | None,
    packs: tuple[str, ...],
    model: str,
    *,
    rules_only: bool,
) -> None:
    """Score the scanner on FILE: JSON lines {"id","text","spans":[{"start","end","kind"}]}.

    \b
    Offsets count code points, end exclusive. Other fields with short values are slices, such as "source":"icu".
    A range is recalled when 90 % of its letters and digits are covered by findings, whichever their kind; a finding is
    right when 30 % of it is annotated. In brackets: 95 % intervals over resampled texts.

    The page of --report holds figures only, and names no slice of fewer than 11 texts.

    A line that can't be read is named on standard error and the rest goes on; the exit status is then 1.
    """  # noqa: D301 click reads the backspace itself
    try:
        scanner = build(ScanConfig(scanners=("rules",) if rules_only else BOTH, packs=packs, model=model))
        with file.open("rb") as source:
            outcomes, listing, unread = _run(scanner, source, wanted=errors is not None)
        _print(outcomes)
        if errors is not None:
            _write(errors, b"".join(msgspec.json.encode(one) + b"\n" for one in listing))
            click.echo(f"{len(listing)} errors are in {errors}: the file holds PHI", err=True)
        if report is not None:
            _write(report, _page(outcomes, _named(packs, model, rules_only=rules_only), unread))
    except Error as error:
        raise click.ClickException(str(error)) from error
    if unread:
        sys.exit(1)


def _named(packs: Sequence[str], model: str, *, rules_only: bool) -> str:
    """What was measured, in words; names of files could be anything."""
    own = f", {len(packs)} rule pack{'s' if len(packs) > 1 else ''} more" if packs else ""
    names = (
        "" if rules_only else " and a model of one's own" if model else " and the model of names that comes with them"
    )
    return f"Rules{own}{names}"


def _page(outcomes: Sequence[Outcome], scanner: str, unread: int) -> bytes:
    ended = datetime.fromtimestamp(SystemClock().now() / 1000, tz=UTC)
    return render(Head(scanner, __version__, f"{ended:%Y-%m-%d %H:%M} UTC", unread), outcomes).encode()


def _run(scanner: Scanner, file: BinaryIO, *, wanted: bool) -> tuple[list[Outcome], list[_Error], int]:
    outcomes: list[Outcome] = []
    listing: list[_Error] = []
    unread = 0
    with click.progressbar(_rows(file), label="scanning", file=sys.stderr, hidden=not sys.stderr.isatty()) as rows:
        for row in rows:
            if isinstance(row, InputError):
                click.echo(f"error: {row}", err=True)
                unread += 1
                continue
            found = scanned(scanner, row.text)
            result = outcome(row, [Mark(one.start, one.end, one.kind.value) for one in found])
            outcomes.append(result)
            if wanted:
                listing += [_listed(row.text, one) for one in result.wrong]
    return outcomes, listing, unread


def _rows(file: BinaryIO) -> Iterator[Annotated | InputError]:
    for number, line in lines(file):
        yield line if isinstance(line, InputError) else _row(line, number)


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
    told = scores(outcomes)
    click.echo(_HEAD)
    for name, one in (("all", told.whole), *told.slices):
        click.echo(_line(name, one))
    click.echo(_KINDS)
    for kind in told.kinds:
        shares = _figures(kind, kind.gold, kind.found)
        click.echo(f"{kind.kind[:32]:<32} {kind.gold:>7} {kind.found:>8}  {shares}".rstrip())


def _line(name: str, result: Score) -> str:
    shares = _figures(result, result.gold, result.found)
    return f"{name[:32]:<32} {result.texts:>7} {result.gold:>8}  {shares} {result.flagged} of {result.clean}"


def _figures(result: Score | KindScore, gold: int, found: int) -> str:
    """Recall, precision and F2; a dash where there is nothing to judge by."""
    counted = ((result.recall, gold), (result.precision, found), (result.f2, gold and found))
    return " ".join(f"{_share(one) if count else '-':<22}" for one, count in counted)


def _share(one: Interval) -> str:
    return f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"


def _listed(text: str, wrong: Wrong) -> _Error:
    start, end, kind = wrong.mark
    before, after = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
    return _Error(wrong.id, wrong.how, kind, start, end, before, text[start:end], after)


def _write(path: Path, data: bytes) -> None:
    """Writes beside and renames; only the owner can read it. Raises ConfigError where it can't be written."""
    try:
        with durable.replacing(path) as sink:
            sink.write(data)
    except OSError as error:
        raise ConfigError("expected a place that can be written to", place=str(path)) from error
