"""Reading what is asked out of the requests of the model APIs, as much of them as the scripted assistant needs."""

from collections.abc import Callable, Mapping
from typing import cast

from asepsis.lab.assistant import Asked, Json

__all__ = ["chat", "messages", "prompt", "responses"]

Document = dict[str, Json]


def chat(request: Document) -> Asked:
    """Reads a chat completions request."""
    history = _objects(request.get("messages"))
    tools = [
        (str(_get(tool, "function", "name")), _schema(_get(tool, "function", "parameters")))
        for tool in _objects(request.get("tools"))
    ]
    schema = _get(request, "response_format", "json_schema", "schema")
    results = _trailing(history, lambda one: one.get("role") == "tool")
    asked = [one for one in history if one.get("role") == "user"]
    return Asked(
        _text(asked[-1].get("content")) if asked else "",
        tools,
        [_text(one.get("content")) for one in results],
        cast("Mapping[str, Json]", schema) if isinstance(schema, dict) else None,
        bool(request.get("reasoning_effort")),
    )


def responses(request: Document) -> Asked:
    """Reads a responses request."""
    given = request.get("input")
    items = _objects(given)
    results = _trailing(items, lambda one: one.get("type") == "function_call_output")
    asked = [one for one in items if one.get("role") == "user"]
    text = given if isinstance(given, str) else _text(asked[-1].get("content")) if asked else ""
    tools = [(str(tool.get("name")), _schema(tool.get("parameters"))) for tool in _objects(request.get("tools"))]
    schema = _get(request, "text", "format", "schema")
    return Asked(
        text,
        tools,
        [_text(one.get("output")) for one in results],
        cast("Mapping[str, Json]", schema) if isinstance(schema, dict) else None,
        bool(request.get("reasoning")),
    )


def messages(request: Document) -> Asked:
    """Reads an Anthropic messages request."""
    history = _objects(request.get("messages"))
    last = history[-1] if history else {}
    blocks = _objects(last.get("content"))
    results = [_text(block.get("content")) for block in blocks if block.get("type") == "tool_result"]
    tools = [(str(tool.get("name")), _schema(tool.get("input_schema"))) for tool in _objects(request.get("tools"))]
    schema = _get(request, "output_config", "format", "schema") or _get(request, "output_format", "schema")
    return Asked(
        _text(last.get("content")),
        tools,
        results,
        cast("Mapping[str, Json]", schema) if isinstance(schema, dict) else None,
        _get(request, "thinking", "type") in ("enabled", "adaptive"),
    )


def prompt(request: Document) -> Asked:
    """Reads a legacy completions request."""
    return Asked(_text(request.get("prompt")))


def _text(content: Json) -> str:
    if isinstance(content, str):
        return content
    found = [str(part.get("text")) for part in _objects(content) if isinstance(part.get("text"), str)]
    return " ".join(found) or (
        " ".join(one for one in content if isinstance(one, str)) if isinstance(content, list) else ""
    )


def _objects(value: Json) -> list[Document]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _get(value: Json, *path: str) -> Json:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _schema(value: Json) -> Document:
    return value if isinstance(value, dict) else {}


def _trailing(items: list[Document], chosen: Callable[[Document], bool]) -> list[Document]:
    taken: list[Document] = []
    for item in reversed(items):
        if not chosen(item):
            break
        taken.append(item)
    return taken[::-1]
