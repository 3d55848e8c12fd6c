"""The side that servers see: a client that lists and calls tools, and lets a server ask nothing of it.

A server is asked first whether it speaks the version without a handshake (2026-07-28, `server/discover`); where it does
not, it is greeted as before. What each request then has to say of its client is said here.

Sampling, elicitation and roots are refused by name: a server could have the model think, or a person typed at, for its
own ends. A server's notices are taken for what they are: its tools changed, or a call goes on.

Sans-io: bytes to send out of each step, answers and changes out of each message.
"""

from typing import Final, NamedTuple

from asepsis import __version__
from asepsis.core.errors import Unavailable
from asepsis.tools.mcp import messages
from asepsis.tools.mcp.messages import Answer, Id, Request
from asepsis.tools.types import Json

__all__ = ["Back", "Step", "Taken", "whole"]

_MOST: Final = 8_000_000
_KEY: Final = "io.modelcontextprotocol/"
_CLIENT: Final[dict[str, Json]] = {"name": "asepsis", "version": __version__}
_META: Final[dict[str, Json]] = {
    _KEY + "protocolVersion": messages.MODERN,
    _KEY + "clientInfo": _CLIENT,
    _KEY + "clientCapabilities": {},
}


class Step(NamedTuple):
    """How far a request has come, by its id: numbers alone, for words would come past everybody who reads results."""

    id: Id
    done: float
    total: float | None


class Taken(NamedTuple):
    """What a message of the server's comes to: an answer, something to send back, changed tools, or a step."""

    answer: Answer | None = None
    send: bytes = b""
    changed: bool = False
    step: Step | None = None


class Back:
    """One connection to one server."""

    def __init__(self) -> None:
        self._next = 0
        self.version = ""

    def request(self, method: str, params: dict[str, Json], /) -> tuple[Id, bytes]:
        """Returns a request's id and bytes; of a call it asks to be told how far it has come, by that id."""
        self._next += 1
        given = params.get("_meta")
        meta = {**(_META if self.modern else {}), **(given if isinstance(given, dict) else {})}
        if method == "tools/call":
            meta["progressToken"] = self._next
        if meta:
            params = {**params, "_meta": meta}
        return self._next, messages.request(self._next, method, params)

    @property
    def modern(self) -> bool:
        """Whether the version without a handshake is spoken."""
        return self.version == messages.MODERN

    def discovering(self) -> tuple[Id, bytes]:
        """Returns the request that asks what a server speaks."""
        self._next += 1
        return self._next, messages.request(self._next, "server/discover", {"_meta": dict(_META)})

    def discovered(self, answer: Answer, /) -> bool:
        """Takes the answer; False where the server has to be greeted. A refusal may say what is spoken, too."""
        refused = answer.fault is not None and answer.fault.code == messages.NO_VERSION
        said = answer.fault.data if answer.fault is not None and refused else answer.result
        spoken = said.get("supported" if refused else "supportedVersions") if isinstance(said, dict) else None
        if isinstance(spoken, list) and messages.MODERN in spoken:
            self.version = messages.MODERN
        return self.modern

    def opening(self) -> tuple[Id, bytes]:
        """Returns the request that opens the connection. It offers the server nothing to ask for."""
        params: dict[str, Json] = {
            "protocolVersion": messages.VERSIONS[0],
            "capabilities": {},
            "clientInfo": _CLIENT,
        }
        return self.request("initialize", params)

    def opened(self, answer: Answer, /) -> bytes:
        """Takes the answer to the opening, and returns the notice that ends it; raises Unavailable for what is none."""
        spoken = answer.result.get("protocolVersion")
        if answer.fault is not None or spoken not in messages.VERSIONS:
            raise Unavailable("the server does not speak a version that is spoken here", code="tools.version")
        self.version = str(spoken)
        return messages.notice("notifications/initialized", {})

    def take(self, data: bytes, /) -> Taken:
        """Returns what a message comes to; raises InputError for what is none."""
        message = messages.read(data, most=_MOST)
        if isinstance(message, Answer):
            return Taken(answer=message)
        if isinstance(message, Request):
            if message.method == "ping":
                return Taken(send=messages.result(message.id, {}))
            text = "the server may ask nothing of its client here"
            return Taken(send=messages.error(message.id, messages.NO_METHOD, text))
        if message.method == "notifications/progress":
            return Taken(step=_step(message.params))
        return Taken(changed=message.method == "notifications/tools/list_changed")


def _step(params: dict[str, Json]) -> Step | None:
    """A step of a request of ours, None for what says none."""
    token, done, total = params.get("progressToken"), params.get("progress"), params.get("total")
    if not isinstance(token, int) or not isinstance(done, int | float):
        return None
    return Step(token, done, total if isinstance(total, int | float) else None)


def whole(answer: Answer, /) -> dict[str, Json]:
    """Returns the result of an answer; raises Unavailable for a fault, and for what is no result yet.

    A server that asks something before it answers (2026-07-28, multi-round requests), or that answers later, gets
    nothing: it may ask nothing here.
    """
    if answer.fault is not None:
        raise Unavailable(f"the server refused the request ({answer.fault.code})", code="tools.refused")
    if answer.result.get("resultType", "complete") != "complete":
        raise Unavailable("the server wants something of its client, which it does not get", code="tools.refused")
    return answer.result
