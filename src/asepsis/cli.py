"""The command `asepsis`: the rooms' commands, and those that run the whole."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from asepsis import __version__
from asepsis.core.errors import Error

if TYPE_CHECKING:
    from asepsis.infra.state import Paths
    from asepsis.policy.custody_commands import CustodyDesk
    from asepsis.policy.emergency_commands import EmergencyDesk
    from asepsis.tools.types import Tool

__all__ = ["main"]

_CONFIG = click.option(
    "--config", type=click.Path(dir_okay=False, path_type=Path), help="The configuration, a TOML file."
)
_SET = click.option(
    "--set", "overrides", multiple=True, metavar="SETTING=VALUE", help="A setting that wins over the file."
)


class _Lazy(click.Group):
    """A group whose rooms' commands are imported when they are used, so that `--help` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *_ROOMS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return _ROOMS[cmd_name]() if cmd_name in _ROOMS else super().get_command(ctx, cmd_name)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="asepsis")
def main() -> None:
    """Asepsis, an AI security control plane for regulated healthcare.

    \b
    Start with the lab, a synthetic health plan behind the gateway:
      asepsis serve --config examples/lab.toml --lab
    Guard your own models:
      asepsis serve --config asepsis.toml        (see examples/)
    Look for identifiers in your own text:
      asepsis scan notes.txt
    """  # noqa: D301 click reads the backspace character


@main.command()
@_CONFIG
@_SET
@click.option("--lab", is_flag=True, help="Run the lab's model server behind the gateway.")
def serve(config: Path | None, overrides: tuple[str, ...], *, lab: bool) -> None:
    """Run the gateway and the control plane until Ctrl-C.

    State lies in the folder that the setting `state` names; it is made ready at the first start. Changes of the
    configuration's file are taken over while it runs; those that can't be used are refused and the old ones stay.
    """
    from asepsis import app  # noqa: PLC0415 importing everything is for those who run it

    try:
        loaded = app.load(config, overrides)
        start = app.Start(
            Path(loaded.value.state).resolve(), config and config.resolve(), overrides, loaded.value.database
        )
        app.supervise(start, loaded, lab=lab, say=click.echo)
    except Error as error:
        raise click.ClickException(str(error)) from error


def _config() -> click.Command:
    from asepsis import app  # noqa: PLC0415 as above
    from asepsis.infra.commands import config_commands  # noqa: PLC0415 as above

    return _with_sources(config_commands(lambda: app.load(*_sources())))


def _database() -> click.Command:
    from asepsis import app  # noqa: PLC0415 as above
    from asepsis.infra.commands import database_commands  # noqa: PLC0415 as above

    def url() -> str:
        """Returns the URL of the database that the configuration names."""
        settings = app.load(*_sources()).value
        return app.Paths(Path(settings.state), settings.database).database_url

    return _with_sources(database_commands(url))


def _kill() -> click.Command:
    from asepsis import app  # noqa: PLC0415 as above
    from asepsis.gateway.commands import kill_commands  # noqa: PLC0415 as above

    return _with_sources(kill_commands(lambda: app.kill_store(*_sources())))


def _scan() -> click.Command:
    from asepsis.scan.commands import scan  # noqa: PLC0415 as above

    return scan


def _measure() -> click.Command:
    from asepsis.scan.measure import measure  # noqa: PLC0415 as above

    return measure


def _deid() -> click.Command:
    from asepsis.deid.commands import deid  # noqa: PLC0415 as above

    return deid


def _restore() -> click.Command:
    from asepsis import app  # noqa: PLC0415 as above
    from asepsis.deid.reveal import restore_command  # noqa: PLC0415 as above

    return _with_sources(restore_command(lambda: app.reveal_policy(*_sources())))


def _ledger() -> click.Command:
    from asepsis.ledger.commands import ledger  # noqa: PLC0415 as above
    from asepsis.ledger.standby_commands import standby_command  # noqa: PLC0415 as above
    from asepsis.policy.custody_commands import custody_commands  # noqa: PLC0415 as above
    from asepsis.policy.emergency_commands import emergency_command  # noqa: PLC0415 as above

    def desk() -> "CustodyDesk":
        from asepsis.custody import custody_desk  # noqa: PLC0415 as above

        return custody_desk(*_sources())

    def run(keys: tuple[str, ...], passphrase: bytes, socket: Path | None) -> None:
        from asepsis.custody import run_opener  # noqa: PLC0415 as above

        run_opener(*_sources(), keys, passphrase, socket)

    def wait(patience: float) -> None:
        from asepsis.app import run_standby  # noqa: PLC0415 as above

        run_standby(*_sources(), patience)

    def emergency() -> "EmergencyDesk":
        from asepsis.custody import emergency_desk  # noqa: PLC0415 as above

        return emergency_desk(*_sources())

    for command in (*custody_commands(desk, run), standby_command(wait), emergency_command(emergency)):
        ledger.add_command(_with_sources(command))
    return ledger


