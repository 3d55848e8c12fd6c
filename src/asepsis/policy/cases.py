"""Cases: questions with the decisions that are expected, in `tests/*.toml`, and whether a bundle meets them.

    [[case]]
    name = "member services ask about a claim"
    action = "model.invoke"
    application = "member-services"
    roles = ["member-services"]
    purpose = "HPAYMT"
    upstream = "azure-east"
    model = "gpt-5"
    found = ["NAME", "HEALTH_PLAN_ID"]
    expect = "transform"
    by = ["services.ask"]

`elevated` names templates that are linked for the principal. `by` names all policies that determine the decision. Every
policy needs a case that it determines, and a case of an action it is about that it does not.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from asepsis.core.labels import Category
from asepsis.core.ports import Policy
from asepsis.core.types import Action, Count, DecisionInput, Elevation, Kind, Purpose, Verdict
from asepsis.infra import places
from asepsis.infra.clock import day_number
from asepsis.policy.types import Case, Fault, Rule, fault_of

__all__ = ["failed", "read_cases", "untested"]

_EXPECTED: Final = {one.name.lower(): one for one in Verdict}


class _Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    action: Action
    expect: Literal["allow", "transform", "ask", "deny"]
    by: tuple[str, ...]
    application: str = "application"
    principal: str = "someone"
    tenant: str = "local"
    purpose: Purpose = Purpose.UNSTATED
    surface: str = "openai.chat"
    model: str = ""
    upstream: str = ""
    tool: str = ""
    roles: tuple[str, ...] = ()
    found: tuple[Kind, ...] = ()
    labels: tuple[Category, ...] = ()
    opaque: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    members: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0
    day: str = ""
    consented: tuple[Category, ...] = ()
    refused: tuple[Category, ...] = ()
    relations: tuple[Literal["treating", "assigned", "self", "family", "coworker", "vip"], ...] = ()
    elevated: tuple[str, ...] = ()

    def question(self, day: int) -> DecisionInput:
        """The question that it asks; raises ValueError for a day that is none."""
        return DecisionInput(
            tenant=self.tenant,
            action=self.action,
            principal=self.principal,
            application=self.application,
            purpose=self.purpose,
            surface=self.surface,
            model=self.model,
            upstream=self.upstream,
            tool=self.tool,
            found=tuple(Count(kind, 1) for kind in sorted(self.found)),
            opaque=self.opaque,
            state=self.state,
            roles=self.roles,
            labels=tuple(sorted(self.labels)),
            members=self.members,
            day=day_number(self.day) if self.day else day,
            consented=tuple(sorted(self.consented)),
            refused=tuple(sorted(self.refused)),
            relations=tuple(sorted(self.relations)),
            elevations=tuple(Elevation(self.principal, one, "case") for one in sorted(self.elevated)),
        )


class _Cases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    case: tuple[_Case, ...] = ()


def read_cases(texts: Mapping[str, str], faults: list[Fault], /, *, day: int) -> tuple[Case, ...]:
    """Returns the cases of files, by their names; `day` is that of cases that name none. Adds what is wrong."""
    cases: list[Case] = []
    for file, text in texts.items():
        try:
            read = msgspec.convert(tomllib.loads(text), _Cases).case
            lines = places.lines(text)
            for number, one in enumerate(read):
                place = f"{file}:{places.line_of(('case', number), lines)}"
                expect, by = _EXPECTED[one.expect], tuple(sorted(one.by))
                try:
                    cases.append(Case(one.name, place, one.question(day), expect, by))
                except ValueError:
                    faults.append(Fault(place, f"`{one.name}`: expected `day` to be a day such as 2027-01-31"))
        except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
            faults.append(fault_of(file, error, "see docs/how-it-works/policy.md"))
    return tuple(cases)


def failed(policy: Policy, cases: Sequence[Case], /) -> Iterator[Fault]:
    """Yields the cases that are decided otherwise than expected."""
    for case in cases:
        decision = policy.decide(case.question)
        if decision.verdict is not case.expect:
            by = ", ".join(decision.policies)
            yield Fault(
                case.place, f"`{case.name}`: expected {_name(case.expect)}, got {_name(decision.verdict)} by {by}"
            )
        elif tuple(sorted(decision.policies)) != case.by:
            expected, got = ", ".join(case.by) or "none", ", ".join(decision.policies)
            yield Fault(case.place, f"`{case.name}`: expected it to be by {expected}, got {got}")


def untested(rules: Sequence[Rule], cases: Sequence[Case], /) -> Iterator[Fault]:
    """Yields the policies without a case that they determine, or without one that they could and don't."""
    about = Counter(case.question.action.value for case in cases)
    by = Counter((case.question.action.value, name) for case in cases for name in set(case.by))
    for rule in rules:
        actions = frozenset(rule.actions or about)
        determined = sum(by[action, rule.id] for action in actions)
        if not determined:
            yield Fault(rule.place, f"`{rule.id}` has no positive case", "add one in tests/ with its id in `by`")
        if determined == sum(about[action] for action in actions):
            yield Fault(rule.place, f"`{rule.id}` has no negative case", "add one of its action without its id in `by`")


def _name(verdict: Verdict) -> str:
    return verdict.name.lower()
