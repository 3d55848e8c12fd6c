"""What a tool is to the firewall: its effects, the part that each argument plays, and who can write each result field.

| an argument's role | after something untrusted was read, its value may be |
| --- | --- |
| destination | who receives: named by the user, or bound to a record that the user's words select |
| object, subject | which thing or which person: the same, or made in this session |
| value | what matters and is no text: the same, or computed from such |
| secret, code | the user's own words, to the letter |
| url | fetched: verbatim from one source that the user's words select, before anything confidential was read |
| text, time | anything; links in it as for values |
| query, free | anything |

| a field's source | who can put something there | may stand for a value | identifies its record |
| --- | --- | --- | --- |
| system | the server alone: ids, times, amounts, states | yes | no |
| catalog | whoever runs the service: names of hotels, prices, addresses | yes | yes |
| party | anybody, but only themselves: senders, owners, participants | of a selected record | yes |
| name | anybody, any words: file names, titles, subjects | of the only record that is selected | yes |
| free | anybody, any words | no | no |
"""

import functools
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, TypeAlias

import msgspec

from asepsis.core import canonical
from asepsis.core.labels import Category
from asepsis.core.types import Purpose

__all__ = [
    "Argument",
    "ArgumentRole",
    "Budget",
    "Effect",
    "Json",
    "Manifest",
    "ResultField",
    "Source",
    "Tool",
    "outer",
]

Json: TypeAlias = object
"""What JSON can say; read into leaves with paths at once, and never looked into by key elsewhere."""


class Effect(StrEnum):
    """What a call does beyond answering; `memory` is kept for later sessions."""

    READ = "read"
    WRITE = "write"
    EGRESS = "egress"
    IRREVERSIBLE = "irreversible"
    DETERMINATION = "determination"
    MEMORY = "memory"


class ArgumentRole(StrEnum):
    """The part that an argument plays; the module's table says what each asks for."""

    DESTINATION = "destination"
    OBJECT = "object"
    SUBJECT = "subject"
    VALUE = "value"
    SECRET = "secret"  # noqa: S105 the name of a role, not a password
    CODE = "code"
    URL = "url"
    TEXT = "text"
    TIME = "time"
    QUERY = "query"
    FREE = "free"


class Source(StrEnum):
    """Who can write a field of a result; the module's table says what follows."""

    SYSTEM = "system"
    CATALOG = "catalog"
    PARTY = "party"
    NAME = "name"
    FREE = "free"

    @property
    def untrusted(self) -> bool:
        """Whether third parties put any words they like there."""
        return self in _UNTRUSTED


_UNTRUSTED: Final = frozenset({Source.NAME, Source.FREE})


