"""A plain function as the definition of a tool: its parameters and its answer as JSON schemas.

A draft from it is for a human to read, as one of a server's schemas is. What says nothing of its types gets the
strictest answer.
"""

import inspect
import typing
from collections.abc import Callable
from typing import Final

import msgspec

from asepsis.core.errors import ConfigError
from asepsis.tools.types import Json, Tool

__all__ = ["fits", "tool_of"]

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
            [*(hints.get(one, object) for one in parameters), object if answer is None else answer],
            ref_template=_REFERENCE,
        )
    except (TypeError, NameError) as error:
        raise ConfigError("expected parameters and an answer of types that JSON has", place=name) from error
    *inputs, output = schemas
    taken: dict[str, Json] = {"type": "object", "properties": dict(zip(parameters, inputs, strict=True))}
    given: dict[str, Json] = {**output, "$defs": definitions} if output else {}
    return Tool(
        name=name,
        description=inspect.getdoc(function) or "",
        input_schema=taken | {"$defs": definitions},
        output_schema=given,
    )


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
