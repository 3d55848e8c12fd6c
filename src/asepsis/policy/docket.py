"""The docket: cases as approvers see them, by deadline, with what is known of each, and how the approvers fare.

1. A case shows who asks what on whose behalf, each part with who says it and what was found in it, whose data it is,
   why it is asked and by which policies, who has to say yes and who did, and what is different from the last one of the
   same sort that was settled.
2. How tired approvers are is measured: how often they were asked and answered, how long they took, and how often they
   said yes. Who always says yes, or in seconds, is shown.
"""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Final, NamedTuple

import msgspec

from asepsis.core.errors import InputError, NotTrusted
from asepsis.core.types import DecisionInput, Outline
from asepsis.infra.records import ApprovalCase
from asepsis.policy.answers import Answer, Case, Teller, case_of, clocks, to_sign, wanted
from asepsis.policy.approvals import Approvals
from asepsis.policy.values import without

__all__ = ["Change", "Docket", "Entry", "Fatigue", "Need", "Said"]

_WINDOW: Final = 30 * 86_400_000
_HOUR: Final = 3_600_000
_LOOKED_AT: Final = 2_000
_ENOUGH: Final = 10
_QUICK: Final = 10_000
_NAMES: Final = {"labels": "speaks of", "opaque": "unreadable", "state": "stays at provider", "members": "members"}
_NOT_COMPARED: Final = frozenset({"day", "tenant", "approval", "found", "on_behalf_of", "arguments"})


class Need(NamedTuple):
    """A group that is asked, how many of it, and who said yes so far; an empty group is anybody."""

    group: str
    number: int
    people: tuple[str, ...]


class Change(NamedTuple):
    """What is different from the last case of the same sort."""

    what: str
    before: str
    now: str


class Said(NamedTuple):
    """An answer that holds: whose, what, why and when (0 where it does not say)."""

    person: str
    answer: str
    reason: str
    at: int


class Entry(msgspec.Struct, frozen=True):
    """A case as it is shown. `mine` says that whoever looks may answer, `barred` why not.

    `clocks` are the laws that want it decided by a time, and by when at the latest; `sign` is what a statement has to
    hold, beside who answers, what and when.
    """

    row: ApprovalCase
    question: DecisionInput
    outline: Outline
    reason: str
    policies: tuple[str, ...]
    then: tuple[tuple[str, str], ...]
    needs: tuple[Need, ...]
    said: tuple[Said, ...]
    last: ApprovalCase | None
    changes: tuple[Change, ...]
    on_duty: tuple[str, ...]
    clocks: tuple[tuple[str, int], ...]
    escalated: bool
    mine: bool
    barred: str
    sign: dict[str, str | int]


class Fatigue(NamedTuple):
    """How one approver fares over thirty days; `median` is how long they took, in milliseconds."""

    person: str
    answers: int
    yes: int
    per_hour: int
    median: int
    tired: tuple[str, ...]


