"""What is different between two bundles, in words, and which decisions that changes."""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from asepsis.core.ports import Policy
from asepsis.core.types import Decision, DecisionInput, Kind, Verdict
from asepsis.policy.annotations import STRENGTH, Handling
from asepsis.policy.types import Bundle, Provider, Rule

__all__ = ["changed", "decided", "difference"]

_DIRECTIONS: Final = (("request", "requests"), ("answer", "answers"))


def changed(old: Bundle, new: Bundle, /) -> Iterator[str]:
    """Yields each difference as a line: policies, providers, entities, days."""
    yield from _rules({one.id: one for one in old.rules}, {one.id: one for one in new.rules})
    yield from _providers(
        {one.upstream: one for one in old.meta.providers}, {one.upstream: one for one in new.meta.providers}
    )
    before, after = {bytes(one) for one in old.entities}, {bytes(one) for one in new.entities}
    yield from (f"entity gone or changed: {one.decode()}" for one in sorted(before - after))
    yield from (f"entity new or changed: {one.decode()}" for one in sorted(after - before))
    for name in sorted({*new.meta.observe} - {*old.meta.observe}):
        yield f"application `{name}` is only observed: nothing of its traffic is touched or denied"
    for name in sorted({*old.meta.observe} - {*new.meta.observe}):
        yield f"application `{name}` is enforced again"
    if old.meta.expires != new.meta.expires:
        yield f"expires {new.meta.expires} instead of {old.meta.expires}"


def decided(old: Policy, new: Policy, question: DecisionInput, /) -> tuple[Decision, Decision] | None:
    """Returns both decisions on a question where they are not the same in what happens."""
    before, after = old.decide(question), new.decide(question)
    return (before, after) if difference(before, after) else None


def difference(old: Decision, new: Decision, /) -> str:
    """Returns what happens otherwise by the second decision, in words; empty where nothing does."""
    parts = []
    if old.verdict is not new.verdict:
        parts.append(f"{new.verdict.name.lower()} instead of {old.verdict.name.lower()}")
    if Verdict.DENY in (old.verdict, new.verdict):
        return ", ".join(parts)  # what is done with findings of a call that is denied is nothing
    for name, before, after in (("request", old.obligations, new.obligations), ("answer", old.plan, new.plan)):
        was, now = {one.on: one.do for one in before}, {one.on: one.do for one in after}
        alike: dict[tuple[str, str], list[str]] = {}
        for kind in Kind:
            if was.get(kind) is not now.get(kind):
                alike.setdefault((_or_clear(now.get(kind)), _or_clear(was.get(kind))), []).append(kind.value)
        parts += [f"{name}: {to} {' '.join(kinds)} instead of {of}" for (to, of), kinds in alike.items()]
    parts += [f"no more {one}" for one in sorted(set(old.duties) - set(new.duties))]
    parts += [f"now {one}" for one in sorted(set(new.duties) - set(old.duties))]
    return ", ".join(parts)


def _or_clear(does: Handling) -> str:
    return "clear" if does is None else does.value


def _rules(old: Mapping[str, Rule], new: Mapping[str, Rule]) -> Iterator[str]:
    for name, rule in sorted(old.items()):
        if name not in new:
            yield f"- {_effect(rule)} `{name}` is gone: {rule.reason}"
    for name, rule in sorted(new.items()):
        if name not in old:
            yield f"+ {_effect(rule)} `{name}` is new: {rule.reason}"
        else:
            yield from (f"~ `{name}` {line}" for line in _rule(old[name], rule))


def _rule(old: Rule, new: Rule) -> Iterator[str]:
    if old.permits is not new.permits:
        yield f"is a {_effect(new)} instead of a {_effect(old)}"
    if _core(old) != _core(new):
        yield "holds for other calls (its scope or its conditions changed)"
    for field, name in _DIRECTIONS:
        yield from _kinds(getattr(old, field), getattr(new, field), name)
    for field in ("opaque", "state", "duties"):
        before, after = set(getattr(old, field)), set(getattr(new, field))
        if before != after:
            gone, more = ", ".join(sorted(before - after)), ", ".join(sorted(after - before))
            yield f"{field}: " + "; ".join([f"no more {gone}"] * bool(gone) + [f"now {more}"] * bool(more))
    if old.reason != new.reason:
        yield f"gives another reason: {new.reason}"


def _kinds(old: Mapping[Kind, Handling], new: Mapping[Kind, Handling], where: str) -> Iterator[str]:
    for kind in Kind:
        before, after = old.get(kind, ...), new.get(kind, ...)
        if before is not after:
            yield f"in {where}, {kind.value}: {_does(before)} -> {_does(after)}{_weaker(before, after)}"


def _does(does: object) -> str:
    return "unsaid" if does is ... else "clear" if does is None else str(does)


def _weaker(before: object, after: object) -> str:
    known = [STRENGTH[one] for one in (before, after) if one is not ...]  # type: ignore[index]  # pyright: ignore[reportArgumentType]  # what is not `...` is a Handling
    return " (weaker)" if len(known) == 2 and known[1] < known[0] else ""


def _core(rule: Rule) -> object:
    """A policy without its annotations."""
    tree = msgspec.json.decode(rule.cedar, type=dict[str, msgspec.Raw])
    return {key: bytes(value) for key, value in tree.items() if key != "annotations"}


def _effect(rule: Rule) -> str:
    return "permit" if rule.permits else "forbid"


def _providers(old: Mapping[str, Provider], new: Mapping[str, Provider]) -> Iterator[str]:
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before is None or after is None:
            yield f"{'-' if after is None else '+'} provider `{name}` is {'gone' if after is None else 'new'}"
            continue
        for field in Provider.__struct_fields__:
            if getattr(before, field) != getattr(after, field):
                yield f"~ provider `{name}`: {field} is {getattr(after, field)!r} instead of {getattr(before, field)!r}"
