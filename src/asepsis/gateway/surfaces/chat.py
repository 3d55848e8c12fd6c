"""OpenAI chat completions, and legacy completions, which stream in the same frame.

Channels of a stream are the string leaves of each choice's `delta`, known or not, but for the protocol's own words.
Log probabilities repeat the text token by token, where no scanner can read it: they are taken out.
"""

import re
from collections.abc import Hashable, Iterable
from typing import Final

import msgspec

from asepsis.gateway.errors import Denied
from asepsis.gateway.grammar import READ
from asepsis.gateway.surfaces.calls import Calls, called
from asepsis.gateway.surfaces.openai import CACHED, denial, usage
from asepsis.gateway.surfaces.types import Delta, Dialect, Document, Envelope, Usage, child, items, number
from asepsis.gateway.walk import Json

__all__ = ["ChatDialect", "ChatSurface"]

_WORDS: Final = frozenset({"role", "id", "name", "type"})
_HEAD: Final = ("id", "object", "created", "model", "system_fingerprint", "service_tier")
_Path = tuple[str | int, ...]
_DEPTH: Final = 8
_PLAIN: Final = re.compile(r"[a-z]+(?:_[a-z]+){0,4}")
_CALLS: Final = frozenset({"tool_calls", "function_call"})
_SHOWN: Final = READ | {"audio"}


class ChatSurface(msgspec.Struct, frozen=True):
    """Chat completions (`legacy` False) or legacy completions."""

    name: str
    legacy: bool = False
    family: str = "openai"

    def denial(self, status: int, code: str, message: str, event: str, /) -> bytes:  # noqa: ARG002 part of the port
        """Returns OpenAI's error document."""
        return msgspec.json.encode(denial(code, message, event))

    def dialect(self) -> Dialect:
        """Returns a dialect for one stream."""
        return ChatDialect(legacy=self.legacy)

    def state(self, document: Document, /) -> tuple[str, ...]:
        """Finds `store`, what has a prompt kept, and audio that the provider has kept from an earlier answer."""
        asked = ["store"] if document.get("store") not in (None, False) else []
        if any(document.get(name) for name in CACHED):
            asked.append("prompt_cache")
        if any(child(one, "audio").get("id") for one in items(document, "messages")):
            asked.append("audio")
        return tuple(asked)

    def tools(self, document: Document, /) -> list[str]:
        """Returns the tools that the choices call."""
        return [call.name for call in called(document)]

    def usage(self, document: Document, /) -> Usage:
        """Returns the usage block's figures."""
        return usage(document)

    def strip(self, document: Document, /) -> tuple[str, ...]:
        """Takes out log probabilities."""
        return _strip(document)


