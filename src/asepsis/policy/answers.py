"""Answers: what an approver signs, by a key of their own or at the desk, and whether it counts.

1. A statement is over the case, the digest of the whole call, its deadline, and what the approver was shown of it.
2. An approver with a key signs it themselves. For people who signed in to the console the desk signs: it says who they
   are and for which groups they answer. Its key is derived from the system's own, which no database holds.
3. Whom somebody answers for is looked up at the time that they answered, which is none to come: groups, the rota, and,
   where a case waited too long, the group that it was escalated to.
4. Nobody answers for themselves or for an agent that acts for them, and a person with two keys is one person.
5. What was handed to somebody is answered in the place of whoever handed it over: not for what that one asks, and of
   all who answer by one's right, that one among them, one counts.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Literal, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from asepsis.core import canonical
from asepsis.core.errors import InputError, NotTrusted
from asepsis.core.ports import KeyProvider
from asepsis.core.types import Decision, DecisionInput, Outline
from asepsis.infra.records import ApprovalCase
from asepsis.policy import dsse
from asepsis.policy.config import Approver
from asepsis.policy.rota import Rota
from asepsis.policy.values import without

__all__ = [
    "AHEAD",
    "BEHIND",
    "REASON",
    "Answer",
    "Answers",
    "Case",
    "Rules",
    "Say",
    "Teller",
    "case_of",
    "clocks",
    "counting",
    "statement",
    "to_sign",
    "wanted",
]

AHEAD: Final = 60_000
"""By how much an approver's clock may be wrong, in milliseconds."""

BEHIND: Final = 300_000
"""How long ago an answer may have been signed when it is taken, in milliseconds: an older one may be dated back."""

REASON: Final = 500
"""How many characters a reason may have."""

Say = Literal["approve", "deny"]
"""What an approver says."""

_TYPE: Final = "application/vnd.asepsis.approval+json"
_CLOCK: Final = "clock:"
_HOUR: Final = 3_600_000
_ASK: Final = "ask:"
_DESK: Final = "approvals.desk"


