"""Minimum necessary: of structured data only the fields that are needed stay (45 CFR 164.502(b), 164.514(d)).

A field is a path of names, `member.name`; lists are looked through, and a FHIR resource begins anew with its type,
`Patient.name`. What is needed is said by such paths; `claim.*` is all of a claim, and so is `claim`. Every other field
goes, with all that is in it.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from asepsis.core.fields import Needed
from asepsis.deid.field_names import spoken

__all__ = ["Fields", "minimise"]

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None

_TYPE: Final = re.compile(r"[A-Z][A-Za-z]{1,63}")
_RESOURCE: Final = "resourceType"
_MOST_SAID: Final = 64
_DEEPEST_SAID: Final = 6
"""How many names of a path are said, from its end: a document may be as deep as it likes."""


class Fields:
    """What became of fields: the paths of those that stayed and of those that went, and how many went.

    What stayed is called as it was asked for. What went was called by whoever wrote the document, so that of its path
    only the names that standards have are said; another is `*`.
    """

    __slots__ = ("passed", "went", "withheld")

    def __init__(self) -> None:
        self.passed: set[str] = set()
        self.went: set[str] = set()
        self.withheld = 0


def minimise(value: Json, needed: Sequence[Needed], fields: Fields, /) -> None:
    """Takes out of a document, in place, each field that not all of `needed` name; notes what became of them."""
    _visit(value, (), needed, fields)


def _visit(value: Json, path: tuple[str, ...], needed: Sequence[Needed], fields: Fields) -> None:
    if isinstance(value, list):
        for one in value:
            _visit(one, path, needed, fields)
        return
    if not isinstance(value, dict):
        return
    kind = _type(value)
    if kind:
        path = (kind,)
    for name in list(value):
        here, inner = (*path, name), value[name]
        if name == _RESOURCE and kind:
            continue
        named = [_named(here, one) for one in needed]
        if all(named):
            fields.passed.add(max(map(".".join, named), key=len))
        elif (_holds(inner) and _wanted_below(here, named, needed)) or _resources(inner):
            _visit(inner, here, needed, fields)
        else:
            del value[name]
            fields.withheld += 1
            if len(fields.went) < _MOST_SAID:
                fields.went.add(".".join(map(spoken, here[-_DEEPEST_SAID:])))


def _named(path: tuple[str, ...], needed: Needed) -> tuple[str, ...]:
    """Returns the needed path that is this one or above it, nothing where none is."""
    return next((path[:size] for size in range(len(path), 0, -1) if path[:size] in needed), ())


def _wanted_below(path: tuple[str, ...], named: Sequence[tuple[str, ...]], needed: Sequence[Needed]) -> bool:
    """Whether each of `needed` names this field, or something below it."""
    pairs = zip(named, needed, strict=True)
    return all(one or any(other[: len(path)] == path for other in some) for one, some in pairs)


def _holds(value: Json) -> bool:
    """Whether a value has fields of its own, and nothing beside them."""
    return isinstance(value, dict) or (isinstance(value, list) and all(map(_holds, value)))


def _resources(value: Json) -> bool:
    """Whether a value is resources that say what they are, or entries of a bundle, each with one."""
    found = list(_items(value))
    return bool(found) and all(
        isinstance(one, dict) and bool(_type(one) or _type(one.get("resource"))) for one in found
    )


def _type(value: Json) -> str:
    """Returns the type that a resource says it is of, an empty text for what is none."""
    kind = value.get(_RESOURCE) if isinstance(value, dict) else None
    return kind if isinstance(kind, str) and _TYPE.fullmatch(kind) else ""


def _items(value: Json) -> Iterator[Json]:
    if isinstance(value, list):
        yield from value
    else:
        yield value
