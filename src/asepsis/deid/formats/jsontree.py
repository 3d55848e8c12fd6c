"""JSON with the places of its values, so that single values can be replaced and every other byte stays.

The text has been found to be JSON by a strict parser before, so this one only has to follow it. Nothing is recursive:
what is nested too deep is refused, not fallen over.
"""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

import msgspec

from asepsis.core.errors import InputError

__all__ = ["DEEPEST", "Array", "Leaf", "Node", "Object", "leaf", "offsets", "parse", "spliced", "written"]

DEEPEST: Final = 128
"""How deep a document may be nested."""

_TOKEN: Final = re.compile(r'[\s,:]*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<mark>[{}\[\]])|(?P<other>[^\s,:{}\[\]"]+))')

_PAIR: Final = r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_SIGN: Final = re.compile(rf"{_PAIR}|\\u[0-9a-fA-F]{{4}}|\\.|.", re.DOTALL)
_HALF: Final = re.compile("[\ud800-\udfff]")


class Leaf(msgspec.Struct, frozen=True):
    """A string (without its quotes), or a number, boolean or null as it is written."""

    start: int
    end: int
    value: str
    is_string: bool


class Object(msgspec.Struct):
    """An object: its names with what stands behind them, in their order, repeated ones included."""

    items: list[tuple[str, "Node"]]

    def get(self, name: str, /) -> "Node | None":
        """Returns what stands behind a name first, None where nothing does."""
        return next((node for key, node in self.items if key == name), None)

    def text(self, name: str, /) -> str:
        """Returns the string behind a name, empty where there is none."""
        node = self.get(name)
        return node.value if isinstance(node, Leaf) and node.is_string else ""


class Array(msgspec.Struct):
    """An array."""

    items: list["Node"]


Node: TypeAlias = Leaf | Object | Array


def parse(text: str, /) -> Node:
    """Returns the document; raises InputError with the line for what is no JSON, or nested too deep."""
    _check(text)
    root = Array([])
    stack: list[Object | Array] = [root]
    name: str | None = None
    for token in _TOKEN.finditer(text):
        top = stack[-1]
        mark = token["mark"]
        if mark in ("}", "]"):
            stack.pop()
            continue
        if mark is None and isinstance(top, Object) and name is None:
            name = _string(token["string"])
            continue
        node: Node = (Object([]) if mark == "{" else Array([])) if mark else _leaf(token)
        if isinstance(top, Object):
            top.items.append((name or "", node))
            name = None
        else:
            top.items.append(node)
        if not isinstance(node, Leaf):
            if len(stack) > DEEPEST:
                raise InputError(f"expected a document at most {DEEPEST} deep", place=_line(text, token.start()))
            stack.append(node)
    return root.items[0]


def written(value: str, /, *, like: str) -> str:
    """Returns a string as JSON writes it, without quotes; in ASCII where the text around it is."""
    # Half a surrogate pair can be escaped and nothing else.
    plain = like.isascii() or _HALF.search(value) is not None
    return json.dumps(value, ensure_ascii=plain)[1:-1]


def leaf(text: str, start: int, end: int, /) -> Leaf:
    """Returns a part of a string in JSON as a leaf of its own; it begins and ends between characters."""
    return Leaf(start, end, _string(f'"{text[start:end]}"'), is_string=True)


def offsets(raw: str, /) -> Sequence[int]:
    """Returns where in the raw inside of a string each of its characters begins, and where the last one ends."""
    if "\\" not in raw:
        return range(len(raw) + 1)
    starts: list[int] = []
    at = 0
    for found in _SIGN.finditer(raw):
        starts.append(at)
        at = found.end()
    return [*starts, at]


def spliced(text: str, edits: Iterable[tuple[int, int, str]], /) -> str:
    """Returns a text with ranges replaced, which are sorted and apart."""
    out: list[str] = []
    at = 0
    for start, end, new in edits:
        out += (text[at:start], new)
        at = end
    out.append(text[at:])
    return "".join(out)


def _check(text: str) -> None:
    try:
        json.loads(text, parse_constant=_refuse)
    except RecursionError as error:
        raise InputError(f"expected a document at most {DEEPEST} deep") from error
    except json.JSONDecodeError as error:
        raise InputError("expected JSON", place=f"line {error.lineno}, column {error.colno}") from error
    except ValueError as error:
        raise InputError("expected JSON") from error


def _refuse(_: str) -> None:
    raise ValueError("no JSON number")


def _leaf(token: re.Match[str]) -> Leaf:
    if token["string"] is not None:
        start, end = token.span("string")
        return Leaf(start + 1, end - 1, _string(token["string"]), is_string=True)
    start, end = token.span("other")
    return Leaf(start, end, token["other"], is_string=False)


def _string(quoted: str) -> str:
    if "\\" not in quoted:
        return quoted[1:-1]
    value: str = json.loads(quoted, strict=False)
    return value


def _line(text: str, at: int) -> str:
    return f"line {text.count(chr(10), 0, at) + 1}"
