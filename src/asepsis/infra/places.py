"""Where in a TOML text each setting stands, so that an error can name its line.

This reads only texts that `tomllib` has accepted, and only far enough to tell keys from values: TOML 1.0 keys, table
headers, strings, and brackets that run over several lines. What stands inside an inline table is at its key's line.
"""

import re
from typing import Final, TypeAlias

__all__ = ["SettingPath", "line_of", "lines", "show"]

SettingPath: TypeAlias = tuple[str | int, ...]

_PART: Final = r"""(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
_KEY: Final = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_PARTS: Final = re.compile(_PART)
_BLANK: Final = re.compile(r"(?:\s|#[^\n]*)+")
_TABLE: Final = re.compile(rf"(\[\[?)[ \t]*({_KEY})[ \t]*\]\]?")
_ASSIGNMENT: Final = re.compile(rf"({_KEY})[ \t]*=")
_TOKEN: Final = re.compile(
    r"""(?s:\"{3}(?:\\.|[^\\])*?\"{3,5}|'{3}.*?'{3,5})|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*|[\[{]|[\]}]|\n|[^\[\]{}"'#\n]+"""
)


def lines(text: str, /) -> dict[SettingPath, int]:
    """Returns the line of each table and each assigned key; the text has to be valid TOML."""
    found: dict[SettingPath, int] = {}
    sizes: dict[SettingPath, int] = {}
    table: SettingPath = ()
    position = 0
    while position < len(text):
        line = text.count("\n", 0, position) + 1
        if blank := _BLANK.match(text, position):
            position = blank.end()
        elif header := _TABLE.match(text, position):
            table = _enter(_names(header[2]), header[1], sizes)
            found.setdefault(table, line)
            position = header.end()
        elif assignment := _ASSIGNMENT.match(text, position):
            found[table + _names(assignment[1])] = line
            position = _after_value(text, assignment.end())
        else:
            break  # no TOML: the reader of the text has said so before
    return found


def line_of(path: SettingPath, known: dict[SettingPath, int], /) -> int | None:
    """Returns the line of a setting or of the nearest thing that holds it, None where the text names neither."""
    for size in range(len(path), 0, -1):
        if path[:size] in known:
            return known[path[:size]]
    return None


def show(path: SettingPath, /) -> str:
    """Returns a path as people write it: `gateway.upstreams[0].url`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def _names(key: str) -> tuple[str, ...]:
    return tuple(part[1:-1] if part[0] in "\"'" else part for part in _PARTS.findall(key))


def _enter(names: tuple[str, ...], bracket: str, sizes: dict[SettingPath, int]) -> SettingPath:
    path: SettingPath = ()
    for name in names[:-1]:
        path = (*path, name)
        if path in sizes:
            path = (*path, sizes[path] - 1)
    path = (*path, names[-1])
    if bracket == "[[":
        sizes[path] = sizes.get(path, 0) + 1
        path = (*path, sizes[path] - 1)
    return path


def _after_value(text: str, position: int) -> int:
    depth = 0
    while position < len(text) and (token := _TOKEN.match(text, position)):
        position = token.end()
        if token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
        elif token[0] == "\n" and depth == 0:
            break
    return position