class Docket:
    """The cases of a tenant, as `approvals` have them."""

    def __init__(self, approvals: Approvals, *, tenant: str) -> None:
        self._approvals = approvals
        self._tenant = tenant

    def waiting(self, now: int, teller: Teller | None, /) -> tuple[Entry, ...]:
        """Returns what waits, by deadline, as somebody sees it; rows that were damaged are left out."""
        past = self._past(now)
        cases = self._approvals.cases.waiting(now, tenant=self._tenant)
        return tuple(self._entry(one, past, now, teller) for one in _read(cases))

    def damaged(self, now: int, /) -> tuple[str, ...]:
        """Returns the ids of waiting cases whose rows can't be read."""
        cases = self._approvals.cases.waiting(now, tenant=self._tenant)
        return tuple(sorted({row.case for row in cases} - {one.row.case for one in _read(cases)}))

    def entry(self, case: str, now: int, teller: Teller | None, /, *, sure: bool = False) -> Entry | None:
        """Returns one case; None where there is none; raises InputError where its row was damaged.

        A teller who may answer it, and is `sure` who they are, sees its values; raises NotTrusted for changed ones.
        """
        row = self._approvals.cases.get(case, tenant=self._tenant)
        if row is None:
            return None
        one = case_of(row)
        entry = self._entry(one, self._past(now), now, teller)
        if teller is None or not (sure and entry.mine):
            return entry
        return msgspec.structs.replace(entry, outline=self._approvals.shown(one, teller))

    def settled(self, now: int, /, *, most: int) -> tuple[Entry, ...]:
        """Returns what was settled lately, the latest first."""
        past = self._past(now)
        return tuple(self._entry(one, past, now, None) for one in past[:most])

    def fatigue(self, now: int, /) -> tuple[Fatigue, ...]:
        """Returns how approvers fare, those with the most answers first."""
        found: dict[str, list[tuple[Answer, int]]] = {}
        for one in self._past(now):
            for said in self._approvals.answers.counted(one):
                person = self._approvals.answers.person(said)
                found.setdefault(person, []).append((said, one.row.asked))
        fared = [_fared(person, answers) for person, answers in found.items()]
        return tuple(sorted(fared, key=lambda one: (-one.answers, one.person)))

    def _past(self, now: int) -> list[Case]:
        return list(_read(self._approvals.cases.settled(now - _WINDOW, tenant=self._tenant, most=_LOOKED_AT)))

    def _entry(self, one: Case, past: Sequence[Case], now: int, teller: Teller | None) -> Entry:
        answers = self._approvals.answers
        said = [Said(answers.person(a), a.answer, a.reason, a.at) for a in answers.counted(one)]
        tally = answers.tally(one)
        last = _last(one, past)
        barred = self._barred(one, now, teller, {a.person for a in said})
        return Entry(
            row=one.row,
            question=one.question,
            outline=without(one.outline),
            reason=one.decision.reason,
            policies=one.decision.policies,
            then=tuple((due.do.value, due.on.value) for due in one.decision.obligations),
            needs=tuple(Need(g, n, tuple(sorted(tally[g]))) for g, n in wanted(one.decision.duties)),
            said=tuple(said),
            last=last.row if last is not None else None,
            changes=_changes(last.question, one.question) if last is not None else (),
            on_duty=answers.on_duty(one.decision, now),
            clocks=clocks(one.decision.duties, one.row.asked),
            escalated=answers.escalated(one, now),
            mine=not barred,
            barred=barred,
            sign=to_sign(one),
        )

    def _barred(self, one: Case, now: int, teller: Teller | None, answered: set[str]) -> str:
        """Returns why somebody may not answer, nothing where they may."""
        if one.row.state != "open" or one.row.expires <= now:
            return "it is settled" if one.row.state != "open" else "its time is up"
        if teller is None:
            return "you may look and not approve"
        if teller.principal in {one.question.principal, *(who.id for who in one.question.on_behalf_of)}:
            return "it is you who asks, or on whose behalf it is asked"
        if teller.principal in answered:
            return "you have answered"
        asked = {group for group, _ in wanted(one.decision.duties)}
        if "" not in asked and not self._approvals.answers.stands_for(one, teller, now).answers_for(asked):
            return f"{' or '.join(sorted(asked))} has to answer"
        return ""


def _read(rows: Iterable[ApprovalCase]) -> Iterable[Case]:
    for row in rows:
        try:
            yield case_of(row)
        except (InputError, NotTrusted):
            continue


def _last(one: Case, past: Sequence[Case]) -> Case | None:
    """Returns the last case before this one, of the same tool if it is of one, that the same policies asked for.

    One of the same principal goes before others.
    """
    same = [
        other
        for other in past
        if other.row.case != one.row.case
        and other.row.settled <= (one.row.settled or other.row.settled)
        and (other.question.application, other.question.tool) == (one.question.application, one.question.tool)
        and other.decision.policies == one.decision.policies
    ]
    mine = [other for other in same if other.question.principal == one.question.principal]
    return next(iter(mine or same), None)


def _changes(before: DecisionInput, now: DecisionInput) -> tuple[Change, ...]:
    found = [
        Change(_NAMES.get(name, name), _words(getattr(before, name)), _words(getattr(now, name)))
        for name in now.__struct_fields__
        if name not in _NOT_COMPARED and getattr(before, name) != getattr(now, name)
    ]
    was = {count.kind.value: count.count for count in before.found}
    has = {count.kind.value: count.count for count in now.found}
    kinds = sorted(kind for kind in {*was, *has} if was.get(kind, 0) != has.get(kind, 0))
    found += [Change(f"{kind} found", str(was.get(kind, 0)), str(has.get(kind, 0))) for kind in kinds]
    others = sorted({one.partition("=")[0] for one in {*before.arguments} ^ {*now.arguments}})
    found += [Change("arguments", "", f"others: {', '.join(others)}")] if others else []
    behind = [", ".join(who.id for who in one.on_behalf_of) for one in (before, now)]
    return (*found, Change("on behalf of", *behind)) if behind[0] != behind[1] else tuple(found)


def _words(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(one) for one in value)
    return str(value)


def _fared(person: str, answers: list[tuple[Answer, int]]) -> Fatigue:
    yes = sum(said.answer == "approve" for said, _ in answers)
    timed = sorted(said.at for said, _ in answers if said.at)
    took = [said.at - asked for said, asked in answers if said.at]
    middle = int(median(took)) if took else 0
    busiest = max((sum(at <= other < at + _HOUR for other in timed) for at in timed), default=0)
    tired = []
    if len(answers) >= _ENOUGH and yes == len(answers):
        tired.append("always says yes")
    if len(took) >= _ENOUGH and middle < _QUICK:
        tired.append("answers in seconds")
    if busiest > _ENOUGH * 2:
        tired.append("asked too often")
    return Fatigue(person, len(answers), yes, busiest, middle, tuple(tired))
