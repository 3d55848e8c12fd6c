"""What a call answers, cut down to what was seen: text and structured content, nothing that nobody can read.

The monitor sees all that the model gets. Text that is the structured content once more is seen once; other text beside
it, and that of resources, is seen as what anybody may have written. An image or a sound goes on where policy admits it
by name, and counts as anybody's words: whoever made it may have written in it.
"""

from collections.abc import Collection
from typing import Final, NamedTuple

import msgspec

from asepsis.tools.shapes import read
from asepsis.tools.types import Json

__all__ = ["Result", "cut", "unread"]

_KEPT_BACK: Final = "[asepsis: content of type `{}` is kept back]"
_TYPES: Final = frozenset({"image", "audio", "resource", "resource_link"})
_UNREAD: Final = ("audio", "image")


class Result(NamedTuple):
    """What goes to the client, and what the monitor sees of it: by the tool's fields, and beside them."""

    shown: dict[str, Json]
    seen: Json
    beside: tuple[str, ...]


class _Piece(NamedTuple):
    """One piece of content: as it goes on, and the words that are seen of it, as an answer or beside it."""

    shown: Json
    text: str | None = None
    beside: tuple[str, ...] = ()


def unread(result: dict[str, Json], /) -> tuple[str, ...]:
    """Returns the kinds of content in a result that policy may admit and nobody can read."""
    found = {one.get("type") for one in _list(result.get("content")) if isinstance(one, dict)}
    return tuple(kind for kind in _UNREAD if kind in found)


def cut(result: dict[str, Json], /, admitted: Collection[str] = ()) -> Result:
    """Returns a result without what can't be read, but for the kinds that are `admitted`."""
    pieces = [_piece(one, admitted) for one in _list(result.get("content"))]
    texts = [piece.text for piece in pieces if piece.text is not None]
    beside = [text for piece in pieces for text in piece.beside]
    structured = result.get("structuredContent")
    shown: dict[str, Json] = {"content": [piece.shown for piece in pieces]}
    if result.get("isError") is True:
        shown["isError"] = True
    if isinstance(structured, dict):
        shown["structuredContent"] = structured
        known = {_form(structured), *(_form(one) for one in _parts(structured))}
        return Result(shown, structured, (*(text for text in texts if _form(read(text)) not in known), *beside))
    seen = [read(text) for text in texts]
    return Result(shown, seen[0] if len(seen) == 1 else seen, tuple(beside))


def _piece(content: Json, admitted: Collection[str]) -> _Piece:
    given = content if isinstance(content, dict) else {}
    kind = given.get("type")
    if kind == "text" and isinstance(given.get("text"), str):
        return _said(str(given["text"]))
    resource = given.get("resource")
    if kind == "resource" and isinstance(resource, dict) and isinstance(resource.get("text"), str):
        kept = {
            name: str(resource[name]) for name in ("uri", "mimeType", "text") if isinstance(resource.get(name), str)
        }
        return _Piece({"type": "resource", "resource": kept}, None, tuple(kept.values()))
    media, data = given.get("mimeType"), given.get("data")
    if kind in admitted and isinstance(media, str) and isinstance(data, str):
        return _Piece({"type": kind, "data": data, "mimeType": media}, None, (f"{kind} {media}",))
    return _said(_KEPT_BACK.format(kind if kind in _TYPES else "unknown"))


def _said(text: str) -> _Piece:
    return _Piece({"type": "text", "text": text}, text)


def _parts(structured: dict[str, Json]) -> list[Json]:
    """What servers write as texts beside structured content: its values, and the elements of its lists."""
    values = list(structured.values())
    return [*values, *(one for value in values if isinstance(value, list) for one in value)]


def _form(value: Json) -> bytes:
    return msgspec.json.encode(value, order="deterministic")


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
