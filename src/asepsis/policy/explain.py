"""A decision in words: what was asked, what was decided and by which policies, and what would turn it."""

from collections.abc import Iterator

import msgspec

from asepsis.core.types import Decision, DecisionInput, Verdict
from asepsis.policy.rules import house
from asepsis.policy.types import Bundle

__all__ = ["asked", "explained"]


def explained(question: DecisionInput, decision: Decision, bundle: Bundle | None, /) -> Iterator[str]:
    """Yields the lines; without a bundle for what a rule of our own decided, the flow monitor's or another's."""
    yield f"asked     {asked(question)}"
    yield f"decided   {decision.verdict.name.lower()}: {decision.reason}"
    known = {rule.id: rule for rule in (*house(), *bundle.rules)} if bundle else {}
    whose = "the engine's own" if bundle else "a rule of Asepsis itself"
    for name in decision.policies:
        rule = known.get(name)
        where = f"{'permit' if rule.permits else 'forbid'} at {rule.place}: {rule.reason}" if rule else whose
        yield f"by        {name}, {where}"
    for what, due in (("request", decision.obligations), ("answer", decision.plan)):
        if due:
            yield f"{what:9} " + ", ".join(f"{one.do.value} {one.on.value}" for one in due)
    if decision.duties:
        yield f"duties    {', '.join(decision.duties)}"
    if decision.verdict >= Verdict.ASK:
        yield f"approval  {'would turn it' if decision.approvable else 'would not turn it'}"
    yield f"bundle    {decision.bundle}"
    yield f"input     {decision.input}"


def asked(question: DecisionInput, /) -> str:
    """Returns what is not empty of a question, in the order of its fields."""
    fields = msgspec.to_builtins(question)
    return ", ".join(f"{name} {_words(value)}" for name, value in fields.items() if value)


def _words(value: object) -> str:
    if isinstance(value, tuple | list):
        return "+".join(_words(one) for one in value)
    if isinstance(value, dict):
        return " ".join(str(one) for one in value.values())
    return str(value)
