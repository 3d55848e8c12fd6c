"""Access for a time: a template of the bundle is linked for somebody, by others or, in an emergency, by themselves.

1. Who asks for a template gets it once those whom its `@ask` names said yes, any other approver where it names nobody;
   never by their own word, nor for longer than it says. Its time runs from when it was asked for.
2. Whoever may by `breakglass.open` breaks the glass at once, with a reason, for as long as the template says. It is
   told at once, all that is done behind it is kept (`seal:on`), and somebody else has to review it; who has five that
   nobody reviewed breaks no other.
3. What stands in the database counts by the desk's signatures alone: on whom, which template, until when, by whom.
4. Cedar decides, with the template linked; no forbid that no approval lifts is lifted.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, NamedTuple, Protocol

import msgspec

from asepsis.core import canonical
from asepsis.core.errors import InputError, NotTrusted
from asepsis.core.events import AccessAsked, AccessDecided, AccessEnded, GlassBroken, GlassReviewed, Payload
from asepsis.core.ports import Clock, Digester, Ids
from asepsis.core.types import Action, Decision, DecisionInput, Purpose, Verdict
from asepsis.infra.clock import today
from asepsis.infra.records import ElevationRow
from asepsis.policy import dsse
from asepsis.policy.answers import Answers, Teller, counting, wanted
from asepsis.policy.types import Rule

__all__ = ["Asking", "Elevations", "Open", "Policies", "Rows", "Said"]

_TYPE: Final = "application/vnd.asepsis.elevation+json"
_MINUTE: Final = 60_000
_REASON: Final = 500
_SHORTEST: Final = 10
_OPEN: Final = 5
_ENDING: Final = ("asked", "active")


class Rows(Protocol):
    """Where rows are kept."""

    def add(self, row: ElevationRow, told: Payload, /) -> None:
        """Adds a row."""

    def get(self, link: str, /, *, tenant: str) -> ElevationRow | None:
        """Returns a row."""

    def listed(self, states: Sequence[str], /, *, tenant: str) -> tuple[ElevationRow, ...]:
        """Returns the rows in some states."""

    def change(self, before: ElevationRow, after: ElevationRow, told: Payload, /) -> bool:
        """Changes a row; False where it is not what it was before."""


class Policies(Protocol):
    """The policies in force: their templates by name, and what they decide."""

    @property
    def templates(self) -> Mapping[str, Rule]:
        """The templates."""

    def decide(self, question: DecisionInput, /) -> Decision:
        """Returns a decision."""


class _Tools(Protocol):
    @property
    def clock(self) -> Clock:
        """The clock."""

    @property
    def ids(self) -> Ids:
        """Ids."""

    @property
    def digester(self) -> Digester:
        """The keyed digest."""


class Open(NamedTuple):
    """A template that is linked for somebody now, and until when, in milliseconds."""

    tenant: str
    principal: str
    template: str
    link: str
    expires: int


class Asking(NamedTuple):
    """What somebody wants: for themselves, with their roles, by an application, and why."""

    principal: str
    roles: tuple[str, ...]
    application: str
    template: str
    minutes: int
    reason: str


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A statement on a row, signed by the desk."""

    link: str
    principal: str
    template: str
    kind: str
    expires: int
    what: Literal["ask", "open", "grant", "deny", "review", "object"]
    person: str
    groups: tuple[str, ...]
    at: int
    reason: str
    handed: tuple[tuple[str, str], ...] = ()


