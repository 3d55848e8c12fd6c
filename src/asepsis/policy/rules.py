"""Policies read one by one: each is parsed, named, and held against the schema, and each fault has a place."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from importlib import resources
from types import MappingProxyType
from typing import Final, TypeVar
from unicodedata import category

import cedarpy
import msgspec

from asepsis.core.errors import InputError
from asepsis.policy import annotations
from asepsis.policy.annotations import DUTIES
from asepsis.policy.mending import meant, of_schema, of_syntax
from asepsis.policy.statements import statements, unsafe
from asepsis.policy.types import Fault, Rule, Source

__all__ = ["HOUSE", "LINKED", "as_set", "house", "read_rules", "schema", "sources"]

HOUSE: Final = "house."
LINKED: Final = "linked:"
"""What stands before a template's name where it is linked for somebody."""

_KNOWN: Final = frozenset({"id", "reason", "request", "answer", "opaque", "state", "template", "breakglass"}) | DUTIES
_LONGEST: Final = 400
_NONE: Final[Mapping[str, msgspec.Raw]] = MappingProxyType({})
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_ASKS: Final = 'such as @ask("privacy-office 2")'
_SEALS: Final = 'such as @seal("off")'
_LASTS: Final = 'such as @template("60")'
_SLOT: Final = "?principal"
_NESTED: Final = "expected conditions that nest less; each `||`, `&&` or `+` in a chain is one deeper"
_SPLIT: Final = "use a set, such as `[…].contains(…)`, or split the policy"
_T = TypeVar("_T")


class _Entity(msgspec.Struct, frozen=True):
    id: str
    type: str = ""


class _Scope(msgspec.Struct, frozen=True):
    op: str
    slot: str = ""
    entity: _Entity | None = None
    entities: tuple[_Entity, ...] = ()


class _Policy(msgspec.Struct, frozen=True):
    effect: str
    principal: _Scope
    action: _Scope
    resource: _Scope
    annotations: dict[str, str | None] = {}


class _Set(msgspec.Struct, frozen=True):
    staticPolicies: dict[str, msgspec.Raw]  # noqa: N815 Cedar's own name
    templates: dict[str, msgspec.Raw] = {}


class _Bad(Exception):
    """Faults of one statement."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__()
        self.faults = faults


@cache
def schema() -> cedarpy.Schema:
    """Returns the schema that all policies are held against."""
    return cedarpy.Schema.from_str(_shipped("asepsis.cedarschema"))


def house() -> tuple[Rule, ...]:
    """Returns the rules that hold whatever a bundle says."""
    found: list[Fault] = []
    rules = read_rules(sources("house.cedar", _shipped("house.cedar")), found, prefix=HOUSE)
    if found:
        raise AssertionError(found[0])
    return rules


def sources(file: str, text: str, /) -> list[Source]:
    """Returns the policies of a file, with their places."""
    return [Source(file, one.line, one.text) for one in statements(text)]


def as_set(
    named: Mapping[str, msgspec.Raw], templates: Mapping[str, msgspec.Raw] = _NONE, /, *, principal: str = ""
) -> str:
    """Returns policies by their names as a policy set in the engine's JSON form, and templates linked for somebody."""
    who = {"?principal": {"type": "Asepsis::Principal", "id": principal}}
    links = [{"templateId": name, "newId": LINKED + name, "values": who} for name in templates]
    return msgspec.json.encode({"templates": dict(templates), "staticPolicies": named, "templateLinks": links}).decode()


def read_rules(written: list[Source], faults: list[Fault], /, *, prefix: str = "") -> tuple[Rule, ...]:
    """Returns the rules that hold, in their order, and adds what is wrong with the others to `faults`.

    Names of the house begin with `house.` and no others do.
    """
    rules: dict[str, Rule] = {}
    for source in written:
        try:
            rule = _rule(source)
        except _Bad as bad:
            faults += bad.faults
            continue
        if rule.id.startswith(HOUSE) != bool(prefix):
            faults.append(Fault(source.place, f"`{rule.id}` is a name of the house's own rules", "choose another @id"))
        elif rule.id in rules:
            faults.append(Fault(source.place, f"`{rule.id}` stands at {rules[rule.id].place} already", "rename one"))
        else:
            rules[rule.id] = rule
    return tuple(rules.values())


def _rule(source: Source) -> Rule:
    raw, policy = _parsed(source)
    read = _Annotations(source, policy)
    rule = Rule(
        id=read.of("id", annotations.name, 'write `@id("area.what")` before the policy') or "",
        permits=policy.effect == "permit",
        reason=policy.annotations.get("reason") or "",
        place=source.place,
        cedar=raw,
        actions=_actions(policy.action),
        who=_who(policy.principal),
        request=read.of("request", annotations.handling, 'such as @request("mask *; clear DATE")') or {},
        answer=read.of("answer", partial(annotations.handling, answer=True), 'such as @answer("clear NAME")') or {},
        opaque=read.of("opaque", partial(annotations.admitted, sort="opaque"), 'such as @opaque("image")') or (),
        state=read.of("state", partial(annotations.admitted, sort="state"), 'such as @state("store")') or (),
        duties=tuple(sorted(_duties(policy, read))),
        minutes=read.of("template", annotations.lasting, _LASTS)
        or read.of("breakglass", annotations.lasting, _LASTS)
        or 0,
        glass="breakglass" in policy.annotations,
    )
    faults = [*read.faults, *(Fault(source.place, *said) for said in _said(policy)), *_validated(source)]
    if faults:
        raise _Bad(*faults)
    return rule


