"""Which tools an answer calls, wherever in a document its calls stand, and how a stream may name them.

1. A call is an object whose type says so, or an entry under `tool_calls` or `function_call`. A call of a tool that the
   provider has built in (`local_shell_call`, `computer_call`) has its type for a name.
2. What a call hands over (`input`, `arguments`) and what is only said about tools (`tools`) holds no calls.
3. In a stream a call is named once. The official clients add later pieces of a name to the first one, or take the name
   of the item that repeats the call: either would run another tool than the one that was decided on.
"""

from collections.abc import Hashable, Iterator
from typing import Final, NamedTuple

from asepsis.gateway.errors import Denied
from asepsis.gateway.surfaces.types import Document, child
from asepsis.gateway.walk import Json

__all__ = ["Called", "Calls", "Path", "called"]

_NAMED: Final = frozenset({"function_call", "custom_tool_call", "mcp_call", "mcp_approval_request"})
_NO_CALLS: Final = frozenset(
    {"arguments", "input", "instructions", "metadata", "parameters", "prompt", "tool_choice", "tools"}
)
Path = tuple[str | int, ...]


class Called(NamedTuple):
    """A call: where it stands, what it names, and whether a client adds the name to what came before in that place."""

    path: Path
    name: str
    adds: bool = False


def called(document: Document, /) -> Iterator[Called]:
    """Returns the calls in a document; entries of lists are told apart by their own `index` where they have one."""
    waiting: list[tuple[Path, Json]] = [((), document)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            if "type" in value:
                yield from _typed(path, value)
            if "tool_calls" in value or "function_call" in value:
                yield from _listed(path, value)
            waiting += [
                ((*path, name), inner)
                for name, inner in value.items()
                if isinstance(inner, (dict, list)) and name not in _NO_CALLS
            ]
        elif isinstance(value, list):
            waiting += [((*path, _number(inner, at)), inner) for at, inner in enumerate(value)]


class Calls:
    """The calls of one stream."""

    __slots__ = ("_decided", "_names")

    def __init__(self) -> None:
        self._names: dict[Hashable, str] = {}
        self._decided: set[str] = set()

    def fresh(self, key: Hashable, call: Called, /) -> bool:
        """Whether a call was not named before; raises Denied where a call gets another name than it had."""
        before = self._names.get(key)
        if before is None:
            self._names[key] = call.name
            self._decided.add(call.name)
            return True
        if call.adds or before != call.name:
            raise Denied("gateway.stream.tool", "the name of a tool call changes after it came")
        return False

    def repeats(self, name: str, /) -> bool:
        """Whether a tool was decided on before; notes that it is now."""
        known = name in self._decided
        self._decided.add(name)
        return known


def _typed(path: Path, value: Document) -> Iterator[Called]:
    kind, name = value.get("type"), value.get("name")
    if not isinstance(kind, str):
        return
    if kind in _NAMED or kind.endswith("tool_use"):
        yield Called(path, name if isinstance(name, str) else "")
    elif kind.endswith("_call"):
        yield Called((*path, "type"), kind)
        if isinstance(name, str):
            yield Called(path, name)


def _listed(path: Path, value: Document) -> Iterator[Called]:
    calls = value.get("tool_calls")
    for at, call in enumerate(calls if isinstance(calls, list) else ()):
        if isinstance(call, dict):
            place = (*path, "tool_calls", _number(call, at))
            named = ((part, child(call, part).get("name")) for part in ("function", "custom"))
            for part, name in (*named, ("name", call.get("name"))):
                if isinstance(name, str) and name:
                    yield Called((*place, part), name, adds=True)
    name = child(value, "function_call").get("name")
    if isinstance(name, str) and name:
        yield Called((*path, "function_call"), name, adds=True)


def _number(value: Json, position: int) -> int:
    number = value.get("index") if isinstance(value, dict) else None
    return number if type(number) is int else position
