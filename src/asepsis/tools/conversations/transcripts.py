"""A request to a model as what happened in it: the user's words, calls of tools with their results, and other words.

| surface | user's words | a call and its result |
| --- | --- | --- |
| openai.chat | `user` messages | `tool_calls` (`function_call`), `tool` (`function`) messages |
| openai.responses | `input`, `user` items | `…_call` items, `…_call_output` items |
| anthropic.messages | text of `user` messages | `tool_use`, `tool_result` blocks |

What a system or a developer says before all else is the application's, and asks for nothing; what they say later, and
did not say there, may be what was looked up, and is anybody's. What a model said is told apart, for it
may repeat what it read, and that may be gone from the transcript; so is a call whose result is not there any more. All
else is words of anybody: images and files of a user, results of calls that the transcript does not hold, what a
provider keeps, looks up or sums up. A model may choose the ids of its calls, so a result counts for a call where just
one waits under its id.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple, TypeAlias

import msgspec

from asepsis.tools.conversations.calls import RAN, given
from asepsis.tools.shapes import read
from asepsis.tools.types import Json

__all__ = ["Happened", "Heard", "Missed", "Other", "Said", "Seen", "happened"]


class Heard(NamedTuple):
    """Something that the user said."""

    text: str


class Seen(NamedTuple):
    """The result of a call, by its texts."""

    tool: str
    arguments: dict[str, Json]
    texts: tuple[str, ...]

    @property
    def result(self) -> Json:
        """The result as the monitor sees it: texts, each as JSON where it is some."""
        seen = [read(text) for text in self.texts]
        return seen[0] if len(seen) == 1 else seen


class Missed(NamedTuple):
    """A call that was made, and whose result the transcript does not hold."""

    tool: str
    arguments: dict[str, Json]


class Said(NamedTuple):
    """Something that the model said, or thought."""

    text: str


class Other(NamedTuple):
    """Words of nobody who is known."""

    text: str


Happened: TypeAlias = Heard | Seen | Missed | Said | Other

_ELSEWHERE: Final = (
    "context_management",
    "conversation",
    "data_sources",
    "mcp_servers",
    "plugins",
    "previous_response_id",
    "prompt",
    "search_parameters",
    "web_search_options",
)
"""What has a provider put into the model's context what no request holds."""

_SPOKEN: Final = frozenset({"output_text", "refusal", "text", "thinking"})
_SILENT: Final = frozenset({"mcp_tool_use", "redacted_thinking", "server_tool_use"})
"""Blocks of a model's that say nothing that anybody can read: what a provider's tool answered stands in another."""
_ANSWERED: Final = frozenset({"output", "results", "server_label"})
"""What a call has in its own item that its provider made: another's tool, whichever name it has."""

_APPLICATIONS: Final = frozenset({"system", "developer"})


class _Call(NamedTuple):
    tool: str
    arguments: dict[str, Json]


