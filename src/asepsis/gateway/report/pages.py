"""A report in its two formats: Markdown, and one HTML file that needs nothing beside it.

Names of applications, models and tools come from callers and configuration: both formats escape all that they hold.
"""

import re
from typing import Final

import jinja2

from asepsis import __version__
from asepsis.gateway.report.tables import Report, Table

__all__ = ["html", "markdown"]

_SPECIAL: Final = re.compile(r"([\\`*\[\]<>|~&])")


def html(report: Report, /) -> str:
    """Returns the report as one HTML file: style inside, no script, nothing loaded from anywhere."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("asepsis.gateway.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("observe.html").render(report=report, version=__version__)


def markdown(report: Report, /) -> str:
    """Returns the report as Markdown with tables as GitHub and pandoc read them."""
    lines = ["# Observe report", "", f"Tenant {_plain(report.tenant)} · {report.period}", "", report.verdict, ""]
    lines += [f"- **{tile.label}:** {tile.value} ({tile.note})" for tile in report.tiles]
    for table in report.tables:
        lines += ["", f"## {table.title}", "", f"{table.caption}.", "", *_table(table)]
    lines += ["", "## Notes", "", *(f"- {note}" for note in report.notes)]
    return "\n".join([*lines, "", f"asepsis {__version__}", ""])


def _table(table: Table) -> list[str]:
    if not table.rows:
        return [f"*{table.empty}*"]
    rule = ["---" if number < table.words else "---:" for number in range(len(table.head))]
    return [_row(table.head), _row(rule), *(_row([_plain(cell) for cell in row]) for row in table.rows)]


def _row(cells: tuple[str, ...] | list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