class _Annotations:
    """The annotations of one policy, read one by one; what is wrong with them is kept."""

    def __init__(self, source: Source, policy: _Policy) -> None:
        self._source = source
        self._said = policy.annotations
        self.faults: list[Fault] = []

    def of(self, key: str, read: Callable[[str], _T], mend: str, /) -> _T | None:
        """Returns what an annotation says, None where there is none or it can't be read; `id` has to be there."""
        if key not in self._said and key != "id":
            return None
        try:
            return read(self._said.get(key) or "")
        except InputError as error:
            self.faults.append(Fault(self._source.place, f"@{key}: {error.message}", mend))
            return None


def _parsed(source: Source) -> tuple[msgspec.Raw, _Policy]:
    if why := unsafe(source.text):
        raise _Bad(Fault(source.place, why, _SPLIT))
    try:
        read = msgspec.json.decode(cedarpy.policies_to_json_str(source.text), type=_Set)
    except RecursionError as error:
        raise _Bad(Fault(source.place, _NESTED, _SPLIT)) from error
    except ValueError as error:
        said = " ".join(str(error).split())[:_LONGEST]
        raise _Bad(Fault(source.place, f"expected a policy: {said}", of_syntax(said))) from error
    if len(read.staticPolicies) + len(read.templates) != 1:
        raise _Bad(Fault(source.place, "expected one policy, that ends with `;`"))
    (raw,) = (*read.staticPolicies.values(), *read.templates.values())
    policy = msgspec.json.decode(raw, type=_Policy)
    if faults := [Fault(source.place, *said) for said in _template(policy)]:
        raise _Bad(*faults)
    try:
        cedarpy.PolicySet.from_json_str(as_set({}, {"policy": raw}) if read.templates else as_set({"policy": raw}))
    except ValueError as error:  # what the engine prints it reads again but for what nests too deep
        raise _Bad(Fault(source.place, _NESTED, _SPLIT)) from error
    return raw, policy


_READ: Final[Mapping[str, tuple[Callable[[str], str], str]]] = {
    "clock": (annotations.clocked, 'write `@clock("72h 29 CFR 2560.503-1(f)(2)(i)")`'),
    "consent": (annotations.consenting, 'write `@consent("part2 TREAT")`'),
    "minimise": (annotations.needing, 'write `@minimise("claim.* member.name")`'),
    "notify": (annotations.notifying, 'write `@notify("privacy-office")`'),
    "retention": (annotations.retaining, 'write `@retention("6y")`'),
    "route": (annotations.routing, 'write `@route("lab-*")`'),
}
"""How the duties are read that are told as they are written, and how to mend one that can't be."""


def _duties(policy: _Policy, read: _Annotations) -> Iterator[str]:
    for key in policy.annotations:
        if key == "ask":
            yield f"ask:{read.of(key, annotations.asking, _ASKS) or ''}"
        elif key == "seal":
            yield f"seal:{read.of(key, annotations.sealing, _SEALS) or 'on'}"
        elif key in _READ:
            yield f"{key}:{read.of(key, *_READ[key]) or ''}"


def _said(policy: _Policy) -> Iterator[tuple[str, str]]:
    """Yields what is wrong with the annotations themselves."""
    for key in policy.annotations:
        if key not in _KNOWN:
            hint = meant(key, _KNOWN)
            yield f"`@{key}` is no annotation that is known", hint or f"one of {', '.join(sorted(_KNOWN))}"
    if any(category(mark) in _UNSEEN for value in policy.annotations.values() for mark in value or ""):
        yield "expected annotations without control characters", "they are told in Events, answers and terminals"
    if not policy.annotations.get("reason"):
        yield "expected a reason", 'write `@reason("…")`, in words that a denied caller may read'
    elif len(policy.annotations["reason"] or "") > _LONGEST:
        yield f"expected a reason of at most {_LONGEST} characters", "say it shorter"
    if policy.effect != "permit" and (
        over := sorted(policy.annotations.keys() & (_KNOWN - {"id", "reason", "notify", "ask", "clock"}))
    ):
        yield f"`@{over[0]}` has no effect on a forbid", "put it on a permit"


def _template(policy: _Policy) -> Iterator[tuple[str, str]]:
    """Yields what is wrong with a template, or with a policy that is one by half."""
    said = policy.annotations.keys() & {"template", "breakglass"}
    slots = {policy.principal.slot, policy.resource.slot} - {""}
    if bool(said) != bool(slots) or len(said) > 1:
        yield (
            "expected either @template or @breakglass, on a policy with a slot",
            'write @template("60") or name a principal',
        )
    elif slots and (slots != {_SLOT} or policy.principal.slot != _SLOT or policy.principal.op != "=="):
        yield "expected a template's one slot in `principal == ?principal`", "name a resource"


def _validated(source: Source) -> Iterator[Fault]:
    """Yields what the schema has against a policy."""
    for error in cedarpy.validate_policies(source.text, schema()).errors:
        said = " ".join(str(error.error).split()).replace("for policy `policy0`, ", "")[:_LONGEST]
        yield Fault(source.place, said, of_schema(said, _shipped("asepsis.cedarschema")))


def _who(scope: _Scope) -> tuple[str, str] | None:
    """Returns what a scope wants the principal to be or to be in, None where it does not name one entity."""
    if scope.op not in ("==", "in") or scope.entity is None:
        return None
    return scope.entity.type, scope.entity.id


def _actions(scope: _Scope) -> tuple[str, ...]:
    if scope.op == "All":
        return ()
    return tuple(one.id for one in ((scope.entity,) if scope.entity is not None else scope.entities))


def _shipped(name: str) -> str:
    return (resources.files("asepsis.policy") / "house" / name).read_text(encoding="utf-8")
