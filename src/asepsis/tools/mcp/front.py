"""The side that clients see: a server of the tools that people confirmed, and of nothing else.

| a client asks for | it gets |
| --- | --- |
| initialize, server/discover, ping | an answer |
| tools/list | the confirmed tools, without what servers say of them in annotations |
| tools/call | a decision, then a call or a refusal (`asepsis.tools.firewall`) |
| anything else: resources, prompts, completion, logging, tasks, subscriptions | a refusal that names it |

Sans-io: a request in, an answer or a call out.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from asepsis import __version__
from asepsis.tools.mcp import messages
from asepsis.tools.mcp.messages import Id, Request
from asepsis.tools.types import Json, Tool

__all__ = ["Call", "Front", "Reply"]

_VERSION_KEY: Final = "io.modelcontextprotocol/protocolVersion"
_INFO: Final[dict[str, Json]] = {"name": "asepsis", "version": __version__}
_MODERN_ONLY: Final[dict[str, Json]] = {"resultType": "complete", "ttlMs": 0, "cacheScope": "private"}


class Reply(NamedTuple):
    """An answer for the client; `opens` says that it opens a session."""

    body: bytes
    status: int = 200
    opens: bool = False


class Call(NamedTuple):
    """A call that the client wants made."""

    id: Id
    tool: str
    arguments: dict[str, Json]
    modern: bool


class Front:
    """Answers requests; `listed` are the tools in front of agents at the time."""

    def __init__(self, listed: Callable[[], Mapping[str, Tool]]) -> None:
        self._listed = listed

    def take(self, request: Request, /, *, version: str = "") -> Reply | Call:
        """Returns the answer to a request, or the call that it wants made; `version` is that of the header."""
        meta = request.params.get("_meta")
        named = meta.get(_VERSION_KEY) if isinstance(meta, dict) else None
        modern = messages.MODERN in {version, named}
        if named is not None and version and named != version:
            return _refused(request.id, messages.INVALID, "the header and the request name two versions")
        if version and version not in (*messages.VERSIONS, messages.MODERN):
            data: Json = {"supported": [messages.MODERN, *messages.VERSIONS], "requested": version}
            body = messages.error(request.id, messages.NO_VERSION, "the version is not spoken here", data=data)
            return Reply(body, 400)
        if request.method == "tools/call":
            return _call(request, modern=modern)
        found = self._answer(request, modern=modern)
        if found is None:
            text = f"`{_plain(request.method)}` is not let through"
            return _refused(request.id, messages.NO_METHOD, text, 404 if modern else 200)
        whole = found | (_MODERN_ONLY if modern else {})
        return Reply(messages.result(request.id, whole), opens=request.method == "initialize")

    def _answer(self, request: Request, *, modern: bool) -> dict[str, Json] | None:
        if request.method == "tools/list":
            return {"tools": [_shown(name, tool) for name, tool in sorted(self._listed().items())]}
        if request.method == "server/discover" and modern:
            return {"supportedVersions": [messages.MODERN], "capabilities": {"tools": {}}, "serverInfo": _INFO}
        if request.method == "ping" and not modern:
            return {}
        if request.method == "initialize" and not modern:
            asked = request.params.get("protocolVersion")
            spoken = asked if asked in messages.VERSIONS else messages.VERSIONS[0]
            return {"protocolVersion": spoken, "capabilities": {"tools": {}}, "serverInfo": _INFO}
        return None


def _call(request: Request, *, modern: bool) -> Reply | Call:
    name, arguments = request.params.get("name"), request.params.get("arguments", {})
    if not isinstance(name, str) or not isinstance(arguments, dict):
        return _refused(request.id, messages.NO_PARAMS, "expected the name of a tool and an object of arguments", 400)
    if "task" in request.params:
        return _refused(request.id, messages.NO_PARAMS, "tasks are not let through", 400)
    return Call(request.id, name, arguments, modern)


def _refused(id: Id, code: int, text: str, status: int = 200) -> Reply:  # noqa: A002 the field's name
    return Reply(messages.error(id, code, text), status)


def _shown(name: str, tool: Tool) -> dict[str, Json]:
    shown: dict[str, Json] = {
        "name": name,
        "description": tool.description,
        "inputSchema": tool.input_schema or {"type": "object"},
    }
    if tool.output_schema.get("type") == "object":
        shown["outputSchema"] = tool.output_schema
    return shown


def _plain(method: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "/_-$.") else "?" for c in method)[:64]
