"""The commands `asepsis ledger witness` and `asepsis ledger anchor`: both ends of having a ledger witnessed."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Final

import click

from asepsis.core.errors import ConfigError, Error, NotTrusted
from asepsis.infra.clock import SystemClock
from asepsis.infra.keys import FileKeys, create_master_key
from asepsis.infra.randomness import SystemRandomness
from asepsis.ledger.anchor import Anchoring, read_policy
from asepsis.ledger.signing import read_vkeys
from asepsis.ledger.tlog.keys import SigningKey, VerifierKey
from asepsis.ledger.tlog.notes import check_name
from asepsis.ledger.witness import Witness, witness_keys

__all__ = ["anchor", "witness"]

_SECONDS: Final = 5.0
_FILE: Final = click.Path(path_type=Path, dir_okay=False)


@click.command("witness")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--name", required=True, help="The witness's name, a URL without its scheme, such as w.example.org/1.")
@click.option("--log", "logs", type=_FILE, multiple=True, required=True, help="A copy of a log's file `vkey`.")
@click.option(
    "--key", type=_FILE, help="The master key to sign with; DIR/witness.key, made at first use, unless named."
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8082, show_default=True, type=click.IntRange(0, 65_535))
def witness(folder: Path, name: str, logs: tuple[Path, ...], key: Path | None, host: str, port: int) -> None:
    """Run a witness (C2SP tlog-witness) that remembers and cosigns in DIR what it sees of the named logs.

    It prints its public keys, for the log's trust policy, and serves until it is told to stop. Run it somewhere that
    whoever runs the log cannot reach, and put a proxy with TLS in front of it.

    Example: asepsis ledger witness ./witness --name w.example.org/1 --log hospital.vkey
    """
    try:
        asyncio.run(_serve(_opened(folder, name, logs, key), host=host, port=port))
    except Error as error:
        raise click.ClickException(str(error)) from error


@click.command("anchor")
@click.argument("root", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--policy", type=_FILE, required=True, help="A trust policy whose witnesses have URLs (C2SP tlog-policy)."
)
def anchor(root: Path, policy: Path) -> None:
    """Have the published checkpoints of the ledger in DIR cosigned by the witnesses of a policy, once.

    Exit status 0 only if the quorum is met for every tenant's log and no witness disputes it. A server does this by
    itself once its settings name a policy.

    Example: asepsis ledger anchor ./state/ledger --policy witnesses.policy
    """
    try:
        whole = asyncio.run(_anchor(root, policy))
    except Error as error:
        raise click.ClickException(str(error)) from error
    sys.exit(0 if whole else 1)


def _opened(folder: Path, name: str, logs: tuple[Path, ...], key: Path | None, /) -> Witness:
    """Opens the witness and prints its keys; raises ConfigError and Unavailable."""
    try:
        check_name(name)
        known = _known(logs)
    except NotTrusted as error:
        raise ConfigError(error.message, place=error.place) from error
    if key is None:
        key = folder / "witness.key"
        create_master_key(key, SystemRandomness())
    keys: tuple[SigningKey, ...] = witness_keys(FileKeys(key), name)
    opened = Witness(folder, keys=keys, logs=known, clock=SystemClock())
    for one in keys:
        click.echo(one.verifier.render())
    return opened


def _known(files: tuple[Path, ...], /) -> dict[str, tuple[VerifierKey, ...]]:
    known: dict[str, tuple[VerifierKey, ...]] = {}
    for file in files:
        keys = read_vkeys(file)
        known[keys[0].name] = keys
    return known


async def _serve(opened: Witness, /, *, host: str, port: int) -> None:
    from asepsis.ledger.witness_server import listen, serve  # noqa: PLC0415 no other command serves

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await serve(opened, listen(host, port), stop=stop)
    finally:
        opened.close()


async def _anchor(root: Path, policy: Path, /) -> bool:
    """Asks the witnesses once and prints what came of it; returns whether all logs are anchored as they are."""
    from asepsis.infra.http import HttpTransport  # noqa: PLC0415 no other command asks over HTTP

    disputes: list[str] = []
    transport = HttpTransport(connect=_SECONDS, idle=_SECONDS)
    asking = Anchoring(
        root,
        read_policy(policy),
        transport=transport,
        clock=SystemClock(),
        dispute=lambda tenant, told: disputes.append(f"{tenant}: witness `{told.witness}` disputes it: {told.reason}"),
    )
    try:
        missing = await asking.look()
    finally:
        await transport.close()
    for line in disputes:
        click.echo(line, err=True)
    for tenant, (size, _) in asking.anchored.items():
        click.echo(f"{tenant}: {'not anchored' if tenant in missing else f'anchored at {size} entries'}")
    return not disputes and not missing
