"""The commands `asepsis ledger`: verify, append, tail."""

import asyncio
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click
import msgspec

from asepsis.core import canonical
from asepsis.core.errors import Error, InputError
from asepsis.core.events import PAYLOADS, Event, Payload, build, read, read_payload
from asepsis.core.ports import Clock, Ids
from asepsis.ledger.client import LocalLedger
from asepsis.ledger.errors import refused
from asepsis.ledger.format import HEAD, check_tenant, segments
from asepsis.ledger.reader import LogReader
from asepsis.ledger.verify import Checkpoint, checkpoints, verify

__all__ = ["ledger_commands"]

_DEFAULT_TENANT: Final = "default"
_TAIL: Final = 10
_FLYING: Final = 1024
_FOLDER: Final = click.Path(path_type=Path, file_okay=False)


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: str
    payload: msgspec.Raw
    tenant: str = _DEFAULT_TENANT
    principal: str = ""


_LINES: Final = msgspec.json.Decoder(_Line)


def ledger_commands(*, clock: Clock, ids: Ids) -> click.Group:
    """Returns the group `ledger`; `clock` and `ids` give time and name to events that come without."""
    group = click.Group("ledger", help="Check, read and fill the ledger. DIR is its folder, or one tenant's in it.")
    group.add_command(_verify)
    group.add_command(_tail)

    @group.command("append")
    @click.argument("folder", metavar="DIR", type=_FOLDER)
    @click.option("--jsonl", is_flag=True, required=True, help="Read one JSON object per line from standard input.")
    def append(folder: Path, *, jsonl: bool) -> None:  # noqa: ARG001 the only format, and named on purpose
        """Append events from standard input and print each one's id once it is durable.

        A line is a whole event as `tail --jsonl` prints it, or {"kind", "payload"} with "tenant" and "principal" if
        wanted. A line that is no event is reported with its number; the others are appended and the exit status is 1.

        Example: asepsis ledger append ./ledger --jsonl < events.jsonl
        """
        lines = (line for line in sys.stdin.buffer)
        try:
            bad = asyncio.run(_append(folder, lines, clock=clock, ids=ids))
        except Error as error:
            raise click.ClickException(str(error)) from error
        sys.exit(1 if bad else 0)

    return group


@click.command("verify")
@click.argument("folder", metavar="DIR", type=_FOLDER)
@click.option(
    "--witnessed",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A file with what an earlier verification printed: the log has to extend it.",
)
def _verify(folder: Path, witnessed: Path | None) -> None:
    """Check every byte of the ledger and print a checkpoint per tenant.

    Exit status 0 only if all of it holds; otherwise 1, with the place of what does not. Keep the printed text somewhere
    else and pass it to a later check with --witnessed: that shows that nothing was cut off the end or rewritten.

    Example: asepsis ledger verify ./ledger > checkpoint && asepsis ledger verify ./ledger --witnessed checkpoint
    """
    try:
        seen = checkpoints(witnessed.read_text(errors="replace")) if witnessed else ()
        for found in _verified(folder, seen):
            click.echo(found.render(), nl=False)
    except Error as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{folder}: cannot read: {error.strerror}") from error


@click.command("tail")
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


def _logs(folder: Path, /) -> tuple[Path, ...]:
    """Returns the tenants' folders: the one given, or those in it; raises InputError when there is none."""
    if folder.is_dir() and ((folder / HEAD).exists() or segments(folder)):
        return (folder,)
    found = tuple(folder / name for name in _folders(folder))
    if not found:
        raise InputError("expected a ledger, got a folder without a log", place=str(folder), code="ledger_missing")
    return found


def _folders(root: Path, /) -> tuple[str, ...]:
    """Returns every folder in `root`: one without a head is damage to report, not a log to leave out."""
    return tuple(sorted(path.name for path in root.iterdir() if path.is_dir())) if root.is_dir() else ()


def _verified(folder: Path, seen: tuple[Checkpoint, ...], /) -> Iterator[Checkpoint]:
    logs = _logs(folder)
    here = {log.resolve().name for log in logs}
    missing = sorted({one.tenant for one in seen} - here)
    if missing and folder.resolve().name not in here:
        raise InputError(f"expected the log of the witnessed tenant `{missing[0]}`", place=str(folder))
    for log in logs:
        yield verify(log.resolve(), seen)


async def _append(folder: Path, lines: Iterable[bytes], /, *, clock: Clock, ids: Ids) -> int:
    """Appends each line's event, some at once, in order; returns how many lines were bad."""
    ledger = LocalLedger(folder, clock=clock, ids=ids)
    bad = 0
    flying: list[tuple[str, asyncio.Future[None]]] = []
    try:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                event = _event(line, clock=clock, ids=ids)
            except InputError as error:
                bad += 1
                click.echo(f"line {number}: {error.message}", err=True)
                continue
            flying.append((event.id, asyncio.ensure_future(ledger.submit([event]))))
            if len(flying) >= _FLYING:
                await _land(flying)
        await _land(flying)
    finally:
        await ledger.close()
    return bad


async def _land(flying: list[tuple[str, "asyncio.Future[None]"]], /) -> None:
    for name, future in flying:
        await future
        click.echo(name)
    flying.clear()


def _event(line: bytes, /, *, clock: Clock, ids: Ids) -> Event:
    """Reads a line as an Event or as the short form; raises InputError for what the ledger would not take."""
    try:
        event = read(line)
    except InputError:
        event = _short(line, clock=clock, ids=ids)
    check_tenant(event.tenant)
    return msgspec.structs.replace(event, payload=msgspec.Raw(canonical.encode(_payload(event))))


def _short(line: bytes, /, *, clock: Clock, ids: Ids) -> Event:
    try:
        short = _LINES.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise refused("expected an event, or an object with `kind` and `payload`") from error
    if short.kind not in PAYLOADS:
        raise refused("expected a known kind of event")
    try:
        payload = msgspec.json.decode(short.payload, type=PAYLOADS[short.kind][1])
    except msgspec.DecodeError as error:
        raise refused(f"expected the payload of `{short.kind}`") from error
    return build(payload, id=ids.new(), time=clock.now(), tenant=short.tenant, principal=short.principal)


def _payload(event: Event, /) -> Payload:
    return read_payload(event)


async def _print(folder: Path, /, *, follow: bool, count: int, jsonl: bool) -> None:
    stop = asyncio.Event()
    logs = _logs(folder)
    readers = [(LogReader(log.resolve().parent, log.resolve().name)) for log in logs if (log / HEAD).exists()]
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
    time = datetime.fromtimestamp(event.time / 1000, tz=UTC).isoformat(timespec="milliseconds")
    return f"{time}  {event.tenant}  {event.kind:<22}  {event.verdict.name.lower():<9}  {event.id}"
