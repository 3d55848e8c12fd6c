"""JSON as leaves with paths: of a schema, and of a value.

A path is `recipients[]`, `attachments[].file_id`, `{}` for the values of a map and `{*}` for its keys; the root of a
plain value is the empty path. Schemas and values come from outside: depth and number of leaves are limited.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, TypeAlias

import msgspec

from asepsis.core.errors import InputError
from asepsis.tools.fields import says_more
from asepsis.tools.types import Json

__all__ = ["MAX_DEPTH", "MAX_LEAVES", "Leaf", "Scalar", "SchemaLeaf", "leaves", "read", "schema_leaves"]

Scalar: TypeAlias = bool | int | float | str
"""What stands in a leaf."""

_SCALARS: Final = (str, int, float)
"""A truth value is an `int` to Python."""

MAX_DEPTH: Final = 24
MAX_LEAVES: Final = 20_000
_FEW: Final = 12
_NAMING: Final = re.compile(r"id|[a-z][A-Za-z0-9]*(?:Id|ID|No|Key|_id|_no|_key)")
_PASCAL_NAMING: Final = re.compile(r"[A-Z][A-Za-z0-9]*(?:Id|ID|No|Num|Key)")
_PASCAL: Final = re.compile(r"[A-Z][A-Za-z0-9]{0,30}")
_FIELD: Final = re.compile(r"[a-z][A-Za-z0-9_]{0,30}")


class SchemaLeaf(NamedTuple):
    """One leaf of a schema: its path, the last name on it, its type, format, allowed values and description."""

    path: str
    name: str
    kind: str
    format: str
    values: tuple[str, ...]
    description: str


class Leaf(NamedTuple):
    """One leaf of a value: its path without and with the places in arrays, the record it is in, and the value.

    `key` is the key of an object that no schema knows, where the object's keys speak; what lies in a field of it is in
    the same record.
    """

    path: str
    place: str
    record: str
    value: Scalar
    key: str = ""


def schema_leaves(schema: dict[str, Json], /) -> tuple[SchemaLeaf, ...]:
    """Returns the leaves of a JSON schema; raises InputError beyond the limits."""
    definitions = _table(schema.get("$defs")) | _table(schema.get("definitions"))
    walk = _Walk(definitions)
    found = list(walk.leaves(schema, "", "", ()))
    return tuple({leaf.path: leaf for leaf in reversed(found)}.values())[::-1]


def leaves(
    value: Json, /, *, known: frozenset[str] = frozenset(), speaks: Callable[[str], bool] | None = None
) -> Iterator[Leaf]:
    """Yields the leaves of a value, nulls left out; raises InputError beyond the limits.

    Keys outside the `known` paths count as keys of a map, each entry a record of its own; but where most keys of an
    object speak, or one names its record (`id`, `planId`) and the others are written like names of fields, the object
    is the record, its leaves have their keys, and keys that don't speak, or that say more than a name does, are leaves,
    too.
    """
    for count, leaf in enumerate(_value(value, "", "", "", (known, speaks, 0))):
        if count >= MAX_LEAVES:
            raise InputError(f"expected at most {MAX_LEAVES} values")
        yield leaf


def read(text: str, /) -> Json:
    """Returns a text as JSON where it is an object or a list whose objects have each key once, else as it stands.

    Of a key that stands twice a reader sees both values, and whoever parses the text takes either.
    """
    try:
        found: Json = msgspec.json.decode(text)
        if not isinstance(found, dict | list):
            return text
        json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):  # a DecodeError is one, too
        return text
    return found


def _once(pairs: list[tuple[str, object]]) -> None:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("expected each key once")


class _Walk:
    """Reads one schema; what refers to itself ends, and what only looks small is counted where it unfolds."""

    def __init__(self, definitions: dict[str, Json]) -> None:
        self._definitions = definitions
        self._steps = 0

    def leaves(self, schema: dict[str, Json], path: str, name: str, seen: tuple[str, ...]) -> Iterator[SchemaLeaf]:
        """Yields the leaves below a place; raises InputError beyond the limits."""
        self._steps += 1
        if self._steps > MAX_LEAVES or path.count(".") + path.count("[") > MAX_DEPTH or len(seen) > MAX_DEPTH:
            raise InputError(f"expected a schema at most {MAX_DEPTH} deep with at most {MAX_LEAVES} fields")
        reference = schema.get("$ref")
        if isinstance(reference, str):
            target = reference.rpartition("/")[2]
            if target not in seen:
                named = _table(self._definitions.get(target)) | {key: schema[key] for key in schema if key != "$ref"}
                yield from self.leaves(named, path, name, (*seen, target))
            return
        branches = [
            branch
            for key in ("anyOf", "oneOf", "allOf")
            for branch in _list(schema.get(key))
            if isinstance(branch, dict) and branch.get("type") != "null"
        ]
        for branch in branches:
            yield from self.leaves({"description": schema.get("description"), **branch}, path, name, (*seen, ""))
        if not branches:
            yield from self._typed(schema, path, name, seen)

    def _typed(self, schema: dict[str, Json], path: str, name: str, seen: tuple[str, ...]) -> Iterator[SchemaLeaf]:
        kind = next((one for one in _list(schema.get("type")) if one != "null"), schema.get("type"))
        said = {"description": schema.get("description")}
        properties = _table(schema.get("properties"))
        for key, inner in properties.items():
            yield from self.leaves(_table(inner), f"{path}.{key}" if path else key, key, seen)
        items = schema.get("items")
        if isinstance(items, dict):
            yield from self.leaves({**said, **items}, f"{path}[]", name, seen)
        more = schema.get("additionalProperties")
        if (isinstance(more, dict) or (more is True and not properties)) and kind != "array":
            keys = _table(schema.get("propertyNames"))
            text = _text(schema.get("description"))
            yield SchemaLeaf(f"{path}{{*}}", name, "key", _text(keys.get("format")), (), text)
            yield from self.leaves({**said, **_table(more)}, f"{path}{{}}", name, seen)
        elif not properties and not isinstance(items, dict):
            allowed = [*_list(schema.get("enum")), *([schema["const"]] if "const" in schema else [])]
            values = tuple(str(value) for value in allowed)
            text = _text(schema.get("description"))
            yield SchemaLeaf(path, name, str(kind or ""), _text(schema.get("format")), values, text)


_Around: TypeAlias = tuple[frozenset[str], Callable[[str], bool] | None, int]


def _value(value: Json, path: str, place: str, record: str, around: _Around, key: str = "") -> Iterator[Leaf]:
    known, speaks, depth = around
    if depth > MAX_DEPTH:
        raise InputError(f"expected a value at most {MAX_DEPTH} deep")
    deeper = (known, speaks, depth + 1)
    if isinstance(value, dict):
        yield from _entries(value, path, (place, record), around, key)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            entry = f"{place}[{number}]"
            inner = record if record and not isinstance(one, dict) else entry
            yield from _value(one, f"{path}[]", entry, inner, deeper, key)
    elif isinstance(value, _SCALARS):
        yield Leaf(path, place, record, value, key)


def _entries(value: dict[str, Json], path: str, at: tuple[str, str], around: _Around, key: str) -> Iterator[Leaf]:
    (place, record), (known, speaks, depth) = at, around
    deeper = (known, speaks, depth + 1)
    spoken: bool | None = None
    for number, (name, one) in enumerate(value.items()):
        step = f"{path}.{name}" if path else name
        if step in known:
            inside = f"{place}.{name}" if place else name
            if isinstance(one, _SCALARS) and depth < MAX_DEPTH:
                yield Leaf(step, inside, record, one)  # as below, and most leaves are such
            else:
                yield from _value(one, step, inside, record, deeper)
            continue
        entry = f"{place}{{{number}}}"
        spoken = _spoken(value, key, speaks) if spoken is None else spoken
        if spoken:
            named = speaks is None or speaks(name) or (key and _FIELD.fullmatch(name))
            if not named or says_more(name):
                yield Leaf(f"{path}{{*}}", f"{entry}*", record, name)
            # `email` in `pcp` is whose the name of what it lies in says.
            inner = f"{key.rpartition('.')[2]}.{name}" if key else name
            yield from _value(one, f"{path}{{}}", entry, record, deeper, inner)
        else:
            yield Leaf(f"{path}{{*}}", f"{entry}*", entry, name)
            yield from _value(one, f"{path}{{}}", entry, entry, deeper)


def _spoken(value: dict[str, Json], key: str, speaks: Callable[[str], bool] | None) -> bool:
    """Whether an object is a record whose keys are names of fields."""
    if speaks is None:
        return False
    fields = (bool(key) or any(map(_NAMING.fullmatch, value))) and _fields(value)
    if len(value) <= _FEW and any(map(_PASCAL_NAMING.fullmatch, value)):
        fields = fields or all(map(_PASCAL.fullmatch, value))  # `CaseworkerId`, `Unit`: people's names have no number
    return fields or 2 * sum(map(speaks, value)) >= len(value)


def _fields(value: dict[str, Json]) -> bool:
    """Whether the keys of an object in a field of a record are fields as well, as in `name: {family, given}`."""
    return len(value) <= _FEW and all(map(_FIELD.fullmatch, value))


def _table(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""
