"""Pinning: a tool's definition by digest, and what is different when it drifts.

The digest is over name, description and both schemas, in canonical form. What a server changes in any of them makes it
another tool: nobody has confirmed that one, so it is kept from every agent until somebody does.
"""

import difflib
from typing import Final

from asepsis.core import canonical
from asepsis.tools.types import Tool

__all__ = ["definition", "difference", "digest_of"]

_MAX_LINES: Final = 400


def digest_of(tool: Tool, /) -> str:
    """Returns the SHA-256 of a tool's definition, in hex."""
    return canonical.digest([tool.name, tool.description, tool.input_schema, tool.output_schema])


def definition(tool: Tool, /) -> str:
    """Returns a definition as lines that can be read and compared; what a terminal would act on is spelled out."""
    lines = [f"name: {tool.name}", *(f"description: {line}" for line in tool.description.splitlines())]
    for title, schema in (("input", tool.input_schema), ("output", tool.output_schema)):
        lines += [f"{title}{path}: {value}" for path, value in sorted(_flat(schema))]
    return "\n".join("".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in line) for line in lines) + "\n"


def difference(pinned: Tool, offered: Tool, /) -> str:
    """Returns what is different, line by line; empty where nothing is."""
    before, after = (definition(tool).splitlines() for tool in (pinned, offered))
    lines = difflib.unified_diff(before, after, "pinned", "offered", lineterm="", n=1)
    return "\n".join(list(lines)[:_MAX_LINES])


def _flat(value: object, path: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict) and value:
        return [pair for key, one in value.items() for pair in _flat(one, f"{path}.{key}")]
    if isinstance(value, list) and value:
        return [pair for number, one in enumerate(value) for pair in _flat(one, f"{path}[{number}]")]
    return [(path, repr(value))]
