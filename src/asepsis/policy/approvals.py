"""Approvals: who said yes to exactly this.

1. A call that policy would allow with an approval becomes a case under the keyed digest of all of it: who asks, on
   whose behalf, for what, and every word of it. A call with another word is another case.
2. Approvers answer with signed statements over the case, that digest, its deadline, and what they were shown of it.
   Nobody answers for themselves or for an agent that acts for them; one no settles a case, and so do as many different
   people as policy wants to say yes. A person with two keys is one person.
3. The same call, made again before the time is up, goes through once. The signatures are checked again then, against
   what is asked then: whoever can write to the database can approve nothing, show nothing else than what is approved,
   and make no approval last longer; what they can do is to have one used again before its time is up.

Policies say who and how many by `@ask`: `@ask("privacy-office")`, `@ask("medical-director 2")`; without it one approver
is enough, whoever it is. Of several all have to be met.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple, Protocol

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from asepsis.core import canonical
from asepsis.core.errors import InputError, NotTrusted, Unavailable
from asepsis.core.events import ApprovalAsked, ApprovalDecided
from asepsis.core.ports import Approval, Clock, Digester, Ids
from asepsis.core.types import Decision, DecisionInput
from asepsis.infra.records import ApprovalCase
from asepsis.policy import dsse
from asepsis.policy.config import Approver

__all__ = ["Approvals", "Cases", "Tools", "statement", "wanted"]

_TYPE: Final = "application/vnd.asepsis.approval+json"
_ASK: Final = "ask:"
_OPEN: Final = 20
"""The most cases that one principal may have waiting; who floods approvers gets nothing approved."""


class Cases(Protocol):
    """Where cases are kept."""

    def live(self, action: str, now: int, /, *, tenant: str) -> tuple[ApprovalCase, ...]:
        """Returns the cases of an action that are not past their time: approved, denied, then open ones."""

    def get(self, case: str, /, *, tenant: str) -> ApprovalCase | None:
        """Returns a case."""

    def waiting(self, now: int, /, *, tenant: str, principal: str = "") -> tuple[ApprovalCase, ...]:
        """Returns the open cases, those whose time is up first before the others."""

    def ask(self, one: ApprovalCase, told: ApprovalAsked, /) -> None:
        """Adds a case."""

    def answer(self, before: ApprovalCase, after: ApprovalCase, told: ApprovalDecided, /) -> bool:
        """Puts an answer to a case; False where the case is not what it was before."""

    def use(self, one: ApprovalCase, now: int, /) -> bool:
        """Uses a case up; False where it can't be any more."""


class Tools(NamedTuple):
    """What approvals need from outside."""

    clock: Clock
    ids: Ids
    digester: Digester


class _Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    case: str
    action: str
    approver: str
    answer: Literal["approve", "deny"]
    expires: int
    question: str


def statement(one: ApprovalCase, key: Ed25519PrivateKey, /, *, approver: str, approve: bool) -> bytes:
    """Returns the signed statement by which an approver answers a case."""
    answer: Literal["approve", "deny"] = "approve" if approve else "deny"
    question = _shown(canonical.decode(one.question, DecisionInput))
    said = _Statement(one.case, one.action, approver, answer, one.expires, question)
    return dsse.sealed(said, key, type=_TYPE)


def wanted(decision: Decision, /) -> tuple[tuple[str, int], ...]:
    """Returns the groups that have to approve, and how many people of each; an empty group is anybody."""
    found: dict[str, int] = {}
    for duty in decision.duties:
        if duty.startswith(_ASK):
            group, _, number = duty.removeprefix(_ASK).strip().partition(" ")
            found[group] = max(found.get(group, 1), int(number) if number.strip().isdecimal() else 1)
    return tuple(sorted(found.items())) or (("", 1),)


