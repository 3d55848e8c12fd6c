"""Which request goes to which surface; a route that is not here is denied."""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from asepsis.gateway.surfaces.chat import ChatSurface
from asepsis.gateway.surfaces.messages import MessagesSurface
from asepsis.gateway.surfaces.openai import PlainSurface
from asepsis.gateway.surfaces.responses import ResponsesSurface
from asepsis.gateway.surfaces.types import Surface

__all__ = ["Route", "fallback", "find"]


class Route(msgspec.Struct, frozen=True):
    """A surface, the path to ask upstream (below its base address), and the query parameters that may come along."""

    surface: Surface
    path: str
    query: frozenset[str] = frozenset()


_POST: Final[dict[str, Surface]] = {
    "/v1/chat/completions": ChatSurface("openai.chat"),
    "/v1/completions": ChatSurface("openai.completions", legacy=True),
    "/v1/embeddings": PlainSurface("openai.embeddings"),
    "/v1/responses": ResponsesSurface(),
    "/v1/responses/input_tokens": ResponsesSurface("openai.responses.input_tokens"),
    "/v1/messages": MessagesSurface("anthropic.messages"),
    "/v1/messages/count_tokens": MessagesSurface("anthropic.count_tokens"),
}
_MODELS: Final = PlainSurface("openai.models")
_ANTHROPIC_MODELS: Final = MessagesSurface("anthropic.models")
_MODEL_PATH: Final = re.compile(r"/v1/models(/[A-Za-z0-9][A-Za-z0-9._:/-]{0,127})?")
_PAGE: Final = frozenset({"after_id", "before_id", "limit", "beta"})


def find(method: str, path: str, headers: Mapping[str, str], /) -> Route | None:
    """Returns the route of a request, None where there is none."""
    if method == "POST" and path in _POST:
        surface = _POST[path]
        return Route(
            surface, path.removeprefix("/v1/"), frozenset({"beta"}) if surface.family == "anthropic" else frozenset()
        )
    if method == "GET" and (match := _MODEL_PATH.fullmatch(path)) and ".." not in path:
        surface = _ANTHROPIC_MODELS if "anthropic-version" in headers else _MODELS
        return Route(surface, "models" + (match[1] or ""), _PAGE)
    return None


def fallback(headers: Mapping[str, str], /) -> Surface:
    """Returns the surface whose error shape answers a request that has no route."""
    return _ANTHROPIC_MODELS if "anthropic-version" in headers else _MODELS
