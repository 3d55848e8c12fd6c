"""The command `asepsis kill`: switch off an application, a model, a tool or a principal, at once and everywhere."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

import click

from asepsis.core.errors import Error

__all__ = ["KillStore", "kill_commands"]

_TARGETS = click.Choice(["application", "model", "tool", "principal"])


class KillStore(Protocol):
    """Where kill switches are kept."""

    def throw(self, target: str, name: str, *, reason: str) -> None:
        """Throws a switch."""

    def clear(self, target: str, name: str, *, reason: str) -> bool:
        """Clears a switch; False when it was not thrown."""

    def rows(self) -> Sequence[tuple[str, str, str, str, int]]:
        """Returns target, name, reason, who threw it, and when in milliseconds, of each."""

    def known(self, target: str, name: str) -> bool:
        """Returns whether the settings have such a model, application or tool; of principals they know none."""


def kill_commands(store: Callable[[], KillStore], /) -> click.Group:
    """Returns the group; `store` opens the store that the command line asks for."""
    group = click.Group(
        "kill",
        help="Switch off an application, model, tool or principal. Every worker follows within five seconds, running"
        " streams included; each change is an Event.",
    )

    @group.command("set")
    @click.argument("target", type=_TARGETS)
    @click.argument("name")
    @click.option("--reason", required=True, help="Why; kept with the switch.")
    def throw(target: str, name: str, reason: str) -> None:
        """Switch something off; NAME may be * for all.

        Example: asepsis kill set model gpt-4o --reason "vendor incident"
        """
        switches = _opened(store)
        switches.throw(target, name, reason=reason)
        if switches.known(target, name):
            click.echo(f"{target} {name} is switched off")
            return
        click.echo(
            f"warning: no {target} of the settings is called {name}: is it spelled right, and are these the server's"
            " settings (--config)?",
            err=True,
        )
        click.echo(f"{target} {name} is switched off all the same, should there be one")

    @group.command("clear")
    @click.argument("target", type=_TARGETS)
    @click.argument("name")
    @click.option("--reason", default="", help="Why; kept in the ledger.")
    def clear(target: str, name: str, reason: str) -> None:
        """Switch it on again."""
        if not _opened(store).clear(target, name, reason=reason):
            raise click.ClickException(f"{target} {name} was not switched off")
        click.echo(f"{target} {name} is switched on")

    @group.command("list")
    def show() -> None:
        """List what is switched off, since when, by whom and why."""
        rows = _opened(store).rows()
        if not rows:
            click.echo("nothing is switched off", err=True)
        for target, name, reason, who, at in rows:
            since = datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
            click.echo(f"{target}\t{name}\t{since}\t{who}\t{reason}")

    return group


def _opened(store: Callable[[], KillStore]) -> KillStore:
    try:
        return store()
    except Error as error:
        raise click.ClickException(str(error)) from error
