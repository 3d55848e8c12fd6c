"""The commands `asepsis ledger`: append, check, prove, search, show, stamp, tail, verify, and those of witnesses."""

import asyncio
import errno
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import click

from asepsis.core.errors import Error, InputError
from asepsis.core.events import read
from asepsis.infra.clock import SystemClock, written
from asepsis.infra.ids import SystemIds
from asepsis.infra.keys import FileKeys
from asepsis.ledger.client import LocalLedger
from asepsis.ledger.format import HEAD
from asepsis.ledger.intake import Intake
from asepsis.ledger.prove import find, prove
from asepsis.ledger.reader import LogReader, logs
from asepsis.ledger.search_commands import search
from asepsis.ledger.signing import read_vkeys
from asepsis.ledger.stamp_commands import stamp
from asepsis.ledger.tlog import offline, policies
from asepsis.ledger.tlog.keys import VerifierKey
from asepsis.ledger.verify import Verified, tenant_of, verify, witnessed_notes
from asepsis.ledger.witness_commands import anchor, witness

__all__ = ["ledger"]

_TAIL: Final = 10
_FOLDER: Final = click.Path(path_type=Path, file_okay=False)
_FILE: Final = click.Path(path_type=Path, dir_okay=False)


@click.group()
def ledger() -> None:
    """Check, read and fill the ledger. DIR is its folder, or one tenant's folder in it."""


ledger.add_command(anchor)
ledger.add_command(search)
ledger.add_command(stamp)
ledger.add_command(witness)


@ledger.command("append")
@click.argument("folder", metavar="DIR", type=_FOLDER)
@click.option("--jsonl", is_flag=True, required=True, help="Read one JSON object per line from standard input.")
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The master key that the ledger is signed with. Without it one in DIR is used, made at first use.",
)
def _append(folder: Path, *, jsonl: bool, key: Path | None) -> None:  # noqa: ARG001 the only format, and named on purpose
    """Append events from standard input and print each one's id once it is durable.

    A line is a whole event as `tail --jsonl` prints it, or {"kind", "payload"} with "tenant" and "principal" if wanted.
    A line that is no event is reported with its number; the others are appended and the exit status is 1.

    Example: asepsis ledger append ./ledger --jsonl < events.jsonl
    """
    try:
        bad = asyncio.run(_append_lines(folder, key))
    except Error as error:
        raise click.ClickException(str(error)) from error
    sys.exit(1 if bad else 0)


@ledger.command("verify")
@click.argument("folder", metavar="DIR", type=_FOLDER)
@click.option(
    "--witnessed",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A file with what an earlier verification printed, or with published checkpoints: the log has to extend it.",
)
@click.option(
    "--vkey",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A copy of the log's file `vkey`, kept elsewhere. Without it the one in its folder counts.",
)
def _verify(folder: Path, witnessed: Path | None, vkey: Path | None) -> None:
    """Check every byte of the ledger and print a signed checkpoint per tenant.

    Exit status 0 only if all of it holds; otherwise 1, with the place of what does not. Keep the printed text somewhere
    else and pass it to a later check with --witnessed: that shows that nothing was cut off the end or rewritten.

    Example: asepsis ledger verify ./ledger > checkpoint && asepsis ledger verify ./ledger --witnessed checkpoint
    """
    with _told(folder):
        seen = witnessed_notes(witnessed.read_bytes()) if witnessed else ()
        for found in _verified(folder, seen, keys=read_vkeys(vkey) if vkey else ()):
            click.echo(found.note, nl=False)
            told = found.checkpoint
            click.echo(f"{told.origin}: all {told.size:,} entries hold", err=True)


@ledger.command("show")
@click.argument("folder", metavar="DIR", type=_FOLDER)
@click.argument("which", metavar="EVENT")
def _show(folder: Path, which: str) -> None:
    """Print an event as it is stored. DIR is one tenant's folder, EVENT an id or an index.

    Example: asepsis ledger show ./ledger/local 4711
    """
    with _told(folder):
        sys.stdout.buffer.write(find(_one(folder), which).data + b"\n")


@ledger.command("prove")
@click.argument("folder", metavar="DIR", type=_FOLDER)
@click.argument("which", metavar="EVENT")
@click.option(
    "--output", "-o", type=_FILE, required=True, help="The file for the proof; the event goes to <file>.json."
)
def _prove(folder: Path, which: str, output: Path) -> None:
    """Write the proof that an event is in the ledger, and the event as it is stored.

    DIR is one tenant's folder, EVENT an id or an index. The proof (C2SP tlog-proof) holds without the ledger: whoever
    has the log's public keys can check it, with `asepsis ledger check` or other people's tools.

    Example: asepsis ledger prove ./ledger/local 4711 -o 4711.tlog-proof
    """
    with _told(folder):
        proven = prove(_one(folder), which)
        output.write_bytes(proven.proof.render())
        output.with_name(f"{output.name}.json").write_bytes(proven.entry)
    click.echo(f"wrote {output} and {output.name}.json", err=True)


