"""OpenAI Responses.

Channels are the `delta` of every event whose type ends in `.delta`, known or not, told apart by type and by the indexes
of item and part.
Events that repeat a channel's whole text (`*.done`, `output_item.done`, `response.completed`) are rewritten by the
stream guard from what was released. `obfuscation` is padding and is left out; events are numbered afresh.
"""

from collections.abc import Hashable, Iterable
from typing import Final

import msgspec

from asepsis.gateway.errors import Denied
from asepsis.gateway.surfaces.calls import Called, Calls, called
from asepsis.gateway.surfaces.openai import CACHED, denial, usage
from asepsis.gateway.surfaces.types import Delta, Dialect, Document, Envelope, Usage, child, items, number

__all__ = ["ResponsesDialect", "ResponsesSurface"]

_ADDRESS: Final = ("output_index", "content_index", "summary_index")
_BEGINS: Final = ("response.created", "response.in_progress", "response.queued")
_BEGINNINGS: Final = frozenset({"text", "refusal", "arguments", "input", "code", "transcript", "delta"})
_OVER: Final = ("response.completed", "response.incomplete", "response.failed", "response.cancelled", "error")
_READ: Final = frozenset(
    f"response.{name}.delta"
    for name in ("output_text", "refusal", "reasoning_text", "reasoning_summary_text", "audio.transcript")
)


class ResponsesSurface(msgspec.Struct, frozen=True):
    """Responses."""

    name: str = "openai.responses"
    family: str = "openai"

    def denial(self, status: int, code: str, message: str, event: str, /) -> bytes:  # noqa: ARG002 part of the port
        """Returns OpenAI's error document."""
        return msgspec.json.encode(denial(code, message, event))

    def dialect(self) -> Dialect:
        """Returns a dialect for one stream."""
        return ResponsesDialect()

    def state(self, document: Document, /) -> tuple[str, ...]:
        """Finds what makes the provider remember; `store`, which is on unless said otherwise, is switched off."""
        if self.name == "openai.responses":
            document.setdefault("store", False)
        asked = ["store"] if document.get("store", False) is not False else []
        asked += [name for name in ("background", "previous_response_id", "conversation") if document.get(name)]
        if child(document, "prompt").get("id"):
            asked.append("prompt_template")
        if any(document.get(name) for name in CACHED):
            asked.append("prompt_cache")
        return (*asked, *_kept(document))

    def tools(self, document: Document, /) -> list[str]:
        """Returns the tools that the output items call."""
        return [call.name for call in called(document)]

    def usage(self, document: Document, /) -> Usage:
        """Returns the usage block's figures."""
        return usage(document)

    def strip(self, document: Document, /) -> tuple[str, ...]:
        """Takes out log probabilities."""
        return _strip(items(document, "output"))


