"""What a tool says of its results, loosened so that a result with masks in the place of values keeps to it, too.

A mask is a string: where a number was, or a string of a certain form. What a schema says of that, and what could hold
of values and not of masks, such as that all elements differ, is left out; what fields there are stays (JSON Schema
2020-12). Clients check results against what is listed, and refuse those that do not keep to it.
"""

from typing import Final

from asepsis.tools.types import Json

__all__ = ["loosened"]

_NAMED: Final = frozenset({"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"})
_LISTED: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_SINGLE: Final = frozenset({"additionalProperties", "items", "unevaluatedItems", "unevaluatedProperties"})
_STRICT: Final = frozenset(
    {
        "const",
        "contains",
        "contentEncoding",
        "contentMediaType",
        "contentSchema",
        "else",
        "enum",
        "format",
        "if",
        "maxLength",
        "minLength",
        "not",
        "pattern",
        "propertyNames",
        "then",
        "uniqueItems",
    }
)
_NUMBERS: Final = frozenset({"integer", "number"})


def loosened(schema: Json, /) -> Json:
    """Returns a schema that all results keep to that kept to the one given, with masks or without."""
    if not isinstance(schema, dict):
        return schema
    return {_name(name): _value(name, said) for name, said in schema.items() if name not in _STRICT}


def _name(name: str) -> str:
    """A value and its mask may fit two alternatives at once."""
    return "anyOf" if name == "oneOf" else name


def _value(name: str, said: Json) -> Json:
    if name in _NAMED and isinstance(said, dict):
        return {key: loosened(value) for key, value in said.items()}
    if name in _LISTED and isinstance(said, list):
        return [loosened(value) for value in said]
    if name == "type":
        types = said if isinstance(said, list) else [said]
        return [*types, "string"] if "string" not in types and not _NUMBERS.isdisjoint(map(str, types)) else said
    return loosened(said) if name in _SINGLE else said
