"""JSON as leaves with paths: of a schema, and of a value.

A path is `recipients[]`, `attachments[].file_id`, `{}` for the values of a map and `{*}` for its keys; the root of a
plain value is the empty path. Schemas and values come from outside: depth and number of leaves are limited.
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, TypeAlias

from asepsis.core.errors import InputError
from asepsis.tools.types import Json

__all__ = ["MAX_DEPTH", "MAX_LEAVES", "Leaf", "Scalar", "SchemaLeaf", "leaves", "schema_leaves"]

Scalar: TypeAlias = bool | int | float | str
"""What stands in a leaf."""

MAX_DEPTH: Final = 24
MAX_LEAVES: Final = 20_000


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

    `key` is the key of an object that no schema knows, where the object's keys speak.
    """

    path: str
    place: str
    record: str
    value: Scalar
    key: str = ""


def schema_leaves(schema: dict[str, Json], /) -> tuple[SchemaLeaf, ...]:
    """Returns the leaves of a JSON schema; raises InputError beyond the limits."""
    definitions = _table(schema.get("$defs")) | _table(schema.get("definitions"))
    found: list[SchemaLeaf] = []
    for leaf in _schema(schema, "", "", definitions, ()):
        found.append(leaf)
        if len(found) > MAX_LEAVES:
            raise InputError(f"expected at most {MAX_LEAVES} fields in a schema")
    return tuple({leaf.path: leaf for leaf in reversed(found)}.values())[::-1]


def leaves(
    value: Json, /, *, known: frozenset[str] = frozenset(), speaks: Callable[[str], bool] | None = None
) -> Iterator[Leaf]:
    """Yields the leaves of a value, nulls left out; raises InputError beyond the limits.

    Keys outside the `known` paths count as keys of a map, each entry a record of its own; but where most keys of an
    object speak, the object is the record, and its leaves have their keys.
    """
    for count, leaf in enumerate(_value(value, "", "", "", (known, speaks, 0))):
        if count >= MAX_LEAVES:
            raise InputError(f"expected at most {MAX_LEAVES} values")
        yield leaf


def _schema(
    schema: dict[str, Json], path: str, name: str, definitions: dict[str, Json], seen: tuple[str, ...]
) -> Iterator[SchemaLeaf]:
    if path.count(".") + path.count("[") > MAX_DEPTH:
        raise InputError(f"expected a schema at most {MAX_DEPTH} deep")
    reference = schema.get("$ref")
    if isinstance(reference, str):
        target = reference.rpartition("/")[2]
        if target not in seen:
            named = _table(definitions.get(target)) | {key: schema[key] for key in schema if key != "$ref"}
            yield from _schema(named, path, name, definitions, (*seen, target))
        return
    branches = [
        branch
        for key in ("anyOf", "oneOf", "allOf")
        for branch in _list(schema.get(key))
        if isinstance(branch, dict) and branch.get("type") != "null"
    ]
    if branches:
        said = schema.get("description")
        for branch in branches:
            yield from _schema({"description": said, **branch}, path, name, definitions, seen)
        return
    yield from _typed(schema, path, name, definitions, seen)


def _typed(
    schema: dict[str, Json], path: str, name: str, definitions: dict[str, Json], seen: tuple[str, ...]
) -> Iterator[SchemaLeaf]:
    kind = next((one for one in _list(schema.get("type")) if one != "null"), schema.get("type"))
    properties = _table(schema.get("properties"))
    for key, inner in properties.items():
        yield from _schema(_table(inner), f"{path}.{key}" if path else key, key, definitions, seen)
    items = schema.get("items")
    if isinstance(items, dict):
        inner = {"description": schema.get("description"), **items}
        yield from _schema(inner, f"{path}[]", name, definitions, seen)
    more = schema.get("additionalProperties")
    if (isinstance(more, dict) or (more is True and not properties)) and kind != "array":
        keys = _table(schema.get("propertyNames"))
        yield SchemaLeaf(f"{path}{{*}}", name, "key", _text(keys.get("format")), (), _text(schema.get("description")))
        inner = {"description": schema.get("description"), **_table(more)}
        yield from _schema(inner, f"{path}{{}}", name, definitions, seen)
    elif not properties and not isinstance(items, dict):
        allowed = [*_list(schema.get("enum")), *([schema["const"]] if "const" in schema else [])]
        values = tuple(str(value) for value in allowed)
        said = _text(schema.get("description"))
        yield SchemaLeaf(path, name, str(kind or ""), _text(schema.get("format")), values, said)


_Around: TypeAlias = tuple[frozenset[str], Callable[[str], bool] | None, int]


def _value(value: Json, path: str, place: str, record: str, around: _Around, key: str = "") -> Iterator[Leaf]:
    known, speaks, depth = around
    if depth > MAX_DEPTH:
        raise InputError(f"expected a value at most {MAX_DEPTH} deep")
    deeper = (known, speaks, depth + 1)
    if isinstance(value, dict):
        spoken = speaks is not None and 2 * sum(map(speaks, value)) >= len(value)
        for number, (name, one) in enumerate(value.items()):
            step = f"{path}.{name}" if path else name
            entry = f"{place}{{{number}}}"
            if step in known:
                yield from _value(one, step, f"{place}.{name}" if place else name, record, deeper)
            elif spoken:
                yield from _value(one, f"{path}{{}}", entry, record, deeper, name)
            else:
                yield Leaf(f"{path}{{*}}", f"{entry}*", entry, name)
                yield from _value(one, f"{path}{{}}", entry, entry, deeper)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            entry = f"{place}[{number}]"
            inner = record if record and not isinstance(one, dict) else entry
            yield from _value(one, f"{path}[]", entry, inner, deeper, key)
    elif isinstance(value, bool | int | float | str):
        yield Leaf(path, place, record, value, key)


def _table(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""
