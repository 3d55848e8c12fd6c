"""Where text for the reader stands in an answer and in the events of a stream: a list of what may show values again.

A field's name alone says nothing: `text` also is what a computer is told to type, and what a tool has fetched. So a
place counts only where its API shows it to the reader; everywhere else tokens stay tokens.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from asepsis.gateway.surfaces.types import Document, child, items

__all__ = ["Slot", "readable"]

_BLOCKS: Final = {
    "text": "text",
    "thinking": "thinking",
    "output_text": "text",
    "refusal": "refusal",
    "reasoning_text": "text",
    "summary_text": "text",
}
_DONE: Final = {
    "response.output_text.done": "text",
    "response.refusal.done": "refusal",
    "response.reasoning_text.done": "text",
    "response.reasoning_summary_text.done": "text",
}
_WORDS: Final = ("content", "refusal", "reasoning", "reasoning_content")


class Slot(NamedTuple):
    """A text, by the object that holds it and its name there."""

    holder: Document
    at: str


def readable(document: Document, /) -> Iterator[Slot]:
    """Returns the texts for the reader in a whole answer or in an event that repeats them."""
    for choice in items(document, "choices"):
        yield from _texts(choice, ("text",))
        yield from _message(child(choice, "message"))
    if document.get("role") == "assistant":
        yield from _blocks(document, "content")
    for holder in (document, child(document, "response")):
        for item in items(holder, "output"):
            yield from _item(item)
    yield from _item(child(document, "item"))
    yield from _blocks({"part": [child(document, "part")]}, "part")
    done = _DONE.get(str(document.get("type")))
    if done is not None:
        yield from _texts(document, (done,))


def _message(message: Document) -> Iterator[Slot]:
    if message.get("role") in (None, "assistant"):
        yield from _texts(message, _WORDS)
        yield from _blocks(message, "content")
        yield from _texts(child(message, "audio"), ("transcript",))


def _item(item: Document) -> Iterator[Slot]:
    if item.get("type") == "message" and item.get("role") in (None, "assistant"):
        yield from _blocks(item, "content")
    elif item.get("type") == "reasoning":
        yield from _blocks(item, "content")
        yield from _blocks(item, "summary")


def _blocks(holder: Document, name: str) -> Iterator[Slot]:
    for block in items(holder, name):
        at = _BLOCKS.get(str(block.get("type")))
        if at is not None:
            yield from _texts(block, (at,))


def _texts(holder: Document, names: tuple[str, ...]) -> Iterator[Slot]:
    return (Slot(holder, name) for name in names if isinstance(holder.get(name), str))
