"""A question as Cedar takes it: principal, action, resource, context, and the entities that these belong to.

INVARIANT: entities have no attributes but a principal's tenant, so a policy can tell them apart by their ancestors
alone; what is handed over is therefore the principal, the resource, and the ancestors of both.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import Final, TypedDict

import cedarpy
import msgspec

from asepsis.core.types import Action, DecisionInput, Kind
from asepsis.policy.reading import EVERYTHING
from asepsis.policy.types import Provider

__all__ = ["ENTITIES", "IDENTIFIERS", "Entities", "Needed", "Request", "context", "request", "resource"]

ENTITIES: Final = ("Application", "Corpus", "Model", "ModelGroup", "Role", "Tool", "ToolGroup")
"""The types of entities that a bundle may name."""

IDENTIFIERS: Final = frozenset(Kind) - {Kind.SECRET, Kind.INJECTION, Kind.EXFIL, Kind.CANARY}
"""The eighteen identifiers of 45 CFR 164.514(b)(2)(i)."""

_SPACE: Final = "Asepsis::"
_PRINCIPAL: Final = f"{_SPACE}Principal"
_CACHED: Final = 1024
_RESOURCES: Final[Mapping[Action, str]] = {
    Action.MODEL_INVOKE: "Model",
    Action.DATA_EMBED: "Model",
    Action.MODEL_REVEAL: "Application",
    Action.MODE_CHANGE: "Application",
    Action.BREAK_GLASS_OPEN: "Application",
    Action.TOOL_CALL: "Tool",
    Action.RETRIEVE_READ: "Corpus",
    Action.ARTIFACT_LOAD: "Artifact",
    Action.ARTIFACT_PROMOTE: "Artifact",
    Action.APPROVAL_GRANT: "Approval",
    Action.LEDGER_READ: "Ledger",
    Action.LEDGER_HOLD: "Ledger",
    Action.LEDGER_RELEASE: "Ledger",
}


class _Uid(msgspec.Struct, frozen=True, order=True):
    type: str
    id: str


class _Entity(msgspec.Struct, frozen=True):
    uid: _Uid
    attrs: dict[str, str] = {}
    parents: tuple[_Uid, ...] = ()


class _Standing(msgspec.Struct, frozen=True):
    """The schema's type `Provider`."""

    known: bool
    internal: bool
    baa: bool
    determination: bool
    training: bool
    region: str
    retention_days: int
    subprocessors: Sequence[str]


_ENCODER: Final = msgspec.json.Encoder()
_KNOWN: Final[Mapping[str, Callable[[DecisionInput], object]]] = {
    "purpose": attrgetter("purpose"),
    "surface": attrgetter("surface"),
    "found": lambda question: [count.kind for count in question.found],
    "identified": lambda question: any(count.kind in IDENTIFIERS for count in question.found),
    "labels": attrgetter("labels"),
    "opaque": attrgetter("opaque"),
    "state": attrgetter("state"),
    "members": attrgetter("members"),
    "day": attrgetter("day"),
    "consented": attrgetter("consented"),
    "refused": attrgetter("refused"),
    "relations": attrgetter("relations"),
}
"""The attributes of the schema's type `Context` but `provider` and `approved`."""


class Request(TypedDict):
    """What `cedarpy.is_authorized` takes; the context as JSON."""

    principal: dict[str, str]
    action: dict[str, str]
    resource: dict[str, str]
    context: str


class Needed:
    """The entities and the resource of a question, and `who`: those that policies name and its principal is in.

    `principal` is its id there.
    """

    def __init__(self, listed: Sequence[_Entity], who: frozenset[tuple[str, str]], resource: tuple[str, str]) -> None:
        self.principal = listed[0].uid.id
        self.who = who
        self.resource = resource
        self._listed = listed

    @cached_property
    def entities(self) -> cedarpy.Entities:
        """The entities as the engine takes them."""
        return cedarpy.Entities.from_json_str(msgspec.json.encode(self._listed).decode())