def _evidence() -> click.Command:
    from asepsis.ledger.evidence.commands import evidence  # noqa: PLC0415 as above

    return evidence


def _backup() -> click.Command:
    from asepsis import app  # noqa: PLC0415 as above
    from asepsis.recovery import backup_commands  # noqa: PLC0415 as above

    def paths() -> "Paths":
        """Returns where the configuration's state lies."""
        settings = app.load(*_sources()).value
        return app.Paths(Path(settings.state).resolve(), settings.database)

    return _with_sources(backup_commands(paths))


def _policy() -> click.Command:
    from asepsis import app  # noqa: PLC0415 as above
    from asepsis.policy.commands import policy_commands  # noqa: PLC0415 as above

    return _with_sources(
        policy_commands(lambda: app.policy_settings(*_sources()), lambda: app.policy_copies(*_sources()), _touched)
    )


def _touched() -> None:
    """Sets the time of the configuration's file, which a running server watches."""
    file, _ = _sources()
    if file is not None:
        file.touch()


def _approvals() -> click.Command:
    from asepsis import app  # noqa: PLC0415 as above
    from asepsis.policy.approving import approval_commands  # noqa: PLC0415 as above

    return _with_sources(approval_commands(lambda: app.approval_desk(*_sources())))


def _budgets() -> click.Command:
    from asepsis import app  # noqa: PLC0415 as above
    from asepsis.policy.budgeting import budget_command  # noqa: PLC0415 as above

    return _with_sources(budget_command(lambda: app.budget_desk(*_sources())))


def _grants() -> click.Command:
    from asepsis import app  # noqa: PLC0415 as above
    from asepsis.identity.commands import grant_commands  # noqa: PLC0415 as above

    return _with_sources(grant_commands(lambda: app.grant_desk(*_sources())))


def _report() -> click.Command:
    from asepsis import app  # noqa: PLC0415 as above
    from asepsis.gateway.report.commands import report_commands  # noqa: PLC0415 as above

    return _with_sources(report_commands(lambda: app.report_source(*_sources())))


def _tools() -> click.Command:
    from asepsis import app  # noqa: PLC0415 as above
    from asepsis.tools.commands import tools_commands  # noqa: PLC0415 as above

    def listed(server: str, seconds: float, waiting: Callable[[float], None]) -> "tuple[Tool, ...]":
        from asepsis.servers import offered  # noqa: PLC0415 as above

        return offered(*_sources(), server, seconds, waiting)

    return _with_sources(tools_commands(lambda: app.call_key(*_sources()), listed))


def _with_sources(command: click.Command) -> click.Command:
    """Returns a command that takes `--config` and `--set`, as each one in it does, to load the configuration by."""
    taking = copy.copy(command)
    taking.params = [*command.params]
    taking.callback = _without_sources(command.callback)
    if isinstance(taking, click.Group):
        taking.commands = {name: _with_sources(one) for name, one in taking.commands.items()}
    return _CONFIG(_SET(taking))


def _without_sources(callback: Callable[..., object] | None) -> Callable[..., object]:
    """A command's own code does not see the two options: `_sources` reads them from the context."""

    def run(*, config: Path | None, overrides: tuple[str, ...], **options: object) -> object:  # noqa: ARG001 taken out here
        return callback(**options) if callback is not None else None

    return run


def _sources() -> tuple[Path | None, tuple[str, ...]]:
    """Returns the options as given to the command or to the groups that it is in; the innermost wins."""
    file: Path | None = None
    overrides: tuple[str, ...] = ()
    context: click.Context | None = click.get_current_context()
    while context is not None:
        file = file or context.params.get("config")
        overrides = (*context.params.get("overrides", ()), *overrides)
        context = context.parent
    return file, overrides


_ROOMS: Final = {
    "approvals": _approvals,
    "backup": _backup,
    "budgets": _budgets,
    "config": _config,
    "db": _database,
    "deid": _deid,
    "evidence": _evidence,
    "grants": _grants,
    "kill": _kill,
    "ledger": _ledger,
    "measure": _measure,
    "policy": _policy,
    "report": _report,
    "restore": _restore,
    "scan": _scan,
    "tools": _tools,
}