class Case(NamedTuple):
    """A case as it is read: its row, and what the row holds."""

    row: ApprovalCase
    question: DecisionInput
    decision: Decision
    outline: Outline
    answers: tuple[str, ...]


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A statement: an answer to one case. `at` is when, in milliseconds.

    `person`, `groups`, and `handed`, which are groups with who handed them over, are the desk's to say.
    """

    case: str
    action: str
    approver: str
    answer: Say
    expires: int
    question: str
    at: int = 0
    reason: str = ""
    person: str = ""
    groups: tuple[str, ...] = ()
    handed: tuple[tuple[str, str], ...] = ()


class Teller(NamedTuple):
    """Somebody at the desk: who they are, the groups for which they answer, and those that others handed to them."""

    principal: str
    groups: tuple[str, ...]
    handed: tuple[tuple[str, str], ...] = ()

    def without(self, barred: Collection[str], /) -> "Teller":
        """Returns them without what was handed over by somebody who may not answer themselves."""
        return self._replace(handed=tuple(one for one in self.handed if one[1] not in barred))

    def answers_for(self, groups: Collection[str], /) -> bool:
        """Whether they answer for one of some groups, by a right of their own or of another."""
        return not {*self.groups, *(group for group, _ in self.handed)}.isdisjoint(groups)


def counting(tellers: Sequence[Teller], group: str, /) -> frozenset[str]:
    """Returns who counts for a group, an empty one being anybody: one person for each right to answer for it."""
    found = {one.principal for one in tellers if not group or group in one.groups}
    used = set(found)
    for one in sorted(tellers):
        rights = sorted({by for name, by in one.handed if name == group} - used)
        if one.principal not in found and rights:
            found.add(one.principal)
            used.add(rights[0])
    return frozenset(found)


class Rules(NamedTuple):
    """Whose answers count: approvers with keys, the rota, and who else answers after how many milliseconds."""

    approvers: Sequence[Approver]
    rota: Rota
    escalate_after: int = 0
    escalate_to: str = ""


def case_of(row: ApprovalCase, /) -> Case:
    """Reads a row; raises InputError where it was damaged."""
    try:
        question = canonical.decode(row.question, DecisionInput)
        decision = canonical.decode(row.decision, Decision)
        outline = canonical.decode(row.outline, Outline)
        return Case(row, question, decision, outline, tuple(msgspec.json.decode(row.answers, type=list[str])))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError("the case's row is damaged", place=row.case) from error


def statement(
    one: Case, key: Ed25519PrivateKey, /, *, approver: str, answer: Say, at: int = 0, reason: str = ""
) -> bytes:
    """Returns the signed statement by which an approver with a key answers a case."""
    return dsse.sealed(_said(one, approver, answer, at, reason), key, type=_TYPE)


def to_sign(one: Case, /) -> dict[str, str | int]:
    """Returns what a statement on a case has to hold, beside `approver`, `answer`, `at` and `reason`, and its type."""
    row = one.row
    question = _shown(one.question, one.outline)
    return {
        "type": _TYPE,
        "case": row.case,
        "action": row.action,
        "expires": row.expires,
        "question": question,
    }


def clocks(duties: Sequence[str], asked: int, /) -> tuple[tuple[str, int], ...]:
    """Returns the laws that want a decision by a time, and by when, in milliseconds; counted from when it was asked.

    The law counts from when the request was received, which is earlier: what is shown is the latest that it can be.
    """
    found: list[tuple[str, int]] = []
    for duty in duties:
        if duty.startswith(_CLOCK):
            time, _, law = duty.removeprefix(_CLOCK).partition(" ")
            found.append((law, asked + int(time[:-1]) * (_HOUR if time.endswith("h") else 24 * _HOUR)))
    return tuple(sorted(found, key=lambda one: one[1]))


def wanted(duties: Sequence[str], /) -> tuple[tuple[str, int], ...]:
    """Returns the groups that a decision's duties want to approve, and how many of each; an empty group is anybody."""
    found: dict[str, int] = {}
    for duty in duties:
        if duty.startswith(_ASK):
            group, _, number = duty.removeprefix(_ASK).strip().partition(" ")
            found[group] = max(found.get(group, 1), int(number) if number.strip().isdecimal() else 1)
    return tuple(sorted(found.items())) or (("", 1),)


