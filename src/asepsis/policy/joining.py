"""What several policies oblige to together: for each kind the strictest that any says, and what none says of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from asepsis.core.types import Kind, Obligation
from asepsis.policy.annotations import Handling, stricter, unsaid
from asepsis.policy.rules import HOUSE
from asepsis.policy.types import Rule

__all__ = ["Joined", "joined", "strictest"]

_REASONS: Final = 3


class Joined(NamedTuple):
    """The names of some rules and their reasons, what they oblige to by kind, in answers, and otherwise.

    `answers` says that one of them speaks of answers.
    """

    names: tuple[str, ...]
    reason: str
    request: Mapping[Kind, Obligation | None]
    plan: tuple[Obligation, ...]
    duties: tuple[str, ...]
    opaque: frozenset[str]
    state: frozenset[str]
    answers: bool = False


def joined(rules: Sequence[Rule], /) -> Joined:
    """Returns what rules that determine a decision oblige to together."""
    request = _table([rule.request for rule in rules])
    answer = _table([rule.answer for rule in rules])
    return Joined(
        names=tuple(sorted(rule.id for rule in rules)),
        reason=_reasons(rules),
        request={kind: Obligation(does, kind) if does is not None else None for kind, does in request.items()},
        plan=tuple(sorted(Obligation(does, kind) for kind, does in answer.items() if does is not None)),
        duties=tuple(sorted({duty for rule in rules for duty in rule.duties})),
        opaque=frozenset(kind for rule in rules for kind in rule.opaque),
        state=frozenset(name for rule in rules for name in rule.state),
        answers=any(rule.answer for rule in rules),
    )


def strictest(due: Iterable[Obligation], /) -> tuple[Obligation, ...]:
    """Returns of several obligations the strictest for each kind."""
    table: dict[Kind, Obligation] = {}
    for one in due:
        known = table.get(one.on)
        table[one.on] = one if known is None or stricter(known.do, one.do) is one.do else known
    return tuple(sorted(table.values()))


def _table(said: Sequence[Mapping[Kind, Handling]]) -> dict[Kind, Handling]:
    table: dict[Kind, Handling] = {}
    for one in said:
        for kind, does in one.items():
            table[kind] = stricter(table[kind], does) if kind in table else does
    return {kind: table[kind] if kind in table else unsaid(kind) for kind in Kind}


def _reasons(rules: Sequence[Rule]) -> str:
    """The reasons of rules, the house's own first, a few of them."""
    ordered = sorted(rules, key=lambda rule: (not rule.id.startswith(HOUSE), rule.id))
    return "; ".join(dict.fromkeys(rule.reason for rule in ordered[:_REASONS]))
