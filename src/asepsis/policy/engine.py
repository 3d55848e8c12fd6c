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
6. Whoever acts for others may do what all of them may: it is asked for each, and the decisions are joined.

Decisions on equal questions are equal, so they are remembered; and so is what the engine answers to equal contexts, for
all whom the policies can't tell apart.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache, reduce
from itertools import chain
from typing import Final, NamedTuple, TypeAlias

import cedarpy
import msgspec

from asepsis.core.types import Action, Decision, DecisionInput, Obligation, ObligationKind, Purpose, Verdict
from asepsis.policy.joining import Joined, joined, strictest
from asepsis.policy.question import Entities, context, request, resource
from asepsis.policy.reading import looks_at, tells_apart
from asepsis.policy.rules import LINKED, as_set, house
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
_REMEMBERED: Final = 4096
_NOTHING: Final = joined(())


class _Asked:
    """A question with what is known of it, as far as those who are asked look at it."""

    def __init__(self, question: DecisionInput, provider: Provider | None) -> None:
        self.question = question
        self.digest = question.digest
        self._provider = provider
        self._said: dict[tuple[frozenset[str], bool], str] = {}

    def context(self, only: frozenset[str], *, approved: bool) -> str:
        """Returns the context as JSON; with an approval, `approved` makes no difference."""
        approved = approved or bool(self.question.approval)
        said = self._said.get((only, approved))
        if said is None:
            said = self._said[only, approved] = context(self.question, self._provider, approved=approved, only=only)
        return said


class _Slice(NamedTuple):
    """The policies that can hold for somebody, and what they look at: of the context, and whether at who it is."""

    policies: cedarpy.PolicySet
    only: frozenset[str]
    personal: bool


class _Answer(NamedTuple):
    """What Cedar said: whether it is allowed, by which rules, and whether it could be asked at all."""

    allowed: bool
    by: Joined
    failed: bool


_Alike: TypeAlias = tuple[str, frozenset[tuple[str, str]], tuple[str, ...], str, str, str, str]
"""The action, who asks as far as scopes tell, templates and for whom they are linked, the resource, and the context."""


