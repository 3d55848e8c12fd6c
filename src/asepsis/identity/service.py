"""Who calls: by a key, as official clients send one (`authorization: Bearer`, `x-api-key`, `api-key`), or by a token.

Keys are looked up by their SHA-256, so that neither the configuration nor a timing says anything about one. What looks
like a token is one wherever issuers are configured: one that does not hold is nobody's, and never the anonymous caller.
So is what looks like the handle of a grant, wherever there are grants.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from asepsis.core.errors import ConfigError
from asepsis.core.ports import Clock
from asepsis.core.types import ANONYMOUS, Grant, Principal, Purpose
from asepsis.identity.config import Caller, IdentityConfig, Issuer
from asepsis.infra.clock import end_of_day

if TYPE_CHECKING:
    from asepsis.identity.handles import Asked, Handles
    from asepsis.identity.tokens import TokenIdentifier, Verified

__all__ = ["KEY_HEADERS", "CallerIdentifier", "Known"]

KEY_HEADERS: Final = frozenset({"authorization", "x-api-key", "api-key"})
_HANDLE: Final = "asg_"
_SCHEMES: Final = ("bearer", "dpop")
_HEX_DIGITS: Final = 64
_KEY: Final = "key"
"""What stands before a digest where a caller has no name, as an issuer's name does before a subject."""
_NEVER: Final = 2**53


class Known(NamedTuple):
    """Whose a key or token is, and until when, in milliseconds since the epoch."""

    principal: Principal
    until: int


class CallerIdentifier:
    """Implements the port `Identifier` from configuration; `keys` are the issuers' key sets, by their sources."""

    def __init__(
        self,
        config: IdentityConfig,
        *,
        tenant: str,
        clock: Clock,
        keys: Mapping[str, str] | None = None,
        handles: "Handles | None" = None,
    ) -> None:
        """Raises ConfigError for callers and issuers that can't be."""
        self._callers: dict[str, Known] = {}
        for number, caller in enumerate(config.callers):
            digest = _digest(caller, f"identity.callers[{number}]")
            if digest in self._callers:
                raise ConfigError("expected each key once", place=f"identity.callers[{number}].key_sha256")
            name = caller.principal or f"{_KEY}:{digest[:12]}"
            claims = _claims(caller.purpose, caller.roles)
            principal = Principal(caller.tenant or tenant, name, caller.application, claims)
            self._callers[digest] = Known(principal, _until(caller, f"identity.callers[{number}]"))
        anonymous = Principal(tenant, ANONYMOUS, config.anonymous, _claims(config.purpose, config.roles))
        self._anonymous = anonymous if config.anonymous else None
        _check(config.issuers)
        self._tokens = _tokens(config.issuers, keys or {}, tenant=tenant, clock=clock)
        self._clock = clock
        self._handles = handles
        self._gateway = config.grants.gateway

    def identify(self, headers: Sequence[tuple[str, str]], /) -> Principal | None:
        """Returns the principal behind the first key in the headers; two different keys are nobody's."""
        keys = _keys(headers)
        if len(keys) > 1:
            return None
        for key in keys:
            if self._handles is not None and key.startswith(_HANDLE):
                return _acting(self._handles.known(key)) if self._handles.fresh(key) else None
            if self._tokens is not None and _looks_like_token(key):
                return self._tokens.principal(key)
            if (known := self._callers.get(_sha256(key))) is not None:
                return known.principal if self._clock.now() < known.until else None
        return self._anonymous

    def later(
        self, headers: Sequence[tuple[str, str]], /, *, method: str, path: str
    ) -> Callable[[], Principal | None] | None:
        """Returns work for a thread that gives what `identify` can't say at once: whose a handle is, and its proof."""
        if self._handles is None:
            return None
        keys = _keys(headers)
        key = keys.pop() if len(keys) == 1 else ""
        if not key.startswith(_HANDLE) or (self._handles.fresh(key) and "dpop" not in dict(headers)):
            return None
        handles = self._handles
        return lambda: _acting(handles.look(key, _asked(headers, method, f"{self._gateway}{path}")))

    def holder(self, key: str, /) -> Known | None:
        """Returns who holds a key or a token, None for nobody; never the anonymous caller."""
        if self._tokens is not None and _looks_like_token(key):
            said = self._tokens.verified(key)
            return Known(said.principal, said.until * 1000) if said is not None else None
        known = self._callers.get(_sha256(key))
        return known if known is not None and self._clock.now() < known.until else None

    def assertion(self, token: str, /, *, audience: str) -> "Verified | None":
        """Returns what a provider's assertion for an authorization server says, None where it does not hold."""
        return self._tokens.assertion(token, audience=audience) if self._tokens is not None else None


def _tokens(
    issuers: Sequence[Issuer], keys: Mapping[str, str], *, tenant: str, clock: Clock
) -> "TokenIdentifier | None":
    if not issuers:
        return None
    from asepsis.identity.tokens import TokenIdentifier  # noqa: PLC0415 its library is for those who take tokens

    return TokenIdentifier(issuers, keys, tenant=tenant, clock=clock)


def _acting(grant: Grant | None) -> Principal | None:
    from asepsis.identity.grants import acting  # noqa: PLC0415 only who has grants needs it

    return acting(grant) if grant is not None else None


def _asked(headers: Sequence[tuple[str, str]], method: str, address: str) -> "Asked":
    """Returns what a handle came with; of two proofs neither counts."""
    from asepsis.identity.handles import Asked  # noqa: PLC0415 as above

    proofs = [value for name, value in headers if name == "dpop"]
    return Asked(method, address, proofs[0] if len(proofs) == 1 else "?" * len(proofs))


def _keys(headers: Sequence[tuple[str, str]]) -> set[str]:
    return {_key(name, value) for name, value in headers if name in KEY_HEADERS}


def _sha256(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


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
        return end_of_day(caller.expires)
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
    return key.strip() if scheme.lower() in _SCHEMES else value