class Argument(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One leaf of a tool's arguments; `values` need no reason, such as the lowest of several permissions.

    `means` are values that are doings, each with the verb of it: who passes `APV` approves. By one of `reads` a call
    does nothing but answer, whatever else its tool does: `list`, beside `close`. `does` is the verb of what a call does
    besides reading where anything is given here: `email_to` of a tool that reads a report sends it.
    """

    path: str
    role: ArgumentRole
    values: tuple[str, ...] = ()
    means: tuple[tuple[str, str], ...] = ()
    reads: tuple[str, ...] = ()
    does: str = ""


class ResultField(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One leaf of a tool's results."""

    path: str
    source: Source
    categories: frozenset[Category] = frozenset()


class Budget(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How often a tool may be called in one session, 0 for as often as one likes."""

    calls: int = 0


class Manifest(msgspec.Struct, frozen=True, omit_defaults=True, dict=True, forbid_unknown_fields=True):
    """What people confirmed about a tool. `digest` pins the definition that they saw.

    `source` is that of results that no field names. With `keyed`, keys that no schema describes say more, as they would
    in one: for servers whose keys are their own words. `verbs` and `nouns` are what a user would say who wants the tool
    called; `clears` are the categories that may flow into it.
    """

    name: str
    digest: str
    effects: frozenset[Effect]
    verbs: tuple[str, ...] = ()
    nouns: tuple[str, ...] = ()
    source: Source = Source.FREE
    keyed: bool = False
    arguments: tuple[Argument, ...] = ()
    results: tuple[ResultField, ...] = ()
    categories: frozenset[Category] = frozenset()
    clears: frozenset[Category] = frozenset()
    purposes: frozenset[Purpose] = frozenset()
    budget: Budget = Budget()

    @functools.cached_property
    def reads_only(self) -> bool:
        """Whether a call does nothing but answer."""
        return self.effects <= {Effect.READ}

    def called_with(self, arguments: Mapping[str, Json], /) -> "Manifest":
        """Returns the manifest of a call: that of a tool which does just what an argument says that this call does.

        Where several arguments say what is done, a call reads where each says so, and none a doing besides: no other
        argument means one, and nobody is to receive anything. What is not said may be anything.
        """
        said = [_said(arguments, one.path) for one in self._pickers]
        if said and all(value in one.reads for value, one in zip(said, self._pickers, strict=True)):
            return self if any(_acts(arguments, one) for one in self.arguments) else self._reading
        if self._besides and (done := tuple(one.does for one in self._besides if _given(arguments, one))):
            return self._doing(done)
        return self._actions.get(said[0], self) if said and isinstance(said[0], str) else self

    @functools.cached_property
    def _besides(self) -> tuple[Argument, ...]:
        """The arguments by which a tool that reads does more."""
        reads = self.effects <= {Effect.READ, Effect.EGRESS} and Effect.READ in self.effects
        return tuple(argument for argument in self.arguments if argument.does) if reads else ()

    def _doing(self, verbs: tuple[str, ...]) -> "Manifest":
        """What a tool that reads is where it does more: what it is asked about is what that is done to."""
        return msgspec.structs.replace(
            self,
            effects=frozenset({Effect.WRITE, Effect.EGRESS, Effect.IRREVERSIBLE}),
            verbs=tuple(dict.fromkeys(verbs)),
            arguments=tuple(map(_strict, self.arguments)),
        )

    @functools.cached_property
    def _pickers(self) -> tuple[Argument, ...]:
        """The arguments that say which of its actions the tool runs."""
        return tuple(argument for argument in self.arguments if argument.reads)

    @functools.cached_property
    def _reading(self) -> "Manifest":
        """What the tool is where it only reads."""
        fetches = any(one.role is ArgumentRole.URL for one in self.arguments)
        return msgspec.structs.replace(
            self,
            effects=frozenset({Effect.READ, Effect.EGRESS} if fetches else {Effect.READ}),
            verbs=(),
            arguments=tuple(_asked(one) for one in self.arguments),
        )

    @functools.cached_property
    def _actions(self) -> dict[str, "Manifest"]:
        """What the tool is by each doing that one argument picks; which one it is decides nothing more by itself."""
        if len(self._pickers) != 1:
            return {}
        arguments = tuple(_asked(one) if one.reads else one for one in self.arguments)
        means = self._pickers[0].means
        return {value: msgspec.structs.replace(self, verbs=(verb,), arguments=arguments) for value, verb in means}

    @functools.cached_property
    def doings(self) -> tuple["Manifest", ...]:
        """What the tool is by each action that does something; itself too, and alone where it runs none."""
        return () if self.reads_only else (self, *self._actions.values())

    @functools.cached_property
    def doing(self) -> tuple[str, ...]:
        """What tells a tool, and each of its actions, from others: its name and its verbs."""
        return (self.name, *self.verbs)

    @functools.cached_property
    def personal(self) -> bool:
        """Whether calls say whom they are about."""
        return any(argument.role is ArgumentRole.SUBJECT for argument in self.arguments)

    @functools.cached_property
    def form(self) -> str:
        """The digest of all that the manifest says."""
        return canonical.digest(self)

    @functools.cached_property
    def known(self) -> frozenset[str]:
        """The paths of results, and all that lead to them."""
        return _leading(field.path for field in self.results)

    @functools.cached_property
    def fields(self) -> dict[str, ResultField]:
        """The fields of results by their paths."""
        return {field.path: field for field in self.results}

    @functools.cached_property
    def answers(self) -> frozenset[Category]:
        """The categories of all that a result may hold."""
        return self.categories.union(*(field.categories for field in self.results))

    @functools.cached_property
    def untrusted(self) -> bool:
        """Whether third parties put any words they like into results."""
        return self.source.untrusted or any(field.source.untrusted for field in self.results)

    @functools.cached_property
    def takes(self) -> frozenset[str]:
        """The paths of arguments, and all that lead to them."""
        return _leading(argument.path for argument in self.arguments)

    @functools.cached_property
    def parts(self) -> dict[str, Argument]:
        """The arguments by their paths."""
        return {argument.path: argument for argument in self.arguments}

    def part(self, path: str, /) -> Argument | None:
        """Returns the argument at a path, or what it lies in; None for what nobody confirmed."""
        while path and path not in self.parts:
            path = outer(path)
        return self.parts[path] if path else None


_KEPT_IN_READING: Final = frozenset({ArgumentRole.URL, ArgumentRole.SECRET, ArgumentRole.CODE, ArgumentRole.SUBJECT})


def _asked(argument: Argument) -> Argument:
    """What an argument is of a call that only reads."""
    role = argument.role if argument.role in _KEPT_IN_READING else ArgumentRole.QUERY
    return msgspec.structs.replace(argument, role=role)


def _said(arguments: Mapping[str, Json], path: str) -> Json:
    """What is said at a path; None where that is nothing, or lies in a list."""
    value: Json = dict(arguments)
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _acts(arguments: Mapping[str, Json], argument: Argument) -> bool:
    """Whether what is said at an argument may make a reading do more than answer."""
    acts = argument.means or argument.does or argument.role is ArgumentRole.DESTINATION
    return bool(acts) and not argument.reads and _given(arguments, argument)


def _given(arguments: Mapping[str, Json], argument: Argument) -> bool:
    """Whether anything is said at an argument that needs a reason."""
    value = _said(arguments, argument.path.partition("[")[0].partition("{")[0].removesuffix("."))
    return value not in (None, "", False, [], {}) and value not in argument.values


def _strict(argument: Argument) -> Argument:
    """What an argument of a reading tool is of a call that does more."""
    role = ArgumentRole.OBJECT if argument.role in {ArgumentRole.QUERY, ArgumentRole.FREE} else argument.role
    return Argument(argument.path, role, argument.values)


def outer(path: str, /) -> str:
    """Returns the path that a path lies in: `a[]` of `a[].b`, empty for the first."""
    return path[: max(path.rfind("."), path.rfind("["), path.rfind("{"), 0)]


def _leading(paths: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    for full in paths:
        path = full
        while path and path not in found:
            found.add(path)
            path = outer(path)
    return frozenset(found)


class Tool(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A tool as its server defines it. Nothing that it says of itself is trusted, least of all `annotations`."""

    name: str
    description: str = ""
    input_schema: dict[str, Json] = msgspec.field(default_factory=dict)
    output_schema: dict[str, Json] = msgspec.field(default_factory=dict)
