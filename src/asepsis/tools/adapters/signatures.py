"""A plain function as the definition of a tool: its parameters and its answer as JSON schemas.

A draft from it is for a human to read, as one of a server's schemas is. What says nothing of its types gets the
strictest answer.
"""

import inspect
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from asepsis.core.errors import ConfigError
from asepsis.tools.types import Json, Tool

__all__ = ["fits", "taken", "tool_of"]

_NAMED: Final = frozenset({inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY})
_REFERENCE: Final = "#/$defs/{name}"


def tool_of(function: Callable[..., object], /) -> Tool:
    """Returns the definition of a function; raises ConfigError for parameters without names or of no JSON type."""
    name = function.__name__
    parameters = inspect.signature(function).parameters
    if any(one.kind not in _NAMED for one in parameters.values()):
        raise ConfigError("expected named parameters alone", place=name)
    try:
        hints = typing.get_type_hints(function)
        answer = hints.get("return")
        schemas, definitions = msgspec.json.schema_components(
            [*_types(function, hints).values(), object if answer is None else answer],
            ref_template=_REFERENCE,
        )
    except (TypeError, NameError) as error:
        raise ConfigError("expected parameters and an answer of types that JSON has", place=name) from error
    *inputs, output = schemas
    given: dict[str, Json] = {**output, "$defs": definitions} if output else {}
    return Tool(
        name=name,
        description=inspect.getdoc(function) or "",
        input_schema=_object(parameters, inputs, definitions),
        output_schema=given,
    )


def taken(function: Callable[..., object], /) -> dict[str, Json]:
    """Returns the schema of a function's parameters, whatever it answers; those of no JSON type take anything."""
    try:
        hints = typing.get_type_hints(function)
    except (TypeError, NameError):
        return {}
    types = {name: one for name, one in _types(function, hints).items() if _has_schema(one)}
    return _object(types, *msgspec.json.schema_components(types.values(), ref_template=_REFERENCE))


def _types(function: Callable[..., object], hints: Mapping[str, object]) -> dict[str, object]:
    """The types of named parameters; one that is None unless it is given may be given as None."""
    found: dict[str, object] = {}
    for one in inspect.signature(function).parameters.values():
        if one.kind in _NAMED:
            hint = hints.get(one.name, object)
            found[one.name] = typing.Union[hint, None] if one.default is None else hint  # noqa: UP007 not all have `|`
    return found


def _has_schema(one: object) -> bool:
    try:
        msgspec.json.schema_components([one], ref_template=_REFERENCE)
    except TypeError:
        return False
    return True


def _object(names: Iterable[str], schemas: Iterable[dict[str, Json]], definitions: dict[str, Json]) -> dict[str, Json]:
    return {"type": "object", "properties": dict(zip(names, schemas, strict=True)), "$defs": definitions}


def fits(function: Callable[..., object], result: object, /) -> bool:
    """Whether a result is of the type that a function says, where it says one that JSON has.

    What has no plain form is for others to keep back; labels of functions whose types JSON has not come from people.
    """
    try:
        answer = typing.get_type_hints(function).get("return", object)
        msgspec.convert(msgspec.json.decode(msgspec.json.encode(result)), answer)
    except msgspec.ValidationError:
        return False
    except (TypeError, NameError, ValueError, RecursionError):
        return True
    return True
