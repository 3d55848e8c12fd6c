"""The commands `asepsis evidence`: export and verify."""

import sys
from pathlib import Path
from typing import Final

import click
import msgspec

from asepsis.core.errors import Error, InputError
from asepsis.infra import durable, timestamps
from asepsis.infra.clock import written
from asepsis.ledger.evidence.claim import Filter
from asepsis.ledger.evidence.export import Wanted, export
from asepsis.ledger.evidence.verify import verify
from asepsis.ledger.sealing.opening import OpenedBody
from asepsis.ledger.signing import read_vkeys
from asepsis.ledger.tlog import policies
from asepsis.ledger.tlog.encoding import to_base64

__all__ = ["evidence"]

_FILE: Final = click.Path(path_type=Path, dir_okay=False)


@click.group()
def evidence() -> None:
    """Take events out of a ledger so that anybody can check them, and check them."""


@evidence.command("export")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--output", "-o", type=_FILE, required=True, help="The zip to write.")
@click.option("--start", type=click.IntRange(0), default=0, show_default=True, help="The first entry of the range.")
@click.option(
    "--end", type=click.IntRange(1), help="The entry behind the last one; all that is published unless given."
)
@click.option("--subject", default="", help="Ask for events about one subject, by its keyed digest.")
@click.option("--kind", default="", help="Ask for events of one kind.")
@click.option("--principal", default="", help="Ask for events of one principal.")
@click.option("--policy", type=_FILE, help="A trust policy: the bundle carries it and the anchored checkpoint.")
@click.option(
    "--tsa",
    type=_FILE,
    help="Certificates (PEM) of timestamp authorities: the bundle carries a timestamp under them, and the checkpoint "
    "that it is over.",
)
@click.option("--pdf", is_flag=True, help="The cover as PDF, too (extra `pdf`).")
@click.option(
    "--opened",
    type=_FILE,
    multiple=True,
    help="What `asepsis ledger open -o` wrote of an event in the range: goes along.",
)
def _export(
    folder: Path,
    output: Path,
    *,
    policy: Path | None,
    tsa: Path | None,
    opened: tuple[Path, ...],
    pdf: bool,
    **asked: "str | int | None",
) -> None:
    """Write the evidence of a range of one tenant's ledger. DIR is that tenant's folder.

    The bundle holds every entry of the range (entries hold no content), so that whoever gets it can see for themselves
    that nothing that fits was left out.

    Example: asepsis evidence export ./ledger/local -o march.zip --subject 9f86d081884c7d65
    """
    start, end = asked.pop("start"), asked.pop("end")
    chosen = Filter(**{name: str(value) for name, value in asked.items()})
    try:
        bodies = tuple(_body(one) for one in opened)
        trusted = policy.read_bytes() if policy else b""
        roots = tsa.read_bytes() if tsa else b""
        wanted = Wanted(int(start or 0), None if end is None else int(end), chosen, trusted, bodies, roots, pdf)
        with durable.replacing(output) as file:
            file.write(export(folder.resolve(), wanted))
    except Error as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or folder}: {error.strerror}") from error
    click.echo(f"wrote {output}; `asepsis evidence verify {output}` checks it", err=True)


def _body(path: Path) -> OpenedBody:
    try:
        return msgspec.json.decode(path.read_bytes(), type=OpenedBody)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError("expected what `asepsis ledger open -o` wrote", place=str(path)) from error


@evidence.command("verify")
@click.argument("bundle", metavar="BUNDLE", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--vkey", type=_FILE, help="The log's public keys, from somebody you trust.")
@click.option(
    "--policy", type=_FILE, help="A trust policy, from somebody you trust: the logs, the witnesses, the quorum."
)
@click.option("--tsa", type=_FILE, help="Certificates (PEM) of timestamp authorities, from somebody you trust.")
@click.option("--jsonl", is_flag=True, help="Print the events that were asked for, one JSON object per line.")
def _verify(bundle: Path, *, vkey: Path | None, policy: Path | None, tsa: Path | None, jsonl: bool) -> None:
    """Check a bundle and say what it shows.

    Exit status 0 only if all of it holds. Without --vkey and --policy the bundle's own keys are used: then it is whole,
    and whose it is stays open. Without --tsa a timestamp is held against the certificates that came along.

    Example: asepsis evidence verify march.zip --vkey hospital.vkey
    """
    try:
        found = verify(
            bundle.read_bytes(),
            keys=read_vkeys(vkey) if vkey else (),
            policy=policies.parse(policy.read_bytes()) if policy else None,
            authorities=timestamps.read_roots(tsa) if tsa else (),
        )
    except Error as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or bundle}: {error.strerror}") from error
    if jsonl:
        for entry in found.selected:
            sys.stdout.buffer.write(entry + b"\n")
        return
    claim = found.claim
    click.echo(f"log {claim.origin}\nsize {found.checkpoint.size}\nroot {to_base64(found.checkpoint.root)}")
    click.echo(f"range {claim.start} {claim.end}\nselected {len(claim.selected)}")
    for one in found.opened:
        for part in one.said:
            click.echo(f"opened {one.index} {part.line}")
    if found.stamp is not None:
        click.echo(f"stamped {written(found.stamp.time)}")
    if vkey is None and policy is None:
        click.echo("the keys are the bundle's own: whose log it is was not checked", err=True)
    if found.stamp is not None and tsa is None:
        click.echo("the timestamp authority is the bundle's own: whose clock it is was not checked", err=True)