class _Calls:
    """The calls that wait for their results; of two under one id nobody knows whose a result is.

    `begun` says whether anybody but the application spoke by now, and `told` is what that said before.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, _Call | None] = {}
        self.begun = False
        self.told: set[str] = set()

    def ask(self, id: str, call: _Call) -> None:  # noqa: A002 the field's name
        self._waiting[id] = None if id in self._waiting else call

    def answered(self, id: str) -> _Call | None:  # noqa: A002 the field's name
        return self._waiting.pop(id, None)

    def left(self) -> Iterator[Happened]:
        """Yields the calls that wait still."""
        for call in self._waiting.values():
            yield Other("a result that is gone") if call is None else Missed(call.tool, call.arguments)


def happened(surface: str, document: Mapping[str, Json], /) -> Iterator[Happened]:
    """Yields what happened, in its order; nothing for a surface that has no tools."""
    calls = _Calls()
    if surface in {"openai.chat", "openai.responses", "anthropic.messages"} and _elsewhere(document):
        yield Other("what the provider keeps")
    if surface == "openai.responses":
        yield from _responses(document, calls)
    elif surface in {"openai.chat", "anthropic.messages"}:
        for message in _objects(document.get("messages")):
            yield from _message(message, calls)
    yield from calls.left()


def _elsewhere(document: Mapping[str, Json]) -> bool:
    """Whether a provider puts into the context what no request holds, such as what a server says of its tools."""
    tools = _objects(document.get("tools"))
    return any(document.get(name) not in (None, "", []) for name in _ELSEWHERE) or any(
        one.get("type") == "mcp" for one in tools
    )


def _message(message: dict[str, Json], calls: _Calls) -> Iterator[Happened]:
    role, content = message.get("role"), message.get("content")
    if role in _APPLICATIONS:
        yield from _told(" ".join(_texts(content)), calls)
        return
    calls.begun = True
    if role == "assistant":
        yield from _answered(message, calls)
    elif role in {"tool", "function"}:
        name = str(message.get("name", ""))
        yield _result(calls.answered(str(message.get("tool_call_id", name))), content)
    elif isinstance(content, str):
        yield Heard(content) if role == "user" else Other(content)
    else:
        yield from _joined(one for block in _objects(content) for one in _block(block, calls, user=role == "user"))


def _told(text: str, calls: _Calls) -> Iterator[Happened]:
    if not calls.begun:
        calls.told.add(text)
    elif text.strip() and text not in calls.told:
        yield Other(text)


def _joined(found: Iterable[Happened]) -> Iterator[Happened]:
    """Yields what happened in one message, with what its user said in several blocks one behind another as one."""
    said: list[str] = []
    for one in found:
        if isinstance(one, Heard):
            said.append(one.text)
            continue
        if said:
            yield Heard("\n".join(said))
            said = []
        yield one
    if said:
        yield Heard("\n".join(said))


def _block(block: dict[str, Json], calls: _Calls, *, user: bool) -> Iterator[Happened]:
    kind, text = block.get("type"), block.get("text")
    if kind == "tool_result":
        yield _result(calls.answered(str(block.get("tool_use_id"))), block.get("content"))
    elif kind in {"text", "input_text"} and isinstance(text, str):
        yield Heard(text) if user else Other(text)
    else:
        yield Other(" ".join(_texts(block)) or "content that nobody can read")


def _answered(message: dict[str, Json], calls: _Calls) -> Iterator[Happened]:
    """Notes the calls that a model made, and yields what it said, and what its provider put among that."""
    for name in ("content", "refusal", "reasoning_content", "reasoning"):
        if isinstance(text := message.get(name), str):
            yield Said(text)
    for call in _objects(message.get("tool_calls")):
        made = _object(call.get("function")) or _object(call.get("custom"))
        calls.ask(str(call.get("id")), _Call(str(made.get("name")), _arguments(given(call))))
    if legacy := _object(message.get("function_call")):
        calls.ask(str(legacy.get("name")), _Call(str(legacy.get("name")), _arguments(legacy.get("arguments"))))
    for block in _objects(message.get("content")):
        if block.get("type") == "tool_use":
            calls.ask(str(block.get("id")), _Call(str(block.get("name")), _arguments(block.get("input"))))
        elif block.get("type") in _SPOKEN:
            yield from (Said(text) for name in _SPOKEN if isinstance(text := block.get(name), str))
        elif block.get("type") not in _SILENT:
            yield Other(" ".join(_texts(block)))


def _responses(document: Mapping[str, Json], calls: _Calls) -> Iterator[Happened]:
    items = document.get("input")
    if isinstance(items, str):
        yield Heard(items)
        return
    for item in _objects(items):
        kind = str(item.get("type", "message"))
        calls.begun = calls.begun or kind != "message"
        if kind == "message":
            yield from _message(item, calls)
        elif kind.endswith("_call_output"):
            yield _result(calls.answered(str(item.get("call_id"))), item.get("output"))
        elif kind in RAN or not _ANSWERED.isdisjoint(item):
            yield Other(" ".join(_texts(item)))
        elif kind.endswith("_call"):
            calls.ask(str(item.get("call_id")), _Call(str(item.get("name", kind)), _arguments(given(item))))
        elif kind == "reasoning":
            yield from (Said(text) for text in _thought(item))
        else:
            yield Other(" ".join(_texts(item)) or "content that nobody can read")


def _thought(item: dict[str, Json]) -> Iterator[str]:
    """The texts of a reasoning item; what is encrypted says nothing here."""
    for name in ("summary", "content"):
        yield from (str(part.get("text", "")) for part in _objects(item.get(name)))


def _result(call: _Call | None, content: Json) -> Happened:
    """The result of a call; of one that is not in the transcript nobody knows whose words it is."""
    texts = tuple(_texts(content))
    return Other(" ".join(texts)) if call is None else Seen(call.tool, call.arguments, texts)


def _texts(value: Json, /) -> Iterator[str]:
    """Yields the texts in content, blocks of it and what they hold; what is none is told by its type alone."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        inner = [value[name] for name in ("text", "content", "output", "input") if name in value]
        yield from _texts(inner) if inner else [f"content of type {value.get('type')}"]


def _arguments(said: Json) -> dict[str, Json]:
    """The arguments of a call, which some surfaces write as a text; a copy, since requests change on their way."""
    if said in ("", None):
        return {}
    found = read(said if isinstance(said, str) else msgspec.json.encode(said).decode())
    return found if isinstance(found, dict) else {"": found}


def _objects(value: Json) -> list[dict[str, Json]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}
