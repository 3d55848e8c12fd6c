"""The command `asepsis restore`: tokens in files give way to what they stand for, for whoever may see it.

1. The question whether this person may see values for this purpose is decided by the configured policy. A denial is
   recorded and nothing is read.
2. Each file is read with the vault's tokens of one project: whole tokens only, and never in a web address.
3. What was shown is counted and is in the ledger before the output has its name.
"""

import os
import pwd
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final

import click

from asepsis.core.errors import Error, NotTrusted
from asepsis.core.events import VaultRevealed
from asepsis.core.ports import Scanner
from asepsis.core.types import Action, Decision, DecisionInput, Purpose, Verdict
from asepsis.deid.files import CONVERTERS, Batch, Converter
from asepsis.deid.formats import fhir
from asepsis.deid.formats.detect import Format
from asepsis.deid.keeping import TENANT, Keeping
from asepsis.deid.restore import Restorer
from asepsis.deid.revealer import Revealer, Unscanned
from asepsis.deid.text import Deidentifier
from asepsis.deid.types import Channel, Reveal, Scope
from asepsis.scan.intake import chunks

__all__ = ["APPLICATION", "restore_command"]

APPLICATION: Final = "restore"
"""The application that a policy has to let see values again."""

_MARK: Final = ".restored"
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_PURPOSES: Final = {
    "treatment": Purpose.TREATMENT,
    "payment": Purpose.PAYMENT,
    "operations": Purpose.OPERATIONS,
    "break-glass": Purpose.BREAK_GLASS,
}


class _Desk:
    """What one run works with: the vault's folder, the scope with its memory, and the right to reveal."""

    def __init__(self, keeping: Keeping, scope: Scope, reveal: Reveal) -> None:
        self._keeping = keeping
        self._scope = scope
        self._reveal = reveal
        self._memory = keeping.vault.open(scope)
        self._restorer: Restorer | None = None

    def revealer(self) -> Revealer:
        """Returns what puts values back into the next file."""
        self._restorer = self._memory.restorer(self._reveal, channel=Channel.READER)
        return Revealer(self._memory, self._restorer)

    def record(self) -> None:
        """Records what was shown of the last file."""
        payload = self._keeping.vault.shown(self._scope, self._restorer) if self._restorer is not None else None
        if payload is not None:
            self._keeping.record(payload, principal=self._reveal.question.principal, verdict=Verdict.ALLOW)


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
        name = "restore" and reveal = true. FILE has any format that `asepsis deid` writes. Each is written beside
        itself as NAME.restored.EXT, mode 600, or into the folder --output. What was shown is counted and recorded in
        DIR/ledger; so is a denial.

        \b
        Example:
          asepsis restore note.deid.txt --vault ./vault --purpose treatment --config asepsis.toml
        """  # noqa: D301 click reads the backspace itself
        try:
            desk = _desk(Keeping.found(vault, key), project, _question(_PURPOSES[purpose]), policy())
            batch = _Restoring(Unscanned(), desk.revealer, folder=output, keep=desk.record)
            done = [batch.run(path) for path in files]
        except Error as error:
            raise click.ClickException(str(error)) from error
        for one in done:
            if one.error:
                click.echo(f"error: {one.error}", err=True)
            else:
                click.echo(f"{one.output}  {sum(one.counts.values())} shown")
        if any(one.error for one in done):
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
    return _Desk(keeping, scope, Reveal.admit(question, decision))


def _plain(source: BinaryIO, _: Scanner, worker: Deidentifier) -> Iterator[bytes]:
    """Yields a text with its values back."""
    assert isinstance(worker, Revealer)
    for text in chunks(source):
        yield worker.restorer.feed(text).encode()
    yield worker.restorer.finish().encode()


class _Restoring(Batch):
    """Runs files the other way; what was shown of each is recorded before it gets its name."""

    converters: Mapping[Format, Converter] = {
        **CONVERTERS,
        Format.JSONL: fhir.convert_lines,
        Format.TEXT: _plain,
    }

    @staticmethod
    def named(path: Path, folder: Path | None, /) -> Path:
        """Returns where a file goes."""
        return _output_of(path, folder)


def _output_of(path: Path, folder: Path | None) -> Path:
    name = path.name.replace(".deid", "", 1)
    first = name.split(".")[0] or name
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    return (folder or path.parent) / f"{first}{_MARK}{name[len(first) :]}"