class Elevations:
    """Access for a time, for one tenant; `policies` are those in force, None where there are none with templates."""

    def __init__(
        self, rows: Rows, answers: Answers, tools: _Tools, policies: Callable[[], Policies | None], *, tenant: str
    ) -> None:
        self._rows = rows
        self._answers = answers
        self._tools = tools
        self._policies = policies
        self._tenant = tenant

    def offered(self) -> tuple[Rule, ...]:
        """Returns the templates that there are."""
        policies = self._policies()
        return tuple(policies.templates.values()) if policies is not None else ()

    def ask(self, asking: Asking, /) -> ElevationRow:
        """Asks to have a template linked; raises InputError."""
        rule = self._template(asking, glass=False)
        row = self._row(asking, rule, "grant", "asked")
        row = self._with(row, "ask", Teller(asking.principal, ()), asking.reason)
        self._rows.add(row, AccessAsked(row.link, self._keyed(row.principal), row.template, row.expires, row.principal))
        return row

    def answer(self, link: str, teller: Teller, /, *, grant: bool, reason: str) -> ElevationRow:
        """Says yes or no to what somebody asks for; raises InputError and NotTrusted."""
        before = self._known(link, ("asked",))
        if teller.principal == before.principal:
            raise NotTrusted("nobody grants access to themselves")
        if any(said.person == teller.principal for said in self.said(before)):
            raise InputError("expected an answer of somebody who has not answered yet", place=link)
        teller = teller.without({before.principal})
        if not self.is_for(before, teller):
            raise InputError(f"expected an answer of {' or '.join(self.groups(before))}", place=link)
        after = self._with(before, "grant" if grant else "deny", teller, reason)
        state = "denied" if not grant else "active" if self._granted(after) else "asked"
        after = msgspec.structs.replace(after, state=state)
        self._change(before, after, AccessDecided(link, self._keyed(teller.principal), grant, state, teller.principal))
        return after

    def groups(self, row: ElevationRow, /) -> tuple[str, ...]:
        """Returns the groups whose yes a row needs; none where anybody else's will do."""
        return tuple(group for group, _ in self._wanted(row) if group)

    def is_for(self, row: ElevationRow, teller: Teller, /) -> bool:
        """Whether somebody else's answer to a row would count, or their review of it."""
        groups = self.groups(row)
        handed = teller.without({row.principal})
        return teller.principal != row.principal and (not groups or row.state == "review" or handed.answers_for(groups))

    def break_glass(self, asking: Asking, /) -> ElevationRow:
        """Links a template for who asks, at once, where policy lets them; raises InputError and NotTrusted."""
        rule = self._template(asking, glass=True)
        policies = self._policies()
        question = DecisionInput(
            self._tenant,
            Action.BREAK_GLASS_OPEN,
            asking.principal,
            asking.application,
            Purpose.BREAK_GLASS,
            "console",
            roles=asking.roles,
            day=today(self._tools.clock.now()),
        )
        if policies is None or policies.decide(question).verdict > Verdict.TRANSFORM:
            raise NotTrusted("no policy lets you break the glass")
        row = self._row(asking, rule, "glass", "active")
        row = self._with(row, "open", Teller(asking.principal, ()), asking.reason)
        reason = self._tools.digester.digest("reason", asking.reason, tenant=self._tenant)
        by = self._keyed(row.principal)
        self._rows.add(row, GlassBroken(row.link, by, row.template, row.expires, reason, row.principal))
        return row

    def end(self, link: str, by: str, /) -> ElevationRow:
        """Ends access before its time; what was done behind broken glass still has to be reviewed."""
        before = self._known(link, _ENDING)
        after = msgspec.structs.replace(before, state=_over(before))
        self._change(before, after, AccessEnded(link, "ended", self._keyed(by), by))
        return after

    def review(self, link: str, teller: Teller, /, *, reason: str, right: bool = True) -> ElevationRow:
        """Closes the task of a review, with what was found; raises NotTrusted for who broke the glass."""
        before = self._known(link, ("review",), late=True)
        if teller.principal == before.principal:
            raise NotTrusted("whoever broke the glass does not review it")
        said = self._with(before, "review" if right else "object", teller, reason)
        after = msgspec.structs.replace(said, state="closed")
        digest = self._tools.digester.digest("reason", reason, tenant=self._tenant)
        self._change(before, after, GlassReviewed(link, self._keyed(teller.principal), digest, right, teller.principal))
        return after

    def open_now(self) -> tuple[Open, ...]:
        """Returns what is linked now, by signatures that hold."""
        now = self._tools.clock.now()
        rows = self._rows.listed(("active",), tenant=self._tenant)
        good = [row for row in rows if row.expires > now and self._holds(row)]
        return tuple(sorted(Open(row.tenant, row.principal, row.template, row.link, row.expires) for row in good))

    def listed(self, *states: str) -> tuple[ElevationRow, ...]:
        """Returns the rows in some states, the latest first."""
        return self._rows.listed(states, tenant=self._tenant)

    def look(self) -> int:
        """Ends what is past its time and returns how much that was."""
        now = self._tools.clock.now()
        count = 0
        for row in self._rows.listed(_ENDING, tenant=self._tenant):
            if row.expires <= now:
                after = msgspec.structs.replace(row, state=_over(row))
                count += self._rows.change(row, after, AccessEnded(row.link, "time"))
        return count

    def said(self, row: ElevationRow, /) -> tuple[Said, ...]:
        """Returns the statements on a row whose signatures hold, for the row as it is."""
        key = dsse.public_text(self._answers.desk(row.tenant))
        found: list[Said] = []
        for text in _texts(row.answers):
            data = text.encode()
            if dsse.holds(data, key, type=_TYPE):
                said = msgspec.json.decode(dsse.unverified(data, type=_TYPE) or b"", type=Said)
                mine = (row.link, row.principal, row.template, row.kind, row.expires)
                if (said.link, said.principal, said.template, said.kind, said.expires) == mine:
                    found.append(said)
        return tuple(found)

    def _holds(self, row: ElevationRow) -> bool:
        if row.kind == "glass":
            return any(said.what == "open" and said.person == row.principal for said in self.said(row))
        return self._granted(row)

    def _granted(self, row: ElevationRow) -> bool:
        said = [one for one in self.said(row) if one.person != row.principal]
        if any(one.what == "deny" for one in said):
            return False
        people = [Teller(one.person, one.groups, one.handed) for one in said if one.what == "grant"]
        return all(len(counting(people, group)) >= number for group, number in self._wanted(row))

    def _wanted(self, row: ElevationRow) -> tuple[tuple[str, int], ...]:
        policies = self._policies()
        rule = policies.templates.get(row.template) if policies is not None else None
        # A template that the bundle has no more is linked by nobody's word.
        return wanted(rule.duties) if rule is not None else (("", 1 << 30),)

    def _template(self, asking: Asking, *, glass: bool) -> Rule:
        rule = {one.id: one for one in self.offered()}.get(asking.template)
        if rule is None or rule.glass is not glass:
            raise InputError("expected a template of the policies in force")
        if not 1 <= asking.minutes <= rule.minutes:
            raise InputError(f"expected 1 to {rule.minutes} minutes")
        reason = asking.reason
        if not _SHORTEST <= len(reason) <= _REASON or not reason.isprintable():
            raise InputError(f"expected a reason of {_SHORTEST} to {_REASON} characters, on one line")
        # What waits for a review counts: else the glass could stay broken, time after time, and nobody look at it.
        rows = self._rows.listed((*_ENDING, "review"), tenant=self._tenant)
        mine = [row for row in rows if row.principal == asking.principal]
        if len(mine) >= _OPEN:
            raise InputError("expected somebody who has less open, and less to be reviewed")
        return rule

    def _row(self, asking: Asking, rule: Rule, kind: str, state: str) -> ElevationRow:
        now = self._tools.clock.now()
        expires = now + asking.minutes * _MINUTE
        return ElevationRow(self._tenant, self._tools.ids.new(), asking.principal, rule.id, kind, now, expires, state)

    def _with(self, row: ElevationRow, what: str, teller: Teller, reason: str) -> ElevationRow:
        if len(reason) > _REASON or not reason.isprintable():
            raise InputError(f"expected a reason of at most {_REASON} characters, on one line", place=row.link)
        said = msgspec.convert(
            {
                "link": row.link,
                "principal": row.principal,
                "template": row.template,
                "kind": row.kind,
                "expires": row.expires,
                "what": what,
                "person": teller.principal,
                "groups": tuple(sorted(teller.groups)),
                "handed": tuple(sorted(teller.handed)),
                "at": self._tools.clock.now(),
                "reason": reason,
            },
            Said,
        )
        data = dsse.sealed(said, self._answers.desk(row.tenant), type=_TYPE).decode()
        return msgspec.structs.replace(row, answers=canonical.encode([*_texts(row.answers), data]))

    def _known(self, link: str, states: Sequence[str], *, late: bool = False) -> ElevationRow:
        row = self._rows.get(link, tenant=self._tenant)
        if row is None or row.state not in states or (row.expires <= self._tools.clock.now() and not late):
            raise InputError("expected access that is so and not over", place=link)
        return row

    def _change(self, before: ElevationRow, after: ElevationRow, told: Payload) -> None:
        if not self._rows.change(before, after, told):
            raise InputError("somebody else was first; look again", place=before.link)

    def _keyed(self, principal: str) -> str:
        return self._tools.digester.digest("principal", principal, tenant=self._tenant)


def _over(row: ElevationRow) -> str:
    return "review" if row.kind == "glass" else "ended"


def _texts(data: bytes) -> list[str]:
    try:
        return msgspec.json.decode(data, type=list[str])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return []
