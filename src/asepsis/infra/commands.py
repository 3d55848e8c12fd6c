"""The commands `asepsis config` and `asepsis db`.

What they work on comes from outside: functions that load the configuration and name the database.
"""

from collections.abc import Callable
from typing import TypeVar

import click
import msgspec

from asepsis.core.errors import ConfigError
from asepsis.infra import config
from asepsis.infra.config import Loaded

__all__ = ["config_commands", "database_commands"]

T = TypeVar("T", bound=msgspec.Struct)


def config_commands(load: Callable[[], Loaded[T]], /) -> click.Group:
    """Returns the group `config`; `load` gives the configuration that the command line asks for."""
    group = click.Group("config", help="Show and check the configuration. Nothing is started.")

    @group.command("show")
    @click.option("--origin", is_flag=True, help="Say where each value came from: default, file, environment, flag.")
    def show(*, origin: bool) -> None:
        """Print each setting with its value in force, one per line.

        Sources, later ones win: defaults, the file, ASEPSIS_<ROOM>__<SETTING> in the environment, flags. A secret
        is shown as the URI that names it, never as its value.

        Example: asepsis config show --origin
        """
        click.echo(config.render(_loaded(load), origin=origin))

    @group.command("check")
    def check() -> None:
        """Read the whole configuration and say whether it can be used.

        Exit status 0 when it can. Otherwise the place (file and line, variable or flag) and what was expected.

        Example: asepsis config check
        """
        click.echo(f"configuration ok, digest {_loaded(load).digest}")

    return group


def database_commands(url: Callable[[], str], /) -> click.Group:
    """Returns the group `db`; `url` gives the control database that the configuration names."""
    group = click.Group("db", help="Keep the control database's schema in step with this version.")

    @group.command("upgrade")
    def upgrade() -> None:
        """Create the database, or bring its schema to what this version needs.

        Safe to run again. `asepsis serve` refuses to start on a schema that is not up to date.

        Example: asepsis db upgrade
        """
        from asepsis.infra import database  # noqa: PLC0415 SQLAlchemy is loaded only by who needs it

        click.echo(f"database schema at {_told(lambda: database.upgrade(url()))}")

    @group.command("current")
    def current() -> None:
        """Print the revision of the database's schema.

        Example: asepsis db current
        """
        from asepsis.infra import database  # noqa: PLC0415 SQLAlchemy is loaded only by who needs it

        click.echo(_told(lambda: database.current(url())) or "none")

    return group


def _loaded(load: Callable[[], Loaded[T]]) -> Loaded[T]:
    try:
        return load()
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


def _told(work: Callable[[], str]) -> str:
    try:
        return work()
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