class CedarPolicy:
    """Implements the port `Policy` with a bundle."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle.digest
        self.observe = bundle.meta.observe
        known = (*house(), *bundle.rules)
        self._rules = {rule.id: rule for rule in known} | {LINKED + rule.id: rule for rule in known if rule.minutes}
        self.templates = {rule.id: rule for rule in known if rule.minutes}
        rules = tuple(rule for rule in known if not rule.minutes)
        self._every = tuple(rule for rule in rules if not rule.actions)
        named = {action for rule in rules for action in rule.actions}
        self._about = {
            action: tuple(rule for rule in rules if not rule.actions or action in rule.actions) for action in named
        }
        self._slice = lru_cache(_REMEMBERED)(self._sliced)
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
        decisions = [self._decide(asked, one) for one in _each(question)]
        if len(decisions) == 1:
            return decisions[0]
        due, plan = _together([one.obligations for one in decisions]), _together([one.plan for one in decisions])
        bare = [msgspec.structs.replace(one, obligations=(), plan=()) for one in decisions]
        return msgspec.structs.replace(reduce(Decision.join, bare), obligations=due, plan=plan)

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
        reason = answer.by.reason or "no policy permits it"
        decision = self._no(asked, reason, answer.by.names or (DEFAULT,))
        return msgspec.structs.replace(decision, duties=answer.by.duties) if answer.by.duties else decision

    def _ask(self, asked: _Asked, who: DecisionInput, *, approved: bool) -> _Answer:
        needed = self._entities.of(who)
        linked = self._linked(who)
        alike = (who.action.value, needed.who, linked, who.principal if linked else "")
        holding = self._slice(*alike)
        known = asked.context(holding.only, approved=approved)
        # INVARIANT: all who are, or are in, the same of those that scopes name are answered alike, unless a condition
        # looks at who it is.
        key = None if holding.personal else (*alike, *resource(who), known)
        if key is not None and (answer := self._answers.get(key)) is not None:
            return answer
        said = cedarpy.is_authorized(dict(request(who, known)), holding.policies, needed.entities)
        # A policy that fails while it is evaluated is left out by the engine; a forbid that is left out is a leak.
        failed = said.decision is cedarpy.Decision.NoDecision or bool(said.diagnostics.errors)
        answer = _Answer(said.allowed and not failed, self._by(tuple(said.diagnostics.reasons)), failed)
        if key is not None:
            if len(self._answers) >= _REMEMBERED:
                self._answers.clear()
            self._answers[key] = answer
        return answer

    def _linked(self, who: DecisionInput) -> tuple[str, ...]:
        """Returns the templates that are linked for somebody."""
        if not who.elevations:
            return ()
        mine = {one.template for one in who.elevations if one.principal == who.principal}
        return tuple(sorted(mine & self.templates.keys()))

    def _broken(self, who: DecisionInput) -> tuple[str, ...]:
        """Returns by what somebody broke the glass: that counts as approved, and lifts no more than an approval."""
        linked = self._linked(who)
        return tuple(
            sorted(
                one.link
                for one in who.elevations
                if one.principal == who.principal and one.template in linked and self.templates[one.template].glass
            )
        )

    def _sliced(self, action: str, who: frozenset[tuple[str, str]], linked: tuple[str, ...], principal: str) -> _Slice:
        """Returns the policies whose scopes fit an action and somebody who is, or is in, those; no other can hold.

        Templates are linked for the principal.
        """
        rules = self._about.get(action, self._every)
        named = {rule.id: rule.cedar for rule in rules if rule.who is None or rule.who in who}
        templates = {name: self.templates[name].cedar for name in linked}
        policies = cedarpy.PolicySet.from_json_str(as_set(named, templates, principal=principal))
        all_of_them = (*named.values(), *templates.values())
        return _Slice(policies, looks_at(all_of_them), tells_apart(all_of_them))

    def _by(self, names: tuple[str, ...]) -> Joined:
        known = self._joined.get(names)
        if known is None:
            known = joined([self._rules[one] for one in names])
            if len(self._joined) >= _REMEMBERED:
                self._joined.clear()
            self._joined[names] = known
        return known

    def _allowed(self, asked: _Asked, by: Joined) -> Decision:
        question = asked.question
        if strange := sorted(set(question.opaque) - by.opaque):
            reason = f"content that cannot be read (`{strange[0]}`) is not admitted"
            return self._no(asked, reason, (_OPAQUE, *by.names))
        if strange := sorted(set(question.state) - by.state):
            reason = f"state on the provider's side (`{strange[0]}`) is not admitted"
            return self._no(asked, reason, (_STATE, *by.names))
        due = tuple(sorted(one for count in question.found if (one := by.request[count.kind]) is not None))
        denied = [one.on.value for one in due if one.do is ObligationKind.DENY]
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


def _together(said: Sequence[tuple[Obligation, ...]]) -> tuple[Obligation, ...]:
    """Returns the strictest of several; most are the same, and then there is nothing to compare."""
    first = said[0]
    return first if all(one == first for one in said) else strictest(chain.from_iterable(said))


def _under(decision: Decision, broken: tuple[str, ...]) -> Decision:
    """Returns a decision that was made behind broken glass: all of it is kept, and it is told by what."""
    if not broken or decision.verdict is Verdict.DENY:
        return decision
    duties = {*(one for one in decision.duties if one != _NOT_KEPT), _FULL, *(f"{_BROKEN}{link}" for link in broken)}
    return msgspec.structs.replace(decision, duties=tuple(sorted(duties)))


def _asking(turned: Decision, against: Joined) -> Decision:
    """Returns the decision that an approval would turn: what stands against it, and what would hold then."""
    return msgspec.structs.replace(
        turned,
        verdict=Verdict.ASK,
        reason=against.reason or "it needs an approval",
        policies=tuple(sorted({*against.names, *turned.policies})),
        duties=tuple(sorted({*against.duties, *turned.duties})),
        approvable=True,
    )


def _each(question: DecisionInput) -> Sequence[DecisionInput]:
    """Returns the question as it is asked for the principal, and for each of those on whose behalf it acts."""
    if not question.on_behalf_of:
        return (question,)
    return (question, *_behind(question))


def _behind(question: DecisionInput) -> Iterator[DecisionInput]:
    for one in question.on_behalf_of:
        yield msgspec.structs.replace(question, principal=one.id, roles=one.roles, on_behalf_of=())
