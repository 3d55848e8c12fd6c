"""Who calls: by a key, as official clients send one (`authorization: Bearer`, `x-api-key`, `api-key`), or by a token.

Keys are looked up by their SHA-256, so that neither the configuration nor a timing says anything about one. What looks
like a token is one wherever issuers are configured: one that does not hold is nobody's, and never the anonymous caller.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from asepsis.core.errors import ConfigError
from asepsis.core.ports import Clock
from asepsis.core.types import ANONYMOUS, Principal, Purpose
from asepsis.identity.config import Caller, IdentityConfig, Issuer
from asepsis.infra.clock import day_number, today

if TYPE_CHECKING:
    from asepsis.identity.tokens import TokenIdentifier

__all__ = ["KEY_HEADERS", "CallerIdentifier"]

KEY_HEADERS: Final = frozenset({"authorization", "x-api-key", "api-key"})
_HEX_DIGITS: Final = 64
_KEY: Final = "key"
"""What stands before a digest where a caller has no name, as an issuer's name does before a subject."""
_NEVER: Final = 99_991_231


class _Known(NamedTuple):
    principal: Principal
    until: int


class CallerIdentifier:
    """Implements the port `Identifier` from configuration; `keys` are the issuers' key sets, by their sources."""

    def __init__(
        self, config: IdentityConfig, *, tenant: str, clock: Clock, keys: Mapping[str, str] | None = None
    ) -> None:
        """Raises ConfigError for callers and issuers that can't be."""
        self._callers: dict[str, _Known] = {}
        for number, caller in enumerate(config.callers):
            digest = _digest(caller, f"identity.callers[{number}]")
            if digest in self._callers:
                raise ConfigError("expected each key once", place=f"identity.callers[{number}].key_sha256")
            name = caller.principal or f"{_KEY}:{digest[:12]}"
            claims = _claims(caller.purpose, caller.roles)
            principal = Principal(caller.tenant or tenant, name, caller.application, claims)
            self._callers[digest] = _Known(principal, _until(caller, f"identity.callers[{number}]"))
        anonymous = Principal(tenant, ANONYMOUS, config.anonymous, _claims(config.purpose, config.roles))
        self._anonymous = anonymous if config.anonymous else None
        _check(config.issuers)
        self._tokens = _tokens(config.issuers, keys or {}, tenant=tenant, clock=clock)
        self._clock = clock

    def identify(self, headers: Sequence[tuple[str, str]], /) -> Principal | None:
        """Returns the principal behind the first key in the headers; two different keys are nobody's."""
        keys = {_key(name, value) for name, value in headers if name in KEY_HEADERS}
        if len(keys) > 1:
            return None
        for key in keys:
            if self._tokens is not None and _looks_like_token(key):
                return self._tokens.principal(key)
            known = self._callers.get(hashlib.sha256(key.encode()).hexdigest())
            if known is not None:
                return known.principal if today(self._clock.now()) <= known.until else None
        return self._anonymous


def _tokens(
    issuers: Sequence[Issuer], keys: Mapping[str, str], *, tenant: str, clock: Clock
) -> "TokenIdentifier | None":
    if not issuers:
        return None
    from asepsis.identity.tokens import TokenIdentifier  # noqa: PLC0415 its library is for those who take tokens

    return TokenIdentifier(issuers, keys, tenant=tenant, clock=clock)


def _looks_like_token(key: str) -> bool:
    """Whether a key has the form of a JWT, signed or encrypted, and a first part that begins as a JSON object does."""
    return key.startswith(("ey", "ew")) and key.count(".") in (2, 4)


def _digest(caller: Caller, place: str) -> str:
    digest = caller.key_sha256.lower()
    if len(digest) != _HEX_DIGITS or not all(mark in "0123456789abcdef" for mark in digest):
        raise ConfigError("expected 64 hex digits, the SHA-256 of the key", place=f"{place}.key_sha256")
    return digest


def _until(caller: Caller, place: str) -> int:
    if not caller.expires:
        return _NEVER
    try:
        return day_number(caller.expires)
    except ValueError as error:
        raise ConfigError("expected a day such as 2027-01-31", place=f"{place}.expires") from error


def _check(issuers: Sequence[Issuer]) -> None:
    """Raises ConfigError for two issuers that can't be told apart, and for one that has no name."""
    for number, one in enumerate(issuers):
        place = f"identity.issuers[{number}]"
        for field in ("name", "issuer", "audience", "jwks", "application"):
            if not getattr(one, field):
                raise ConfigError("expected a value", place=f"{place}.{field}")
        if ":" in one.name or one.name == _KEY:
            raise ConfigError(f"expected a name without `:`, and another than `{_KEY}`", place=f"{place}.name")
        for field in ("name", "issuer"):
            if any(getattr(one, field) == getattr(other, field) for other in issuers[:number]):
                raise ConfigError("expected each issuer once", place=f"{place}.{field}")
        if not one.algorithms:
            raise ConfigError("expected at least one algorithm", place=f"{place}.algorithms")


def _claims(purpose: Purpose, roles: Sequence[str]) -> tuple[tuple[str, str], ...]:
    said = () if purpose is Purpose.UNSTATED else (("purpose", purpose.value),)
    return (*said, *(("role", role) for role in roles))


def _key(name: str, value: str) -> str:
    if name != "authorization":
        return value.strip()
    scheme, _, key = " ".join(value.split(maxsplit=1)).partition(" ")
    return key.strip() if scheme.lower() == "bearer" else value
