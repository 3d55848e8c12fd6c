"""What one call's Events tell of it: what was seen in both directions, whom it is about, and what it cost."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

import msgspec

from asepsis.core.events import CallClosed, CallOpened, Event, Minimised, Mode, Outcome, Payload, ToolDecision, build
from asepsis.core.labels import Category
from asepsis.core.ports import Clock, Clue, Digester, Ids, Labeller, Randomness, Resolver, Said, Sealer
from asepsis.core.types import Count, Coverage, Decision, DecisionInput, Outline, Principal, Role, SealedRef, Verdict
from asepsis.gateway.document import GuardedDocument
from asepsis.gateway.keeping import Keeping
from asepsis.gateway.live import Live
from asepsis.gateway.observed import ObservedStream
from asepsis.gateway.plan import counts, handed
from asepsis.gateway.stream import StreamGuard
from asepsis.gateway.surfaces.types import Usage
from asepsis.gateway.times import Times
from asepsis.ledger.sealing.keeping import kept, record

__all__ = ["Account", "Ended", "Tools"]

_EMPTY: Final = Coverage()
_TOOLS: Final = 64
"""The most decisions on tool calls that an Event tells one by one; a ledger takes none of any size."""
_UNSAID: Final = (Role.DEFINITION, Role.PROTOCOL)


class Tools(msgspec.Struct, frozen=True):
    """The adapters that every call shares.

    A `sealer` is there where what is asked and answered is kept: all of it, or what policies ask for (`keep_all`).
    """

    clock: Clock
    ids: Ids
    digester: Digester
    tenant: str
    randomness: Randomness
    sealer: Sealer | None = None
    keep_all: bool = True


class Ended(msgspec.Struct, frozen=True):
    """How a call ended: what the client got, by which rule it was cut, what was decided on the answer, and who gave it.

    `upstream` is empty and `attempts` 0 where none was asked; `decision` is that on the request.
    """

    outcome: Outcome
    status: int
    rule: str
    decision: Decision
    answer: Decision
    upstream: str
    attempts: int


class Account:
    """Keeps what is known of one call of one principal; what was said in it only until that is sealed.

    `beyond` says that the call is about a member whom the principal's grant is not about.
    """

    __slots__ = (
        "_ambiguous",
        "_clues",
        "_coverage",
        "_coverage_answer",
        "_end",
        "_found_tools",
        "_keeping",
        "_labeller",
        "_principal",
        "_resolver",
        "_said",
        "_sealed",
        "_sealed_answer",
        "_subjects",
        "_tool_decisions",
        "_tools",
        "_usage",
        "beyond",
        "fields",
        "found",
        "found_answer",
        "grant",
        "id",
        "labels",
        "session",
        "trace",
    )

    def __init__(self, principal: Principal, live: Live, tools: Tools) -> None:
        self.id = tools.ids.new()
        self.grant = dict(principal.claims).get("grant", "")
        self.session = ""
        self.trace: tuple[str, str] = ("", "")
        self.found: tuple[Count, ...] = ()
        self.found_answer: tuple[Count, ...] = ()
        self.labels: tuple[Category, ...] = ()
        self.fields: Minimised | None = None
        self._principal = principal
        self._resolver: Resolver | None = live.resolver
        self._labeller: Labeller | None = live.labeller
        self._tools = tools
        self._coverage = self._coverage_answer = _EMPTY
        self._found_tools: tuple[Count, ...] = ()
        self._tool_decisions: list[ToolDecision] = []
        self._subjects: frozenset[str] = frozenset()
        self._ambiguous = 0
        # Where nobody can tell members, a grant for some reaches none.
        self.beyond = live.resolver is None and any(name == "member" for name, _ in principal.claims)
        self._clues: list[Clue] = []
        self._usage = Usage()
        self._end = ""
        self._said: list[Said] = []
        self._sealed: SealedRef | None = None
        self._sealed_answer: SealedRef | None = None
        self._keeping = Keeping(tools.sealer, principal.tenant, self._about) if tools.sealer is not None else None

    @property
    def subjects(self) -> frozenset[str]:
        """Whom the call is known to be about, as keyed digests of members."""
        return self._subjects

    @property
    def characters(self) -> int:
        """How much text the request has."""
        return self._coverage.characters

    @property
    def usage(self) -> Usage:
        """What the upstream says that the call took."""
        return self._usage

    @property
    def members(self) -> int:
        """How many members the call is known to be about."""
        return len(self._subjects)

    def named(self, session: str, /) -> None:
        """Takes the caller's, or the provider's, name of the session; told is its keyed digest with the principal."""
        who = self._principal
        self.session = self._tools.digester.digest("session", f"{len(who.id)}:{who.id}:{session}", tenant=who.tenant)

    def request(self, guarded: GuardedDocument, /, *, body: bool = True) -> None:
        """Notes what a request is of; what only defines it, such as a schema, speaks of nothing.

        One without a `body` says nothing that would be kept.
        """
        self.found = counts(guarded.findings)
        self._coverage = guarded.coverage()
        self._resolve(guarded.clues)
        if self._labeller is not None:
            said = [leaf.part for leaf in guarded.leaves if leaf.part.role not in _UNSAID]
            self.labels = tuple(sorted(self._labeller.label(said).categories | guarded.labels()))
        if self._keeping is not None and body:
            self._said = self._keeping.document(guarded, sorted(self._subjects))

    def keep(self, decision: Decision, /) -> None:
        """Seals what was asked, if that decision lets it be kept; raises Unavailable where it can't be."""
        self._may_keep(decision)
        if self._keeping is not None and self._said:
            said, self._said = self._said, []
            self._sealed = self._keeping.seal(self.id, self.session or self.id, said)

    def pending(self) -> list["Future[None]"]:
        """Returns what has to be durable with the Events that were made, each once."""
        if self._keeping is None:
            return []
        pending, self._keeping.pending = self._keeping.pending, []
        return pending

    def outline(self, guarded: GuardedDocument, /) -> Outline:
        """Returns what an approver is shown of a request."""
        return guarded.outline(tuple(sorted(self._subjects)))

    def answer(self, guarded: GuardedDocument, usage: Usage, /) -> None:
        """Notes what a whole answer is of."""
        self.found_answer = counts(guarded.findings)
        self._found_tools = counts(handed(guarded.findings))
        self._coverage_answer = guarded.coverage()
        self._usage = usage
        self._resolve(guarded.clues)
        if self._keeping is not None:
            self._keep_answer(self._keeping.document(guarded, sorted(self._subjects)))

    @property
    def clues(self) -> list[Clue] | None:
        """Where a stream's guard leaves what may say whom its answer is about; None where nobody would ask."""
        return self._clues if self._resolver is not None else None

    def streamed(self, guard: StreamGuard | ObservedStream, /) -> None:
        """Notes what a streamed answer was of."""
        self.found_answer = counts(guard.findings)
        self._found_tools = counts(handed(guard.findings))
        self._coverage_answer = guard.coverage()
        self._usage = guard.usage
        self._resolve(lambda: self._clues)
        if self._keeping is not None:
            subjects = tuple(sorted(self._subjects))
            said = guard.said
            self._keep_answer([Said(place, Role.ASSISTANT.value, text, subjects) for place, text in said if text])

    @property
    def keeps(self) -> bool:
        """Whether what is said is kept."""
        return self._keeping is not None

    def tool(self, name: str, decision: Decision, /) -> None:
        """Notes a decision on a tool call in the answer."""
        self._tool_decisions.append(ToolDecision(name, decision))

    def opened(self, question: DecisionInput, decision: Decision, mode: Mode, /) -> Event:
        """Returns the Event that opens the call."""
        self._may_keep(decision)
        if self._keeping is not None and self._said:
            said, self._said = self._said, []
            self._sealed = self._keeping.try_to_seal(self.id, self.session or self.id, said)
        payload = CallOpened(
            session=self.session or self.id,
            application=self._principal.application,
            surface=question.surface,
            model=question.model,
            upstream=question.upstream,
            mode=mode,
            decision=decision,
            input=question,
            found=self.found,
            coverage=self._coverage,
            trace=self.trace[0],
            span=self.trace[1],
            ambiguous=self._ambiguous,
            labels=self.labels,
            grant=self.grant,
            sealed=self._sealed,
            fields=self.fields,
        )
        return self.event(self.id, payload, decision.verdict)

    def closed(self, ended: Ended, times: Times, /) -> Event:
        """Returns the Event that closes the call."""
        payload = CallClosed(
            opened=self.id,
            outcome=ended.outcome,
            status=ended.status,
            rule=ended.rule,
            decision=ended.answer,
            found=self.found_answer,
            found_tools=self._found_tools,
            coverage=self._coverage_answer,
            tools=tuple(self._tool_decisions[:_TOOLS]),
            tools_more=max(0, len(self._tool_decisions) - _TOOLS),
            tokens_in=self._usage.tokens_in,
            tokens_out=self._usage.tokens_out,
            upstream_us=times.upstream_us,
            first_us=times.first_us,
            total_us=times.total_us,
            guard_us=times.guard_us,
            upstream=ended.upstream,
            attempts=ended.attempts,
            ambiguous=self._ambiguous,
            sealed=self._sealed_answer,
        )
        return self.event(
            self._end or self._tools.ids.new(), payload, max(ended.answer.verdict, ended.decision.verdict)
        )

    def event(self, event: str, payload: Payload, verdict: Verdict, /) -> Event:
        """Returns an Event of this call."""
        who = self._principal
        return build(
            payload,
            id=event,
            time=self._tools.clock.now(),
            tenant=who.tenant,
            principal=who.id,
            verdict=verdict,
            subjects=tuple(sorted(self._subjects)),
        )

    def _may_keep(self, decision: Decision) -> None:
        if self._keeping is None or self._keeping.pending:
            return
        if kept(decision, everything=self._tools.keep_all):
            self._keeping.record = record(decision)
        else:
            self._keeping, self._said = None, []

    def _keep_answer(self, said: list[Said]) -> None:
        if self._keeping is not None and not self._end:
            self._end = self._tools.ids.new()
            self._sealed_answer = self._keeping.try_to_seal(self._end, self.session or self.id, said)

    def _about(self, clues: list[Clue]) -> tuple[str, ...]:
        """Returns whom clues are about, by keyed digests."""
        if self._resolver is None:
            return ()
        tenant, digest = self._principal.tenant, self._tools.digester.digest
        return tuple(sorted(digest("member", one, tenant=tenant) for one in self._resolver.resolve(clues).members))

    def _resolve(self, clues: Callable[[], list[Clue]]) -> None:
        """Notes whom the call is about: whom the clues name, and whom the caller's grant does."""
        if self._resolver is None:
            return
        granted = frozenset(value for name, value in self._principal.claims if name == "member")
        found = self._resolver.resolve(clues(), among=granted)
        self.beyond |= bool(granted) and not granted.issuperset(found.members)
        tenant, digest = self._principal.tenant, self._tools.digester.digest
        self._subjects |= {digest("member", one, tenant=tenant) for one in granted.union(found.members)}
        self._ambiguous += found.ambiguous
