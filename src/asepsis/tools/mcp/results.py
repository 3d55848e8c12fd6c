"""What a call answers, cut down to what was seen: text and structured content, nothing that nobody can read.

The monitor sees all that the model gets. Text that is the structured content once more is seen once; other text beside
it is seen as what anybody may have written.
"""

from typing import Final, NamedTuple

import msgspec

from asepsis.tools.types import Json

__all__ = ["Result", "cut"]

_KEPT_BACK: Final = "[asepsis: content of type `{}` is kept back]"
_TYPES: Final = frozenset({"image", "audio", "resource", "resource_link"})


class Result(NamedTuple):
    """What goes to the client, and what the monitor sees of it: by the tool's fields, and beside them."""

    shown: dict[str, Json]
    seen: Json
    beside: tuple[str, ...]


def cut(result: dict[str, Json], /) -> Result:
    """Returns a result without what can't be read."""
    texts = [_text(one) for one in _list(result.get("content"))]
    structured = result.get("structuredContent")
    shown: dict[str, Json] = {"content": [{"type": "text", "text": text} for text in texts]}
    if result.get("isError") is True:
        shown["isError"] = True
    if isinstance(structured, dict):
        shown["structuredContent"] = structured
        known = {_form(structured), *(_form(one) for one in _parts(structured))}
        return Result(shown, structured, tuple(text for text in texts if _form(_read(text)) not in known))
    read = [_read(text) for text in texts]
    return Result(shown, read[0] if len(read) == 1 else read, ())


def _text(content: Json) -> str:
    if isinstance(content, dict) and content.get("type") == "text" and isinstance(content.get("text"), str):
        return str(content["text"])
    kind = content.get("type") if isinstance(content, dict) else None
    return _KEPT_BACK.format(kind if kind in _TYPES else "unknown")


def _read(text: str) -> Json:
    """A text as JSON where it is some, else as it stands."""
    try:
        found: Json = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
    return found if isinstance(found, dict | list) else text


def _parts(structured: dict[str, Json]) -> list[Json]:
    """What servers write as texts beside structured content: its values, and the elements of its lists."""
    values = list(structured.values())
    return [*values, *(one for value in values if isinstance(value, list) for one in value)]


def _form(value: Json) -> bytes:
    return msgspec.json.encode(value, order="deterministic")


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
