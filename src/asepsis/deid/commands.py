"""The command `asepsis deid`: text and files of one's own without identifiers and secrets."""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, cast

import click
import msgspec

from asepsis import __version__
from asepsis.core.errors import ConfigError, Error, InputError
from asepsis.core.ports import Scanner
from asepsis.deid.dice import Draws, KeyedDraws, RandomDraws
from asepsis.deid.files import Batch, Done
from asepsis.deid.formats.detect import Format
from asepsis.deid.formats.plain import result
from asepsis.deid.keeping import TENANT, Keeping
from asepsis.deid.profiles import Profile, chosen
from asepsis.deid.report import Head, render
from asepsis.deid.residue import SHOWN
from asepsis.deid.scope import Memory, year
from asepsis.deid.text import Deidentifier
from asepsis.deid.types import Scope, ScopeKind
from asepsis.infra import durable
from asepsis.infra.clock import SystemClock
from asepsis.infra.keys import FileKeys
from asepsis.infra.randomness import SystemRandomness
from asepsis.scan import ScanConfig
from asepsis.scan.commands import written_in
from asepsis.scan.engine import BOTH, build
from asepsis.scan.intake import chunks, decided, records

__all__ = ["deid"]

_FILE: Final = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
_INPUT: Final = Path("-")


class _Choice(msgspec.Struct, frozen=True):
    """What the command line asks for."""

    profile: str
    profiles: tuple[Path, ...]
    agreement: str
    project: str
    key: Path | None
    weekdays: bool
    drop: bool
    vault: Path | None
    days: int
    year: int
    report: Path | None
    report_text: bool


class _By(NamedTuple):
    """What files are de-identified by, and what keeps their tokens."""

    profile: Profile
    memory: Memory
    keep: Callable[[], None]


@click.command()
@click.argument("files", metavar="[FILE]...", nargs=-1, type=_FILE)
@click.option("--jsonl", is_flag=True, help="Read and write JSON lines; the contract is below.")
@click.option("--profile", default="mask", show_default=True, help="What is done with each kind; see below.")
@click.option("--profiles", multiple=True, type=_FILE, help="A file with profiles of one's own.")
@click.option("--format", "form", type=click.Choice([one.value for one in Format]), default="auto", show_default=True)
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), help="The folder for what comes out.")
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="An HTML page: counts, and what is left."
)
@click.option("--report-text", is_flag=True, help="Let the page show the text that came out.")
@click.option("--agreement", default="", help="The data use agreement, for limited-data-set.")
@click.option("--project", default="", help="The project within which codes are the same.")
@click.option("--key", type=_FILE, help="The key of keyed codes, or of the vault: a file of 32 bytes, mode 600.")
@click.option(
    "--vault", type=click.Path(file_okay=False, path_type=Path), help="A folder that keeps what tokens stand for."
)
@click.option("--days", type=click.IntRange(1), default=365, show_default=True, help="How long the vault keeps it.")
@click.option("--date", "year", default="", callback=written_in, help="When they were written: ages are reckoned then.")
@click.option("--weekdays", is_flag=True, help="Move dates by whole weeks.")
@click.option("--drop", is_flag=True, help="Leave nothing instead of a mask.")
@click.option("--pack", "packs", multiple=True, type=click.Path(exists=True, dir_okay=False), help="A rule pack more.")
@click.option("--disable", "disabled", multiple=True, metavar="RULE", help="A rule less, by its id.")
@click.option("--cache", type=click.Path(file_okay=False, path_type=Path), help="A folder to keep compiled rules in.")
def deid(  # noqa: PLR0913 one parameter for each option
    files: tuple[Path, ...],
    form: str,
    output: Path | None,
    packs: tuple[str, ...],
    disabled: tuple[str, ...],
    cache: Path | None,
    *,
    jsonl: bool,
    **choice: str | int | tuple[Path, ...] | Path | bool | None,
) -> None:
    """De-identify each FILE, or print what comes in with a mask such as [SSN] for each identifier and secret.

    \b
      $ echo "MRN 7122250, call 415-555-2671" | asepsis deid
      MRN [MRN], call [PHONE]

    A FILE is written beside itself as NAME.deid.EXT, or into the folder --output. One that can't be read is named on
    standard error and left out, the rest goes on; the exit status is then 1.

    \b
    With --jsonl each line {"id","text"} gives a line {"id","text","findings"}; offsets are those of the text as given:
      $ echo '{"id":1,"text":"MRN 7122250"}' | asepsis deid --jsonl
      {"id":1,"text":"MRN [MRN]","findings":[{"rule":"us.mrn","kind":"MRN","start":4,"end":11,"score":940}]}

    A line that can't be read is named on standard error and left out, the rest goes on; the exit status is then 1.

    \b
    Profiles (45 CFR 164.514): mask, token, safe-harbor, safe-harbor-surrogates, limited-data-set (with --agreement),
    minimum-necessary, expert-determination (with --project and --key).

    Ages are reckoned in the year of --date, or of a line's own "date":"2019-05-03", or in this year.

    With --vault what tokens stand for is kept, sealed, in a folder; `asepsis restore` puts it back.

    Rules and a small model of names find what they can: free text is not de-identified in the sense of 45 CFR 164.514
    by them alone.
    """  # noqa: D301 click reads the backspace itself
    wanted = msgspec.convert(choice, _Choice)
    try:
        scanner = build(ScanConfig(scanners=BOTH, disabled=disabled, packs=packs, year=wanted.year), cache=cache)
        profile = _profile(wanted)
        memory, keep = _memory(wanted, profile)
        memory.today = wanted.year or memory.today
        if files and _INPUT not in files and not jsonl:
            by = _By(profile, memory, keep)
            sound = _batch(scanner, by, files, wanted=wanted, output=output, form=Format(form))
        else:
            sound = _stream(scanner, Deidentifier(scanner, profile, memory), files, jsonl=jsonl, keep=keep)
    except Error as error:
        raise click.ClickException(str(error)) from error
    if not sound:
        sys.exit(1)