class Approvals:
    """Implements the port `Approvals`, and takes approvers' answers; `open_cases` is called when it is first needed."""

    def __init__(
        self, open_cases: Callable[[], Cases], approvers: Sequence[Approver], tools: Tools, /, *, minutes: int
    ) -> None:
        self._open_cases = open_cases
        self._approvers = {one.name: one for one in approvers}
        self._tools = tools
        self._lasts = minutes * 60_000
        self._cases: Cases | None = None
        self._lock = threading.Lock()

    def approval(self, question: DecisionInput, decision: Decision, action: str, /) -> Approval:
        """Uses up an approval of an action, or asks for one; raises Unavailable where too many wait already."""
        cases, now, tenant = self.cases, self._tools.clock.now(), question.tenant
        for one in cases.live(action, now, tenant=tenant):
            if one.state == "approved" and self._met(one, question, decision) and cases.use(one, now):
                return Approval(one.case, approved=True)
            if one.state == "denied":
                return Approval(one.case, denied=True)
            if one.state == "open":
                return Approval(one.case)
        if len(cases.waiting(now, tenant=tenant, principal=question.principal)) >= _OPEN:
            raise Unavailable("too many approvals are waiting", code="approvals_full")
        return Approval(self._asked(question, decision, action).case)

    def answer(self, case: str, data: bytes, /, *, tenant: str) -> ApprovalCase:
        """Takes an approver's signed statement and returns the case as it is then; raises InputError and NotTrusted."""
        one = self.cases.get(case, tenant=tenant)
        if one is None or one.state != "open" or one.expires <= self._tools.clock.now():
            raise InputError("expected a case that is open", place=case)
        question, decision = canonical.decode(one.question, DecisionInput), canonical.decode(one.decision, Decision)
        said = self._verified(one, question, data)
        answers = msgspec.json.decode(one.answers, type=list[str])
        if any(self._person(self._verified(one, question, other.encode())) == self._person(said) for other in answers):
            raise InputError("expected an answer of somebody who has not answered yet", place=case)
        after = msgspec.structs.replace(one, answers=canonical.encode([*answers, data.decode()]))
        state = "denied" if said.answer == "deny" else "approved" if self._met(after, question, decision) else "open"
        after = msgspec.structs.replace(after, state=state)
        by = self._tools.digester.digest("principal", said.approver, tenant=tenant)
        told = ApprovalDecided(one.case, one.action, by, said.answer == "approve", state)
        if not self.cases.answer(one, after, told):
            raise InputError("somebody else answered at the same time; look again", place=case)
        return after

    def waiting(self, *, tenant: str) -> tuple[ApprovalCase, ...]:
        """Returns the cases that wait, by their deadlines."""
        return self.cases.waiting(self._tools.clock.now(), tenant=tenant)

    @property
    def cases(self) -> Cases:
        """Where cases are kept, opened by the first who asks."""
        with self._lock:
            if self._cases is None:
                self._cases = self._open_cases()
            return self._cases

    def _asked(self, question: DecisionInput, decision: Decision, action: str) -> ApprovalCase:
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
        )
        self.cases.ask(one, ApprovalAsked(one.case, action, decision.reason, decision.policies, one.expires))
        return one

    def _verified(self, one: ApprovalCase, question: DecisionInput, data: bytes) -> _Statement:
        """Returns an approver's statement on this case and action, if they may answer; raises NotTrusted."""
        try:
            said = msgspec.json.decode(dsse.unverified(data, type=_TYPE) or b"", type=_Statement)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise NotTrusted("expected the signed answer of an approver to this case") from error
        approver = self._approvers.get(said.approver)
        known = approver is not None and dsse.holds(data, approver.key, type=_TYPE)
        same = (said.case, said.action, said.expires, said.question) == (
            one.case, one.action, one.expires, _shown(question),
        )  # fmt: skip
        if approver is None or not known or not same:
            raise NotTrusted("expected the signed answer of an approver to this case")
        if approver.principal in {question.principal, *(behind.id for behind in question.on_behalf_of)}:
            raise NotTrusted("nobody approves what they ask for themselves, or what is asked on their behalf")
        return said

    def _met(self, one: ApprovalCase, question: DecisionInput, decision: Decision) -> bool:
        """Whether enough different people of each group said yes, by signatures that hold now, and none no."""
        found: dict[str, set[str]] = {}
        for data in msgspec.json.decode(one.answers, type=list[str]):
            try:
                said = self._verified(one, question, data.encode())
            except NotTrusted:
                continue
            if said.answer != "approve":
                return False
            found.setdefault(self._person(said), set()).update(self._approvers[said.approver].groups)
        return all(
            sum(not group or group in groups for groups in found.values()) >= number
            for group, number in wanted(decision)
        )

    def _person(self, said: _Statement) -> str:
        """Returns whose answer a statement is that was verified, whatever key they gave it with."""
        return self._approvers[said.approver].principal


def _shown(question: DecisionInput) -> str:
    """Returns the digest of what approvers are shown of a call; the same call on the next day is the same."""
    return canonical.digest(msgspec.structs.replace(question, day=0))
