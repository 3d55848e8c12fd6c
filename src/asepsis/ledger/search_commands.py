"""The command `asepsis ledger search`."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click
import msgspec

from asepsis.core.errors import Error
from asepsis.core.types import Verdict
from asepsis.infra.clock import written
from asepsis.infra.columns import MOST, Query
from asepsis.ledger.index import FOLDER
from asepsis.ledger.reader import logs
from asepsis.ledger.search import Found, Hit
from asepsis.ledger.search import scan as scan_log
from asepsis.ledger.search import search as search_log
from asepsis.ledger.tlog.encoding import to_base64

__all__ = ["search"]

_LIMIT: Final = 100
_FOLDER: Final = click.Path(path_type=Path, file_okay=False)
_VERDICTS: Final = [one.name.lower() for one in Verdict]


class _Told(msgspec.Struct, frozen=True):
    """An Event as `--json` prints it: the stored bytes, behind their index."""

    index: int
    event: msgspec.Raw


class _When(click.ParamType[int]):
    """A time as ISO 8601 says it, in UTC unless it says otherwise; milliseconds since the epoch."""

    name = "time"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Returns the milliseconds; fails for what is no time."""
        if isinstance(value, int):
            return value
        try:
            moment = datetime.fromisoformat(value)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return int(moment.timestamp() * 1000)
        except (ValueError, OverflowError):
            self.fail("expected a time such as 2026-11-27 or 2026-11-27T14:00:00Z", param, ctx)


@click.command("search")
@click.argument("folder", metavar="DIR", type=_FOLDER)
@click.option("--kind", "kinds", multiple=True, help="Events of this kind; of all that begin so if it ends in a dot.")
@click.option(
    "--verdict",
    "verdicts",
    multiple=True,
    type=click.Choice(_VERDICTS),
    help="Events with this decision.",
)
@click.option("--principal", default="", help="Events of one principal.")
@click.option("--subject", default="", help="Events about one subject, by its keyed digest.")
@click.option("--since", type=_When(), help="Events from this time on.")
@click.option("--until", type=_When(), help="Events before this time.")
@click.option("--start", type=click.IntRange(0), default=0, show_default=True, help="The first entry to look at.")
@click.option(
    "-n", "--limit", type=click.IntRange(1, MOST), default=_LIMIT, show_default=True, help="How many per tenant."
)
@click.option("--json", "as_json", is_flag=True, help="Print whole events, one JSON object per line.")
@click.option("--index", type=_FOLDER, help="Where the index is kept: DIR/<tenant>/index unless named.")
@click.option("--rebuild", is_flag=True, help="Make the index anew from the log first.")
@click.option("--scan", is_flag=True, help="Read every entry instead, without an index.")
def search(
    folder: Path,
    *,
    index: Path | None,
    as_json: bool,
    rebuild: bool,
    scan: bool,
    verdicts: tuple[str, ...],
    **asked: "str | int | tuple[str, ...] | None",
) -> None:
    """Print the events that are asked for, the first ones first. DIR is the ledger's folder, or one tenant's in it.

    Options of one name are alternatives, those of different names all hold. Each event that the index names is checked
    against the log before it is shown. Who could write to the index may have hidden some: --rebuild makes it anew,
    --scan does without it.

    Example: asepsis ledger search ./ledger --verdict deny --since 2026-11-01
    """
    query = msgspec.convert({**asked, "verdicts": tuple(int(Verdict[one.upper()]) for one in verdicts)}, Query)
    try:
        for log in logs(folder):
            here = log.resolve()
            at = index / here.name if index else here / FOLDER
            found = scan_log(here, query) if scan else search_log(here, query, index=at, rebuild=rebuild)
            _tell(here.name, found, as_json=as_json)
    except Error as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or folder}: {error.strerror}") from error


def _tell(tenant: str, found: Found, /, *, as_json: bool) -> None:
    for hit in found.hits:
        if as_json:
            sys.stdout.buffer.write(msgspec.json.encode(_Told(hit.entry.index, msgspec.Raw(hit.entry.data))) + b"\n")
        else:
            click.echo(_line(tenant, hit))
    sys.stdout.flush()
    more = f"; more behind entry {found.hits[-1].entry.index}: --start goes on" if found.more else ""
    counted = f"{len(found.hits)} found in {found.size} entries, root {to_base64(found.root)}"
    click.echo(f"{tenant}: {counted}{more}", err=True)


def _line(tenant: str, hit: Hit, /) -> str:
    event = hit.event
    # A principal is named by others: nothing of it may move the cursor.
    principal = "".join(one if one.isprintable() else "?" for one in event.principal) or "-"
    verdict = event.verdict.name.lower()
    return f"{hit.entry.index:>10}  {written(event.time)}  {tenant}  {event.kind:<22}  {verdict:<9}  {principal}"