def _profile(wanted: _Choice) -> Profile:
    given = {"agreement": wanted.agreement, "project": wanted.project, "key": str(wanted.key or "")}
    profile = chosen(wanted.profile, given, extra=wanted.profiles)
    if not wanted.drop:
        return profile
    kinds = {kind: doing for kind, doing in profile.kinds.items() if doing != "mask"}
    return msgspec.structs.replace(profile, other="drop", kinds=kinds)


def _memory(wanted: _Choice, profile: Profile) -> tuple[Memory, Callable[[], None]]:
    """The memory of the run, and what keeps its tokens."""
    if wanted.vault is not None:
        if "token" not in {profile.other, *profile.kinds.values(), *profile.fields.values()}:
            raise ConfigError(f"expected a profile with tokens for a vault, got `{profile.name}`", place="vault")
        if profile.codes == "keyed" or wanted.weekdays:
            raise ConfigError("expected a vault for tokens alone, not for keyed codes or moved dates", place="vault")
        vault = Keeping.made(wanted.vault, wanted.key, days=wanted.days).vault
        memory = vault.open(Keeping.scope(wanted.project))
        return memory, lambda: vault.keep(memory)
    scope = Scope(TENANT, ScopeKind.PROJECT, wanted.project)
    draws: Draws = RandomDraws(SystemRandomness())
    if profile.codes == "keyed":
        if wanted.key is None:
            raise ConfigError(f"the profile `{profile.name}` needs `--key`", place="profile")
        draws = KeyedDraws(FileKeys(wanted.key).key(f"deid {wanted.project}", tenant=scope.tenant))
    return Memory(scope, draws, today=year(SystemClock()), weekdays=wanted.weekdays), lambda: None


def _batch(
    scanner: Scanner,
    by: _By,
    files: tuple[Path, ...],
    *,
    wanted: _Choice,
    output: Path | None,
    form: Format,
) -> bool:
    show = SHOWN if wanted.report_text else 0
    make = partial(Deidentifier, scanner, by.profile, by.memory)
    batch = Batch(scanner, make, folder=output, form=form, show=show, keep=by.keep)
    total = sum(path.stat().st_size for path in files)
    with click.progressbar(length=max(1, total), label="de-identifying", file=sys.stderr) as bar:
        done = [batch.run(path, passed=bar.update) for path in files]
    for one in done:
        if one.error:
            click.echo(f"error: {one.error}", err=True)
        else:
            click.echo(f"{one.output}  {one.format}  {sum(one.counts.values())} replaced")
    if wanted.report is not None:
        _report(wanted.report, by.profile, wanted, done)
    return not any(one.error for one in done)


def _report(path: Path, profile: Profile, wanted: _Choice, done: list[Done]) -> None:
    ended = datetime.fromtimestamp(SystemClock().now() / 1000, tz=UTC)
    head = Head(profile, wanted.agreement, wanted.project, __version__, f"{ended:%Y-%m-%d %H:%M} UTC")
    try:
        with durable.replacing(path) as sink:
            sink.write(render(head, done).encode())
    except OSError as error:
        raise ConfigError("expected a place that the report can be written to", place=str(path)) from error


def _stream(
    scanner: Scanner,
    deidentifier: Deidentifier,
    files: tuple[Path, ...],
    *,
    jsonl: bool,
    keep: Callable[[], None],
) -> bool:
    sound = True
    for file in files or (_INPUT,):
        with click.open_file(str(file), "rb") as opened:
            source = cast("BinaryIO", opened)
            for piece in _lines(source, deidentifier) if jsonl else _text(source, scanner, deidentifier):
                if isinstance(piece, InputError):
                    click.echo(f"error: {piece}", err=True)
                    sound = False
                else:
                    keep()
                    click.echo(piece, nl=False)
    return sound


def _lines(source: BinaryIO, deidentifier: Deidentifier) -> Iterator[bytes | InputError]:
    for record in records(source):
        if isinstance(record, InputError):
            yield record
            continue
        deidentifier.written_in(record.year)
        deidentifier.memory.observe([record.text])
        (clean,) = deidentifier.texts([record.text], subject=str(record.id))
        yield msgspec.json.encode(result(record, clean)) + b"\n"


def _text(source: BinaryIO, scanner: Scanner, deidentifier: Deidentifier) -> Iterator[bytes]:
    for text, findings in decided(scanner, chunks(source)):
        deidentifier.memory.observe([text])
        yield deidentifier.piece(text, findings).text.encode()
