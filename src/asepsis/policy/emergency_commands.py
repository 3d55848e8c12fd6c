"""The commands `asepsis ledger emergency`: sign, open, close, show."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple, cast

import click

from asepsis.core.errors import InputError
from asepsis.core.ports import Clock, Ids
from asepsis.infra import durable
from asepsis.infra.clock import written
from asepsis.ledger.emergency import OPEN, Opening
from asepsis.policy import dsse
from asepsis.policy.emergency import Scope, Statement, bundle, read, sign
from asepsis.policy.groups import Command, unlocks

__all__ = ["EmergencyDesk", "emergency_command"]

_KEY: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_FILE: Final = click.Path(dir_okay=False, path_type=Path)
_SCOPES: Final = click.Choice(["ledger", "sealing"])


class EmergencyDesk(NamedTuple):
    """Where an emergency is opened: its folder, and what checks a file (NotTrusted)."""

    folder: Path
    admit: Callable[[bytes], Opening]
    clock: Clock
    ids: Ids


def emergency_command(open_desk: Callable[[], EmergencyDesk]) -> click.Group:
    """Returns the group of commands; `open_desk` raises ConfigError where settings name no folder."""
    group = click.Group("emergency", help="Get over an outage of the ledger's disk, or of the key service, for a time.")
    for command in (_sign(open_desk), _open(open_desk), _close(open_desk), _show(open_desk)):
        group.add_command(command)
    return group


def _sign(open_desk: Callable[[], EmergencyDesk]) -> click.Command:
    @click.command("sign", cls=Command)
    @click.option("--for", "scopes", type=_SCOPES, multiple=True, help="What it is opened for; may be given twice.")
    @click.option("--minutes", type=click.IntRange(1, 1440), default=60, show_default=True, help="For how long.")
    @click.option("--reason", default="", help="Why, in a line; it is recorded.")
    @click.option("--same", type=_KEY, help="What somebody else signed: to sign the same.")
    @click.option("--key", "path", type=_KEY, required=True, help="Your private key, PEM.")
    @unlocks
    @click.option("--name", required=True, help="Your name among the approvers.")
    @click.option("--output", "-o", type=_FILE, required=True, help="The file for the signature.")
    def command(
        path: Path, passphrase: str, name: str, output: Path, **asked: "str | int | Path | tuple[str, ...] | None"
    ) -> None:
        """Sign that an emergency is to be opened, or sign the same as somebody else.

        Example: asepsis ledger emergency sign --for ledger --reason "disk full" --key ann.pem --name ann -o ann.json
        """
        key = dsse.private_key(path.read_bytes(), passphrase.encode())
        same = asked["same"]
        if isinstance(same, Path):
            statement = read(same.read_bytes())
            click.echo(f"{', '.join(statement.scopes)} until {written(statement.until)}: {statement.reason}")
        else:
            desk = open_desk()
            scopes, reason, minutes = asked["scopes"], str(asked["reason"]), asked["minutes"]
            if not isinstance(scopes, tuple) or not scopes or not reason or not isinstance(minutes, int):
                raise InputError("expected --for and --reason, or --same")
            now = desk.clock.now()
            until = now + 60_000 * minutes
            statement = Statement(desk.ids.new(), cast("tuple[Scope, ...]", scopes), now, until, reason)
        durable.write(output, sign(statement, key, by=name))

    return command


def _open(open_desk: Callable[[], EmergencyDesk]) -> click.Command:
    @click.command("open", cls=Command)
    @click.argument("signed", nargs=2, type=_KEY)
    def command(signed: tuple[Path, Path]) -> None:
        """Open an emergency that two people signed.

        Example: asepsis ledger emergency open ann.json bob.json --config asepsis.toml
        """
        desk = open_desk()
        data = bundle([one.read_bytes() for one in signed])
        opening = desk.admit(data)
        if opening.until <= desk.clock.now():
            raise InputError("expected an emergency that is not over")
        with durable.replacing(desk.folder / OPEN) as file:
            file.write(data)
        click.echo(f"open for {', '.join(opening.scopes)} until {written(opening.until)}")

    return command


def _close(open_desk: Callable[[], EmergencyDesk]) -> click.Command:
    @click.command("close", cls=Command)
    def command() -> None:
        """Close it before its time; one person is enough for that.

        Example: asepsis ledger emergency close --config asepsis.toml
        """
        (open_desk().folder / OPEN).unlink(missing_ok=True)

    return command


def _show(open_desk: Callable[[], EmergencyDesk]) -> click.Command:
    @click.command("show", cls=Command)
    def command() -> None:
        """Print whether one is open.

        Example: asepsis ledger emergency show --config asepsis.toml
        """
        desk = open_desk()
        path = desk.folder / OPEN
        opening = desk.admit(path.read_bytes()) if path.exists() else None
        if opening is None or opening.until <= desk.clock.now():
            click.echo("closed")
        else:
            by = " and ".join(opening.by)
            click.echo(
                f"open for {', '.join(opening.scopes)} until {written(opening.until)}, by {by}: {opening.reason}"
            )

    return command
