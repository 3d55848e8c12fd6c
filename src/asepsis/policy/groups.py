"""The groups that this room's commands stand in, and the commands that stand in a group of another room."""

import sys
from typing import Final

import click

from asepsis.core.errors import Error
from asepsis.policy import dsse

__all__ = ["Command", "Group", "locks", "unlocks"]


_LINE: Final = 4096


class Group(click.Group):
    """Turns the errors of its commands into messages."""

    def invoke(self, ctx: click.Context) -> object:
        """Runs the command."""
        try:
            return super().invoke(ctx)
        except Error as error:
            raise click.ClickException(str(error)) from error


class Command(click.Command):
    """Turns its errors into messages."""

    def invoke(self, ctx: click.Context) -> object:
        """Runs the command."""
        try:
            return super().invoke(ctx)
        except Error as error:
            raise click.ClickException(str(error)) from error


def _passphrase(ctx: click.Context, _: click.Parameter, given: str | None) -> str:
    """Asks for what unlocks the private key `path`, only where one is given and locked: a script waits for nobody."""
    path = ctx.params.get("path")
    if given is not None or path is None or not dsse.locked(path.read_bytes()):
        return given or ""
    if not sys.stdin.isatty():
        if not (line := sys.stdin.readline(_LINE).rstrip("\n")):
            raise click.UsageError("the key is locked: expected --passphrase, a terminal to ask at, or a line of input")
        return line
    return str(click.prompt("Passphrase", hide_input=True))


def _new_passphrase(ctx: click.Context, _: click.Parameter, given: str | None) -> str:
    """Asks for what is to lock a new key, and only where there is somebody to ask."""
    if given is not None or ctx.resilient_parsing:
        return given or ""
    if not sys.stdin.isatty():
        raise click.UsageError('expected --passphrase where there is no terminal to ask at; "" leaves the key unlocked')
    return str(click.prompt("Passphrase", hide_input=True, confirmation_prompt=True, default="", show_default=False))


locks: Final = click.option(
    "--passphrase", callback=_new_passphrase, help="Locks the key; asked for at a terminal where none is given."
)

# An option that is given is read before one that is not, so the key's path is known by then.
unlocks: Final = click.option(
    "--passphrase", callback=_passphrase, help="Unlocks the key; asked for where a locked key has none given."
)
