"""The tool calls of an answer, whole or streamed, with the arguments that the client will read.

A stream is passed on until the first event that speaks of a call. From there on it is held until it is complete, since
no call is decided on before its last argument has come. What begins as a call, in whichever shape, is one: without a
name, or without arguments that a client reads in one way alone, it is one that can't be read.
"""

import re
from collections.abc import Container, Iterator, Mapping
from typing import Final, NamedTuple

import msgspec

from asepsis.tools.shapes import read
from asepsis.tools.types import Json

__all__ = ["RAN", "Calling", "Wanted", "given", "said", "thought", "wanted"]

_MARKS: Final = (b'"tool_calls"', b'"function_call"', b'tool_use"', b'_call"', b"_call_")
_LONGEST: Final = max(map(len, _MARKS))
_DEPTH: Final = 64
_GIVEN: Final = ("arguments", "input", "action", "operation")
_ABOUT: Final = frozenset({"type", "id", "call_id", "status"})
_CUSTOM: Final = "custom_tool_call"
_GATHERED: Final = re.compile(r"response\.\w+_call_(?:arguments|input)\.(?:delta|done)")
"""Events of Responses that bring a call's arguments, a piece or all of them."""
RAN: Final = frozenset(
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


class _Begun:
    """A call that began in a stream; `said` are its pieces put together, and then what was said to be all of them."""

    def __init__(self) -> None:
        self.name = ""
        self.said = [""]
        self.ran = False
        self.item = False
        self.custom = False
        self.id = ""

    def calls(self, whole: Container[str]) -> Iterator[Wanted]:
        """Yields the call for each way in which it is told; nothing where its item came whole, and in no other way."""
        said = dict.fromkeys(filter(None, self.said))
        if not said and not (self.item and self.id in whole):
            yield Wanted(self.name, None if self.item or not self.name else {}, self.ran, self.id)
        for one in said:
            found: dict[str, Json] | None = {"input": one} if self.custom else _read(one)
            yield Wanted(self.name, found if self.name else None, self.ran, self.id)


class Calling:
    """Holds one stream from its first call on. `waits` says whether anything is held."""

    def __init__(self) -> None:
        self._rest = b""
        self._held: list[bytes] = []
        self._begun: dict[tuple[str, ...], _Begun] = {}
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
        whole = {one.id for one in self._whole}
        came = [*(one for begun in self._begun.values() for one in begun.calls(whole)), *self._whole]
        return [one for at, one in enumerate(came) if not one.id or one not in came[:at]]

    def release(self) -> bytes:
        """Returns what is held, and holds it no more."""
        held, self._held = b"".join(self._held) + self._rest, []
        self._rest = b""
        return held

    def _take(self, event: bytes) -> None:
        data = b"\n".join(line[5:].strip() for line in event.split(b"\n") if line.startswith(b"data:"))
        if data in {b"", b"[DONE]"}:
            return
        try:
            document = msgspec.json.decode(data)
        except (msgspec.DecodeError, RecursionError):
            self._whole.append(Wanted("", None))
            return
        if isinstance(document, dict):
            for take in (self._chat, self._messages, self._items):
                document = take(document)
        self._whole += _found(document, 0)

    def _at(self, *place: Json) -> _Begun:
        return self._begun.setdefault(tuple(map(str, place)), _Begun())

    def _chat(self, document: dict[str, Json]) -> dict[str, Json]:
        """Takes the pieces of calls in a chunk, and returns what else it has; so do the next two."""
        choices = []
        for choice in _objects(document.get("choices")):
            delta = _object(choice.get("delta"))
            legacy = [{"index": -1, "function": one} for one in _calls(delta.get("function_call"))]
            for at, call in enumerate([*_calls(delta.get("tool_calls")), *legacy]):
                begun, made = self._at("chat", choice.get("index", 0), call.get("index", at)), _made(call)
                begun.name += str(made.get("name") or "")
                begun.said[0] += _written(_given(made))
                begun.custom = begun.custom or "custom" in call
            rest = {key: one for key, one in delta.items() if key not in {"tool_calls", "function_call"}}
            choices.append({**choice, "delta": rest})
        return {**document, "choices": choices} if choices else document

    def _messages(self, document: dict[str, Json]) -> dict[str, Json]:
        place = ("block", document.get("index"))
        block, delta = _object(document.get("content_block")), _object(document.get("delta"))
        if delta.get("type") == "input_json_delta":
            self._at(*place).said[0] += _written(delta.get("partial_json"))
        if document.get("type") != "content_block_start" or not _is_call(block):
            return document
        begun = self._at(*place)
        begun.ran = block["type"] in RAN
        begun.name += str(block.get("name", ""))
        begun.said[0] += _written(_given(block))
        return {key: one for key, one in document.items() if key != "content_block"}

    def _items(self, document: dict[str, Json]) -> dict[str, Json]:
        kind, item = str(document.get("type")), _object(document.get("item"))
        places = [("item", document.get("item_id", item.get("id"))), ("output", document.get("output_index"))]
        if _GATHERED.fullmatch(kind):
            known = [self._begun[place] for one in places if (place := tuple(map(str, one))) in self._begun]
            for begun in known or [self._at("item", "")]:
                if kind.endswith("delta"):
                    begun.said[0] += _written(document.get("delta"))
                else:
                    begun.said.append(_written(_given(document)))
        if kind != "response.output_item.added" or not _is_call(item):
            return document
        for begun in (self._at(*place) for place in places):
            begun.ran, begun.item, begun.id = item["type"] in RAN, True, _id(item)
            begun.name += str(item.get("name", item["type"]))
            begun.custom = item["type"] == _CUSTOM
            begun.said[0] += _written(_given(item)) if "name" in item else ""
        return {key: one for key, one in document.items() if key != "item"}


def _found(value: Json, depth: int) -> Iterator[Wanted]:
    if depth > _DEPTH:
        yield Wanted("", None)
    elif isinstance(value, list):
        for one in value:
            yield from _found(one, depth + 1)
    elif isinstance(value, dict):
        if _is_call(value):
            kind = str(value["type"])
            yield Wanted(str(value.get("name", kind)), _read(given(value)), kind in RAN, _id(value))
            return
        for call in _calls(value.get("tool_calls")):
            yield Wanted(str(_made(call).get("name") or ""), _read(given(call)))
        for call in _calls(value.get("function_call")):
            yield Wanted(str(call.get("name") or ""), _read(_given(call)))
        for key, one in value.items():
            if key not in {"tools", "tool_calls", "function_call", "tool_choice"}:
                yield from _found(one, depth + 1)


def given(call: Mapping[str, Json], /) -> Json:
    """The arguments of a whole call, as they are written: of a chat completion, or an item or block of its own.

    The text that a custom tool takes is its `input`, and a tool without a name takes what its call has.
    """
    if "type" in call and not ("function" in call or "custom" in call):
        said = _given(call)
        if "name" not in call and said is None:
            return {name: one for name, one in call.items() if name not in _ABOUT}
        custom = call["type"] == _CUSTOM
    else:
        said, custom = _given(_made(call)), "custom" in call
    return {"input": said} if custom and isinstance(said, str) else said


def _is_call(value: Mapping[str, Json]) -> bool:
    kind = str(value.get("type", ""))
    return kind.endswith(("tool_use", "_call")) or kind in _CLIENTS


def _id(item: Mapping[str, Json]) -> str:
    return str(item.get("call_id") or item.get("id") or "")


def _calls(value: Json) -> list[dict[str, Json]]:
    """What stands where calls do: a list of them, or one alone; of what is no object nothing is known.

    A number only counts them.
    """
    if not value or isinstance(value, int | float):
        return []
    return [_object(one) for one in (value if isinstance(value, list) else [value])]


def _made(call: Mapping[str, Json]) -> dict[str, Json]:
    """What a call of a chat completion is of: a function or a custom tool, nothing where it says both."""
    made = [one for name in ("function", "custom") if (one := _object(call.get(name)))]
    return made[0] if len(made) == 1 else {}


def _given(made: Mapping[str, Json]) -> Json:
    """The arguments of a call, under whichever name; what has them twice has a list of them, which is nobody's."""
    given = [one for name in _GIVEN if (one := made.get(name)) not in ("", None, {})]
    return given[0] if len(given) == 1 else given or None


def _written(said: Json) -> str:
    """Arguments as the text that they are read from."""
    if said is None or isinstance(said, str):
        return said or ""
    return msgspec.json.encode(said).decode()


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
