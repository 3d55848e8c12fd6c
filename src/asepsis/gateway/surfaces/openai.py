"""What the OpenAI surfaces share, and those of them that do not stream: embeddings, models, input token counts."""

from typing import Final

import msgspec

from asepsis.gateway.errors import Denied
from asepsis.gateway.surfaces.types import Dialect, Document, Usage, child, whole

__all__ = ["CACHED", "PlainSurface", "denial", "usage"]

CACHED: Final = ("prompt_cache_key", "prompt_cache_retention")
"""Fields that have the provider keep a prompt."""


def denial(code: str, message: str, event: str, /) -> Document:
    """Returns OpenAI's error object; `param` carries nothing, the Event's id stands in the message and beside it."""
    return {"error": {"message": message, "type": "asepsis_error", "param": None, "code": code, "event": event}}


def usage(document: Document, /) -> Usage:
    """Reads either form of OpenAI's usage object."""
    block = child(document, "usage")
    return Usage(
        whole(block, "prompt_tokens") or whole(block, "input_tokens"),
        whole(block, "completion_tokens") or whole(block, "output_tokens"),
    )


class PlainSurface(msgspec.Struct, frozen=True):
    """An OpenAI surface whose answers are whole documents and call no tools."""

    name: str
    family: str = "openai"

    def denial(self, status: int, code: str, message: str, event: str, /) -> bytes:  # noqa: ARG002 part of the port
        """Returns OpenAI's error document."""
        return msgspec.json.encode(denial(code, message, event))

    def dialect(self) -> Dialect:
        """Raises Denied: nothing streams here."""
        raise Denied("gateway.stream.surface", "this route does not stream")

    def state(self, document: Document, /) -> tuple[str, ...]:  # noqa: ARG002 part of the port
        """Returns nothing: these calls keep no state."""
        return ()

    def tools(self, document: Document, /) -> list[str]:  # noqa: ARG002 part of the port
        """Returns nothing."""
        return []

    def usage(self, document: Document, /) -> Usage:
        """Returns the usage block's figures."""
        return usage(document)

    def strip(self, document: Document, /) -> tuple[str, ...]:  # noqa: ARG002 part of the port
        """Takes nothing out."""
        return ()
