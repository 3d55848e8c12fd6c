"""Decisions made again from the ledger: what they were made from is kept in their Events."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from asepsis.core.errors import InputError
from asepsis.core.events import CallOpened, Event, ToolCallOpened, VaultRevealed, read, read_payload
from asepsis.core.ports import Entry, Policy
from asepsis.core.types import Decision, DecisionInput, ObligationKind
from asepsis.policy.annotations import STRENGTH
from asepsis.policy.changes import difference

__all__ = ["Outcome", "Recorded", "outcomes", "recorded"]

_OURS: Final = ("budget.", "flow.", "gateway.", "identity.", "tools.")


class Recorded(NamedTuple):
    """A decision as the ledger has it: the Event, what was asked, what was decided."""

    event: Event
    question: DecisionInput
    decision: Decision


class Outcome(NamedTuple):
    """A recorded decision that another policy decides otherwise; `exposes` says that it lets more through."""

    recorded: Recorded
    now: Decision
    exposes: bool


def recorded(entries: Iterable[Entry], /) -> Iterator[Recorded]:
    """Yields the decisions in a log that policy made; those that our own rules made are not its."""
    for entry in entries:
        try:
            event = read(entry.data)
            payload = read_payload(event)
        except InputError:
            continue
        if isinstance(payload, CallOpened | ToolCallOpened | VaultRevealed) and not _ours(payload.decision):
            yield Recorded(event, payload.input, payload.decision)


def outcomes(made: Iterable[Recorded], policy: Policy, count: Counter[str], /) -> Iterator[Outcome]:
    """Yields the decisions that `policy` would make otherwise; counts all in `count`, by verdict before and after."""
    for one in made:
        now = policy.decide(one.question)
        before, after = one.decision.verdict.name.lower(), now.verdict.name.lower()
        count[f"{before} -> {after}"] += 1
        if difference(one.decision, now):
            yield Outcome(one, now, _exposes(one.decision, now, one.question))


def _exposes(old: Decision, new: Decision, question: DecisionInput) -> bool:
    """Whether something that was found would now leave in a plainer form, or at all."""
    if not question.found and not question.members:
        return False
    if new.verdict > old.verdict:
        return False
    if new.verdict < old.verdict:
        return True
    before = {one.on: one.do for one in old.obligations}
    after: dict[object, ObligationKind] = {one.on: one.do for one in new.obligations}
    return any(STRENGTH[after.get(count.kind)] < STRENGTH[before.get(count.kind)] for count in question.found)


def _ours(decision: Decision) -> bool:
    """Whether a rule of ours decided, before policy was asked or against what it said."""
    return not decision.bundle or any(one.startswith(_OURS) for one in decision.policies)
