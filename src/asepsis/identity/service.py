"""Callers known by a key, as the official clients send one: `authorization: Bearer` or `x-api-key` or `api-key`.

Keys are looked up by their SHA-256, so that neither the configuration nor a timing says anything about one.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from asepsis.core.errors import ConfigError
from asepsis.core.types import ANONYMOUS, Principal, Purpose
from asepsis.identity.config import IdentityConfig

__all__ = ["KEY_HEADERS", "KeyIdentifier"]

KEY_HEADERS: Final = frozenset({"authorization", "x-api-key", "api-key"})
_HEX_DIGITS: Final = 64


class KeyIdentifier:
    """Implements the port `Identifier` from configuration."""

    def __init__(self, config: IdentityConfig, *, tenant: str) -> None:
        self._callers: dict[str, Principal] = {}
        for number, caller in enumerate(config.callers):
            digest = caller.key_sha256.lower()
            place = f"identity.callers[{number}].key_sha256"
            if len(digest) != _HEX_DIGITS or not all(mark in "0123456789abcdef" for mark in digest):
                raise ConfigError("expected 64 hex digits, the SHA-256 of the key", place=place)
            if digest in self._callers:
                raise ConfigError("expected each key once", place=place)
            name = caller.principal or f"key:{digest[:12]}"
            claims = _claims(caller.purpose, caller.roles)
            self._callers[digest] = Principal(caller.tenant or tenant, name, caller.application, claims)
        anonymous = Principal(tenant, ANONYMOUS, config.anonymous, _claims(config.purpose, config.roles))
        self._anonymous = anonymous if config.anonymous else None

    def identify(self, headers: Sequence[tuple[str, str]], /) -> Principal | None:
        """Returns the principal behind the first key in the headers; two different keys are nobody's."""
        keys = {_key(name, value) for name, value in headers if name in KEY_HEADERS}
        if len(keys) > 1:
            return None
        for key in keys:
            known = self._callers.get(hashlib.sha256(key.encode()).hexdigest())
            if known is not None:
                return known
        return self._anonymous


def _claims(purpose: Purpose, roles: Sequence[str]) -> tuple[tuple[str, str], ...]:
    said = () if purpose is Purpose.UNSTATED else (("purpose", purpose.value),)
    return (*said, *(("role", role) for role in roles))


def _key(name: str, value: str) -> str:
    if name != "authorization":
        return value.strip()
    scheme, _, key = value.strip().partition(" ")
    return key.strip() if scheme.lower() == "bearer" else value
