"""Approvals: who said yes to exactly this.

1. A call that policy would allow with an approval becomes a case under the keyed digest of all of it: who asks, on
   whose behalf, for what, and every word of it. A call with another word is another case.
2. Approvers answer with signed statements over the case (`answers.py`). One no settles a case, and so do as many
   different people as policy wants to say yes. What nobody settles in time is denied.
3. The same call, made again before the time is up, goes through once. The signatures are checked again then, against
   what is asked then: whoever can write to the database can approve nothing, show nothing else than what is approved,
   and make no approval last longer. What was used is noted beside the database too, and can't be brought back there.
   A call that is known to have reached nobody gives its approval back.
4. What fits a standing approval (`standing.py`) goes through without a case.

Policies say who and how many by `@ask`: `@ask("privacy-office")`, `@ask("medical-director 2")`; without it one approver
is enough, whoever it is. Of several all have to be met.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

import msgspec

from asepsis.core import canonical
from asepsis.core.errors import InputError, NotTrusted, Unavailable
from asepsis.core.events import (
    ApprovalAsked,
    ApprovalDecided,
    ApprovalEscalated,
    ApprovalExpired,
    ApprovalShown,
    Payload,
)
from asepsis.core.ports import Approval, Clock, Digester, Ids, KeyProvider
from asepsis.core.types import Decision, DecisionInput, Outline
from asepsis.infra.records import ApprovalCase
from asepsis.policy.answers import AHEAD, BEHIND, Answer, Answers, Case, Rules, Say, Teller, case_of, wanted
from asepsis.policy.standing import Standing, StandingRows
from asepsis.policy.values import Values, without

__all__ = ["Approvals", "Cases", "Tools"]

_OPEN: Final = 20
"""The most cases that one principal may have waiting; who floods approvers gets nothing approved."""


class Cases(StandingRows, Protocol):
    """Where cases are kept, and the rules that were made of them."""

    def live(self, action: str, now: int, /, *, tenant: str) -> tuple[ApprovalCase, ...]:
        """Returns the cases of an action that are not past their time: approved, denied, then open ones."""

    def get(self, case: str, /, *, tenant: str) -> ApprovalCase | None:
        """Returns a case."""

    def waiting(self, now: int, /, *, tenant: str, principal: str = "") -> tuple[ApprovalCase, ...]:
        """Returns the open cases, those whose time is up first before the others."""

    def settled(self, since: int, /, *, tenant: str, most: int) -> tuple[ApprovalCase, ...]:
        """Returns the cases that were settled since a time, the latest first."""

    def overdue(self, now: int, /, *, tenant: str) -> tuple[ApprovalCase, ...]:
        """Returns the open cases whose time is up."""

    def ask(self, one: ApprovalCase, told: ApprovalAsked, /) -> str:
        """Adds a case, unless its action waits in another already, and returns the case that it waits in."""

    def answer(self, before: ApprovalCase, after: ApprovalCase, told: Payload, /) -> bool:
        """Puts an answer to a case; False where the case is not what it was before."""

    def tell(self, one: ApprovalCase, told: Payload, /) -> None:
        """Tells of a case that stays as it is."""

    def use(self, one: ApprovalCase, now: int, /) -> bool:
        """Uses a case up; False where it can't be any more."""

    def give_back(self, case: str, now: int, /, *, tenant: str) -> bool:
        """Takes a use back; False where there was none, or the case's time is up."""


class _Spent(Protocol):
    def spend(self, name: str, /, *, tenant: str) -> bool:
        """Spends a name; False where it was spent before."""

    def restore(self, name: str, /, *, tenant: str) -> None:
        """Takes back that a name was spent."""


class Tools(NamedTuple):
    """What approvals need from outside."""

    clock: Clock
    ids: Ids
    digester: Digester
    keys: KeyProvider
    spent: _Spent


