"""The commands `asepsis report`: what the ledger's Events add up to, for people.

They stand in the room `gateway` because what they explain are its calls and its observe mode; they know the ledger
only by a port that `app` fills. Reports that need more than model calls (controls, evidence, signed checkpoints) belong
to `assurance` on the floor above, which can take this group over as it is.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import click

from asepsis.core.errors import Error
from asepsis.core.ports import Clock, Entry
from asepsis.gateway.report import pages
from asepsis.gateway.report.tables import report
from asepsis.gateway.report.tally import Range, Tally

__all__ = ["Source", "report_commands"]

_DAY: Final = 86_400_000
_STEP: Final = 100_000
_DATES: Final = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


class Log(Protocol):
    """A tenant's ledger whose length is known."""

    def size(self) -> int:
        """Returns how many entries are durable."""

    def entries(self, start: int, /) -> Iterator[Entry]:
        """Yields the durable entries from `start` on."""


class Source(NamedTuple):
    """What reports are made from: the tenants that have a ledger, the one asked for by default, and how to open one."""

    tenants: tuple[str, ...]
    tenant: str
    place: Path
    open: Callable[[str], Log]
    clock: Clock


def report_commands(source: Callable[[], Source], /) -> click.Group:
    """Returns the group; `source` gives the ledger that the command line asks for."""
    group = click.Group(
        "report", help="Say what the ledger adds up to. Reports are made of counts and hold no content."
    )

    @group.command("observe")
    @click.option("--days", type=click.IntRange(min=1), help="Only the last so many days.")
    @click.option("--since", type=_DATES, help="Only calls from this time on (UTC).")
    @click.option("--until", type=_DATES, help="Only calls before this time (UTC).")
    @click.option("--application", "applications", multiple=True, help="Only this application; may be repeated.")
    @click.option("--tenant", help="Another tenant of this system than the configured one.")
    @click.option("--format", "form", type=click.Choice(["markdown", "html"]), help="Instead of the file's own ending.")
    @click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file; else it is printed.")
    def observe(  # noqa: PLR0913, PLR0917 one parameter for each option
        days: int | None,
        since: datetime | None,
        until: datetime | None,
        applications: tuple[str, ...],
        tenant: str | None,
        form: str | None,
        output: Path | None,
    ) -> None:
        """Say what would have been masked or denied for the applications that are only observed.

        Put applications that you want to try Asepsis with under `gateway.observe`: their traffic passes untouched,
        and all of it is scanned and decided. This report then says what enforcing would have done, by application,
        kind and channel, how long the guard took, how much could be read, and which rules would have denied most.

        \b
        Examples:
          asepsis report observe --config asepsis.toml -o report.html
          asepsis report observe --config asepsis.toml --days 7 --application claims
          asepsis report observe --since 2026-11-01 --until 2026-12-01 > november.md

        The system may go on running meanwhile. Nothing of what was said is in the report: the ledger does not have it.
        """  # noqa: D301 click reads the backspace itself
        try:
            found = source()
            log, name = _open(found, tenant)
            within = Range(*_range(found.clock, days, since, until), frozenset(applications))
            tally = _tallied(log, within)
        except Error as error:
            raise click.ClickException(str(error)) from error
        made = report(tally, tenant=name)
        wanted = form or ("html" if output and output.suffix.lower() in (".html", ".htm") else "markdown")
        _put(pages.html(made) if wanted == "html" else pages.markdown(made), output)

    return group


def _open(source: Source, tenant: str | None) -> tuple[Log, str]:
    name = tenant or source.tenant
    if not source.tenants:
        raise click.ClickException(
            f"expected a ledger in {source.place}, got none; `asepsis serve` makes one, and --config or --set state=…"
            " says where it is"
        )
    if name not in source.tenants:
        known = ", ".join(f"`{one}`" for one in source.tenants)
        raise click.ClickException(f"expected a tenant with a ledger, got `{name}`; there is {known}")
    return source.open(name), name


def _range(clock: Clock, days: int | None, since: datetime | None, until: datetime | None) -> tuple[int, int]:
    """Returns the range in milliseconds; raises UsageError for one that holds nothing."""
    if days is not None and since is not None:
        raise click.UsageError("expected --days or --since, got both")
    first = clock.now() - days * _DAY if days else _milliseconds(since)
    last = _milliseconds(until)
    if last and first >= last:
        raise click.UsageError("expected --until to be later than the beginning of the range")
    return first, last


def _milliseconds(time: datetime | None) -> int:
    return 0 if time is None else int(time.replace(tzinfo=UTC).timestamp() * 1_000)


def _tallied(log: Log, within: Range) -> Tally:
    """Reads the ledger once, entry by entry, and says on standard error how far it is where that takes a while."""
    tally = Tally(within)
    size = log.size()
    for entry in log.entries(0):
        tally.take(entry.data)
        if not (entry.index + 1) % _STEP:
            click.echo(f"read {entry.index + 1:,} of {size:,} events", err=True)
    return tally


def _put(text: str, output: Path | None) -> None:
    """Prints the report, or writes its file whole: under another name first, then renamed."""
    if output is None:
        click.echo(text, nl=False)
        return
    unfinished = output.with_name(f".{output.name}.unfinished")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(output)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise click.ClickException(f"{output}: cannot be written: {error.strerror}") from error
    click.echo(f"report written to {output}", err=True)
