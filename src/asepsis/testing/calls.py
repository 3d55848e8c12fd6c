"""Made-up model calls as the gateway records them: Events with nothing real in them, drawn from a seed."""

import hashlib
from collections.abc import Iterator
from random import Random  # noqa: TID251 seeded numbers are the point

from asepsis.core.events import CallClosed, CallOpened, CallUnclosed, Event, Mode, Outcome, ToolDecision, build
from asepsis.core.types import (
    Action,
    Count,
    Coverage,
    Decision,
    DecisionInput,
    Kind,
    Obligation,
    ObligationKind,
    Purpose,
    Verdict,
)
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds

__all__ = ["Calls"]

_TENANT = "local"
_BUNDLE = hashlib.sha256(b"bundle").hexdigest()
_APPLICATIONS = ("care-notes", "claims-copilot", "member-chat", "prior-auth")
_SURFACES = (
    ("openai.chat", "gpt-5.2"),
    ("anthropic.messages", "claude-sonnet-5"),
    ("openai.embeddings", "embed-4-small"),
)
_REASONS = {
    Verdict.ALLOW: ("nothing stands against it", "default"),
    Verdict.TRANSFORM: ("identifiers are taken out before it goes on", "phi.mask"),
    Verdict.DENY: ("a secret is in the request", "secrets.deny"),
}


class Calls:
    """Writes Events of calls for one tenant; the same seed tells the same story."""

    def __init__(self, *, seed: int = 1, clock: ManualClock | None = None) -> None:
        self._random = Random(seed)
        self._ids = SequentialIds()
        self._clock = clock or ManualClock()

    def opened(
        self,
        *,
        verdict: Verdict = Verdict.ALLOW,
        found: tuple[Count, ...] = (),
        mode: Mode = Mode.ENFORCE,
        application: str = "care-notes",
        model: str = "gpt-5.2",
        trace: tuple[str, str] = ("", ""),
    ) -> Event:
        """Returns the Event that opens a call."""
        surface = {name: surface for surface, name in _SURFACES}.get(model, "openai.chat")
        upstream = "" if verdict is Verdict.DENY else "lab"
        question = DecisionInput(
            _TENANT,
            Action.MODEL_INVOKE,
            "svc-notes",
            application,
            Purpose.TREATMENT,
            surface,
            model,
            upstream,
            found=found,
        )
        plan = tuple(Obligation(ObligationKind.MASK, kind) for kind in (Kind.MRN, Kind.NAME, Kind.SSN))
        due = (
            tuple(Obligation(ObligationKind.MASK, count.kind) for count in found)
            if verdict is Verdict.TRANSFORM
            else ()
        )
        reason, policy = _REASONS.get(verdict, ("someone has to agree first", "ask"))
        decision = Decision(verdict, reason, (policy,), _BUNDLE, due, plan, question.digest)
        coverage = self._coverage(channels=0)
        payload = CallOpened(
            hashlib.sha256(application.encode()).hexdigest()[:32],
            application,
            surface,
            model,
            upstream,
            mode,
            decision,
            question,
            found,
            coverage,
            trace[0],
            trace[1],
        )
        return self._event(payload, verdict)

    def closed(
        self,
        opened: Event,
        *,
        outcome: Outcome = Outcome.COMPLETED,
        found: tuple[Count, ...] = (),
        verdict: Verdict = Verdict.ALLOW,
        tools: tuple[ToolDecision, ...] = (),
    ) -> Event:
        """Returns the Event that closes a call, some made-up milliseconds later."""
        took = self._random.randint(80, 2_400) if outcome is not Outcome.DENIED else 1
        self._clock.advance(milliseconds=took)
        reason, policy = _REASONS.get(verdict, _REASONS[Verdict.ALLOW])
        denied = outcome is Outcome.DENIED
        payload = CallClosed(
            opened=opened.id,
            outcome=outcome,
            status={Outcome.COMPLETED: 200, Outcome.DENIED: 403, Outcome.FAILED: 502}.get(outcome, 200),
            rule=policy if outcome is Outcome.CUT else "",
            decision=Decision(verdict, reason, (policy,), _BUNDLE),
            found=found,
            coverage=Coverage() if denied else self._coverage(channels=1),
            tools=tools,
            tokens_in=0 if denied else self._random.randint(80, 4_000),
            tokens_out=0 if denied else self._random.randint(10, 900),
            upstream_us=0 if denied else took * 700,
            first_us=took * 300,
            total_us=took * 1_000 + 213,
            guard_us=213 + took % 200,
            upstream="" if denied else "lab",
            attempts=0 if denied else 1,
        )
        return self._event(payload, max(verdict, opened.verdict))

    def unclosed(self, opened: Event, /) -> Event:
        """Returns the incident that a call was never closed."""
        return self._event(CallUnclosed(opened.id), Verdict.ALLOW)

    def story(self, count: int, /) -> Iterator[Event]:
        """Yields the Events of `count` calls of every sort, one call after the other."""
        for _ in range(count):
            yield from self._call()

    def _call(self) -> Iterator[Event]:
        self._clock.advance(milliseconds=self._random.randint(5, 9_000))
        draw = self._random.random()
        verdict = Verdict.DENY if draw < 0.12 else Verdict.TRANSFORM if draw < 0.6 else Verdict.ALLOW
        found = self._found(verdict)
        mode = Mode.OBSERVE if self._random.random() < 0.15 else Mode.ENFORCE
        opened = self.opened(
            verdict=verdict,
            found=found,
            mode=mode,
            application=self._random.choice(_APPLICATIONS),
            model=self._random.choice(_SURFACES)[1],
        )
        yield opened
        if verdict is Verdict.DENY and mode is Mode.ENFORCE:
            yield self.closed(opened, outcome=Outcome.DENIED, verdict=verdict)
            return
        end = self._random.random()
        if end < 0.03:
            yield self.unclosed(opened)
        elif end < 0.06:
            yield self.closed(opened, outcome=Outcome.FAILED)
        elif end > 0.04:
            masked = self._random.random() < 0.3
            after = Verdict.TRANSFORM if masked else Verdict.ALLOW
            yield self.closed(opened, found=self._found(Verdict.TRANSFORM) if masked else (), verdict=after)

    def _found(self, verdict: Verdict, /) -> tuple[Count, ...]:
        if verdict is Verdict.ALLOW:
            return ()
        kinds = self._random.sample(
            (Kind.NAME, Kind.SSN, Kind.MRN, Kind.DATE, Kind.PHONE, Kind.EMAIL, Kind.HEALTH_PLAN_ID),
            self._random.randint(1, 4),
        )
        found = {kind: self._random.randint(1, 6) for kind in kinds}
        if verdict is Verdict.DENY:
            found[Kind.SECRET] = 1
        return tuple(sorted(Count(kind, count) for kind, count in found.items()))

    def _coverage(self, *, channels: int) -> Coverage:
        parts = self._random.randint(4, 60)
        opaque = ("image",) if self._random.random() < 0.05 else ()
        digest = hashlib.sha256(str(parts).encode()).hexdigest()
        return Coverage(parts, parts * self._random.randint(20, 400), parts - len(opaque), channels, opaque, digest)

    def _event(self, payload: CallOpened | CallClosed | CallUnclosed, verdict: Verdict) -> Event:
        return build(
            payload, id=self._ids.new(), time=self._clock.now(), tenant=_TENANT, principal="svc-notes", verdict=verdict
        )