class Approvals:
    """Implements the port `Approvals`, and takes approvers' answers; `open_cases` is called when it is first needed."""

    def __init__(self, open_cases: Callable[[], Cases], rules: Rules, tools: Tools, /, *, minutes: int) -> None:
        self._open_cases = open_cases
        self._rules = rules
        self._tools = tools
        self._lasts = minutes * 60_000
        self._cases: Cases | None = None
        self._told: set[str] = set()
        self._lock = threading.Lock()
        self._values = Values(tools.keys)
        self.answers = Answers(rules, tools.keys)
        self.standing = Standing(lambda: self.cases, self.answers, tools)

    def approval(self, question: DecisionInput, decision: Decision, action: str, outline: Outline, /) -> Approval:
        """Uses up an approval of an action, or asks for one; raises Unavailable where too many wait already."""
        cases, now, tenant = self.cases, self._tools.clock.now(), question.tenant
        open_case: Approval | None = None
        for row in cases.live(action, now, tenant=tenant):
            if row.state == "approved" and self._goes(row, question, decision, outline, now):
                return Approval(row.case, approved=True)
            if row.state == "denied":
                return Approval(row.case, denied=True)
            if row.state == "open":
                open_case = open_case or Approval(row.case)
        if rule := self.standing.use(question, decision, action):
            return Approval(rule, approved=True)
        if open_case is not None:
            return open_case
        if len(cases.waiting(now, tenant=tenant, principal=question.principal)) >= _OPEN:
            raise Unavailable("too many approvals are waiting", code="approvals_full")
        return Approval(self._asked(question, decision, action, outline))

    def give_back(self, case: str, /, *, tenant: str) -> None:
        """Makes a case good again whose call reached nobody; a call by a standing approval stays counted."""
        self._tools.spent.restore(case, tenant=tenant)  # first: who uses the case as soon as it is approved spends it
        self.cases.give_back(case, self._tools.clock.now(), tenant=tenant)

    def answer(self, case: str, data: bytes, /, *, tenant: str) -> ApprovalCase:
        """Takes an approver's signed statement and returns the case as it is then; raises InputError and NotTrusted."""
        one = self.open_case(case, tenant=tenant)
        said = self.answers.verified(one, data)
        now, at = self._tools.clock.now(), said.at or one.row.asked
        if not now - BEHIND <= at <= now + AHEAD:
            raise NotTrusted("expected an answer that was signed within five minutes, and not one of a time to come")
        self._has_a_say(one, said)
        after = one._replace(answers=(*one.answers, data.decode()))
        state = "denied" if said.answer == "deny" else "approved" if self.answers.met(after) else "open"
        row = msgspec.structs.replace(one.row, answers=canonical.encode(list(after.answers)))
        if state != "open":
            row = _settled(row, one.outline, state, self._tools.clock.now())
        digest = self._tools.digester.digest
        person = self.answers.person(said)
        by = digest("principal", person, tenant=tenant)
        reason = digest("reason", said.reason, tenant=tenant) if said.reason else ""
        told = ApprovalDecided(row.case, row.action, by, said.answer == "approve", state, reason, person)
        if not self.cases.answer(one.row, row, told):
            raise InputError("somebody else answered at the same time; look again", place=case)
        return row

    def answer_at_desk(self, case: str, teller: Teller, /, *, tenant: str, answer: Say, reason: str) -> ApprovalCase:
        """Takes the answer of somebody who signed in; raises as `answer` does."""
        one = self.open_case(case, tenant=tenant)
        at = self._tools.clock.now()
        return self.answer(case, self.answers.at_desk(one, teller, answer=answer, at=at, reason=reason), tenant=tenant)

    def open_case(self, case: str, /, *, tenant: str) -> Case:
        """Returns a case that can be answered; raises InputError for any other."""
        row = self.cases.get(case, tenant=tenant)
        if row is None:
            raise InputError("expected the id of a case", place=case)
        state = "expired" if row.state == "open" and row.expires <= self._tools.clock.now() else row.state
        if state != "open":
            raise InputError(f"expected a case that is open, this one is {state}", place=case)
        return case_of(row)

    def shown(self, one: Case, teller: Teller, /) -> Outline:
        """Returns a case's outline with its values, once that is told; raises NotTrusted where one was changed."""
        row = one.row
        outline = self._values.opened(one.outline, row.action, tenant=row.tenant)
        if outline is not one.outline:
            by = self._tools.digester.digest("principal", teller.principal, tenant=row.tenant)
            self.cases.tell(row, ApprovalShown(row.case, row.action, by, teller.principal))
        return outline

    def waiting(self, *, tenant: str) -> tuple[ApprovalCase, ...]:
        """Returns the cases that wait, by their deadlines."""
        return self.cases.waiting(self._tools.clock.now(), tenant=tenant)

    def look(self, *, tenant: str) -> int:
        """Denies what is overdue, settles what suffices by now, tells of what waits; returns how many were denied."""
        now = self._tools.clock.now()
        denied = 0
        for row in self.cases.overdue(now, tenant=tenant):
            after = _settled(row, _outline(row), "expired", row.expires)
            denied += self.cases.answer(row, after, ApprovalExpired(row.case, row.action))
        for row in self.cases.waiting(now, tenant=tenant):
            self._settle(row, now)
            if row.case not in self._told and self._late(row, now):
                self.cases.tell(row, ApprovalEscalated(row.case, row.action, self._rules.escalate_to))
                self._told.add(row.case)
        self.standing.look(now, tenant=tenant)
        return denied

    def now(self) -> int:
        """Returns the time by which cases end, in milliseconds."""
        return self._tools.clock.now()

    @property
    def cases(self) -> Cases:
        """Where cases are kept, opened by the first who asks."""
        with self._lock:
            if self._cases is None:
                self._cases = self._open_cases()
            return self._cases

    @property
    def approvers(self) -> Sequence[str]:
        """The names of those who answer with keys of their own."""
        return tuple(one.name for one in self._rules.approvers)

    def _goes(self, row: ApprovalCase, question: DecisionInput, decision: Decision, outline: Outline, now: int) -> bool:
        """Whether a case approves what is asked now, which uses it up."""
        try:
            one = case_of(row)._replace(question=question, decision=decision, outline=outline)
        except InputError:
            return False
        used = self.answers.met(one) and self.cases.use(row, now)
        return used and self._tools.spent.spend(row.case, tenant=row.tenant)

    def _has_a_say(self, one: Case, said: Answer) -> None:
        """Raises InputError for a second answer of one person, and for a yes that would not count."""
        person = self.answers.person(said)
        if any(self.answers.person(other) == person for other in self.answers.counted(one)):
            raise InputError("expected an answer of somebody who has not answered yet", place=one.row.case)
        asked = [group for group, _ in wanted(one.decision.duties)]
        if "" not in asked and not self.answers.teller(one, said).answers_for(asked):
            raise InputError(f"expected an answer of {' or '.join(asked)}", place=one.row.case)

    def _settle(self, row: ApprovalCase, now: int) -> None:
        """Approves a case whose answers suffice by now: who may answer has changed since the last of them."""
        try:
            one = case_of(row)
        except InputError:
            return
        counted = self.answers.counted(one)
        if counted and self.answers.met(one):
            person = self.answers.person(counted[-1])
            by = self._tools.digester.digest("principal", person, tenant=row.tenant)
            told = ApprovalDecided(row.case, row.action, by, approved=True, settled="approved", person=person)
            self.cases.answer(row, _settled(row, one.outline, "approved", now), told)

    def _late(self, row: ApprovalCase, now: int) -> bool:
        try:
            return self.answers.escalated(case_of(row), now)
        except InputError:
            return False

    def _asked(self, question: DecisionInput, decision: Decision, action: str, outline: Outline) -> str:
        now = self._tools.clock.now()
        one = ApprovalCase(
            tenant=question.tenant,
            case=self._tools.ids.new(),
            action=action,
            principal=question.principal,
            question=canonical.encode(question),
            decision=canonical.encode(decision),
            asked=now,
            expires=now + self._lasts,
            outline=canonical.encode(self._values.sealed(outline, action, tenant=question.tenant)),
        )
        told = ApprovalAsked(one.case, action, decision.reason, decision.policies, one.expires)
        return self.cases.ask(one, told)


def _settled(row: ApprovalCase, outline: Outline, state: str, at: int) -> ApprovalCase:
    """Returns a case as it is once it is settled: what decided it is shown to nobody any more."""
    return msgspec.structs.replace(row, state=state, settled=at, outline=canonical.encode(without(outline)))


def _outline(row: ApprovalCase) -> Outline:
    """Returns a row's outline, an empty one for a row that was damaged."""
    try:
        return case_of(row).outline
    except InputError:
        return Outline()
