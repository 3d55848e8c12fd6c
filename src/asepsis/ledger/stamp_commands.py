"""The command `asepsis ledger stamp`."""

import asyncio
import sys
from pathlib import Path
from typing import Final

import click

from asepsis.core.errors import Error
from asepsis.infra.clock import SystemClock, written
from asepsis.infra.timestamps import read_roots
from asepsis.ledger.stamping import Authority, Stamping

__all__ = ["stamp"]

_SECONDS: Final = 5.0
_NEVER: Final = 1 << 40


@click.command("stamp")
@click.argument("root", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--url", required=True, help="Where a timestamp authority answers (RFC 3161 over HTTP).")
@click.option(
    "--roots",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="Certificates (PEM) that the authority's has to lead to.",
)
@click.option("--anchored", is_flag=True, help="Stamp what witnesses cosigned, where there is such a checkpoint.")
def stamp(root: Path, url: str, roots: Path, *, anchored: bool) -> None:
    """Have the published checkpoints of the ledger in DIR stamped by an authority, once.

    Exit status 0 only if every tenant's log is stamped as it is published. Only digests go out. A server does this by
    itself once its settings name an authority (`ledger.timestamps`).

    Example: asepsis ledger stamp ./state/ledger --url https://tsa.example --roots tsa.pem
    """
    try:
        whole = asyncio.run(_stamp(root, Authority(url, read_roots(roots), 0, _NEVER), anchored=anchored))
    except Error as error:
        raise click.ClickException(str(error)) from error
    sys.exit(0 if whole else 1)


async def _stamp(root: Path, authority: Authority, /, *, anchored: bool) -> bool:
    """Asks the authority once and prints what came of it; returns whether all logs are stamped as they are."""
    from asepsis.infra.http import HttpTransport  # noqa: PLC0415 no other command asks over HTTP

    transport = HttpTransport(connect=_SECONDS, idle=_SECONDS)
    stamping = Stamping(
        root,
        authority,
        transport=transport,
        clock=SystemClock(),
        overdue=lambda tenant, _: click.echo(f"{tenant}: overdue", err=True),
        anchored=anchored,
    )
    try:
        missing = await stamping.look()
    finally:
        await transport.close()
    for tenant in missing:
        click.echo(f"{tenant}: not stamped")
    for tenant, (size, at) in stamping.stamped.items():
        if tenant not in missing:
            click.echo(f"{tenant}: {size} entries stamped {written(at)}")
    return not missing
