"""The command `asepsis restore`: tokens in files give way to what they stand for, for whoever may see it.

1. The question whether this person may see values for this purpose is decided by the configured policy. A denial is
   recorded and nothing is read.
2. Each file is read with the vault's tokens of one project: whole tokens only, and never in a web address.
3. What was shown is counted and is in the ledger before the output has its name.
"""

import os
import pwd
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, cast

import click

from asepsis.core.errors import Error, InputError, NotTrusted
from asepsis.core.events import VaultRevealed
from asepsis.core.types import Action, Decision, DecisionInput, Purpose, Verdict
from asepsis.deid.formats.detect import HEAD, Format, detect
from asepsis.deid.formats.hl7text import Marks
from asepsis.deid.keeping import TENANT, Keeping
from asepsis.deid.restore import Restorer
from asepsis.deid.scope import Memory
from asepsis.deid.types import Channel, Reveal, Scope
from asepsis.infra import durable
from asepsis.scan.intake import chunks

__all__ = ["APPLICATION", "restore_command"]

APPLICATION: Final = "restore"
"""The application that a policy has to let see values again."""

_MARK: Final = ".restored"
_JSON: Final = frozenset({Format.FHIR, Format.NDJSON, Format.JSONL})
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_PURPOSES: Final = {
    "treatment": Purpose.TREATMENT,
    "payment": Purpose.PAYMENT,
    "operations": Purpose.OPERATIONS,
    "break-glass": Purpose.BREAK_GLASS,
}


class _Desk(NamedTuple):
    """What one run works with: the vault's folder, the scope with its memory, and the right to reveal."""

    keeping: Keeping
    scope: Scope
    memory: Memory
    reveal: Reveal


def restore_command(policy: Callable[[], Callable[[DecisionInput], Decision]], /) -> click.Command:
    """Returns the command; `policy` opens the configured policy."""

    @click.command("restore")
    @click.argument("files", metavar="FILE...", nargs=-1, required=True, type=_FILE)
    @click.option(
        "--vault",
        required=True,
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="The vault's folder.",
    )
    @click.option("--purpose", required=True, type=click.Choice([*_PURPOSES]), help="What the values are needed for.")
    @click.option("--project", default="", help="The project that the tokens were made in.")
    @click.option("--key", type=_FILE, help="The vault's key, where it does not lie in its folder.")
    @click.option("--output", type=click.Path(file_okay=False, path_type=Path), help="The folder for what comes out.")
    def restore(
        files: tuple[Path, ...], vault: Path, purpose: str, project: str, key: Path | None, output: Path | None
    ) -> None:
        """Put values back where `asepsis deid --profile token --vault DIR` left tokens in FILE.

        The policy of --config has to let the application `restore` see values: [[policy.applications]] with
        name = "restore" and reveal = true. Each FILE is written beside itself as NAME.restored.EXT, mode 600, or into
        the folder --output. What was shown is counted and recorded in DIR/ledger; so is a denial.

        \b
        Example:
          asepsis restore note.deid.txt --vault ./vault --purpose treatment --config asepsis.toml
        """  # noqa: D301 click reads the backspace itself
        try:
            desk = _desk(Keeping.found(vault, key), project, _question(_PURPOSES[purpose]), policy())
            failed = [error for path in files if (error := _tried(path, output, desk))]
        except Error as error:
            raise click.ClickException(str(error)) from error
        for line in failed:
            click.echo(f"error: {line}", err=True)
        if failed:
            sys.exit(1)

    return restore


def _question(purpose: Purpose) -> DecisionInput:
    who = pwd.getpwuid(os.getuid()).pw_name
    return DecisionInput(TENANT, Action.MODEL_REVEAL, who, APPLICATION, purpose, "command.restore")


def _desk(
    keeping: Keeping, project: str, question: DecisionInput, decide: Callable[[DecisionInput], Decision]
) -> _Desk:
    decision = decide(question)
    scope = keeping.scope(project)
    if decision.verdict is not Verdict.ALLOW:
        asked = VaultRevealed(keeping.vault.digest(scope), question.purpose, decision, question, ())
        keeping.record(asked, principal=question.principal, verdict=decision.verdict)
        raise NotTrusted(
            f"expected a policy that lets `{APPLICATION}` see values: {decision.reason}", code="vault_reveal"
        )
    return _Desk(keeping, scope, keeping.vault.open(scope), Reveal.admit(question, decision))


def _tried(path: Path, output: Path | None, desk: _Desk) -> str:
    """Restores one file; returns what went wrong with it, with its place and without its content."""
    try:
        shown, target = _restored(path, output, desk)
    except Error as error:
        return f"{path}: {error.place}: {error.message}" if error.place else f"{path}: {error.message}"
    except OSError as error:
        return f"{path}: {error.strerror or 'can not be read'}"
    click.echo(f"{target}  {shown} shown")
    return ""


def _restored(path: Path, output: Path | None, desk: _Desk) -> tuple[int, Path]:
    target = _output_of(path, output)
    with path.open("rb") as raw, durable.replacing(target) as sink:
        source = cast("BinaryIO", raw)
        restorer = _restorer(raw.peek(HEAD)[:HEAD], path, desk)
        for text in chunks(source):
            sink.write(restorer.feed(text).encode())
        sink.write(restorer.finish().encode())
        payload = desk.keeping.vault.shown(desk.scope, restorer)
        if payload is not None:
            desk.keeping.record(payload, principal=desk.reveal.question.principal, verdict=Verdict.ALLOW)
    return sum(restorer.shown.values()), target


def _restorer(head: bytes, path: Path, desk: _Desk) -> Restorer:
    form = detect(head, path.name)
    if form is Format.PARQUET or head.startswith(b"\x1f\x8b"):
        raise InputError("expected a text file, got a packed one", code="input_format")
    channel = Channel.READER_JSON if form in _JSON else Channel.READER
    return desk.memory.restorer(desk.reveal, channel=channel, written=_written(form, head))


def _written(form: Format, head: bytes) -> Callable[[str], str] | None:
    """How a format writes a value, None where as it is."""
    if form is Format.CSV:
        return lambda value: value.replace('"', '""')
    if form is Format.HL7V2:
        return Marks.of(head.decode(errors="replace").lstrip("\x0b\ufeff \r\n"), place="segment 1").written
    return (lambda value: value) if form is Format.X12 else None


def _output_of(path: Path, folder: Path | None) -> Path:
    name = path.name.replace(".deid", "", 1)
    first = name.split(".")[0] or name
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    return (folder or path.parent) / f"{first}{_MARK}{name[len(first) :]}"
