"""The side that servers see: a client that lists and calls tools, and lets a server ask nothing of it.

Sampling, elicitation and roots are refused by name: a server could have the model think, or a person typed at, for its
own ends. A server's notices are taken for what they are: its tools changed, or a call goes on.

Sans-io: bytes to send out of each step, answers and changes out of each message.
"""

from typing import Final, NamedTuple

from asepsis import __version__
from asepsis.core.errors import InputError, Unavailable
from asepsis.tools.listing import MAX_TOOLS, converted
from asepsis.tools.mcp import messages
from asepsis.tools.mcp.messages import Answer, Id, Request
from asepsis.tools.types import Json, Tool

__all__ = ["Back", "Taken", "tools_of"]

_MOST: Final = 8_000_000
_CLIENT: Final[dict[str, Json]] = {"name": "asepsis", "version": __version__}


class Taken(NamedTuple):
    """What a message of the server's comes to: an answer, something to send back, or changed tools."""

    answer: Answer | None = None
    send: bytes = b""
    changed: bool = False


class Back:
    """One connection to one server."""

    def __init__(self) -> None:
        self._next = 0
        self.version = ""

    def request(self, method: str, params: dict[str, Json], /) -> tuple[Id, bytes]:
        """Returns a request's id and bytes."""
        self._next += 1
        return self._next, messages.request(self._next, method, params)

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
        return Taken(changed=message.method == "notifications/tools/list_changed")


def tools_of(result: dict[str, Json], before: tuple[Tool, ...], /) -> tuple[tuple[Tool, ...], str]:
    """Returns the tools of a page behind those of the pages before, and where the next page begins.

    Raises InputError for what is no page, and for too many tools.
    """
    tools = (*before, *converted(result.get("tools", [])))
    if len(tools) > MAX_TOOLS:
        raise InputError(f"expected at most {MAX_TOOLS} tools")
    cursor = result.get("nextCursor")
    return tools, cursor if isinstance(cursor, str) else ""
