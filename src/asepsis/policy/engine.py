"""Decisions by Cedar: a bundle's policies and the house's own, with what they oblige to.

1. Nothing is allowed that no policy permits, and a forbid wins over all permits.
2. Where it is denied, the same question is asked as if it were approved: what is allowed then is ASK, and an approval
   turns it. No rule of the house looks at approvals, so none lifts one. A question with an approval is asked as
   approved from the first.
3. Where it is allowed, each permit says what is done with findings, kind by kind; of several the strictest holds, and
   a kind that none speaks of is masked, or denied where it is an attack (INJECTION, EXFIL, CANARY).
4. Content that nobody can read, and state at the provider, pass where a permit admits them by name.
5. A template is linked for those whose elevations name it, and for nobody else. Where one of them is for breaking the
   glass, a question counts as approved, and the decision says so and obliges to keep all of it.
6. Whoever acts for others may do what all of them may: it is decided for each, and the decisions are joined. They ask
   the engine together where no policy looks at who it is, and apart where its one answer doesn't tell what each gets.

Decisions on equal questions are equal, so they are remembered; and so is what the engine answers to equal contexts, for
all whom the policies can't tell apart.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache, reduce
from itertools import chain
from typing import Final, NamedTuple, TypeAlias

import cedarpy
import msgspec

from asepsis.core.types import Action, Decision, DecisionInput, Kind, Obligation, ObligationKind, Purpose, Verdict
from asepsis.policy.joining import Joined, joined, strictest
from asepsis.policy.question import Entities, Needed, context, request
from asepsis.policy.rules import LINKED, house
from asepsis.policy.slices import Asking, Slice, Slices
from asepsis.policy.types import Bundle, Provider

__all__ = ["DEFAULT", "CedarPolicy"]

DEFAULT: Final = "policy.default"
"""The policy that a denial names when nothing permits what was asked."""

_KINDS: Final = "policy.kinds"
_OPAQUE: Final = "policy.opaque"
_STATE: Final = "policy.state"
_REQUEST: Final = "policy.request"
_EXPIRED: Final = "policy.expired"
_FULL: Final = "seal:on"
_MINIMISE: Final = "minimise:"
_WHOLE: Final = frozenset({Purpose.TREATMENT, Purpose.PATIENT_REQUEST})
"""Purposes for which the minimum necessary does not hold, 45 CFR 164.502(b)(2)(i) and (ii)."""
_NOT_KEPT: Final = "seal:off"
_BROKEN: Final = "breakglass:"
_UNPERMITTED: Final = "no policy permits it"
_REMEMBERED: Final = 4096
_NOTHING: Final = joined(())


class _Asked:
    """A question with what is known of it, as far as those who are asked look at it."""

    def __init__(self, question: DecisionInput, provider: Provider | None) -> None:
        self.question = question
        self.digest = question.digest
        self.kinds = tuple([count.kind for count in question.found])
        self._provider = provider
        self._said: dict[tuple[frozenset[str], bool], str] = {}

    def context(self, only: frozenset[str], *, approved: bool) -> str:
        """Returns the context as JSON; with an approval, `approved` makes no difference."""
        approved = approved or bool(self.question.approval)
        said = self._said.get((only, approved))
        if said is None:
            said = self._said[only, approved] = context(self.question, self._provider, approved=approved, only=only)
        return said


class _Answer(NamedTuple):
    """What Cedar said: whether it is allowed, by which rules, and whether it could be asked at all."""

    allowed: bool
    by: Joined
    failed: bool


_Alike: TypeAlias = tuple[Asking, tuple[str, str], str]
"""Who asks, the resource, and the context."""


class _Place(NamedTuple):
    """Who asks, by what it is decided, and under what the answer is remembered, None where nobody else's is alike."""

    asking: Asking
    needed: Needed
    holding: Slice
    known: str
    alike: _Alike | None


