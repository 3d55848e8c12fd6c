"""What a request says of itself before it is guarded: its body, its model, its session and its trace."""

import re
from collections.abc import Sequence
from typing import Final

from asepsis.gateway.document import decode
from asepsis.gateway.errors import Denied
from asepsis.gateway.surfaces.types import Document
from asepsis.gateway.types import Head

__all__ = ["conversation_of", "longest_of", "model_of", "read", "trace_of"]

_TRACE: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_MODEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}")
_MANY: Final = ("n", "best_of")
_LONGEST: Final = {
    "openai.chat": ("max_completion_tokens", "max_tokens"),
    "openai.completions": ("max_tokens",),
    "openai.responses": ("max_output_tokens",),
    "anthropic.messages": ("max_tokens",),
}
_PREVIOUS: Final = "previous_response_id"


def read(head: Head, body: bytes, /, *, depth: int) -> Document | None:
    """Reads the body of a request, None for one that has none; raises Denied."""
    if head.method == "GET":
        if body:
            raise Denied("gateway.body", "expected no body on this route")
        return None
    named = dict(head.headers)
    media = named.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise Denied("gateway.media", "expected content of type `application/json`")
    if named.get("content-encoding", "identity").lower() != "identity":
        raise Denied("gateway.encoding", "expected content without an encoding")
    return decode(body, what="the request", depth=depth)


def model_of(document: Document | None, /) -> str:
    """Returns the model that is asked for, an empty string on a route without one; raises Denied."""
    if document is None:
        return ""
    model = document.get("model")
    if not isinstance(model, str) or not _MODEL.fullmatch(model):
        raise Denied("gateway.model", "expected the name of a model")
    return model


def longest_of(document: Document, surface: str, /) -> int | None:
    """Returns how many tokens the answers to a request may have together, None where it does not say.

    Only fields count that the surface has: what an upstream passes over limits nothing.
    """
    many = max((_count(document.get(name)) or 1 for name in _MANY), default=1)
    said = [_count(document[name]) for name in _LONGEST.get(surface, ()) if name in document]
    known = [one for one in said if one is not None]
    return max(known) * many if known and len(known) == len(said) else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def conversation_of(document: Document | None, admitted: Sequence[str], /) -> str:
    """Returns the Responses conversation that a request goes on with, as far as policy admitted it; else nothing."""
    if document is None:
        return ""
    conversation = document.get("conversation")
    if isinstance(conversation, dict):
        conversation = conversation.get("id")
    for name, value in (("conversation", conversation), (_PREVIOUS, document.get(_PREVIOUS))):
        if name in admitted and isinstance(value, str) and value:
            return value
    return ""


def trace_of(value: str, /) -> tuple[str, str]:
    """Returns trace and span of a `traceparent` (W3C Trace Context 3.2), two empty strings for anything else."""
    found = _TRACE.fullmatch(value)
    return (found[1], found[2]) if found is not None else ("", "")
