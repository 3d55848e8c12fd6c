"""The headers that repeat what a request says, for those between client and server (2026-07-28, transports).

`Mcp-Method` and `Mcp-Name` repeat the method and the name, and `Mcp-Param-…` the arguments that a tool's schema marks
with `x-mcp-header`. A header that says something else than the request would have one of them believed by whoever
stands between, and the other one done. Versions with a handshake have no such headers; one that is there is true.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Final

from asepsis.tools.mcp.messages import Request
from asepsis.tools.shapes import MAX_DEPTH
from asepsis.tools.types import Json

__all__ = ["decoded", "differs", "encoded", "mirrored", "name_of", "repeating", "valid"]

_MARK: Final = "x-mcp-header"
_BEFORE: Final = "mcp-param-"
_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_KINDS: Final = ("boolean", "integer", "string")
_OPEN, _CLOSE = "=?base64?", "?="


def name_of(request: Request, /) -> str:
    """Returns the name or the address that a request is about, empty for none."""
    name = request.params.get("name", request.params.get("uri", ""))
    return name if isinstance(name, str) else ""


def differs(request: Request, headers: Mapping[str, str], schema: Mapping[str, Json], /, *, strict: bool) -> bool:
    """Whether the headers say something else than the request; with `strict` also where they say nothing of it."""
    for header, said in (("mcp-method", request.method), ("mcp-name", name_of(request))):
        found = headers.get(header)
        if (found is None and strict and said) or (found is not None and decoded(found) != said):
            return True
    wanted = dict(mirrored(request.params.get("arguments", {}), schema)) if strict else {}
    given = {name.removeprefix(_BEFORE): value for name, value in headers.items() if name.startswith(_BEFORE)}
    return any(decoded(given.get(name)) != value for name, value in wanted.items())


def repeating(request: Request, schema: Mapping[str, Json], /) -> tuple[tuple[str, str], ...]:
    """Returns the headers that repeat what a request says."""
    found = [("mcp-method", request.method)]
    if name := name_of(request):
        found.append(("mcp-name", encoded(name)))
    for name, value in mirrored(request.params.get("arguments", {}), schema):
        if value is not None:
            found.append((f"{_BEFORE}{name}", encoded(value)))
    return tuple(found)


def mirrored(arguments: Json, schema: Mapping[str, Json], /, depth: int = 0) -> Iterator[tuple[str, str | None]]:
    """Yields the marked arguments by the names of their headers, in lower case; None for those that are not there."""
    properties = schema.get("properties")
    if not isinstance(properties, dict) or depth > MAX_DEPTH:
        return
    given = arguments if isinstance(arguments, dict) else {}
    for name, inner in properties.items():
        if not isinstance(inner, dict):
            continue
        mark = inner.get(_MARK)
        if isinstance(mark, str):
            yield mark.lower(), _text(given.get(name))
        yield from mirrored(given.get(name), inner, depth + 1)


def valid(schema: Mapping[str, Json], /) -> bool:
    """Whether all that a schema marks can be a header: plain names, each once, of texts, whole numbers and truths.

    A tool whose server marks something else may not be called: its name could end one header and begin another.
    """
    marks = list(_marks(schema, 0))
    names = [name.lower() for name, _ in marks]
    return len(set(names)) == len(names) and all(_TOKEN.fullmatch(name) and kind in _KINDS for name, kind in marks)


def _marks(schema: Mapping[str, Json], depth: int) -> Iterator[tuple[str, Json]]:
    properties = schema.get("properties")
    if not isinstance(properties, dict) or depth > MAX_DEPTH:
        return
    for inner in properties.values():
        if isinstance(inner, dict):
            if _MARK in inner:
                yield str(inner[_MARK]), inner.get("type")
            yield from _marks(inner, depth + 1)


def encoded(value: str, /) -> str:
    """Returns a value as a header can have it: as it stands, or as base64 where a header would change it."""
    plain = value.isascii() and value.isprintable() and value.strip() == value
    if plain and not (value.startswith(_OPEN) and value.endswith(_CLOSE)):
        return value
    return f"{_OPEN}{base64.b64encode(value.encode()).decode()}{_CLOSE}"


def decoded(header: str | None, /) -> str | None:
    """Returns the value that a header has; None for no header, and for base64 that is none."""
    if header is None or not (header.startswith(_OPEN) and header.endswith(_CLOSE)):
        return header
    try:
        return base64.b64decode(header[len(_OPEN) : -len(_CLOSE)], validate=True).decode()
    except (binascii.Error, ValueError):
        return None


def _text(value: Json) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int) else None
