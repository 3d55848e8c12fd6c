"""Rendering: calls, totals and checks to HTML. Everything is escaped; no page holds a script or a style of its own."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from urllib.parse import urlencode

import jinja2

from asepsis import __version__
from asepsis.console.access import AccessView
from asepsis.console.board import SHOWS, Board, Summary
from asepsis.console.desk import Around, Standing, View
from asepsis.console.people import SOMEBODY, Person
from asepsis.console.readiness import Check
from asepsis.console.rows import clock, day, duration, left, moment, row, seen, topic, use
from asepsis.console.toolservers import ServerRow
from asepsis.infra.telemetry.calls import Call
from asepsis.policy.docket import Entry

__all__ = ["Asked", "Here", "Pages", "Visit"]

_WINDOW: Final = 200


class Here(NamedTuple):
    """Which tenant a page shows, and the others that it could show; the first one needs no naming in an address."""

    tenant: str
    tenants: tuple[str, ...]

    def address(self, **changes: str | int | None) -> str:
        """Returns the address of the page of decisions for a tenant, `show` and `before`; what is usual is left out."""
        given = {"tenant": self.tenant, **changes}
        usual = {"tenant": self.tenants[0], "show": "all", "before": None}
        return "/?".join(
            ("", urlencode({name: value for name, value in given.items() if value != usual[name]}))
        ).rstrip("?")

    def tools(self, tenant: str = "") -> str:
        """Returns the address of the page of tools for a tenant, this one where none is named."""
        named = tenant or self.tenant
        return "/tools" if named == self.tenants[0] else f"/tools?{urlencode({'tenant': named})}"


class Asked(NamedTuple):
    """How often people were asked in the last calls, and how often is enough in 200.

    Of fewer calls nothing is said: who tries a few that have to be asked about is not asked too often.
    """

    asks: int
    calls: int
    budget: int

    @property
    def many(self) -> bool:
        """Whether it is too often."""
        return self.calls >= _WINDOW and self.asks > self.budget


class Visit(NamedTuple):
    """Who looks at a page, and how many cases wait for an approval; None where nobody can approve here.

    `access` is how much access for a time waits for a word or a review; None where there is none to be had.
    """

    person: Person = SOMEBODY
    waiting: int | None = None
    access: int | None = None


class Pages:
    """The console's templates. `size` is how many calls stand on a page, `gateway` the address that examples call.

    `tools` is where agents find their tools, empty where there are none.
    """

    def __init__(self, *, size: int, gateway: str, tools: str = "") -> None:
        self.size = size
        environment = jinja2.Environment(
            loader=jinja2.PackageLoader("asepsis.console"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.globals |= {"version": __version__, "gateway": gateway, "tools": tools, "shows": SHOWS}
        environment.filters |= {
            "moment": moment,
            "clock": clock,
            "duration": duration,
            "seen": seen,
            "left": left,
            "day": day,
            "topic": topic,
            "use": use,
        }
        self._environment = environment

    def decisions(
        self, board: Board, checks: Sequence[Check], here: Here, visit: Visit, /, *, show: str, before: int | None
    ) -> str:
        """Returns the page of decisions."""
        calls = board.latest(show, count=self.size + 1, before=before)
        return self._render(
            "decisions.html",
            rows=[row(call) for call in calls[: self.size]],
            older=calls[self.size - 1].index if len(calls) > self.size else None,
            summary=board.summary(),
            revision=board.revision,
            size=self.size,
            live=before is None,
            checks=checks,
            fault=board.fault,
            show=show,
            here=here,
            visit=visit,
        )

    def tools(
        self, board: Board, servers: Sequence[ServerRow], checks: Sequence[Check], here: Here, visit: Visit, /
    ) -> str:
        """Returns the page of servers of tools and of what was called."""
        shown = {"rows": board.tools.latest(), "servers": servers, "here": here}
        return self._render("tools.html", **shown, checks=checks, visit=visit, fault=board.fault)

    def decision(self, call: Call, checks: Sequence[Check], visit: Visit, /, *, fault: str) -> str:
        """Returns the page of one decision."""
        verified = call.opened.decision.input == call.opened.input.digest
        shown = {"row": row(call), "call": call, "verified": verified}
        return self._render("decision.html", **shown, checks=checks, visit=visit, fault=fault)

    def missing(self, checks: Sequence[Check], visit: Visit, /, *, fault: str) -> str:
        """Returns the page that stands where nothing is found."""
        return self._render("missing.html", checks=checks, visit=visit, fault=fault)

    def signing(self, name: str, /, *, person: Person | None = None, **values: object) -> str:
        """Returns a page around signing in: `failed`, `nothing` or `out`."""
        return self._render("signing.html", name=name, visit=Visit(person or SOMEBODY), checks=(), fault="", **values)

    def approvals(
        self, view: View, asked: Asked, standing: Standing, checks: Sequence[Check], visit: Visit, /, *, done: str
    ) -> str:
        """Returns the page of approvals; `done` names the case that was answered, or behind a `!` what went wrong."""
        said = {"view": view, "asked": asked, "standing": standing, "done": done}
        return self._render("approvals.html", **said, checks=checks, visit=visit, fault="")

    def waiting(self, view: View, /) -> str:
        """Returns the list of what waits."""
        return self._render("_waiting.html", view=view)

    def approval(self, one: Entry, around: Around, checks: Sequence[Check], visit: Visit, /) -> str:
        """Returns the page of one case."""
        return self._render("approval.html", one=one, around=around, checks=checks, visit=visit, fault="")

    def access(self, view: AccessView, checks: Sequence[Check], visit: Visit, /) -> str:
        """Returns the page of access for a time."""
        return self._render("access.html", view=view, checks=checks, visit=visit, fault="")

    def row(self, call: Call, /) -> str:
        """Returns the table row of a call."""
        return self._render("_row.html", row=row(call))

    def summary(self, summary: Summary, /) -> str:
        """Returns the totals."""
        return self._render("_summary.html", summary=summary)

    def health(self, checks: Sequence[Check], fault: str, /) -> str:
        """Returns the readiness line."""
        return self._render("_health.html", checks=checks, fault=fault)

    def _render(self, name: str, /, **values: object) -> str:
        return self._environment.get_template(name).render(values)