class ChatDialect:
    """A stream of chat completion chunks."""

    def __init__(self, *, legacy: bool = False) -> None:
        self._legacy = legacy
        self._first: Document = {}
        self._calls = Calls()
        self._said: dict[Hashable, str] = {}
        self._open: set[int] = set()
        self._paths: dict[Hashable, tuple[int, _Path]] = {}

    def deltas(self, document: Document, /) -> list[Delta]:
        """Returns the string leaves of the choices' deltas."""
        _strip(document)
        found: list[Delta] = []
        choices = items(document, "choices")
        for choice in choices:
            index = number(choice, "index")
            if choice.get("finish_reason") is None:
                self._open.add(index)
            bare = len(choices) == 1 and choice.get("finish_reason") is None and not document.get("usage")
            if self._legacy:
                self._leaf(found, choice, "text", (index, ("text",)), bare=bare)
            else:
                delta = child(choice, "delta")
                plain = bare and _only_text(delta)
                self._leaves(found, delta, (index, ("delta",)), bare=plain)
        return found

    def _leaves(self, found: list[Delta], value: Document, spot: tuple[int, _Path], *, bare: bool) -> None:
        index, path = spot
        if len(path) > _DEPTH:
            return
        for name, inner in value.items():
            if isinstance(inner, str) and name in _WORDS:
                if name != "type":
                    self._once((index, (*path, name)), inner)
            elif isinstance(inner, str):
                self._leaf(found, value, name, (index, (*path, name)), bare=bare)
            elif isinstance(inner, dict):
                self._leaves(found, inner, (index, (*path, name)), bare=bare)
            elif isinstance(inner, list):
                for position, item in enumerate(inner):
                    if isinstance(item, dict):
                        # Parts of what is said that have no number of their own are read as one text.
                        at = number(item, "index", missing=0 if name == "content" else position)
                        self._leaves(found, item, (index, (*path, name, at)), bare=bare)

    def _once(self, spot: Hashable, word: str) -> None:
        """Takes a word of the protocol; raises Denied for a second one, which clients would add to the first."""
        if word and self._said.setdefault(spot, word) != word:
            raise Denied("gateway.stream.order", "an id, a name or a role goes on in a later event")

    def _leaf(self, found: list[Delta], holder: Document, at: str, spot: tuple[int, _Path], *, bare: bool) -> None:
        if not isinstance(holder.get(at), str):
            return
        # An unknown field's name may be confidential itself, and what is carried is not scanned again.
        self._paths[spot] = (spot[0], tuple(step if _is_plain(step) else "field" for step in spot[1]))
        read = at in READ and (self._legacy or (spot[1][1] in _SHOWN and _CALLS.isdisjoint(spot[1])))
        found.append(Delta(spot, spot[0], holder, at, json=at == "arguments", bare=bare, read=read))

    def ends(self, document: Document, /) -> Iterable[Hashable]:
        """Returns the choices that finish here."""
        for choice in items(document, "choices"):
            if choice.get("finish_reason") is not None:
                index = number(choice, "index")
                self._open.discard(index)
                yield index

    def guarded(self, document: Document, /) -> None:
        """Keeps the first chunk, whose head begins each that is made here."""
        if "id" in document and not self._first:
            self._first = document

    def carry(self, channel: Hashable, text: str, /) -> Envelope:
        """Returns a chunk with the text at the channel's path."""
        index, path = self._paths[channel]
        value: Json = text
        for step in reversed(path):
            value = (
                [{"index": step, **value}] if isinstance(step, int) and isinstance(value, dict) else {str(step): value}
            )
        body = value if isinstance(value, dict) else {}
        return Envelope("", {**self._head(), "choices": [{"index": index, **body, "finish_reason": None}]})

    def _head(self) -> Document:
        """Returns what begins each chunk, from the first one as it was guarded."""
        return {name: self._first[name] for name in _HEAD if name in self._first}

    def tools(self, document: Document, /) -> list[str]:
        """Returns the names of calls that begin here; raises Denied for a piece of a name behind its beginning."""
        return [call.name for call in called(document) if self._calls.fresh(call.path, call)]

    def usage(self, document: Document, /) -> Usage | None:
        """Returns the usage of the chunk that has one."""
        return usage(document) if document.get("usage") else None

    def terminal(self, document: Document | None, /) -> bool:
        """Whether this is the end mark."""
        return document is None

    def cut(self, model: str, /) -> list[Envelope]:
        """Finishes every open choice with `content_filter`."""
        kind = "text_completion" if self._legacy else "chat.completion.chunk"
        head = self._head() or {"id": "chatcmpl-asepsis", "object": kind, "created": 0, "model": model}
        empty: Document = {"text": ""} if self._legacy else {"delta": {}}
        choices = sorted(self._open or {0})
        self._open.clear()
        ends: list[Envelope] = [
            Envelope("", {**head, "choices": [{"index": index, **empty, "finish_reason": "content_filter"}]})
            for index in choices
        ]
        return [*ends, Envelope("", None)]

    def fail(self, code: str, message: str, /) -> list[Envelope]:
        """Returns an error event, which the official clients raise."""
        return [Envelope("", denial(code, message, ""))]

    def number(self, document: Document, /) -> None:
        """Does nothing: chunks have no numbers."""


def _is_plain(step: str | int) -> bool:
    """Whether a step of a path is an index or a word such as fields have."""
    return isinstance(step, int) or _PLAIN.fullmatch(step) is not None


def _only_text(delta: Document) -> bool:
    """Whether a delta holds text and nothing that names or opens something."""
    if "role" in delta and delta.get("content") == "":
        return False
    calls = items(delta, "tool_calls")
    named = ("name" in one for call in calls for one in (call, child(call, "function"), child(call, "custom")))
    if any("id" in call for call in calls) or any(named):
        return False
    return _WORDS.isdisjoint(delta) and "name" not in child(delta, "function_call")


def _strip(document: Document) -> tuple[str, ...]:
    taken = False
    for choice in items(document, "choices"):
        if choice.get("logprobs"):
            choice["logprobs"] = None
            taken = True
    return ("logprobs",) if taken else ()
