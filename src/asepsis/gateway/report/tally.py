"""What observed calls would have met: counts over the ledger's Events, taken one by one and then forgotten.

A call is told by two Events. What the first said is kept until the second comes, for `OPEN_CALLS` calls at most; all
else is counts, so that memory does not grow with the ledger. Events hold no content, and neither does what is here.
"""

from collections import Counter
from enum import StrEnum
from typing import Final

import msgspec

from asepsis.core.errors import InputError
from asepsis.core.events import CallClosed, CallOpened, CallUnclosed, Event, Mode, read, read_payload
from asepsis.core.types import Count, Coverage, Decision, Kind, Obligation, ObligationKind, Verdict
from asepsis.gateway.report.spread import Spread

__all__ = ["OPEN_CALLS", "Cell", "Direction", "Effect", "Range", "Reach", "Rule", "Tally"]

OPEN_CALLS: Final = 65_536

_MARK: Final = b'"gateway.call.'
_HEAD_BYTES: Final = 320


class Direction(StrEnum):
    """The part of an exchange that something was found or decided in."""

    REQUEST = "request"
    ANSWER = "answer"
    TOOL = "tool call"


class Effect(StrEnum):
    """What would have become of a finding or of a tool call."""

    DENY = "deny"
    DROP = "drop"
    MASK = "mask"
    PASS = "pass"  # noqa: S105 what becomes of a finding, not a password


class Cell(msgspec.Struct, frozen=True, order=True):
    """Where something was found, and what would have become of it."""

    application: str
    surface: str
    direction: Direction
    kind: Kind
    effect: Effect


class Rule(msgspec.Struct, frozen=True, order=True):
    """A rule that would have denied, with its reason, and where."""

    name: str
    reason: str
    direction: Direction


class Range(msgspec.Struct, frozen=True):
    """Which calls count: those opened from `since` until before `until` (milliseconds, 0 for no end)."""

    since: int = 0
    until: int = 0
    applications: frozenset[str] = frozenset()

    def holds(self, event: Event, opened: CallOpened, /) -> bool:
        """Whether a call belongs."""
        timely = self.since <= event.time and (not self.until or event.time < self.until)
        return timely and (not self.applications or opened.application in self.applications)


class Reach:
    """How much of one direction was seen, scanned and could not be read."""

    def __init__(self) -> None:
        self.parts = self.characters = self.scanned = self.channels = 0
        self.opaque: Counter[str] = Counter()

    def add(self, coverage: Coverage, /) -> None:
        """Takes one call's coverage; `opaque` counts calls by kind."""
        self.parts += coverage.parts
        self.characters += coverage.characters
        self.scanned += coverage.scanned
        self.channels += coverage.channels
        self.opaque.update(coverage.opaque)


class _Open(msgspec.Struct, frozen=True):
    application: str
    surface: str
    verdict: Verdict
    plan: tuple[Obligation, ...]