class ResponsesDialect:
    """A stream of response events."""

    def __init__(self) -> None:
        self._number = 0
        self._calls = Calls()
        self._response: Document = {}
        self._last: dict[Hashable, Document] = {}
        self._whole: set[int | str | None] = set()
        self._added = 0

    def deltas(self, document: Document, /) -> list[Delta]:
        """Returns the delta of an event that has one."""
        document.pop("obfuscation", None)
        if "sequence_number" in document:
            document["sequence_number"] = 0
        response = child(document, "response")
        if response:
            _strip(items(response, "output"))
        _strip([child(document, "item"), {"content": [child(document, "part")]}])
        if document.get("logprobs"):
            document["logprobs"] = []
        named = document.get("type")
        if not isinstance(named, str):
            return []
        self._begin(named, document)
        if not named.endswith(".delta"):
            return []
        return self._delta(named, document)

    def _begin(self, named: str, document: Document) -> None:
        """Notes the items that bring text of their own: clients would add a delta to it, and it may be out already.

        Clients count the items that are added and read no index, so both numbers are noted.
        """
        if named in _BEGINS:
            for at, item in enumerate(items(child(document, "response"), "output")):
                if _brings(item):
                    self._whole.add(at)
        elif named.endswith((".added", "item.done")):
            place = number(document, "output_index")
            if named.endswith("item.done") or _brings(child(document, "part")):
                self._whole.add(place)
            elif _brings(child(document, "item")):
                self._whole |= {place, self._added}
            self._added += named == "response.output_item.added"

    def _delta(self, named: str, document: Document) -> list[Delta]:
        address = _address(document)
        value = document.get("delta")
        if address[0] in self._whole and isinstance(value, (str, dict)):
            raise Denied("gateway.stream.order", "text goes on behind text that came whole")
        if isinstance(value, str):
            channel = (named, address)
            self._last[channel] = document
            group = (named.removesuffix(".delta"), address)
            return [Delta(channel, group, document, "delta", _is_json(named), bare=True, read=named in _READ)]
        if not isinstance(value, dict):
            return []
        found = []
        for name, inner in value.items():
            if isinstance(inner, str) and name != "type":
                inside = (named, (*address, name))
                self._last[inside] = document
                found.append(
                    Delta(inside, (named.removesuffix(".delta"), address), value, name, json=False, bare=False)
                )
        return found

    def ends(self, document: Document, /) -> Iterable[Hashable]:
        """Returns the channel that is done here, those of an item that is done, or all at the end."""
        named = document.get("type")
        if not isinstance(named, str):
            return []
        groups = {(str(channel[0]).removesuffix(".delta"), channel[1][: len(_ADDRESS)]) for channel in self._last}  # type: ignore[index]  # channels are pairs
        if named in _OVER:
            return sorted(groups, key=repr)
        if named in ("response.output_item.done", "response.content_part.done", "response.reasoning_summary_part.done"):
            item = number(document, "output_index")
            return sorted((group for group in groups if group[1][0] == item), key=repr)
        if not named.endswith(".done"):
            return []
        return [(named.removesuffix(".done"), _address(document))]

    def guarded(self, document: Document, /) -> None:
        """Keeps the response as it stands, of which the ending is made."""
        self._response = child(document, "response") or self._response

    def carry(self, channel: Hashable, text: str, /) -> Envelope:
        """Returns the channel's last delta event with this text."""
        document = dict(self._last[channel])
        value = document.get("delta")
        if isinstance(value, dict) and isinstance(channel, tuple):
            document["delta"] = {**value, str(channel[1][-1]): text}
        else:
            document["delta"] = text
        return Envelope(str(document.get("type")), document)

    def tools(self, document: Document, /) -> list[str]:
        """Returns the names of calls that begin here; raises Denied where an item gets another name.

        The whole response names its calls once more, in an order of its own: there, each tool is decided on once.
        """
        found: list[str] = []
        name = document.get("name")
        late = [Called(("item",), name)] if isinstance(name, str) else []
        for call in (*late, *called(document)):
            if call.path[:1] == ("response",):
                fresh = not self._calls.repeats(call.name)
            else:
                fresh = self._calls.fresh((repr(document.get("output_index")), *call.path[1:]), call)
            if fresh:
                found.append(call.name)
        return found

    def usage(self, document: Document, /) -> Usage | None:
        """Returns the usage of the response's last event."""
        response = child(document, "response")
        return usage(response) if response.get("usage") else None

    def terminal(self, document: Document | None, /) -> bool:
        """Whether the response is over."""
        return document is None or document.get("type") in _OVER

    def cut(self, model: str, /) -> list[Envelope]:
        """Ends the response as incomplete, for its content."""
        empty: Document = {
            "id": "resp_asepsis",
            "object": "response",
            "created_at": 0,
            "model": model,
            "tools": [],
            "tool_choice": "auto",
            "parallel_tool_calls": True,
        }
        response: Document = {
            **(self._response or empty),
            "status": "incomplete",
            "output": [],
            "incomplete_details": {"reason": "content_filter"},
        }
        return [
            Envelope("response.incomplete", {"type": "response.incomplete", "response": response, "sequence_number": 0})
        ]

    def fail(self, code: str, message: str, /) -> list[Envelope]:
        """Returns an error event, which the official clients raise."""
        return [
            Envelope("error", {"type": "error", "code": code, "message": message, "param": None, "sequence_number": 0})
        ]

    def number(self, document: Document, /) -> None:
        """Gives the event the next number, if it has one."""
        if "sequence_number" in document:
            document["sequence_number"] = self._number
            self._number += 1


def _address(document: Document) -> tuple[int | str | None, ...]:
    """Returns where a delta belongs, as clients read it: by its indexes, and by the item's id only without them."""
    indexes = tuple(None if document.get(name) is None else number(document, name) for name in _ADDRESS)
    item = document.get("item_id")
    return (item, *indexes[1:]) if indexes[0] is None and isinstance(item, str) else indexes


def _brings(item: Document) -> bool:
    """Whether an item, or a part of it, begins with text."""
    parts = (item, *items(item, "content"), *items(item, "summary"))
    return any(isinstance(part.get(name), str) and part[name] for part in parts for name in _BEGINNINGS)


def _kept(document: Document) -> list[str]:
    """Returns what a request uses that lives on at the provider: items, vector stores, containers and connectors."""
    tools = items(document, "tools")
    given = items(document, "input")
    found = {
        "item_reference": any(one.get("type") == "item_reference" or set(one) == {"id"} for one in given),
        "vector_store": any(one.get("vector_store_ids") for one in tools),
        "container": any(isinstance(one.get("container"), str) for one in tools) or bool(document.get("container")),
        "connector": any(one.get("connector_id") for one in tools),
    }
    return [name for name, there in found.items() if there]


def _is_json(named: str) -> bool:
    return named.endswith("arguments.delta")


def _strip(found: list[Document]) -> tuple[str, ...]:
    taken = False
    for item in found:
        for part in items(item, "content"):
            if part.get("logprobs"):
                part["logprobs"] = []
                taken = True
    return ("logprobs",) if taken else ()
