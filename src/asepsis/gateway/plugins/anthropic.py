"""Upstreams that speak Anthropic's API. A request has to name the API's version; a caller's own goes before ours."""

from collections.abc import Sequence
from typing import Final

import msgspec

from asepsis.core.ports import ProviderSettings
from asepsis.gateway.plugins.openai import credentials

__all__ = ["VERSION", "Anthropic", "build"]

VERSION: Final = "2023-06-01"


class Anthropic(msgspec.Struct, frozen=True):
    """Implements the port `Provider`."""

    settings: ProviderSettings
    family: str = "anthropic"

    def url(self, path: str, query: str, /) -> str:
        """Returns the address of a path, below the base address."""
        return f"{self.settings.base_url.rstrip('/')}/{path}{query}"

    def headers(self, caller: Sequence[tuple[str, str]], /) -> tuple[tuple[str, str], ...]:
        """Returns the credentials, and the version where the caller names none."""
        keys = credentials(self.settings, caller)
        named = any(name == "anthropic-version" for name, _ in caller)
        return keys if named else (*keys, ("anthropic-version", VERSION))


def build(settings: ProviderSettings, /) -> Anthropic:
    """Returns the provider; the entry point `anthropic`."""
    return Anthropic(settings)
