"""Decisions by Cedar: a bundle's policies and the house's own, with what they oblige to.

1. Nothing is allowed that no policy permits, and a forbid wins over all permits.
2. Where it is denied and no rule of the house denies it, the same question is asked as if it were approved: what is
   allowed then is ASK, and an approval turns it.
3. Where it is allowed, each permit says what is done with findings, kind by kind; of several the strictest holds, and
   a kind that none speaks of is masked, or denied where it is an attack (INJECTION, EXFIL, CANARY).
4. Whoever acts for others may do what all of them may: it is asked for each, and the decisions are joined.
5. Content that nobody can read, and state at the provider, pass where a permit admits them by name.

Decisions on equal questions are equal, so they are remembered.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from typing import Final, NamedTuple

import cedarpy
import msgspec

from asepsis.core.types import Decision, DecisionInput, Kind, Obligation, ObligationKind, Verdict
from asepsis.policy.annotations import Handling, stricter, unsaid
from asepsis.policy.question import Entities, request
from asepsis.policy.rules import HOUSE, house, schema
from asepsis.policy.types import Bundle, Rule

__all__ = ["DEFAULT", "CedarPolicy"]

DEFAULT: Final = "policy.default"
"""The policy that a denial names when nothing permits what was asked."""

_KINDS: Final = "policy.kinds"
_OPAQUE: Final = "policy.opaque"
_STATE: Final = "policy.state"
_REQUEST: Final = "policy.request"
_REMEMBERED: Final = 4096
_REASONS: Final = 3


class _Answer(NamedTuple):
    """What Cedar said: whether it is allowed, by which rules, and whether it could be asked at all."""

    allowed: bool
    by: tuple[Rule, ...]
    failed: bool = False


class CedarPolicy:
    """Implements the port `Policy` with a bundle."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle.digest
        rules = (*house(), *bundle.rules)
        self._rules = {rule.id: rule for rule in rules}
        self._every = _slice(rule for rule in rules if not rule.actions)
        named = {action for rule in rules for action in rule.actions}
        self._slices = {
            action: _slice(rule for rule in rules if not rule.actions or action in rule.actions) for action in named
        }
        self._entities = Entities(bundle.entities)
        self._providers = {one.upstream: one for one in bundle.meta.providers}
        self._expires = int(bundle.meta.expires.replace("-", ""))
        self._decided: dict[DecisionInput, Decision] = {}

    def decide(self, question: DecisionInput, /) -> Decision:
        """Returns the decision; equal questions get equal decisions."""
        known = self._decided.get(question)
        if known is not None:
            return known
        decision = _together([self._decide(question, one) for one in _each(question)])
        if len(self._decided) >= _REMEMBERED:
            self._decided.clear()
        self._decided[question] = decision
        return decision

    def _decide(self, question: DecisionInput, asked: DecisionInput) -> Decision:
        """Decides on `asked`: the question itself, or the same for one of those behind it."""
        if question.day > self._expires:
            return self._no(question, "the bundle of policies has expired", "policy.expired")
        answer = self._ask(asked, approved=False)
        if answer.allowed:
            return self._allowed(question, answer.by)
        if answer.failed:
            return self._no(question, "the question does not fit the policies' schema", _REQUEST)
        again = self._ask(asked, approved=True)
        names = tuple(sorted(rule.id for rule in answer.by)) or (DEFAULT,)
        decision = self._no(question, _reasons(answer.by) or "no policy permits it", *names)
        duties = _duties(answer.by)
        if not again.allowed:
            return msgspec.structs.replace(decision, duties=duties)
        turned = self._allowed(question, again.by)
        if turned.verdict is Verdict.DENY:
            return turned
        return msgspec.structs.replace(
            turned,
            verdict=Verdict.ASK,
            reason=decision.reason if answer.by else "it needs an approval",
            policies=tuple(sorted({*(rule.id for rule in answer.by), *turned.policies})),
            duties=tuple(sorted({*duties, *turned.duties})),
            approvable=True,
        )

    def _ask(self, question: DecisionInput, *, approved: bool) -> _Answer:
        policies = self._slices.get(question.action.value, self._every)
        asked = request(question, self._providers.get(question.upstream), approved=approved)
        said = cedarpy.is_authorized(dict(asked), policies, self._entities.of(question), schema())
        # A policy that fails while it is evaluated is left out by the engine; a forbid that is left out is a leak.
        failed = said.decision is cedarpy.Decision.NoDecision or bool(said.diagnostics.errors)
        by = tuple(self._rules[one] for one in said.diagnostics.reasons)
        return _Answer(said.allowed and not failed, by, failed)

    def _allowed(self, question: DecisionInput, by: Sequence[Rule]) -> Decision:
        names = sorted(rule.id for rule in by)
        if strange := sorted(set(question.opaque).difference(*(rule.opaque for rule in by))):
            return self._no(question, f"content that cannot be read (`{strange[0]}`) is not admitted", _OPAQUE, *names)
        if strange := sorted(set(question.state).difference(*(rule.state for rule in by))):
            return self._no(question, f"state on the provider's side (`{strange[0]}`) is not admitted", _STATE, *names)
        request_table = _joined([rule.request for rule in by])
        answer_table = _joined([rule.answer for rule in by])
        due = tuple(sorted(_obligations(request_table, [count.kind for count in question.found])))
        denied = [one.on.value for one in due if one.do is ObligationKind.DENY]
        if denied:
            return self._no(question, f"findings of kind {', '.join(denied)} are denied", _KINDS, *names)
        return Decision(
            verdict=Verdict.TRANSFORM if due else Verdict.ALLOW,
            reason=_reasons(by),
            policies=tuple(names),
            bundle=self.bundle,
            obligations=due,
            plan=tuple(sorted(_obligations(answer_table, Kind))),
            input=question.digest,
            duties=_duties(by),
        )

    def _no(self, question: DecisionInput, reason: str, *names: str) -> Decision:
        return Decision(Verdict.DENY, reason, names, self.bundle, input=question.digest)


