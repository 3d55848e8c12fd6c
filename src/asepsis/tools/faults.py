"""What is wrong in a file of manifests, in words: its line, what was expected, and the nearest name that there is."""

import re
import tomllib
from typing import Final

import msgspec
from msgspec import inspect

from asepsis.core.errors import ConfigError
from asepsis.infra import places, schema

__all__ = ["of_conversion", "of_syntax"]

_STEP: Final = re.compile(r"\.([^.\[\]`]+)|\[(\d+)\]")
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.+)`", re.DOTALL)
_WORD: Final = re.compile(r"Invalid enum value '(.+)'", re.DOTALL)
_SYNTAX_LINE: Final = re.compile(r"(.*) \(at (?:line (\d+)|end of document).*\)", re.DOTALL)
_LONGEST: Final = 64


def of_syntax(text: str, error: tomllib.TOMLDecodeError, /, *, place: str) -> ConfigError:
    """Returns the error of a text that is no TOML."""
    said = _SYNTAX_LINE.fullmatch(str(error))
    what, line = (said[1], said[2] or len(text.splitlines())) if said else (str(error), None)
    return ConfigError(f"expected TOML: {what[:1].lower()}{what[1:]}", place=_at(place, line))


def of_conversion(
    text: str, error: msgspec.ValidationError, wanted: type[msgspec.Struct], /, *, place: str
) -> ConfigError:
    """Returns the error of a TOML text that is not what is `wanted`."""
    what, _, where = str(error).partition(" - at `$")
    path: places.SettingPath = tuple(int(index) if index else name for name, index in _STEP.findall(where))
    kind: inspect.Type | None = schema.root(wanted)
    for step in path:
        kind = schema.descend(kind, step) if kind else None
    named = _UNKNOWN.fullmatch(what)
    line = places.line_of((*path, named[1]) if named else path, places.lines(text))
    within = f" in `{shown}`" if (shown := places.show(path)) else ""
    return ConfigError(f"{_said(what, kind)}{within}", place=_at(place, line))


def _said(what: str, kind: inspect.Type | None) -> str:
    if (named := _UNKNOWN.fullmatch(what)) and kind:
        return f"there is no `{_short(named[1])}`; {schema.nearest(named[1], schema.names(kind) or ())}"
    if (word := _WORD.fullmatch(what)) and kind:
        words = ", ".join(f"`{one}`" for one in schema.allowed(kind))
        return f"expected one of {words}, got `{_short(word[1])}`"
    return f"{what[:1].lower()}{what[1:]}"


def _short(name: str) -> str:
    """A name as one line can show it."""
    return ascii(name)[1:-1][:_LONGEST]


def _at(place: str, line: int | str | None) -> str:
    return f"{place}:{line}" if place and line else place