@ledger.command("check")
@click.argument("proof", metavar="PROOF", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--event", type=_FILE, help="The event's stored bytes; <PROOF>.json unless named.")
@click.option("--vkey", type=_FILE, help="The log's public keys, a copy of its file `vkey`.")
@click.option("--policy", type=_FILE, help="A trust policy (C2SP tlog-policy): the logs, the witnesses, the quorum.")
def _check(proof: Path, event: Path | None, vkey: Path | None, policy: Path | None) -> None:
    """Check the proof that an event is in a ledger and print the checkpoint that it is in.

    Exit status 0 only if the signature of the log, the quorum of the policy and the proof all hold.

    Example: asepsis ledger check 4711.tlog-proof --vkey vkey
    """
    if vkey is None and policy is None:
        raise click.UsageError("expected --vkey or --policy: a proof does not say whom to trust")
    with _told(proof):
        entry = (event or proof.with_name(f"{proof.name}.json")).read_bytes()
        keys = read_vkeys(vkey) if vkey else ()
        trusted = policies.parse(policy.read_bytes()) if policy else None
        found = offline.parse(proof.read_bytes()).check(entry, keys=keys, policy=trusted)
        click.echo(found.render(), nl=False)


@ledger.command("tail")
@click.argument("folder", metavar="DIR", type=_FOLDER)
@click.option("-f", "--follow", is_flag=True, help="Go on with events as they become durable, until interrupted.")
@click.option("-n", "--count", type=click.IntRange(0), default=_TAIL, show_default=True, help="How many per tenant.")
@click.option("--jsonl", is_flag=True, help="Print whole events, one JSON object per line.")
def _tail(folder: Path, *, follow: bool, count: int, jsonl: bool) -> None:
    """Print the last events of the ledger.

    Example: asepsis ledger tail ./ledger -f
    """
    try:
        asyncio.run(_print(folder, follow=follow, count=count, jsonl=jsonl))
    except KeyboardInterrupt:
        return
    except Error as error:
        raise click.ClickException(str(error)) from error
    except ExceptionGroup as group:
        if group.split(BrokenPipeError)[1] is not None:
            raise
        raise BrokenPipeError(errno.EPIPE, "nobody reads any more") from group  # which the command line bears


@contextmanager
def _told(place: Path, /) -> Iterator[None]:
    """Tells errors on the command line."""
    try:
        yield
    except Error as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or place}: {error.strerror}") from error


def _one(folder: Path, /) -> Path:
    """Returns one tenant's folder; raises InputError for a ledger of several."""
    log, *more = logs(folder)
    if more:
        raise InputError("expected one tenant's folder, got a ledger of several", place=str(folder))
    return log.resolve()


def _verified(folder: Path, seen: tuple[bytes, ...], /, *, keys: Sequence[VerifierKey]) -> Iterator[Verified]:
    found = logs(folder)
    here = {log.resolve().name for log in found}
    missing = sorted({tenant_of(one) for one in seen} - here)
    if missing and folder.resolve().name not in here:
        raise InputError(f"expected the log of the witnessed tenant `{missing[0]}`", place=str(folder))
    for log in found:
        yield verify(log.resolve(), seen, keys=keys)


async def _append_lines(folder: Path, key: Path | None, /) -> int:
    """Appends the events on standard input, printing each id once it is durable; returns how many lines were bad."""
    clock = SystemClock()
    ids = SystemIds(clock)
    log = LocalLedger(folder, clock=clock, ids=ids, keys=FileKeys(key) if key else None)
    intake = Intake(log, clock=clock, ids=ids, say=click.echo, complain=lambda text: click.echo(text, err=True))
    try:
        return await intake.run(partial(os.read, sys.stdin.fileno()))
    finally:
        await log.close()


async def _print(folder: Path, /, *, follow: bool, count: int, jsonl: bool) -> None:
    stop = asyncio.Event()
    found = logs(folder)
    readers = [(LogReader(log.resolve().parent, log.resolve().name)) for log in found if (log / HEAD).exists()]
    async with asyncio.TaskGroup() as group:
        for reader in readers:
            group.create_task(_print_one(reader, stop, follow=follow, count=count, jsonl=jsonl))


async def _print_one(reader: LogReader, stop: asyncio.Event, /, *, follow: bool, count: int, jsonl: bool) -> None:
    start = reader.tail_start(count)
    if not follow:
        for entry in reader.entries(start):
            click.echo(_line(entry.data, jsonl=jsonl))
        return
    async for entry in reader.follow(start, stop=stop):
        click.echo(_line(entry.data, jsonl=jsonl))


def _line(data: bytes, /, *, jsonl: bool) -> str:
    if jsonl:
        return data.decode()
    event = read(data)
    time = written(event.time)
    return f"{time}  {event.tenant}  {event.kind:<22}  {event.verdict.name.lower():<9}  {event.id}"
