"""The command `asepsis budgets`: what is taken of each budget in the windows that run."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

import click

from asepsis.core.errors import Error
from asepsis.infra.records import BudgetRow
from asepsis.policy.config import Budget

__all__ = ["Desk", "Rows", "budget_command"]


class Rows(Protocol):
    """Where it is kept what was leased."""

    def rows(self, now: int, /, *, tenant: str) -> tuple[BudgetRow, ...]:
        """Returns what is leased in windows that are not over, by name and holder."""


class Desk(NamedTuple):
    """The budgets of a configuration, and what was taken of them."""

    rows: Rows
    budgets: tuple[Budget, ...]
    tenant: str
    now: int


def budget_command(open_desk: Callable[[], Desk]) -> click.Command:
    """Returns the command; `open_desk` opens the budgets of the configuration that the command line names."""

    @click.command("budgets")
    def budgets() -> None:
        """Show what is taken of each budget, by holder, in the windows that run.

        What a worker holds for calls to come counts as taken; it gives back what it does not need. The settings,
        [[policy.budgets]], say how much there is; a grant brings its own.

        Example: asepsis budgets --config asepsis.toml
        """
        try:
            desk = open_desk()
        except Error as error:
            raise click.ClickException(str(error)) from error
        known = {one.name: one for one in desk.budgets}
        taken = desk.rows.rows(desk.now, tenant=desk.tenant)
        if not known:
            click.echo("the settings have no budgets, [[policy.budgets]]; a grant may bring its own", err=True)
        used = {row.purse.name for row in taken}
        for name, one in known.items():
            if name not in used:
                click.echo(f"{name}  nothing is taken of {one.most} {one.unit}")
        for row in taken:
            budget, purse = known.get(row.purse.name), row.purse
            until = datetime.fromtimestamp(purse.ends / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
            of = f" of {budget.most} {budget.unit}" if budget is not None else ""
            click.echo(f"{purse.name}  {purse.holder or 'all'}  {row.leased}{of}  until {until}")

    return budgets
