"""How to mend what the engine finds wrong with a policy: the nearest name that there is, or how a policy is written."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final

__all__ = ["meant", "of_schema", "of_syntax", "place_of"]

_PRINTS: Final = "`asepsis policy schema` prints what policies may speak of"
_WHOLE: Final = 'write `@id("area.what") @reason("…") permit (principal, action, resource) when { … };`'
_SYNTAX: Final[Mapping[str, str]] = {
    "invalid token": 'a quote or a mark that does not belong there: strings stand in `"…"` and end on their line',
    "unexpected end": "something is not closed: `(`, `{` and `[` need their other half, and a policy ends with `;`",
    "invalid policy condition": "conditions are `when { … }` and `unless { … }`",
    "invalid policy effect": "a policy begins with `permit` or `forbid`",
    "not a valid operator": "compare with `==`, `!=`, `<`, `in`, `like`, `has`; join with `&&` and `||`",
    "in the scope": "the scope is `(principal, action, resource)`, each as itself or with `==`, `in` or `is`",
    "not a valid function": "sets have `contains`, `containsAll` and `containsAny`, entities `in`, `is` and `has`",
}
"""What Cedar says of a syntax that it can't read, and what to write instead."""

_UNKNOWN: Final = re.compile(r"attribute `([\w.]+)`|entity type `([\w:]+)`|action `[\w:]*\"([\w.-]+)\"`")
_WORDS: Final = re.compile(r"[A-Za-z_][\w.]*")
_TABLE: Final = re.compile(r"\s*\[\[\s*(\w+)\s*\]\]")
_STEP: Final = re.compile(r"(\w+)(?:\[(\d+)\])?")


def meant(name: str, known: Iterable[str], /, *, nearly: float = 0.6) -> str:
    """Returns the hint for an unknown name: the nearest that there is; empty where none is so near (0 to 1)."""
    near = get_close_matches(name, sorted(known), 1, nearly)
    return f"the nearest name is `{near[0]}`" if near else ""


def of_schema(said: str, schema: str, /) -> str:
    """Returns how to mend what the schema has against a policy."""
    found = _UNKNOWN.search(said)
    if found is None:
        return _PRINTS
    path, kind, action = found.groups()
    name = action or (kind.rpartition(":")[2] if kind else path.rpartition(".")[2])
    hint = meant(name, {*_WORDS.findall(schema)} - {name})
    return f"{hint}; {_PRINTS}" if hint else _PRINTS


def of_syntax(said: str, /) -> str:
    """Returns how to write what Cedar can't read."""
    return next((mend for sign, mend in _SYNTAX.items() if sign in said), _WHOLE)


def place_of(file: str, text: str, path: str, /) -> str:
    """Returns the place, with its line, of a key such as `expires` or `providers[1].region` in a file in TOML.

    Where the key is not there by that name it is the line of its table, and without one the file.
    """
    *above, key = path.split(".")
    table, number = ("", 0)
    if above and (step := _STEP.fullmatch(above[0])):
        table, number = step[1], int(step[2] or 0)
    at, seen, begun = "", -1, 0
    for line, content in enumerate(text.splitlines(), 1):
        if head := _TABLE.match(content):
            at = head[1]
            seen += at == table
            begun = line if at == table and seen == number else begun
        elif at == table and (not table or seen == number) and re.match(rf"\s*{re.escape(key)}\s*=", content):
            return f"{file}:{line}"
    return f"{file}:{begun}" if begun else file
