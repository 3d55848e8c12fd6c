"""Tells the reader of a stream which of its sentences rest on untrusted sources, in the event that ends each text.

| surface | the field `asepsis_sources` stands in | and is of |
| --- | --- | --- |
| openai.chat | the chunk with a choice's `finish_reason` | the text of that choice |
| anthropic.messages | `message_delta` with the `stop_reason` | all blocks of text |
| openai.responses | `response.completed` or `response.incomplete` | all texts of the output |

A field that they don't know is one that the official clients keep (`model_extra`), which can't be said of an event of a
kind of its own, nor of a chunk without choices. It has what the header of a whole answer has, and is not there where
nothing rests on anything. What is read is the stream as its reader gets it, so that the places are those of the text
that they see.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

import msgspec

from asepsis.tools.conversations.calls import said, thought
from asepsis.tools.types import Json

__all__ = ["Sources", "Telling", "Thoughts"]

Sources: TypeAlias = Callable[[Sequence[tuple[int, str]]], list[Json]]
"""Says of numbered texts which of their sentences rest on untrusted sources."""

Thoughts: TypeAlias = Callable[[Iterable[str]], None]
"""Takes what a model thought, or refused with, once its text is complete."""

_FIELD: Final = "asepsis_sources"
_MOST: Final = 1_000_000
"""How many characters of a stream are remembered; of what comes after them nothing is told."""


class Telling:
    """One stream, event by event."""

    def __init__(self, sources: Sources, thoughts: Thoughts) -> None:
        self._sources = sources
        self._thoughts = thoughts
        self._texts: dict[int, str] = {}
        self._thought: dict[str, str] = {}
        self._room = _MOST

    def told(self, events: bytes, /) -> bytes:
        """Takes events and returns them, with what there is to tell; what is no whole event goes on as it is."""
        *whole, rest = events.split(b"\n\n")
        return b"".join([self._event(event + b"\n\n") for event in whole]) + rest

    def _event(self, event: bytes) -> bytes:
        lines = event.split(b"\n")
        data = b"\n".join(line[5:].strip() for line in lines if line.startswith(b"data:"))
        try:
            document = msgspec.json.decode(data)
        except (msgspec.DecodeError, RecursionError):
            return event
        rows = self._read(document) if isinstance(document, dict) else []
        if not rows:
            return event
        kept = [line for line in lines if line and not line.startswith(b"data:")]
        return b"\n".join([*kept, b"data: " + msgspec.json.encode({**document, _FIELD: rows}), b"", b""])

    def _read(self, document: Mapping[str, Json]) -> list[Json]:
        kind = document.get("type")
        if kind in {"response.completed", "response.incomplete"}:
            self._thoughts(thought(_object(document.get("response"))))
            return self._sources(list(enumerate(said(_object(document.get("response"))))))
        if kind == "content_block_delta":
            delta = _object(document.get("delta"))
            if delta.get("type") == "text_delta":
                self._add(document.get("index"), delta.get("text"))
            self._think(document.get("index"), delta.get("thinking"))
        elif kind == "message_delta" and _object(document.get("delta")).get("stop_reason"):
            self._thoughts(self._thought.values())
            return self._sources(list(enumerate(self._texts[at] for at in sorted(self._texts))))
        return self._chunk(document.get("choices"))

    def _chunk(self, choices: Json) -> list[Json]:
        rows: list[Json] = []
        for choice in choices if isinstance(choices, list) else ():
            number, delta = _object(choice).get("index"), _object(_object(choice).get("delta"))
            self._add(number, delta.get("content"))
            for name in ("reasoning_content", "reasoning", "refusal"):
                self._think((str(number), name), delta.get(name))
            if _object(choice).get("finish_reason"):
                self._thoughts(self._thought.values())
            if _object(choice).get("finish_reason") and isinstance(number, int) and number in self._texts:
                rows += self._sources([(number, self._texts.pop(number))])
        return rows

    def _add(self, number: Json, text: Json) -> None:
        if isinstance(number, int) and isinstance(text, str) and text:
            self._texts[number] = self._texts.get(number, "") + text[: self._room]
            self._room = max(0, self._room - len(text))

    def _think(self, place: object, text: Json) -> None:
        if isinstance(text, str) and text:
            self._thought[str(place)] = self._thought.get(str(place), "") + text[: self._room]
            self._room = max(0, self._room - len(text))


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}
