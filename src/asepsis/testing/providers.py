"""The built-in upstream plugins, ready for tests that put a gateway together by hand."""

from collections.abc import Callable, Iterable, Mapping

from asepsis.core.ports import Provider, ProviderSettings
from asepsis.gateway.config import Upstream
from asepsis.gateway.plugins import anthropic, openai

__all__ = ["providers"]


def providers(upstreams: Iterable[Upstream], secrets: Mapping[str, str] | None = None) -> dict[str, Provider]:
    """Returns the providers of upstreams, by name; `secrets` has the keys by upstream."""
    build: dict[str, Callable[[ProviderSettings], Provider]] = {"anthropic": anthropic.build, "openai": openai.build}
    known = secrets or {}
    return {
        one.name: build[one.family](ProviderSettings(one.name, one.base_url, one.auth, known.get(one.name, "")))
        for one in upstreams
    }