def _each(question: DecisionInput) -> Iterator[DecisionInput]:
    """Yields the question as it is asked for the principal, and for each of those on whose behalf it acts."""
    yield question
    for one in question.on_behalf_of:
        yield msgspec.structs.replace(question, principal=one.id, roles=one.roles, on_behalf_of=())


def _together(decisions: Sequence[Decision]) -> Decision:
    """Returns the join, with the strictest obligation for each kind."""
    if len(decisions) == 1:
        return decisions[0]
    joined = reduce(Decision.join, decisions)
    return msgspec.structs.replace(joined, obligations=_strictest(joined.obligations), plan=_strictest(joined.plan))


def _strictest(due: Iterable[Obligation]) -> tuple[Obligation, ...]:
    table: dict[Kind, Handling] = {}
    for one in due:
        table[one.on] = stricter(table.get(one.on), one.do)
    return tuple(sorted(_obligations(table, table)))


def _slice(rules: Iterable[Rule]) -> cedarpy.PolicySet:
    """Returns the policies that can be about an action; their names are those of the rules."""
    named = {rule.id: rule.cedar for rule in rules}
    text = msgspec.json.encode({"templates": {}, "staticPolicies": named, "templateLinks": []})
    return cedarpy.PolicySet.from_json_str(text.decode())


def _joined(tables: Sequence[dict[Kind, Handling]]) -> dict[Kind, Handling]:
    """Returns the strictest of what tables say, for each kind that any speaks of."""
    joined: dict[Kind, Handling] = {}
    for table in tables:
        for kind, does in table.items():
            joined[kind] = stricter(joined[kind], does) if kind in joined else does
    return joined


def _obligations(table: dict[Kind, Handling], kinds: Iterable[Kind]) -> Iterable[Obligation]:
    for kind in kinds:
        does = table[kind] if kind in table else unsaid(kind)
        if does is not None:
            yield Obligation(does, kind)


def _reasons(by: Sequence[Rule]) -> str:
    """The reasons of the rules, the house's own first, a few of them."""
    ordered = sorted(by, key=lambda rule: (not rule.id.startswith(HOUSE), rule.id))
    return "; ".join(dict.fromkeys(rule.reason for rule in ordered[:_REASONS]))


def _duties(by: Sequence[Rule]) -> tuple[str, ...]:
    return tuple(sorted({duty for rule in by for duty in rule.duties}))
