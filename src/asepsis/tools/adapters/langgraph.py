"""Agents of LangGraph: a `ToolNode` whose calls go past the monitor, one session for each thread of the graph.

1. A tool without a manifest has the strictest draft of what its schema says; what the graph injects is no argument.
   What the schema does not allow is refused, though the library might make it fit.
2. What was decided on is what the tool gets. A refusal goes back as the message of the call, with the status `error`.
3. A result is seen as the model will see it: text, as JSON where it is some. What is no text is kept back, and so is a
   `Command`, which could put words anywhere in the graph's state.
4. Threads are told apart by `thread_id`, which the application chooses and no model; where there are too many, a new
   one is refused, and none is forgotten before its application says so.

Whoever decides besides (`Deciding`) may pause the graph by `interrupt` and say yes once it goes on.
"""

import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from asepsis.core.errors import ConfigError
from asepsis.tools.adapters.watch import Deciding, Made, Refusal, Watch
from asepsis.tools.draft import draft
from asepsis.tools.shapes import read
from asepsis.tools.types import Manifest, Tool

if TYPE_CHECKING:
    from langchain_core.messages import ToolMessage
    from langchain_core.tools import BaseTool
    from langgraph.prebuilt import ToolNode
    from langgraph.prebuilt.tool_node import ToolCallRequest
    from langgraph.types import Command

__all__ = ["Guard"]

Answer: TypeAlias = "ToolMessage | Command[object]"
Blocks: TypeAlias = "str | list[str | dict[object, object]]"

_THREADS: Final = 1_000
_KEPT_BACK: Final = "[asepsis: content that is no text is kept back]"


class Guard:
    """Guards the tools of one graph."""

    def __init__(
        self,
        tools: "Sequence[BaseTool]",
        *,
        manifests: Iterable[Manifest] = (),
        deciding: Deciding | None = None,
        threads: int = _THREADS,
    ) -> None:
        """Raises ConfigError for a name that two tools have, or a manifest of none."""
        self._tools = tuple(tools)
        names = [tool.name for tool in self._tools]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ConfigError("expected one tool of a name", place=twice[0])
        given = {one.name: one for one in manifests}
        if strangers := sorted(given.keys() - set(names)):
            raise ConfigError("expected a tool for each manifest", place=strangers[0])
        defined = [_defined(tool) for tool in self._tools]
        self._known = tuple(given.get(tool.name) or draft(tool) for tool in defined)
        self._schemas = {tool.name: tool.input_schema for tool in defined}
        self._deciding = deciding
        self._most = threads
        self._watches: dict[str, Watch] = {}
        self._lock = threading.Lock()

    def node(self) -> "ToolNode":
        """Returns the node to put into a graph."""
        from langgraph.prebuilt import ToolNode  # noqa: PLC0415 an extra, for those who have graphs

        return ToolNode(list(self._tools), wrap_tool_call=self.wrap, awrap_tool_call=self.awrap)

    def hear(self, text: str, /, *, thread: str = "") -> None:
        """Takes what the user said in a thread, where the caller vouches that it was the user; raises ConfigError."""
        watch = self._watch(thread)
        if watch is None:
            raise ConfigError("expected fewer threads: forget those that are over", place="threads")
        watch.hear(text)

    def forget(self, thread: str = "", /) -> None:
        """Ends a thread's session, and all that is known of it."""
        with self._lock:
            self._watches.pop(thread, None)

    def wrap(self, request: "ToolCallRequest", execute: "Callable[[ToolCallRequest], Answer]", /) -> Answer:
        """Makes one call past the monitor: what `ToolNode` takes as `wrap_tool_call`."""
        watch, made = self._asked(request)
        if isinstance(made, Refusal):
            return _refused(request, made)
        try:
            answer = execute(_request(request, made))
        except Exception as error:
            _failed(watch, made, error)
            raise
        return _answered(watch, made, request, answer)

    async def awrap(
        self, request: "ToolCallRequest", execute: "Callable[[ToolCallRequest], Awaitable[Answer]]", /
    ) -> Answer:
        """Does what `wrap` does, for graphs that are awaited."""
        watch, made = self._asked(request)
        if isinstance(made, Refusal):
            return _refused(request, made)
        try:
            answer = await execute(_request(request, made))
        except Exception as error:
            _failed(watch, made, error)
            raise
        return _answered(watch, made, request, answer)

    def _asked(self, request: "ToolCallRequest") -> tuple[Watch, Made | Refusal]:
        call = request.tool_call
        watch = self._watch(_thread(request))
        if watch is None:
            return Watch(()), Refusal(call["name"], "tools.sessions", "too many threads are open")
        return watch, watch.ask(call["name"], call["args"])

    def _watch(self, thread: str) -> Watch | None:
        with self._lock:
            found = self._watches.get(thread)
            if found is None and len(self._watches) < self._most:
                found = self._watches[thread] = Watch(self._known, deciding=self._deciding, schemas=self._schemas)
            return found


def _failed(watch: Watch, made: Made, error: Exception) -> None:
    """Takes what a tool said as it failed; a graph that is only paused has not failed."""
    from langgraph.errors import GraphBubbleUp  # noqa: PLC0415 as above

    if not isinstance(error, GraphBubbleUp):
        watch.failed(made, error)


def _defined(tool: "BaseTool") -> Tool:
    """A tool as its model is told of it: the arguments that the graph injects are not among its own."""
    from langchain_core.utils.function_calling import convert_to_openai_tool  # noqa: PLC0415 as above

    said = convert_to_openai_tool(tool)["function"]
    return Tool(name=tool.name, description=tool.description, input_schema=said.get("parameters", {}))


def _thread(request: "ToolCallRequest") -> str:
    config = getattr(request.runtime, "config", None) or {}
    return str(config.get("configurable", {}).get("thread_id", ""))


def _request(request: "ToolCallRequest", made: Made) -> "ToolCallRequest":
    return request.override(tool_call={**request.tool_call, "args": made.given()})


def _refused(request: "ToolCallRequest", refusal: Refusal) -> "ToolMessage":
    from langchain_core.messages import ToolMessage  # noqa: PLC0415 as above

    call = request.tool_call
    return ToolMessage(content=str(refusal), name=call["name"], tool_call_id=call["id"] or "", status="error")


def _answered(watch: Watch, made: Made, request: "ToolCallRequest", answer: Answer) -> "ToolMessage":
    from langchain_core.messages import ToolMessage  # noqa: PLC0415 as above

    if not isinstance(answer, ToolMessage):
        watch.answer(made, None)
        return _refused(request, Refusal(made.tool, "tools.result", "the result is no message and is kept back"))
    texts = _texts(answer.content)
    seen = [read(text) for text in texts]
    found = watch.answer(made, seen[0] if len(seen) == 1 else seen)
    if isinstance(found, Refusal):
        return _refused(request, found)
    content: Blocks = texts[0] if len(texts) == 1 else [{"type": "text", "text": text} for text in texts]
    return answer.model_copy(update={"content": content})


def _texts(content: Blocks) -> list[str]:
    if isinstance(content, str):
        return [content]
    return [block if isinstance(block, str) else _text(block) for block in content]


def _text(block: dict[object, object]) -> str:
    text = block.get("text")
    return text if block.get("type") == "text" and isinstance(text, str) else _KEPT_BACK