class Answers:
    """Makes and judges statements."""

    def __init__(self, rules: Rules, keys: KeyProvider) -> None:
        self._approvers = {one.name: one for one in rules.approvers}
        self._rules = rules
        self._keys = keys

    def at_desk(self, one: Case, teller: Teller, /, *, answer: Say, at: int, reason: str) -> bytes:
        """Returns the statement of somebody who signed in, signed by the desk."""
        said = _said(one, "", answer, at, reason)
        whole = msgspec.structs.replace(
            said,
            person=teller.principal,
            groups=tuple(sorted(teller.groups)),
            handed=tuple(sorted(teller.handed)),
        )
        return dsse.sealed(whole, self.desk(one.row.tenant), type=_TYPE)

    def verified(self, one: Case, data: bytes, /) -> Answer:
        """Returns an approver's answer to this case, if they may answer; raises NotTrusted."""
        question, row = one.question, one.row
        try:
            said = msgspec.json.decode(dsse.unverified(data, type=_TYPE) or b"", type=Answer)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise NotTrusted("expected the signed answer of an approver to this case") from error
        known = dsse.holds(data, self._key(said, row.tenant), type=_TYPE)
        same = (said.case, said.action, said.expires, said.question) == (
            row.case, row.action, row.expires, _shown(question, one.outline),
        )  # fmt: skip
        in_time = said.at == 0 or row.asked - AHEAD <= said.at < row.expires
        if not known or not same or not in_time or not self.person(said):
            raise NotTrusted("expected the signed answer of an approver to this case")
        if self.person(said) in _askers(question):
            raise NotTrusted("nobody approves what they ask for themselves, or what is asked on their behalf")
        return said

    def person(self, said: Answer, /) -> str:
        """Returns whose answer a statement is, whatever key they gave it with; empty for nobody's."""
        if not said.approver:
            return said.person
        approver = self._approvers.get(said.approver)
        theirs = approver is not None and not said.person and not said.groups and not said.handed
        return approver.principal if approver is not None and theirs else ""

    def holder(self, name: str, key: str, /) -> Teller:
        """Returns the approver of a name, to whoever has their key, by its public part; raises NotTrusted."""
        approver = self._approvers.get(name)
        if approver is None or approver.key != key:
            raise NotTrusted("expected the key of an approver, by the name that the settings give them")
        return Teller(approver.principal, tuple(approver.groups))

    def teller(self, one: Case, said: Answer, /) -> Teller:
        """Returns for whom an answer that was verified counts."""
        own = self._approvers[said.approver].groups if said.approver else said.groups
        return self.stands_for(one, Teller(self.person(said), tuple(own), said.handed), said.at or one.row.asked)

    def stands_for(self, one: Case, teller: Teller, at: int, /) -> Teller:
        """Returns for whom somebody answers to a case at a time."""
        handed = teller.without(_askers(one.question)).handed
        own = {*teller.groups, *self._rules.rota.groups(teller.principal, at)}
        if self.escalated(one, at):
            asked, to = [group for group, _ in wanted(one.decision.duties)], self._rules.escalate_to
            own.update(asked if to in own else ())
            handed += tuple((group, by) for name, by in handed if name == to for group in asked)
        return Teller(teller.principal, tuple(sorted(own)), handed)

    def escalated(self, one: Case, at: int, /) -> bool:
        """Whether a case waited so long that others may answer."""
        after = self._rules.escalate_after
        return bool(after and self._rules.escalate_to) and at >= one.row.asked + after

    def on_duty(self, decision: Decision, at: int, /) -> tuple[str, ...]:
        """Returns who is on duty for the groups that a decision asks."""
        return tuple(
            sorted({who for group, _ in wanted(decision.duties) for who in self._rules.rota.on_duty(group, at)})
        )

    def counted(self, one: Case, /) -> tuple[Answer, ...]:
        """Returns the answers to a case whose signatures hold."""
        found: list[Answer] = []
        for data in one.answers:
            try:
                found.append(self.verified(one, data.encode()))
            except NotTrusted:
                continue
        return tuple(found)

    def tally(self, one: Case, /) -> Mapping[str, frozenset[str]]:
        """Returns who said yes, for each group that is asked, by signatures that hold."""
        said = [self.teller(one, answer) for answer in self.counted(one) if answer.answer == "approve"]
        return {group: counting(said, group) for group, _ in wanted(one.decision.duties)}

    def met(self, one: Case, /) -> bool:
        """Whether enough different people of each group that is asked said yes, and none no."""
        if any(answer.answer == "deny" for answer in self.counted(one)):
            return False
        found = self.tally(one)
        return all(len(found[group]) >= number for group, number in wanted(one.decision.duties))

    def _key(self, said: Answer, tenant: str) -> str:
        if said.approver:
            approver = self._approvers.get(said.approver)
            return approver.key if approver is not None else ""
        return dsse.public_text(self.desk(tenant))

    def desk(self, tenant: str, /) -> Ed25519PrivateKey:
        """Returns the desk's key."""
        return Ed25519PrivateKey.from_private_bytes(self._keys.key(_DESK, tenant=tenant))


def _askers(question: DecisionInput) -> frozenset[str]:
    return frozenset({question.principal, *(behind.id for behind in question.on_behalf_of)})


def _said(one: Case, approver: str, answer: Say, at: int, reason: str) -> Answer:
    row = one.row
    if len(reason) > REASON or not reason.isprintable():
        raise InputError(f"expected a reason of at most {REASON} characters, on one line", place=row.case)
    question = _shown(one.question, one.outline)
    return Answer(row.case, row.action, approver, answer, row.expires, question, at, reason)


def _shown(question: DecisionInput, outline: Outline) -> str:
    """Returns the digest of what approvers are shown of a call; the same call on the next day is the same.

    Its values are in the digest of the call itself.
    """
    return canonical.digest((msgspec.structs.replace(question, day=0), without(outline)))
