"""Standing approvals: a decided case made into a narrow rule, so that people are asked rarely.

1. A rule is made of a case that was approved, and holds for no more than it: the same principal with the same people
   behind, application, purpose, model, upstream, tool and arguments of weight; nothing found, spoken of or unreadable
   that the case did not have, no more of any kind and no more members; and only where the same policies ask the same
   people.
2. It takes two people, whoever the policies ask among them, and neither may be who it is for. They sign it as they sign
   answers; the signatures are checked each time that it is used, so that a database makes and widens none.
3. It ends by its day, after so many calls, and by anyone who may approve, at once. Each use is noted beside the
   database, too, and can't be brought back there.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple, Protocol

import msgspec

from asepsis.core import canonical
from asepsis.core.errors import InputError, NotTrusted
from asepsis.core.events import ApprovalStanding, ApprovalUsed
from asepsis.core.labels import Category
from asepsis.core.ports import Clock, Digester, Ids
from asepsis.core.types import Action, Count, Decision, DecisionInput, Purpose
from asepsis.infra.records import ApprovalCase, StandingApproval
from asepsis.policy import dsse
from asepsis.policy.answers import Answers, Teller, case_of, counting, wanted

__all__ = ["DAYS", "MOST", "Scope", "Standing", "StandingRows", "Terms", "scope_of"]

DAYS: Final = 30
"""How many days a rule lasts at most."""

MOST: Final = 200
"""For how many calls it is good at most."""

_TYPE: Final = "application/vnd.asepsis.standing+json"
_DAY: Final = 86_400_000
_PEOPLE: Final = 2
_LIVE: Final = 20


class StandingRows(Protocol):
    """Where rules are kept, and the cases that they are made of."""

    def get(self, case: str, /, *, tenant: str) -> ApprovalCase | None:
        """Returns a case."""

    def propose(self, row: StandingApproval, told: ApprovalStanding, /) -> None:
        """Adds a rule."""

    def rule(self, rule: str, /, *, tenant: str) -> StandingApproval | None:
        """Returns a rule."""

    def rules(self, now: int, /, *, tenant: str, principal: str = "") -> tuple[StandingApproval, ...]:
        """Returns the rules that have not ended, of one principal where one is named."""

    def change(self, before: StandingApproval, after: StandingApproval, told: ApprovalStanding, /) -> bool:
        """Changes a rule; False where it is not what it was before."""

    def count(self, row: StandingApproval, now: int, told: ApprovalUsed, /) -> bool:
        """Counts a use; False where none is left, or it ended."""


class _Spent(Protocol):
    def spend(self, name: str, /, *, tenant: str) -> bool:
        """Spends a name; False where it was spent before."""


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

    @property
    def spent(self) -> _Spent:
        """What was used up."""


class Scope(msgspec.Struct, frozen=True):
    """What a rule is for; each field is as narrow as the case that it was made of."""

    action: Action
    principal: str
    behind: tuple[str, ...]
    application: str
    purpose: Purpose
    surface: str
    model: str
    upstream: str
    tool: str
    roles: tuple[str, ...]
    found: tuple[Count, ...]
    labels: tuple[Category, ...]
    opaque: tuple[str, ...]
    state: tuple[str, ...]
    members: int
    policies: tuple[str, ...]
    duties: tuple[str, ...]
    arguments: tuple[str, ...] = ()

    def fits(self, question: DecisionInput, decision: Decision, /) -> bool:
        """Whether a call is within the rule."""
        other = scope_of(question, decision)
        wider = ("labels", "opaque", "state")
        same = all(getattr(self, name) == getattr(other, name) for name in _EXACT)
        within = all(set(getattr(other, name)) <= set(getattr(self, name)) for name in wider)
        return same and within and other.members <= self.members and self._has(other.found)

    def _has(self, found: tuple[Count, ...]) -> bool:
        most = {count.kind: count.count for count in self.found}
        return all(count.count <= most.get(count.kind, 0) for count in found)


_EXACT: Final = (
    "action", "principal", "behind", "application", "purpose", "surface", "model", "upstream", "tool", "roles",
    "policies", "duties", "arguments",
)  # fmt: skip


class _Signed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rule: str
    scope: str
    expires: int
    most: int
    person: str
    groups: tuple[str, ...]
    at: int
    reason: str
    answer: Literal["approve"] = "approve"
    handed: tuple[tuple[str, str], ...] = ()


class Terms(NamedTuple):
    """For how long and how many calls a rule is wanted, and why."""

    days: int
    most: int
    reason: str


def scope_of(question: DecisionInput, decision: Decision, /) -> Scope:
    """Returns the narrowest rule that a call is within."""
    return Scope(
        question.action,
        question.principal,
        tuple(one.id for one in question.on_behalf_of),
        question.application,
        question.purpose,
        question.surface,
        question.model,
        question.upstream,
        question.tool,
        question.roles,
        question.found,
        question.labels,
        question.opaque,
        question.state,
        question.members,
        decision.policies,
        decision.duties,
        question.arguments,
    )


class Standing:
    """Makes rules, judges them, and uses them."""

    def __init__(self, rows: Callable[[], StandingRows], answers: Answers, tools: _Tools) -> None:
        self._rows = rows
        self._answers = answers
        self._tools = tools

    def propose(self, case: str, teller: Teller, terms: Terms, /, *, tenant: str) -> StandingApproval:
        """Makes a rule of a case that was approved, which waits for a second person; raises InputError."""
        row = self._rows().get(case, tenant=tenant)
        if row is None or row.state not in ("approved", "used"):
            raise InputError("expected a case that was approved", place=case)
        one = case_of(row)
        if not self._answers.met(one):
            raise InputError("expected a case whose approvals hold", place=case)
        if not 1 <= terms.days <= DAYS or not 1 <= terms.most <= MOST:
            raise InputError(f"expected 1 to {DAYS} days and 1 to {MOST} calls", place=case)
        now = self._tools.clock.now()
        rule = StandingApproval(
            tenant=tenant,
            rule=self._tools.ids.new(),
            case=case,
            principal=one.question.principal,
            scope=canonical.encode(scope_of(one.question, one.decision)),
            made=now,
            expires=now + terms.days * _DAY,
            most=terms.most,
        )
        signed = self._signed(rule, teller, terms.reason)
        rule = msgspec.structs.replace(rule, answers=canonical.encode([signed.decode()]))
        self._people(rule)
        self._rows().propose(rule, self._told(rule, teller.principal))
        return rule

    def second(self, rule: str, teller: Teller, /, *, tenant: str, reason: str) -> StandingApproval:
        """Adds somebody's signature; with enough of them the rule is in force; raises InputError and NotTrusted."""
        before = self._known(rule, tenant=tenant, states=("proposed",))
        signed = msgspec.json.decode(before.answers, type=list[str])
        if any(said.person == teller.principal for said in self._verified(before)):
            raise InputError("expected somebody who has not signed it yet", place=rule)
        answers = canonical.encode([*signed, self._signed(before, teller, reason).decode()])
        after = msgspec.structs.replace(before, answers=answers)
        state = "active" if self._met(after) else "proposed"
        after = msgspec.structs.replace(after, state=state)
        if teller.principal not in self._people(after):
            raise NotTrusted("nobody makes a rule for themselves, or for an agent that acts for them")
        if not self._rows().change(before, after, self._told(after, teller.principal)):
            raise InputError("somebody else signed at the same time; look again", place=rule)
        return after

    def end(self, rule: str, by: str, /, *, tenant: str) -> StandingApproval:
        """Ends a rule; raises InputError where it has ended."""
        before = self._known(rule, tenant=tenant, states=("proposed", "active"))
        after = msgspec.structs.replace(before, state="ended")
        if not self._rows().change(before, after, self._told(after, by)):
            raise InputError("the rule changed at the same time; look again", place=rule)
        return after

    def listed(self, *, tenant: str) -> tuple[StandingApproval, ...]:
        """Returns the rules that have not ended."""
        return self._rows().rules(self._tools.clock.now(), tenant=tenant)

    def signers(self, row: StandingApproval, /) -> Sequence[str]:
        """Returns who signed a rule, by signatures that hold."""
        return [said.person for said in self._verified(row)]

    def scope(self, row: StandingApproval, /) -> Scope | None:
        """Returns what a rule is for, None where its row was damaged."""
        return _scope(row)

    def use(self, question: DecisionInput, decision: Decision, action: str, /) -> str:
        """Returns the rule by which a call goes through, which counts it; empty where there is none."""
        now, tenant = self._tools.clock.now(), question.tenant
        for row in self._rows().rules(now, tenant=tenant, principal=question.principal)[:_LIVE]:
            fits = row.state == "active" and _scope(row) is not None and self._fits(row, question, decision)
            if fits and self._rows().count(row, now, ApprovalUsed(row.rule, action)):
                return row.rule if self._spent(row) else ""
        return ""

    def look(self, now: int, /, *, tenant: str) -> None:
        """Ends the rules whose time is up or whose calls were made."""
        for row in self._rows().rules(0, tenant=tenant):
            if row.expires <= now or row.used >= row.most:
                after = msgspec.structs.replace(row, state="ended")
                self._rows().change(row, after, self._told(after, ""))

    def _spent(self, row: StandingApproval) -> bool:
        """Spends one of the rule's uses, whichever number it has."""
        uses = range(row.used, row.most)
        return any(self._tools.spent.spend(f"{row.rule}-{number}", tenant=row.tenant) for number in uses)

    def _fits(self, row: StandingApproval, question: DecisionInput, decision: Decision) -> bool:
        scope = _scope(row)
        return scope is not None and scope.fits(question, decision) and self._met(row)

    def _known(self, rule: str, *, tenant: str, states: Sequence[str]) -> StandingApproval:
        row = self._rows().rule(rule, tenant=tenant)
        if row is None or row.state not in states or row.expires <= self._tools.clock.now():
            raise InputError("expected a rule that has not ended", place=rule)
        return row

    def _signed(self, row: StandingApproval, teller: Teller, reason: str) -> bytes:
        said = _Signed(
            row.rule,
            hashlib.sha256(row.scope).hexdigest(),
            row.expires,
            row.most,
            teller.principal,
            tuple(sorted(teller.groups)),
            self._tools.clock.now(),
            reason,
            handed=tuple(sorted(teller.handed)),
        )
        return dsse.sealed(said, self._answers.desk(row.tenant), type=_TYPE)

    def _verified(self, row: StandingApproval) -> list[_Signed]:
        """Returns the signatures that hold for a rule as it is, one for each person."""
        key = dsse.public_text(self._answers.desk(row.tenant))
        found: dict[str, _Signed] = {}
        for text in _texts(row.answers):
            data = text.encode()
            if not dsse.holds(data, key, type=_TYPE):
                continue
            said = msgspec.json.decode(dsse.unverified(data, type=_TYPE) or b"", type=_Signed)
            mine = (row.rule, hashlib.sha256(row.scope).hexdigest(), row.expires, row.most)
            if (said.rule, said.scope, said.expires, said.most) == mine:
                found[said.person] = said
        return list(found.values())

    def _people(self, row: StandingApproval) -> dict[str, _Signed]:
        """Returns who signed and may; raises NotTrusted where the first one may not."""
        barred = _barred(_scope(row))
        found = {said.person: said for said in self._verified(row) if said.person not in barred}
        if not found:
            raise NotTrusted("nobody makes a rule for themselves, or for an agent that acts for them")
        return found

    def _met(self, row: StandingApproval) -> bool:
        """Whether two people signed, and as many of each group as the policies ask."""
        scope = _scope(row)
        if scope is None:
            return False
        try:
            people = self._people(row)
        except NotTrusted:
            return False
        barred = _barred(scope)
        tellers = [Teller(said.person, said.groups, said.handed).without(barred) for said in people.values()]
        enough = all(len(counting(tellers, group)) >= number for group, number in wanted(scope.duties))
        return enough and len(people) >= _PEOPLE

    def _told(self, row: StandingApproval, by: str) -> ApprovalStanding:
        who = self._tools.digester.digest("principal", by, tenant=row.tenant) if by else ""
        return ApprovalStanding(row.rule, row.case, row.state, who, row.expires, by)


def _barred(scope: Scope | None) -> frozenset[str]:
    return frozenset({scope.principal, *scope.behind} if scope is not None else ())


def _scope(row: StandingApproval) -> Scope | None:
    try:
        return canonical.decode(row.scope, Scope)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _texts(data: bytes) -> list[str]:
    try:
        return msgspec.json.decode(data, type=list[str])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return []
