"""Upstreams that speak OpenAI's API: OpenAI itself, Azure OpenAI, vLLM, Ollama and many others.

Paths stand right below the base address. The key goes as `authorization: Bearer`, or under the header that is named.
"""

from collections.abc import Sequence

import msgspec

from asepsis.core.ports import ProviderSettings

__all__ = ["CREDENTIALS", "OpenAI", "build", "credentials"]

CREDENTIALS = ("authorization", "x-api-key", "api-key")


class OpenAI(msgspec.Struct, frozen=True):
    """Implements the port `Provider`."""

    settings: ProviderSettings
    family: str = "openai"

    def url(self, path: str, query: str, /) -> str:
        """Returns the address of a path, below the base address."""
        return f"{self.settings.base_url.rstrip('/')}/{path}{query}"

    def headers(self, caller: Sequence[tuple[str, str]], /) -> tuple[tuple[str, str], ...]:
        """Returns the credentials: the upstream's own, or the caller's where the settings say so."""
        return credentials(self.settings, caller)


def build(settings: ProviderSettings, /) -> OpenAI:
    """Returns the provider; the entry point `openai`."""
    return OpenAI(settings)


def credentials(settings: ProviderSettings, caller: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Returns the header that carries the key, none without a key."""
    if settings.auth == "caller":
        return tuple((name, value) for name, value in caller if name in CREDENTIALS)
    if settings.auth == "none" or not settings.secret:
        return ()
    if settings.auth == "bearer":
        return (("authorization", f"Bearer {settings.secret}"),)
    return ((settings.auth, settings.secret),)