class Entities:
    """The entities of a bundle; gives those that a question needs. `named` are those that policies are about."""

    def __init__(self, written: Iterable[msgspec.Raw], named: frozenset[tuple[str, str]]) -> None:
        read = [msgspec.json.decode(one, type=_Entity) for one in written]
        self._parents: dict[_Uid, tuple[_Uid, ...]] = {one.uid: one.parents for one in read}
        self._named = named
        self._empty = (_PRINCIPAL, "") in named
        self._of = lru_cache(_CACHED)(self._made)

    def of(self, question: DecisionInput, /, *, anyone: bool = False) -> Needed:
        """Returns the principal, the resource, and the ancestors of both.

        With `anyone` a principal whom no policy names has no id, so that all who are in the same groups share what the
        engine has read.
        """
        principal = question.principal
        if anyone and (_PRINCIPAL, principal) not in self._named and not self._empty:
            principal = ""
        return self._of(question.tenant, principal, question.application, question.roles, resource(question))

    def _made(
        self, tenant: str, principal: str, application: str, roles: tuple[str, ...], resource: tuple[str, str]
    ) -> Needed:
        groups = [_Uid(f"{_SPACE}Application", application), *(_Uid(f"{_SPACE}Role", role) for role in roles)]
        who = _Entity(_Uid(_PRINCIPAL, principal), {"tenant": tenant}, tuple(groups))
        mine = self._above(groups)
        above = mine | self._above([_Uid(f"{_SPACE}{resource[0]}", resource[1])])
        listed = [who, *(_Entity(uid, parents=self._parents.get(uid, ())) for uid in above)]
        return Needed(listed, self._named.intersection((uid.type, uid.id) for uid in (who.uid, *mine)), resource)

    def _above(self, first: Sequence[_Uid]) -> dict[_Uid, None]:
        """Returns those and all their ancestors."""
        found: dict[_Uid, None] = {}
        left = list(first)
        while left:
            uid = left.pop()
            if uid not in found:
                found[uid] = None
                left += self._parents.get(uid, ())
        return found


def request(question: DecisionInput, context: str, /, *, principal: str | None = None) -> Request:
    """Returns the request that a question is, in its context; `principal` is the id there, where it is another."""
    kind, name = resource(question)
    return {
        "principal": {"type": _PRINCIPAL, "id": question.principal if principal is None else principal},
        "action": {"type": f"{_SPACE}Action", "id": question.action.value},
        "resource": {"type": f"{_SPACE}{kind}", "id": name},
        "context": context,
    }


def context(
    question: DecisionInput, provider: Provider | None, /, *, approved: bool, only: frozenset[str] = EVERYTHING
) -> str:
    """Returns what is known about a call, as JSON; `provider` is where its model runs, as far as the registry knows.

    `only` are the paths that whoever reads it looks at, as `reading.looks_at` gives them.

    INVARIANT: it fits the schema's type `Context`, whatever the question; a property test holds it against that.
    """
    names, promises = _parts(only)
    said = {name: _KNOWN[name](question) for name in names}
    if promises:
        said["provider"] = _promised(provider, question.day, promises)
    if "approved" in only or only is EVERYTHING:
        said["approved"] = approved
    return _ENCODER.encode(said).decode()


@lru_cache(maxsize=_CACHED)
def _parts(only: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns the attributes that are looked at, and those of `provider`."""
    if only is EVERYTHING:
        return tuple(_KNOWN), _Standing.__struct_fields__
    names = tuple(name for name in _KNOWN if name in only)
    whole = "provider" in only
    return names, tuple(name for name in _Standing.__struct_fields__ if whole or f"provider.{name}" in only)


@lru_cache(maxsize=_CACHED)
def _promised(provider: Provider | None, day: int, names: tuple[str, ...]) -> msgspec.Raw:
    """Returns the JSON of what is promised of a provider on a day, those of it that are looked at."""
    known = _standing(provider, day)
    return msgspec.Raw(_ENCODER.encode({name: getattr(known, name) for name in names}))


def resource(question: DecisionInput, /) -> tuple[str, str]:
    """Returns what a question is about: the type and the name."""
    kind = _RESOURCES[question.action]
    if kind == "Application":
        return kind, question.application
    return kind, question.tool if question.action is Action.TOOL_CALL else question.model


def _standing(provider: Provider | None, day: int) -> _Standing:
    """What is promised of a provider on a day; of one that is not registered nothing is."""
    one = provider or Provider("")
    return _Standing(
        known=provider is not None,
        internal=one.internal,
        baa=_in_force(one.baa_until, day),
        determination=_in_force(one.determination_until, day),
        training=provider is None or one.training,
        region=one.region,
        retention_days=one.retention_days,
        subprocessors=one.subprocessors,
    )


def _in_force(until: str, day: int) -> bool:
    """Whether a day is known and not after the last one; both end with the day, UTC."""
    return bool(until) and 0 < day <= int(until.replace("-", ""))
