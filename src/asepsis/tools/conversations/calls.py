"""The tool calls of an answer, whole or streamed, with the arguments that the client will read.

A stream is passed on until the first event that speaks of a call. From there on it is held until it is complete, since
no call is decided on before its last argument has come.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import msgspec

from asepsis.tools.shapes import read
from asepsis.tools.types import Json

__all__ = ["Calling", "Wanted", "said", "thought", "wanted"]

_MARKS: Final = (b"tool_calls", b"function_call", b"tool_use", b"_call")
_LONGEST: Final = max(map(len, _MARKS))
_DEPTH: Final = 64
_RAN: Final = frozenset(
    {
        "code_interpreter_call",
        "file_search_call",
        "image_generation_call",
        "mcp_call",
        "mcp_tool_use",
        "server_tool_use",
        "web_search_call",
    }
)
"""Calls of tools that the provider has and makes by itself."""
_CLIENTS: Final = frozenset({"mcp_approval_request"})


class Wanted(NamedTuple):
    """A call that an answer wants made; arguments that can't be read are None.

    `ran` says that the provider made it already: what it answered, the model has read. A call that is an item of its
    own has an `id`.
    """

    tool: str
    arguments: dict[str, Json] | None
    ran: bool = False
    id: str = ""


def wanted(document: Json, /) -> list[Wanted]:
    """Returns the calls in a whole answer, wherever they stand."""
    return list(_found(document, 0))


def thought(document: Mapping[str, Json], /) -> Iterator[str]:
    """Yields the texts of a whole answer that its model thought, or refused with."""
    for choice in _objects(document.get("choices")):
        message = _object(choice.get("message"))
        yield from (str(message.get(name) or "") for name in ("reasoning_content", "reasoning", "refusal"))
    for block in _objects(document.get("content")):
        yield str(block.get("thinking", ""))
    for item in _objects(document.get("output")):
        for part in (*_objects(item.get("summary")), *_objects(item.get("content"))):
            yield str(part.get("refusal", part.get("text", "")))


def said(document: Mapping[str, Json], /) -> Iterator[str]:
    """Yields the texts that a whole answer has for its reader, in their order."""
    for choice in _objects(document.get("choices")):
        content = _object(choice.get("message")).get("content")
        if isinstance(content, str):
            yield content
    for block in _objects(document.get("content")):
        if block.get("type") == "text":
            yield str(block.get("text", ""))
    for item in _objects(document.get("output")):
        for part in _objects(item.get("content")):
            if part.get("type") == "output_text":
                yield str(part.get("text", ""))


class Calling:
    """Holds one stream from its first call on. `waits` says whether anything is held."""

    def __init__(self) -> None:
        self._rest = b""
        self._held: list[bytes] = []
        self._named: dict[object, str] = {}
        self._said: dict[object, str] = {}
        self._ran: set[object] = set()
        self._whole: list[Wanted] = []
        self._tail = b""
        self._speaks = False

    def speaks(self, chunk: bytes, /) -> bool:
        """Whether the stream has spoken of a call with its next bytes, as they come from the upstream."""
        if not self._speaks:
            seen = self._tail + chunk
            self._speaks = any(mark in seen for mark in _MARKS)
            self._tail = seen[-_LONGEST:]
        return self._speaks

    def hold(self, chunk: bytes, /) -> bytes:
        """Takes bytes of a stream and returns those that may go on."""
        self._rest += chunk
        out: list[bytes] = []
        while (end := self._rest.find(b"\n\n")) >= 0:
            event, self._rest = self._rest[: end + 2], self._rest[end + 2 :]
            if self._held or any(mark in event for mark in _MARKS):
                self._held.append(event)
                self._take(event)
            else:
                out.append(event)
        return b"".join(out)

    def wanted(self) -> list[Wanted]:
        """Returns the calls that came; one that two events told alike is one call."""
        streamed = [
            Wanted(name, _read(self._said.get(place, "")), place in self._ran) for place, name in self._named.items()
        ]
        return [*streamed, *(one for at, one in enumerate(self._whole) if not one.id or one not in self._whole[:at])]

    def release(self) -> bytes:
        """Returns what is held, and holds it no more."""
        held, self._held = b"".join(self._held) + self._rest, []
        self._rest = b""
        return held

    def _take(self, event: bytes) -> None:
        data = b"\n".join(line[5:].strip() for line in event.split(b"\n") if line.startswith(b"data:"))
        try:
            document = msgspec.json.decode(data)
        except (msgspec.DecodeError, RecursionError):
            return
        if isinstance(document, dict):
            self._chat(document)
            self._messages(document)
            if document.get("type") not in {"content_block_start", "response.output_item.added"}:
                self._whole += _found(_without_deltas(document), 0)

    def _chat(self, document: Mapping[str, Json]) -> None:
        for choice in _objects(document.get("choices")):
            delta = _object(choice.get("delta"))
            calls = [*_objects(delta.get("tool_calls"))]
            if legacy := _object(delta.get("function_call")):
                calls.append({"index": -1, "function": legacy})
            for at, call in enumerate(calls):
                place = ("chat", choice.get("index", 0), call.get("index", at))
                made = _object(call.get("function")) or _object(call.get("custom"))
                if isinstance(made.get("name"), str):
                    self._named[place] = self._named.get(place, "") + str(made["name"])
                said = made.get("arguments", made.get("input"))
                self._said[place] = self._said.get(place, "") + (said if isinstance(said, str) else "")

    def _messages(self, document: Mapping[str, Json]) -> None:
        place = ("block", document.get("index"))
        block, delta = _object(document.get("content_block")), _object(document.get("delta"))
        if str(block.get("type", "")).endswith("tool_use"):
            self._ran |= {place} if block["type"] in _RAN else set()
            self._named[place] = str(block.get("name", ""))
            if given := _object(block.get("input")):
                self._said[place] = msgspec.json.encode(given).decode()
        if delta.get("type") == "input_json_delta":
            self._said[place] = self._said.get(place, "") + str(delta.get("partial_json", ""))


def _found(value: Json, depth: int) -> Iterator[Wanted]:
    if depth > _DEPTH:
        yield Wanted("", None)
    elif isinstance(value, list):
        for one in value:
            yield from _found(one, depth + 1)
    elif isinstance(value, dict):
        kind = str(value.get("type", ""))
        if kind.endswith(("tool_use", "_call")) or kind in _CLIENTS:
            said = value.get("arguments", value.get("input", value.get("action")))
            yield Wanted(str(value.get("name", kind)), _read(said), kind in _RAN, str(value.get("call_id", "")))
            return
        for call in _objects(value.get("tool_calls")):
            made = _object(call.get("function")) or _object(call.get("custom"))
            yield Wanted(str(made.get("name", "")), _read(made.get("arguments", made.get("input"))))
        if legacy := _object(value.get("function_call")):
            yield Wanted(str(legacy.get("name", "")), _read(legacy.get("arguments")))
        for key, one in value.items():
            if key not in {"tools", "tool_calls", "function_call", "tool_choice"}:
                yield from _found(one, depth + 1)


def _without_deltas(document: dict[str, Json]) -> dict[str, Json]:
    choices = [
        {key: one for key, one in choice.items() if key != "delta"} for choice in _objects(document.get("choices"))
    ]
    return {**document, "choices": choices}


def _read(said: Json) -> dict[str, Json] | None:
    """Arguments as an object: given as one, or as its text; nothing at all is an empty one."""
    if said in ("", None):
        return {}
    found = read(said) if isinstance(said, str) else said
    return found if isinstance(found, dict) else None


def _objects(value: Json) -> list[dict[str, Json]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}