class Tally:
    """Counts what observed calls would have met."""

    def __init__(self, within: Range | None = None, /) -> None:
        self.within = within or Range()
        self.first = self.last = 0
        self.calls: Counter[tuple[str, Verdict]] = Counter()
        self.asked: Counter[tuple[str, Direction]] = Counter()
        self.cells: Counter[Cell] = Counter()
        self.rules: Counter[Rule] = Counter()
        self.tools: Counter[tuple[str, str, str, Effect]] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.reach = {Direction.REQUEST: Reach(), Direction.ANSWER: Reach()}
        self.guard, self.total = Spread(), Spread()
        self.enforced = self.unclosed = self.evicted = 0
        self._open: dict[str, _Open] = {}

    @property
    def running(self) -> int:
        """How many calls were opened and not yet ended where the ledger stops."""
        return len(self._open) + self.evicted

    @property
    def total_calls(self) -> int:
        """How many calls ended or are open."""
        return self.calls.total() + self.running

    def take(self, entry: bytes, /) -> None:
        """Takes the next entry of the ledger; what is no Event of a call, or of a later version, counts for nothing."""
        if _MARK not in entry[:_HEAD_BYTES]:
            return
        try:
            event = read(entry)
            payload = read_payload(event)
        except InputError:
            return
        if isinstance(payload, CallOpened):
            self._opened(event, payload)
        elif isinstance(payload, CallClosed):
            self._closed(payload)
        elif isinstance(payload, CallUnclosed) and (one := self._open.pop(payload.opened, None)) is not None:
            self.unclosed += 1
            self.calls[one.application, one.verdict] += 1

    def _opened(self, event: Event, opened: CallOpened) -> None:
        if not self.within.holds(event, opened):
            return
        if opened.mode is not Mode.OBSERVE:
            self.enforced += 1
            return
        self.first = self.first or event.time
        self.last = event.time
        decision = opened.decision
        one = _Open(opened.application, opened.surface, decision.verdict, decision.plan)
        self._open[event.id] = one
        if len(self._open) > OPEN_CALLS:
            del self._open[next(iter(self._open))]
            self.evicted += 1
        self.asked[opened.surface, Direction.REQUEST] += 1
        self.reach[Direction.REQUEST].add(opened.coverage)
        self._found(one, Direction.REQUEST, opened.found, decision.obligations)
        self._against(decision, Direction.REQUEST)

    def _closed(self, closed: CallClosed) -> None:
        one = self._open.pop(closed.opened, None)
        if one is None:
            return
        self.outcomes[closed.outcome.value] += 1
        self.total.add(closed.total_us)
        if closed.guard_us:
            self.guard.add(closed.guard_us)
        if closed.coverage.parts:
            self.asked[one.surface, Direction.ANSWER] += 1
            self.reach[Direction.ANSWER].add(closed.coverage)
        self._found(one, Direction.ANSWER, _without(closed.found, closed.found_tools), one.plan)
        self._found(one, Direction.TOOL, closed.found_tools, one.plan)
        self._against(closed.decision, Direction.ANSWER)
        verdict = max(one.verdict, closed.decision.verdict)
        for tool in closed.tools:
            denied = tool.decision.verdict >= Verdict.ASK
            verdict = max(verdict, tool.decision.verdict)
            self.asked[one.surface, Direction.TOOL] += 1
            self.tools[one.application, one.surface, tool.tool, Effect.DENY if denied else Effect.PASS] += 1
            self._against(tool.decision, Direction.TOOL)
        self.calls[one.application, verdict] += 1

    def _found(
        self, one: _Open, direction: Direction, found: tuple[Count, ...], obligations: tuple[Obligation, ...]
    ) -> None:
        """Counts findings; those of a request that would have been denied would not have gone anywhere."""
        due = {obligation.on: _EFFECTS.get(obligation.do, Effect.MASK) for obligation in obligations}
        refused = one.verdict >= Verdict.ASK
        for count in found:
            effect = Effect.DENY if refused else due.get(count.kind, Effect.PASS)
            self.cells[Cell(one.application, one.surface, direction, count.kind, effect)] += count.count

    def _against(self, decision: Decision, direction: Direction) -> None:
        if decision.verdict >= Verdict.ASK:
            name = decision.policies[0] if decision.policies else "policy"
            self.rules[Rule(name, decision.reason, direction)] += 1


def _without(found: tuple[Count, ...], less: tuple[Count, ...]) -> tuple[Count, ...]:
    taken = {count.kind: count.count for count in less}
    return tuple(
        Count(one.kind, one.count - taken.get(one.kind, 0)) for one in found if one.count > taken.get(one.kind, 0)
    )


# Whatever else puts something in the place of a text (a token, a surrogate) takes it out as a mask does.
_EFFECTS: Final = {
    ObligationKind.DENY: Effect.DENY,
    ObligationKind.DROP: Effect.DROP,
}
