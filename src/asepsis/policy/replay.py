"""Decisions made again from the ledger: what they were made from is kept in their Events."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from asepsis.core.errors import InputError
from asepsis.core.events import (
    CallClosed,
    CallOpened,
    Event,
    Payload,
    ToolCallClosed,
    ToolCallOpened,
    VaultRevealed,
    read,
    read_payload,
)
from asepsis.core.ports import Entry, Policy
from asepsis.core.types import Count, Decision, DecisionInput, Obligation, ObligationKind
from asepsis.policy.annotations import STRENGTH
from asepsis.policy.changes import difference

__all__ = ["Outcome", "Recorded", "outcomes", "own", "recorded"]

_OURS: Final = ("budget.", "flow.", "gateway.", "identity.", "tools.")


class Recorded(NamedTuple):
    """A decision as the ledger has it: the Event, what was asked, what was decided, what was found in the answer."""

    event: Event
    question: DecisionInput
    decision: Decision
    answered: tuple[Count, ...] = ()


class Outcome(NamedTuple):
    """A recorded decision that another policy decides otherwise; `exposes` says that it lets more through."""

    recorded: Recorded
    now: Decision
    exposes: bool


def recorded(entries: Iterable[Entry], /) -> Iterator[Recorded]:
    """Yields the decisions in a log that policy made; those that our own rules made are not its.

    One on a call comes where the call is closed, with what was found in its answer; one never closed at the end.
    """
    waiting: dict[str, Recorded] = {}
    for event, payload in _told(entries):
        if isinstance(payload, CallOpened | ToolCallOpened | VaultRevealed) and not _ours(payload.decision):
            waiting[event.id] = Recorded(event, payload.input, payload.decision)
        elif isinstance(payload, CallClosed | ToolCallClosed) and payload.opened in waiting:
            yield waiting.pop(payload.opened)._replace(answered=payload.found)
    yield from waiting.values()


def own(entries: Iterable[Entry], event: str, /) -> Recorded | None:
    """Returns the decision in the Event of that id, where a rule of our own made it; None where none did."""
    for told, payload in _told(entries):
        if told.id == event and isinstance(payload, CallOpened | ToolCallOpened) and _ours(payload.decision):
            return Recorded(told, payload.input, payload.decision)
    return None


def _told(entries: Iterable[Entry]) -> Iterator[tuple[Event, Payload]]:
    """Yields the Events of a log that can be read."""
    for entry in entries:
        try:
            event = read(entry.data)
            yield event, read_payload(event)
        except InputError:
            continue


def outcomes(made: Iterable[Recorded], policy: Policy, count: Counter[str], /) -> Iterator[Outcome]:
    """Yields the decisions that `policy` would make otherwise; counts all in `count`, by verdict before and after."""
    for one in made:
        now = policy.decide(one.question)
        before, after = one.decision.verdict.name.lower(), now.verdict.name.lower()
        count[f"{before} -> {after}"] += 1
        if difference(one.decision, now):
            yield Outcome(one, now, _exposes(one, now))


def _exposes(one: Recorded, new: Decision) -> bool:
    """Whether something that was found would now leave in a plainer form, or at all."""
    old, question = one.decision, one.question
    if not question.found and not question.members and not one.answered:
        return False
    if new.verdict > old.verdict:
        return False
    if new.verdict < old.verdict:
        return True
    return _plainer(question.found, old.obligations, new.obligations) or _plainer(one.answered, old.plan, new.plan)


def _plainer(found: Iterable[Count], old: Iterable[Obligation], new: Iterable[Obligation]) -> bool:
    before: dict[object, ObligationKind] = {one.on: one.do for one in old}
    after: dict[object, ObligationKind] = {one.on: one.do for one in new}
    return any(STRENGTH[after.get(count.kind)] < STRENGTH[before.get(count.kind)] for count in found)


def _ours(decision: Decision) -> bool:
    """Whether a rule of ours decided, before policy was asked or against what it said."""
    return not decision.bundle or any(one.startswith(_OURS) for one in decision.policies)
