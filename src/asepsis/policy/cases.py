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

import re
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
from asepsis.policy.mending import meant
from asepsis.policy.types import Bundle, Case, Fault, Rule, fault_of

__all__ = ["failed", "misspelt", "read_cases", "untested"]

_NEARLY: Final = 0.8
_SEE: Final = "see docs/how-it-works/policy.md"
_KEY: Final = re.compile(r"`\$\.(\w+)|unknown field `(\w+)`")
_VALUE: Final = re.compile(r"enum value '(.*?)'")
_ROLE: Final = re.compile(rb'"type"\s*:\s*"Asepsis::Role"\s*,\s*"id"\s*:\s*"([^"\\]*)"')
_VALUES: Final = frozenset(one.value for kind in (Action, Purpose, Kind, Category) for one in kind)
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
    case: tuple[dict[str, object], ...] = ()


def read_cases(texts: Mapping[str, str], faults: list[Fault], /, *, day: int) -> tuple[Case, ...]:
    """Returns the cases of files, by their names; `day` is that of cases that name none. Adds what is wrong."""
    cases: list[Case] = []
    for file, text in texts.items():
        try:
            read = msgspec.convert(tomllib.loads(text), _Cases).case
            lines = places.lines(text)
        except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
            faults.append(fault_of(file, error, _SEE))
            continue
        for number, one in enumerate(read):
            path: places.SettingPath = ("case", number)
            try:
                cases.append(_case(one, f"{file}:{places.line_of(path, lines)}", day))
            except msgspec.ValidationError as error:
                said = str(error)
                key = tuple(found[1] or found[2] for found in (_KEY.search(said),) if found)
                hint = "".join(meant(found[1], _VALUES) for found in (_VALUE.search(said),) if found)
                faults.append(fault_of(f"{file}:{places.line_of((*path, *key), lines)}", error, hint or _SEE))
            except ValueError:
                line = places.line_of((*path, "day"), lines)
                faults.append(
                    Fault(f"{file}:{line}", f"`{one['name']}`: expected `day` to be a day such as 2027-01-31")
                )
    return tuple(cases)


def _case(written: Mapping[str, object], place: str, day: int) -> Case:
    one = msgspec.convert(written, _Case)
    return Case(one.name, place, one.question(day), _EXPECTED[one.expect], tuple(sorted(one.by)))


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


def misspelt(bundle: Bundle, /) -> Iterator[Fault]:
    """Yields the cases with a role that nothing in the bundle speaks of and that is nearly one that it does.

    Such a case holds for the wrong reason where it expects a denial.
    """
    written = b"".join(map(bytes, (*bundle.entities, *(rule.cedar for rule in bundle.rules))))
    roles = {name.decode() for name in _ROLE.findall(written)}
    for case in bundle.cases:
        for role in case.question.roles:
            if role not in roles and (hint := meant(role, roles, nearly=_NEARLY)):
                yield Fault(case.place, f"`{case.name}`: no policy and no entity speaks of the role `{role}`", hint)


def _name(verdict: Verdict) -> str:
    return verdict.name.lower()