class CedarPolicy:
    """Implements the port `Policy` with a bundle."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle.digest
        self.observe = bundle.meta.observe
        known = (*house(), *bundle.rules)
        self._rules = {rule.id: rule for rule in known} | {LINKED + rule.id: rule for rule in known if rule.minutes}
        self.templates = {rule.id: rule for rule in known if rule.minutes}
        rules = tuple(rule for rule in known if not rule.minutes)
        self._slices = Slices(rules, self.templates)
        self._obliged = lru_cache(_REMEMBERED)(self._obliging)
        self._entities = Entities(bundle.entities, frozenset(rule.who for rule in rules if rule.who is not None))
        self._providers = {one.upstream: one for one in bundle.meta.providers}
        self._expires = int(bundle.meta.expires.replace("-", ""))
        self._decided: dict[DecisionInput, Decision] = {}
        self._joined: dict[tuple[str, ...], Joined] = {(): _NOTHING}
        self._answers: dict[_Alike, _Answer] = {}

    def decide(self, question: DecisionInput, /) -> Decision:
        """Returns the decision; equal questions get equal decisions."""
        known = self._decided.get(question)
        if known is not None:
            return known
        decision = self._first(question)
        if len(self._decided) >= _REMEMBERED:
            self._decided.clear()
        self._decided[question] = decision
        return decision

    def _first(self, question: DecisionInput) -> Decision:
        provider = self._providers.get(question.upstream)
        asked = _Asked(question, provider)
        if question.day > self._expires:
            return self._no(asked, "the bundle of policies has expired", (_EXPIRED,))
        if not question.on_behalf_of:
            return self._decide(asked, question)
        each = (question, *_behind(question))
        if not question.elevations:
            self._ask_together(asked, each)
        decisions = [self._decide(asked, one) for one in each]
        whole, first = _led(reduce(Decision.join, decisions), decisions), decisions[0]
        if all(one.obligations == first.obligations and one.plan == first.plan for one in decisions):
            return whole
        return msgspec.structs.replace(
            whole,
            obligations=strictest(chain.from_iterable(one.obligations for one in decisions)),
            plan=strictest(chain.from_iterable(one.plan for one in decisions)),
        )

    def _decide(self, asked: _Asked, who: DecisionInput) -> Decision:
        """Decides on a question for one of those who ask it."""
        broken = self._broken(who)
        answer = self._ask(asked, who, approved=bool(broken))
        if answer.allowed:
            return _under(self._allowed(asked, answer.by), broken)
        if answer.failed:
            return self._no(asked, "the question does not fit the policies' schema", (_REQUEST,))
        again = self._ask(asked, who, approved=True)
        if again.allowed:
            turned = self._allowed(asked, again.by)
            return turned if turned.verdict is Verdict.DENY else _asking(turned, answer.by)
        reason = answer.by.reason or _UNPERMITTED
        if answer.by.names and not again.by.names:
            reason = f"{reason}; nor does any policy permit it"  # an approval that the reason may speak of would not do
        decision = self._no(asked, reason, answer.by.names or (DEFAULT,))
        return msgspec.structs.replace(decision, duties=answer.by.duties) if answer.by.duties else decision

    def _ask(self, asked: _Asked, who: DecisionInput, *, approved: bool) -> _Answer:
        place = self._placed(asked, who, approved=approved)
        if place.alike is not None and (answer := self._answers.get(place.alike)) is not None:
            return answer
        said = self._answered(who, place.known, place.needed, place.holding)
        # A policy that fails while it is evaluated is left out by the engine; a forbid that is left out is a leak.
        decision = said.decision
        failed = decision is cedarpy.Decision.NoDecision or bool(said.diagnostics.errors)
        allowed = decision is cedarpy.Decision.Allow and not failed
        answer = _Answer(allowed, self._by(tuple(said.diagnostics.reasons)), failed)
        self._remember(place, answer)
        return answer

    def _ask_together(self, asked: _Asked, each: Sequence[DecisionInput]) -> None:
        """Remembers what those who act for one another are answered, as far as one answer for all of them tells.

        All permits that hold are known where it is allowed, all forbids where one holds, and nothing else.
        """
        places = [self._placed(asked, who, approved=False) for who in each]
        if any(one.alike is None for one in places) or all(one.alike in self._answers for one in places):
            return
        holding = self._slices.together(tuple([one.asking for one in places]))
        known = asked.context(holding.only, approved=False)
        said = self._answered(each[0], known, places[0].needed, holding)
        decision, reasons = said.decision, said.diagnostics.reasons
        if decision is cedarpy.Decision.NoDecision or said.diagnostics.errors:
            return
        allowed = decision is cedarpy.Decision.Allow
        for place in places:
            mine = tuple([name for name in reasons if name in place.holding.names])
            if allowed or mine or not reasons:
                self._remember(place, _Answer(allowed and bool(mine), self._by(mine), failed=False))

    def _answered(self, who: DecisionInput, known: str, needed: Needed, holding: Slice) -> cedarpy.AuthzResult:
        put = dict(request(who, known, principal=needed.principal))
        return cedarpy.is_authorized(put, holding.policies, needed.entities)

    def _placed(self, asked: _Asked, who: DecisionInput, *, approved: bool) -> _Place:
        needed = self._entities.of(who, anyone=True)
        linked = self._linked(who)
        asking = (who.action.value, needed.who, linked, who.principal if linked else "")
        holding = self._slices.of(asking)
        known = asked.context(holding.only, approved=approved)
        # INVARIANT: all who are, or are in, the same of those that scopes name are answered alike, unless a condition
        # looks at who it is.
        if holding.personal or linked:
            needed = self._entities.of(who)
        return _Place(asking, needed, holding, known, None if holding.personal else (asking, needed.resource, known))

    def _remember(self, place: _Place, answer: _Answer) -> None:
        if place.alike is not None:
            if len(self._answers) >= _REMEMBERED:
                self._answers.clear()
            self._answers[place.alike] = answer

    def _linked(self, who: DecisionInput) -> tuple[str, ...]:
        """Returns the templates that are linked for somebody."""
        if not who.elevations:
            return ()
        mine = {one.template for one in who.elevations if one.principal == who.principal}
        return tuple(sorted(mine & self.templates.keys()))

    def _broken(self, who: DecisionInput) -> tuple[str, ...]:
        """Returns by what somebody broke the glass: that counts as approved, and lifts no more than an approval."""
        if not who.elevations:
            return ()
        linked = self._linked(who)
        return tuple(
            sorted(
                one.link
                for one in who.elevations
                if one.principal == who.principal and one.template in linked and self.templates[one.template].glass
            )
        )

    def _by(self, names: tuple[str, ...]) -> Joined:
        known = self._joined.get(names)
        if known is None:
            known = joined([self._rules[one] for one in names])
            if len(self._joined) >= _REMEMBERED:
                self._joined.clear()
            self._joined[names] = known
        return known

    def _obliging(
        self, names: tuple[str, ...], kinds: tuple[Kind, ...]
    ) -> tuple[tuple[Obligation, ...], tuple[str, ...]]:
        """Returns what rules oblige to where such kinds were found, and which of them they deny."""
        by = self._by(names).request
        due = tuple(sorted(one for kind in kinds if (one := by[kind]) is not None))
        return due, tuple(one.on.value for one in due if one.do is ObligationKind.DENY)

    def _allowed(self, asked: _Asked, by: Joined) -> Decision:
        question = asked.question
        if strange := question.opaque and sorted(set(question.opaque) - by.opaque):
            reason = f"content that cannot be read (`{strange[0]}`) is not admitted"
            return self._no(asked, reason, (_OPAQUE, *by.names))
        if strange := question.state and sorted(set(question.state) - by.state):
            reason = f"state on the provider's side (`{strange[0]}`) is not admitted"
            return self._no(asked, reason, (_STATE, *by.names))
        due, denied = self._obliged(by.names, asked.kinds)
        if denied:
            return self._no(asked, f"findings of kind {', '.join(denied)} are denied", (_KINDS, *by.names))
        return Decision(
            verdict=Verdict.TRANSFORM if due else Verdict.ALLOW,
            reason=by.reason,
            policies=by.names,
            bundle=self.bundle,
            obligations=due,
            # A tool answers what it was asked for; only a policy that says so has it searched.
            plan=by.plan if by.answers or question.action is not Action.TOOL_CALL else (),
            input=asked.digest,
            duties=_due(by.duties, question.purpose) if by.duties else (),
        )

    def _no(self, asked: _Asked, reason: str, names: tuple[str, ...]) -> Decision:
        return Decision(Verdict.DENY, reason, names, self.bundle, input=asked.digest)


def _due(duties: tuple[str, ...], purpose: Purpose) -> tuple[str, ...]:
    """Returns the duties that hold for a purpose: treatment, and what the member asks for, need not be minimised."""
    return tuple(one for one in duties if not one.startswith(_MINIMISE)) if purpose in _WHOLE else duties


def _under(decision: Decision, broken: tuple[str, ...]) -> Decision:
    """Returns a decision that was made behind broken glass: all of it is kept, and it is told by what."""
    if not broken or decision.verdict is Verdict.DENY:
        return decision
    duties = {*(one for one in decision.duties if one != _NOT_KEPT), _FULL, *(f"{_BROKEN}{link}" for link in broken)}
    return msgspec.structs.replace(decision, duties=tuple(sorted(duties)))


def _asking(turned: Decision, against: Joined) -> Decision:
    """Returns the decision that an approval would turn: what stands against it, first, and what would hold then."""
    return msgspec.structs.replace(
        turned,
        verdict=Verdict.ASK,
        reason=against.reason or "it needs an approval",
        policies=(*against.names, *(one for one in turned.policies if one not in against.names)),
        duties=tuple(sorted({*against.duties, *turned.duties})),
        approvable=True,
    )


def _led(whole: Decision, decisions: Sequence[Decision]) -> Decision:
    """Returns what decisions of a chain join to; a no has the policies first of the one whose reason it gives."""
    if whole.verdict < Verdict.ASK:
        return whole
    lead = next(one for one in decisions if (one.verdict, one.reason) == (whole.verdict, whole.reason))
    if whole.policies[: len(lead.policies)] == lead.policies:
        return whole
    policies = (*lead.policies, *(one for one in whole.policies if one not in lead.policies))
    return msgspec.structs.replace(whole, policies=policies)


def _behind(question: DecisionInput) -> Iterator[DecisionInput]:
    """Yields the question as it is asked for each of those on whose behalf the principal acts."""
    for one in question.on_behalf_of:
        yield msgspec.structs.replace(question, principal=one.id, roles=one.roles, on_behalf_of=())
