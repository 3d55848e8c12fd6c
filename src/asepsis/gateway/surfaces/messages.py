"""Anthropic messages and count_tokens.

Channels are the string leaves of each content block's deltas. A signature belongs to the provider alone: it stays as
it is or is opaque, as policy says, and never is a channel.
"""

from collections.abc import Hashable, Iterable
from typing import Final

import msgspec

from asepsis.gateway.errors import Denied
from asepsis.gateway.grammar import READ
from asepsis.gateway.surfaces.calls import Calls, Path, called
from asepsis.gateway.surfaces.types import (
    Delta,
    Dialect,
    Document,
    Envelope,
    Usage,
    child,
    number,
    whole,
    within,
)
from asepsis.gateway.walk import Json

__all__ = ["MessagesDialect", "MessagesSurface"]

_ERROR_TYPES: Final = {401: "authentication_error", 403: "permission_error", 502: "api_error", 503: "overloaded_error"}
_DELTA_TYPES: Final = {"text": "text_delta", "thinking": "thinking_delta", "partial_json": "input_json_delta"}
_CACHED: Final = frozenset({"cache_control"})
_BEGINNINGS: Final = ("text", "thinking", "content", "partial_json")
_WHOLE: Final = frozenset({"type", "signature"})


class MessagesSurface(msgspec.Struct, frozen=True):
    """Messages, or the counting of their tokens."""

    name: str
    family: str = "anthropic"

    def denial(self, status: int, code: str, message: str, event: str, /) -> bytes:
        """Returns Anthropic's error document, with the code beside its message."""
        return msgspec.json.encode(_error(_ERROR_TYPES.get(status, "api_error"), code, message, event))

    def dialect(self) -> Dialect:
        """Returns a dialect for one stream."""
        return MessagesDialect()

    def state(self, document: Document, /) -> tuple[str, ...]:
        """Finds a `container` that lives on at the provider, and marks that have it keep a prompt."""
        asked = ("container",) if document.get("container") is not None else ()
        return (*asked, "prompt_cache") if within(document, _CACHED) else asked

    def tools(self, document: Document, /) -> list[str]:
        """Returns the tools that the content blocks call."""
        return [call.name for call in called(document)]

    def usage(self, document: Document, /) -> Usage:
        """Returns the usage block's figures."""
        block = child(document, "usage")
        return Usage(whole(block, "input_tokens") or whole(document, "input_tokens"), whole(block, "output_tokens"))

    def strip(self, document: Document, /) -> tuple[str, ...]:  # noqa: ARG002 part of the port
        """Takes nothing out: this surface has no log probabilities."""
        return ()


class MessagesDialect:
    """A stream of message events."""

    def __init__(self) -> None:
        self._started = False
        self._open: set[int] = set()
        self._begun = 0
        self._shown: set[int] = set()
        self._tokens_in = 0
        self._calls = Calls()

    def deltas(self, document: Document, /) -> list[Delta]:
        """Returns the text that a block starts with, or what a delta adds to it."""
        index = number(document, "index")
        match document.get("type"):
            case "message_start":
                self._start(child(document, "message"))
            case "content_block_start":
                self._begin(index)
                block = child(document, "content_block")
                if block.get("type") in ("text", "thinking"):
                    self._shown.add(index)
                return self._leaves(block, _BEGINNINGS, index, bare=False)
            case "content_block_delta":
                delta = child(document, "delta")
                return self._leaves(delta, tuple(delta), index, bare=True)
        return []

    def _start(self, message: Document) -> None:
        """Takes the message's start; raises Denied for content that the deltas of a block would go on with."""
        if self._started or message.get("content"):
            raise Denied("gateway.stream.order", "a message begins twice, or with content before its first block")
        self._started = True

    def _begin(self, index: int) -> None:
        """Takes a block's start; raises Denied for one out of turn, since clients count blocks and read no index."""
        if index != self._begun:
            raise Denied("gateway.stream.order", "a block begins out of turn")
        self._begun += 1
        self._open.add(index)

    def _leaves(self, value: Document, names: Iterable[str], index: int, *, bare: bool) -> list[Delta]:
        texts = [name for name in names if isinstance(value.get(name), str) and name not in _WHOLE]
        read = index in self._shown
        plain = bare and len(texts) == len([name for name in value if name != "type"])
        return [
            Delta(
                (index, name), index, value, name, json=name == "partial_json", bare=plain, read=read and name in READ
            )
            for name in texts
        ]

    def ends(self, document: Document, /) -> Iterable[Hashable]:
        """Returns the block that stops here, or all that are open at the end of the message."""
        match document.get("type"):
            case "content_block_stop":
                index = number(document, "index")
                self._open.discard(index)
                return [index]
            case "message_delta" | "message_stop":
                return sorted(self._open)
        return []

    def guarded(self, document: Document, /) -> None:
        """Does nothing: what is sent of its own repeats nothing."""

    def carry(self, channel: Hashable, text: str, /) -> Envelope:
        """Returns a delta of the channel's block."""
        index, name = channel if isinstance(channel, tuple) else (0, "text")
        delta: Json = {"type": _DELTA_TYPES.get(str(name), "text_delta"), str(name): text}
        return Envelope("content_block_delta", {"type": "content_block_delta", "index": index, "delta": delta})

    def tools(self, document: Document, /) -> list[str]:
        """Returns the names of calls that begin here; raises Denied where a call gets another name."""
        index = document.get("index")
        block = index if type(index) is int else 0
        return [call.name for call in called(document) if self._calls.fresh(_key(call.path, block), call)]

    def usage(self, document: Document, /) -> Usage | None:
        """Adds the start's input tokens to the output tokens of the last delta."""
        start = child(child(document, "message"), "usage")
        if start:
            self._tokens_in = whole(start, "input_tokens")
            return Usage(self._tokens_in, whole(start, "output_tokens"))
        block = child(document, "usage")
        return Usage(whole(block, "input_tokens") or self._tokens_in, whole(block, "output_tokens")) if block else None

    def terminal(self, document: Document | None, /) -> bool:
        """Whether the message stops here."""
        return document is not None and document.get("type") == "message_stop"

    def cut(self, model: str, /) -> list[Envelope]:  # noqa: ARG002 part of the port
        """Closes the open blocks and ends the message with the stop reason `refusal`."""
        if not self._started:
            return self.fail("asepsis_denied", "denied before the message began")
        stops = [
            Envelope("content_block_stop", {"type": "content_block_stop", "index": index})
            for index in sorted(self._open)
        ]
        self._open.clear()
        ending: Document = {
            "type": "message_delta",
            "delta": {"stop_reason": "refusal", "stop_sequence": None},
            "usage": {"output_tokens": 0},
        }
        return [*stops, Envelope("message_delta", ending), Envelope("message_stop", {"type": "message_stop"})]

    def fail(self, code: str, message: str, /) -> list[Envelope]:
        """Returns an error event, which the official clients raise."""
        return [Envelope("error", _error("api_error", code, message, ""))]

    def number(self, document: Document, /) -> None:
        """Does nothing: events have no numbers."""


def _error(kind: str, code: str, message: str, event: str) -> Document:
    return {"type": "error", "error": {"type": kind, "message": message, "code": code, "event": event}}


def _key(path: Path, block: int) -> Path:
    """Returns a call's place: its block's number, whether the block is in the message's start or in an event."""
    return path[2:] if path[:2] == ("message", "content") else (block, *path[1:])
