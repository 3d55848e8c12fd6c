"""The commands `asepsis grants …`: which session grants there are, and taking them back."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

import click

from asepsis.core.errors import Error, NotTrusted
from asepsis.core.events import GrantRevoked
from asepsis.core.ports import Clock, Digester, KeyProvider
from asepsis.identity.grants import purpose_of, unseal
from asepsis.infra.records import GrantRow

__all__ = ["Desk", "Rows", "grant_commands"]


class Rows(Protocol):
    """Where grants lie."""

    def living(self, now: int, /, *, tenant: str, principal: str = "") -> tuple[GrantRow, ...]:
        """Returns the grants that are good, the newest first; of one principal, where named."""

    def revoke(self, grants: Sequence[str], told: GrantRevoked, now: int, /, *, tenant: str) -> int:
        """Takes grants back, with all below them; returns how many lived."""


class Desk(NamedTuple):
    """Where grants are looked after, and whose they are."""

    rows: Rows
    keys: KeyProvider
    digester: Digester
    clock: Clock
    tenant: str


class _Group(click.Group):
    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except Error as error:
            raise click.ClickException(str(error)) from error


def grant_commands(open_desk: Callable[[], Desk]) -> click.Group:
    """Returns the group; `open_desk` opens the grants of the configuration that the command line names."""

    @click.group("grants", cls=_Group)
    def grants() -> None:
        """Session grants: who acts for whom, how far, and taking it back.

        \b
          asepsis grants list --config asepsis.toml
          asepsis grants revoke GRANT --config asepsis.toml
          asepsis grants revoke --principal svc-agent --config asepsis.toml
          asepsis grants revoke --all --config asepsis.toml

        A grant that is taken back is gone from every worker within five seconds, with all that were narrowed from it.
        """  # noqa: D301 click reads the backspace character

    @grants.command("list")
    @click.option("--principal", default="", help="Only those of whom this principal acts by.")
    def list_(principal: str) -> None:
        """List the grants that are good, the newest first."""
        desk = open_desk()
        living = desk.rows.living(desk.clock.now(), tenant=desk.tenant, principal=principal)
        if not living:
            click.echo("no grant is good now", err=True)
        for row in living:
            click.echo(_line(row, desk))

    @grants.command("revoke")
    @click.argument("grant", default="")
    @click.option("--principal", default="", help="All by which this principal acts.")
    @click.option("--all", "everything", is_flag=True, help="All that there are.")
    def revoke(grant: str, principal: str, *, everything: bool) -> None:
        """Take grants back, with all that were narrowed from them."""
        if sum((bool(grant), bool(principal), everything)) != 1:
            raise click.UsageError("expected the id of a grant, --principal or --all")
        desk = open_desk()
        now, count = desk.clock.now(), 0
        holder = desk.digester.digest("principal", principal, tenant=desk.tenant) if principal else ""
        told = GrantRevoked(grant, holder, 0, "operator")
        if grant:
            count = desk.rows.revoke([grant], told, now, tenant=desk.tenant)
        else:
            while rows := desk.rows.living(now, tenant=desk.tenant, principal=principal):
                count += desk.rows.revoke([row.grant for row in rows], told, now, tenant=desk.tenant)
        if grant and not count:
            raise click.ClickException(
                f"there is no grant `{grant}` that holds; `asepsis grants list` has those that do"
            )
        click.echo(f"{count} taken back")

    return grants


def _line(row: GrantRow, desk: Desk) -> str:
    until = datetime.fromtimestamp(row.expires / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    try:
        grant = unseal(row, desk.keys)
    except NotTrusted:
        return f"{row.grant}  until {until}  not as it was sealed: it admits nobody"
    chain, who = [row.principal], grant.principal
    while who.on_behalf_of is not None:
        who = who.on_behalf_of
        chain.append(who.id)
    limits = f"  {len(grant.members)} members" if grant.members else ""
    bound = "  bound to a key" if grant.bound else ""
    said = f"{' for '.join(chain)}  {purpose_of(grant.principal).value}  {' '.join(grant.scope)}"
    return f"{row.grant}  until {until}  {said}{limits}{bound}"
