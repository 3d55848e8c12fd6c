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
from asepsis.tools.mcp.headers import differs, name_of
from asepsis.tools.mcp.loosened import loosened
from asepsis.tools.mcp.messages import Id, Request
from asepsis.tools.planning import META, PLANNER, TOOL
from asepsis.tools.types import Json, Tool

__all__ = ["Call", "Front", "Reply", "complete"]

_KEY: Final = "io.modelcontextprotocol/"
_VERSION_KEY: Final = _KEY + "protocolVersion"
_ABILITIES_KEY: Final = _KEY + "clientCapabilities"
_INFO: Final[dict[str, Json]] = {"name": "asepsis", "version": __version__}
_COMPLETE: Final[dict[str, Json]] = {"resultType": "complete", "_meta": {_KEY + "serverInfo": _INFO}}
_SPOKEN: Final = (messages.MODERN, *messages.VERSIONS)
_FRESH: Final[dict[str, Json]] = {"ttlMs": 0, "cacheScope": "private"}


class Reply(NamedTuple):
    """An answer for the client; `opens` says that it opens a session, `asks` that the client can ask its user."""

    body: bytes
    status: int = 200
    opens: bool = False
    asks: bool = False


class Call(NamedTuple):
    """A call that the client wants made; `progress` is by what it wants to be told of its progress, if at all.

    `asks` says that the client takes a question to its user for an answer; `state` and `responses` are what it brings
    back from one. `plan` is what it says of its plan, unread, None for nothing.
    """

    id: Id
    tool: str
    arguments: dict[str, Json]
    modern: bool
    progress: Id | None = None
    asks: bool = False
    state: str = ""
    responses: dict[str, Json] = {}  # noqa: RUF012 it is not changed
    plan: Json = None


class Front:
    """Answers requests; `listed` are the tools in front of agents at the time."""

    def __init__(self, listed: Callable[[], Mapping[str, Tool]]) -> None:
        self._listed = listed

    def take(self, request: Request, /, headers: Mapping[str, str], *, plans: bool = False) -> Reply | Call:
        """Returns the answer to a request that came with these headers, or the call that it wants made.

        `plans` says that the client's agents may commit to plans.
        """
        meta = request.params.get("_meta")
        said = meta if isinstance(meta, dict) else {}
        named, version = said.get(_VERSION_KEY), headers.get("mcp-protocol-version", "")
        modern = messages.MODERN in {version, named}
        if fault := self._fault(request, headers, said, modern=modern):
            return fault
        if request.method == "tools/call":
            return _call(request, said, modern=modern)
        found = self._answer(request, modern=modern, plans=plans)
        if found is None:
            text = f"`{_plain(request.method)}` is not let through"
            return _refused(request.id, messages.NO_METHOD, text, 404 if modern else 200)
        whole = complete(found | _FRESH) if modern else found
        opens = request.method == "initialize"
        asks = opens and _asks(request.params.get("capabilities"))
        return Reply(messages.result(request.id, whole), opens=opens, asks=asks)

    def _fault(
        self, request: Request, headers: Mapping[str, str], meta: dict[str, Json], *, modern: bool
    ) -> Reply | None:
        """What is wrong with how a request came: two versions, none that is spoken here, or headers of another."""
        named, version = meta.get(_VERSION_KEY), headers.get("mcp-protocol-version", "")
        if modern and not (isinstance(named, str) and isinstance(meta.get(_ABILITIES_KEY), dict)):
            return _refused(
                request.id, messages.NO_PARAMS, "expected a version and what the client can in `_meta`", 400
            )
        if named is not None and named != version and (version or modern):
            return _refused(request.id, messages.MISMATCH, "the header and the request name two versions", 400)
        if version and version not in _SPOKEN:
            data: Json = {"supported": [*_SPOKEN], "requested": version}
            body = messages.error(request.id, messages.NO_VERSION, "the version is not spoken here", data=data)
            return Reply(body, 400)
        tool = self._listed().get(name_of(request)) if request.method == "tools/call" else None
        if differs(request, headers, tool.input_schema if tool is not None else {}, strict=modern):
            return _refused(request.id, messages.MISMATCH, "a header and the request differ", 400)
        return None

    def _answer(self, request: Request, *, modern: bool, plans: bool) -> dict[str, Json] | None:
        if request.method == "tools/list":
            own = [_shown(TOOL, PLANNER)] if plans else []
            return {"tools": [*own, *(_shown(name, tool) for name, tool in sorted(self._listed().items()))]}
        if request.method == "server/discover" and modern:
            return {"supportedVersions": [*_SPOKEN], "capabilities": {"tools": {}}}
        if request.method == "ping" and not modern:
            return {}
        if request.method == "initialize" and not modern:
            asked = request.params.get("protocolVersion")
            spoken = asked if asked in messages.VERSIONS else messages.VERSIONS[0]
            return {"protocolVersion": spoken, "capabilities": {"tools": {}}, "serverInfo": _INFO}
        return None


def complete(result: dict[str, Json], /) -> dict[str, Json]:
    """Returns a result as clients of 2026-07-28 want it: said to be whole, and by whom."""
    meta = result.get("_meta")
    own = {"_meta": {**meta, _KEY + "serverInfo": _INFO}} if isinstance(meta, dict) else {}
    return _COMPLETE | result | own


def _call(request: Request, meta: dict[str, Json], *, modern: bool) -> Reply | Call:
    name, arguments = request.params.get("name"), request.params.get("arguments", {})
    if not isinstance(name, str) or not isinstance(arguments, dict):
        return _refused(request.id, messages.NO_PARAMS, "expected the name of a tool and an object of arguments", 400)
    if "task" in request.params:
        return _refused(request.id, messages.NO_PARAMS, "tasks are not let through", 400)
    given = request.params.get("inputResponses", {})
    if not isinstance(given, dict) or not all(isinstance(one, dict) for one in given.values()):
        return _refused(request.id, messages.NO_PARAMS, "expected an object of responses", 400)
    state = request.params.get("requestState", "")
    if not isinstance(state, str):
        return _refused(request.id, messages.NO_PARAMS, "expected a text as the state of a request", 400)
    progress = meta.get("progressToken")
    told = progress if isinstance(progress, str | int) and not isinstance(progress, bool) else None
    asks = modern and _asks(meta.get(_ABILITIES_KEY))
    return Call(request.id, name, arguments, modern, told, asks, state, given, meta.get(META))


def _asks(abilities: Json) -> bool:
    """Whether a client can show a form to its user: by itself, or beside addresses."""
    found = abilities.get("elicitation") if isinstance(abilities, dict) else None
    return isinstance(found, dict) and (not found or "form" in found)


def _refused(id: Id, code: int, text: str, status: int = 200) -> Reply:  # noqa: A002 the field's name
    return Reply(messages.error(id, code, text), status)


def _shown(name: str, tool: Tool) -> dict[str, Json]:
    shown: dict[str, Json] = {
        "name": name,
        "description": tool.description,
        "inputSchema": tool.input_schema or {"type": "object"},
    }
    if tool.output_schema.get("type") == "object":
        shown["outputSchema"] = loosened(tool.output_schema)
    return shown


def _plain(method: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "/_-$.") else "?" for c in method)[:64]
