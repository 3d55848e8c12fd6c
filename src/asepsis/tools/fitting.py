"""Whether a call's arguments fit the schema that the tool was confirmed with, or that whoever defines it says.

Held against are types, allowed values, what is required, what else is not allowed, lengths and bounds, in objects,
lists, alternatives and references within the schema (JSON Schema 2020-12). Patterns and formats are the server's to
check: an expression of somebody else's may take as long as it likes. A schema is walked as it stands, with nothing
made of it beforehand, and for so many steps, where what is long takes several; beyond them nothing fits.

What does not fit is said by the schema's own names, never by the arguments'; and of a schema that nobody has read not
by what it allows either, which may be anybody's name.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeGuard, TypeVar

from asepsis.tools.types import Json

__all__ = ["RULE", "Effort", "misfit", "misfit_of_stranger"]

RULE: Final = "tools.arguments"
"""The rule that denies a call whose arguments do not fit."""

_STEPS: Final = 20_000
_TOGETHER: Final = 100_000
_MANY: Final = 64
_LONG: Final = 4096
_DEPTH: Final = 48
_NAMED: Final = 12
_LONGEST: Final = 40


def _number(value: Json) -> TypeGuard[int | float]:
    """Whether a value is a number; a truth value is none, though Python counts with it."""
    return isinstance(value, int | float) and not isinstance(value, bool)


_TYPES: Final[dict[str, Callable[[Json], bool]]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": _number,
    "integer": lambda value: _number(value) and value == value // 1,
}
_SIZES: Final = (
    ("minLength", "maxLength", str),
    ("minItems", "maxItems", list),
    ("minProperties", "maxProperties", dict),
)
_BRANCHING: Final = frozenset({"allOf", "anyOf", "oneOf"})
_BOUNDING: Final = frozenset(itertools.chain.from_iterable((least, most) for least, most, _ in _SIZES)) | {
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
}

_Sized = TypeVar("_Sized", list[Json], dict[str, Json])


class _TooMuchError(Exception):
    """A schema that takes more steps than it may."""


class Effort:
    """How many steps are left to several calls together."""

    __slots__ = ("left",)

    def __init__(self, steps: int = _TOGETHER) -> None:
        self.left = steps


def misfit(schema: dict[str, Json], arguments: Json, /) -> str:
    """Returns the first thing about arguments that a schema does not allow, by its own names; empty for none."""
    return _first(_Walk(schema, Effort(_STEPS), _listed), schema, arguments)


def misfit_of_stranger(schema: dict[str, Json], arguments: Json, effort: Effort, /) -> str:
    """Returns the same for a schema that comes with each request: none of the values that it allows is said."""
    mine = Effort(min(_STEPS, effort.left))
    effort.left -= mine.left
    said = _first(_Walk(schema, mine, _unlisted), schema, arguments)
    effort.left += max(mine.left, 0)
    return said


def _first(walk: "_Walk", schema: dict[str, Json], arguments: Json) -> str:
    try:
        return next(walk.faults(schema, arguments, "", 0), "")
    except (_TooMuchError, RecursionError):
        return "the tool's schema is too large to hold these arguments against"


class _Walk:
    """Walks one schema beside one value."""

    def __init__(self, root: dict[str, Json], effort: Effort, listed: Callable[[Iterable[Json]], str]) -> None:
        self._root = root
        self._effort = effort
        self._listed = listed

    def faults(self, schema: Json, value: Json, place: str, depth: int) -> Iterator[str]:
        """Yields what a value does wrong; raises _TooMuchError."""
        self._spend(1 + (len(value) // _LONG if isinstance(value, str) else 0))
        if depth > _DEPTH:
            raise _TooMuchError
        if schema is False:
            yield _fault(place, "expected nothing here")
        if not isinstance(schema, dict):
            return
        if isinstance(reference := schema.get("$ref"), str):
            yield from self.faults(self._referred(reference), value, place, depth + 1)
        yield from self._own(schema, value, place)
        if not _BRANCHING.isdisjoint(schema):
            yield from self._alternatives(schema, value, place, depth)
        if isinstance(value, dict):
            yield from self._object(schema, value, place, depth)
        elif isinstance(value, list):
            first = _list(schema.get("prefixItems"))
            for number, one in enumerate(value if "items" in schema else value[: len(first)]):
                inner = first[number] if number < len(first) else schema["items"]
                yield from self.faults(inner, one, f"{place}[{number}]", depth + 1)

    def _own(self, schema: dict[str, Json], value: Json, place: str) -> Iterator[str]:
        kinds = schema.get("type")
        kinds = (kinds,) if isinstance(kinds, str) else [one for one in self._all(_list(kinds)) if isinstance(one, str)]
        if kinds and not any(_TYPES.get(kind, _anything)(value) for kind in kinds):
            yield _fault(place, f"expected {' or '.join(kinds)}")
        allowed = [schema["const"]] if "const" in schema else schema.get("enum")
        if isinstance(allowed, list) and not any(self._same(one, value) for one in self._all(allowed)):
            yield _fault(place, f"expected one of {self._listed(allowed)}")
        if _BOUNDING.isdisjoint(schema):
            return
        for least, most, kind in _SIZES:
            if isinstance(value, kind):
                yield from _bounds(schema, (least, most), len(value), place, "a length of ")
        if _number(value):
            yield from _bounds(schema, ("minimum", "maximum"), value, place, "")
            above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
            if _number(above) and value <= above:
                yield _fault(place, f"expected more than {above}")
            if _number(below) and value >= below:
                yield _fault(place, f"expected less than {below}")

    def _alternatives(self, schema: dict[str, Json], value: Json, place: str, depth: int) -> Iterator[str]:
        for one in _list(schema.get("allOf")):
            yield from self.faults(one, value, place, depth + 1)
        for name in ("anyOf", "oneOf"):
            tried = [next(self.faults(one, value, place, depth + 1), "") for one in _list(schema.get(name))]
            if tried and all(tried):
                yield max(tried, key=lambda said: said.count(".") + said.count("["))
            if name == "oneOf" and tried.count("") > 1:
                yield _fault(place, "expected to fit one alternative alone")

    def _object(self, schema: dict[str, Json], value: dict[str, Json], place: str, depth: int) -> Iterator[str]:
        properties = schema.get("properties")
        known = properties if isinstance(properties, dict) else {}
        for needed in self._all(_list(schema.get("required"))):
            if isinstance(needed, str) and needed not in value:
                yield _fault(_within(place, needed), "is required")
        others = schema.get("additionalProperties") if "patternProperties" not in schema else None
        for name, one in value.items():
            if name in known:
                yield from self.faults(known[name], one, _within(place, name), depth + 1)
            elif others is False:
                yield _fault(place, f"expected no other names than {self._listed(known)}")
            else:
                yield from self.faults(others, one, _within(place, "*"), depth + 1)

    def _referred(self, reference: str) -> Json:
        """What a reference within the schema leads to; one that leads elsewhere allows nothing."""
        if not reference.startswith("#"):
            return False
        self._spend(len(reference) // _MANY)
        found: Json = self._root
        for step in filter(None, reference[1:].split("/")):
            found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
        return False if found is None else found

    def _same(self, one: Json, other: Json) -> bool:
        """Whether two values are the same in JSON, where 1 is 1.0 and no truth value."""
        if isinstance(one, dict) and isinstance(other, dict):
            return self._all(one).keys() == other.keys() and all(self._same(one[name], other[name]) for name in one)
        if isinstance(one, list) and isinstance(other, list):
            return len(self._all(one)) == len(other) and all(map(self._same, one, other))
        return one == other and isinstance(one, bool) is isinstance(other, bool)

    def _all(self, values: _Sized) -> _Sized:
        """Returns what all of will be looked at, and takes the steps for it."""
        self._spend(len(values) // _MANY)
        return values

    def _spend(self, steps: int) -> None:
        self._effort.left -= steps
        if self._effort.left < 0:
            raise _TooMuchError


def _anything(_: Json) -> bool:
    return True


def _bounds(schema: dict[str, Json], names: tuple[str, str], found: float, place: str, of: str) -> Iterator[str]:
    least, most = (schema.get(name) for name in names)
    if _number(least) and found < least:
        yield _fault(place, f"expected {of}at least {least}")
    if _number(most) and found > most:
        yield _fault(place, f"expected {of}at most {most}")


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _within(place: str, name: str) -> str:
    return f"{place}.{_legible(name)}" if place else _legible(name)


def _fault(place: str, said: str) -> str:
    return f"argument {place}: {said}" if place else f"arguments: {said}"


def _listed(values: Iterable[Json]) -> str:
    first = list(itertools.islice(values, _NAMED + 1))
    shown = ", ".join(f"`{_shown(one)}`" for one in first[:_NAMED])
    return f"{shown} …" if len(first) > _NAMED else shown or "none"


def _unlisted(_: Iterable[Json]) -> str:
    return "those in the schema"


def _shown(value: Json) -> str:
    return "…" if isinstance(value, dict | list) else _legible(str(value))


def _legible(text: str) -> str:
    if len(text) <= _LONGEST and text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[:_LONGEST])
