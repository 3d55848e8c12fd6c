"""The shapes of Events, to compare what is published with what the code says.

INVARIANT: what is published stays: a kind keeps its payload, a field its type, an enumeration its values. A payload
gains fields, each with a default; an enumeration gains values. `python -m asepsis.testing.published FILE` adds what
is new to the published shapes, and refuses when something published has changed.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import msgspec
from msgspec import inspect

from asepsis.core.events import PAYLOADS, Event

__all__ = ["Field", "Kind", "Shapes", "Type", "breaks", "main", "shapes"]


class Field(msgspec.Struct, frozen=True):
    """A field of a payload or of a part of one."""

    type: str
    required: bool


class Kind(msgspec.Struct, frozen=True):
    """A kind of Event: its payload's version and type."""

    version: int
    payload: str


class Type(msgspec.Struct, frozen=True, omit_defaults=True):
    """A Struct by its fields, or an enumeration by its values."""

    fields: dict[str, Field] = {}
    values: tuple[str | int, ...] = ()


class Shapes(msgspec.Struct, frozen=True):
    """All kinds, and all types that their payloads are made of."""

    kinds: dict[str, Kind]
    types: dict[str, Type]


_Found: TypeAlias = dict[str, Type]


def shapes() -> Shapes:
    """Returns the shapes that the code has now."""
    kinds = {kind: Kind(version, payload.__name__) for kind, (version, payload) in sorted(PAYLOADS.items())}
    types: _Found = {}
    for struct in (Event, *(payload for _, payload in PAYLOADS.values())):
        _name(inspect.type_info(struct), types)
    return Shapes(kinds, dict(sorted(types.items())))


def breaks(published: Shapes, current: Shapes) -> tuple[str, ...]:
    """Returns what of the published shapes does not hold any more, one sentence each."""
    return (*_kind_breaks(published, current), *_type_breaks(published, current))


def main(arguments: list[str]) -> int:
    """Writes the shapes to the file named; returns 1, having written nothing, when a published one has changed."""
    file = Path(arguments[0])
    current = shapes()
    if file.exists() and (broken := breaks(msgspec.json.decode(file.read_bytes(), type=Shapes), current)):
        sys.stderr.write("\n".join(broken) + "\n")
        return 1
    file.write_bytes(msgspec.json.format(msgspec.json.encode(current), indent=2) + b"\n")
    return 0


def _kind_breaks(published: Shapes, current: Shapes) -> Iterator[str]:
    for kind, was in published.kinds.items():
        now = current.kinds.get(kind)
        if now is None:
            yield f"the kind `{kind}` is gone"
        elif now.payload != was.payload:
            yield f"the kind `{kind}` has another payload"


def _type_breaks(published: Shapes, current: Shapes) -> Iterator[str]:
    for name, was in published.types.items():
        now = current.types.get(name)
        if now is None:
            yield f"the type `{name}` is gone"
            continue
        yield from (f"`{name}` lost the value `{one}`" for one in was.values if one not in now.values)
        changed = [one for one, field in was.fields.items() if field != now.fields.get(one)]
        yield from (f"`{name}.{one}` is gone or changed" for one in changed)
        new = now.fields.keys() - was.fields.keys()
        yield from (f"`{name}.{one}` is new and has no default" for one in sorted(new) if now.fields[one].required)


def _name(kind: inspect.Type, types: _Found) -> str:
    """Returns the name of a type, and adds the types that it is made of."""
    match kind:
        case inspect.StructType(cls=struct, fields=fields):
            if struct.__name__ not in types:
                types[struct.__name__] = Type()  # a type can hold itself
                named = {one.encode_name: Field(_name(one.type, types), one.required) for one in fields}
                types[struct.__name__] = Type(fields=named)
            return struct.__name__
        case inspect.EnumType(cls=enum):
            types[enum.__name__] = Type(values=tuple(member.value for member in enum))
            return enum.__name__
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            return f"array of {_name(item, types)}"
        case inspect.UnionType(types=several):
            return " or ".join(_name(one, types) for one in several)
        case inspect.Metadata(type=inner):
            return _name(inner, types)
        case _:
            return type(kind).__name__.removesuffix("Type").lower()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
