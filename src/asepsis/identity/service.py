"""Who calls: by a key as official clients send one (`authorization: Bearer`, `x-api-key`, `api-key`), a token or SVID.

Keys are looked up by their SHA-256, so that neither the configuration nor a timing says anything about one. What looks
like a token is one wherever there are issuers or trust domains: one that does not hold is nobody's, and never the
anonymous caller. So is what looks like the handle of a grant, wherever there are grants. A connection's certificate
says who calls where there is no key, and is what keys and tokens may be bound to.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from asepsis.core.errors import ConfigError
from asepsis.core.ports import UNSEEN, Clock, Ended, Peer
from asepsis.core.types import ANONYMOUS, Grant, Principal
from asepsis.identity.callers import KEY, Callers, Known, certificate_thumbprint, claims
from asepsis.identity.config import IdentityConfig, Issuer, TrustDomain
from asepsis.identity.names import is_trust_domain

if TYPE_CHECKING:
    from asepsis.identity.handles import Asked, Handles
    from asepsis.identity.spiffe import Svids
    from asepsis.identity.tokens import TokenIdentifier, Verified

__all__ = ["KEY_HEADERS", "CallerIdentifier", "Known"]

KEY_HEADERS: Final = frozenset({"authorization", "x-api-key", "api-key"})
_HANDLE: Final = "asg_"
_SCHEMES: Final = ("bearer", "dpop")
_OTHERS: Final = (KEY, "spiffe")
"""What stands before other names than an issuer's subjects."""
_NOT_OURS: Final = Known(Principal("", "", ""), 0)


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
        shown: str = "",
    ) -> None:
        """Raises ConfigError for callers and issuers that can't be; `shown` is whose certificates a listener trusts."""
        self._callers = Callers(config.callers, tenant=tenant, clock=clock)
        anonymous = Principal(tenant, ANONYMOUS, config.anonymous, claims(config.purpose, config.roles))
        self._anonymous = anonymous if config.anonymous else None
        _check(config.issuers)
        self._tokens = _tokens(config.issuers, keys or {}, tenant=tenant, clock=clock)
        _check_domains(config.trust_domains)
        self._svids = _svids(config.trust_domains, keys or {}, tenant=tenant, clock=clock, shown=shown)
        self._clock = clock
        self._handles = handles
        self._gateway = config.grants.gateway

    def identify(self, headers: Sequence[tuple[str, str]], /, *, peer: Peer = UNSEEN) -> Principal | Ended | None:
        """Returns the principal behind the one key in the headers, or behind the connection's certificate.

        Two different keys are nobody's, and neither is a certificate of a trust domain that names no known workload.
        """
        keys = _keys(headers)
        if len(keys) > 1:
            return None
        for key in keys:
            if self._handles is not None and key.startswith(_HANDLE):
                return _acting(self._handles.known(key)) if self._handles.fresh(key) else None
            if (found := self._found(key, peer)) is not _NOT_OURS:
                return found.principal if found is not None else None
        if self.shows(peer):
            found = self.workload(peer)
            return found.principal if found is not None else None
        return self._anonymous

    def later(
        self, headers: Sequence[tuple[str, str]], /, *, method: str, path: str, peer: Peer = UNSEEN
    ) -> Callable[[], Principal | Ended | None] | None:
        """Returns work for a thread that gives what `identify` can't say at once: whose a handle is, and its proof."""
        if self._handles is None:
            return None
        keys = _keys(headers)
        key = keys.pop() if len(keys) == 1 else ""
        if not key.startswith(_HANDLE) or (self._handles.fresh(key) and "dpop" not in dict(headers)):
            return None
        handles = self._handles
        return lambda: _acting(handles.look(key, _asked(headers, method, f"{self._gateway}{path}", peer)))

    def token(self, headers: Sequence[tuple[str, str]], /, *, peer: Peer = UNSEEN) -> str:
        """Returns the provider's token by which `identify` knows who calls, an empty text where it is by another way.

        Beside a connection's certificate a header may have any text: of that nothing is believed.
        """
        keys = _keys(headers)
        key = keys.pop() if len(keys) == 1 else ""
        if not _looks_like_token(key) or (self._svids is not None and self._svids.is_one(key)):
            return ""
        return key if self._token(key, certificate_thumbprint(peer.certificate)) is not None else ""

    def holder(self, key: str, /, *, peer: Peer = UNSEEN) -> Known | None:
        """Returns who holds a key or a token, None for nobody; never the anonymous caller."""
        found = self._found(key, peer)
        return found if found is not _NOT_OURS else None

    def shows(self, peer: Peer, /) -> bool:
        """Whether a connection showed a certificate that says who calls."""
        return bool(peer.certificate) and self._svids is not None and bool(self._svids.shown)

    def workload(self, peer: Peer, /) -> Known | None:
        """Returns the workload that a connection's certificate names, None where it names none that is known."""
        return self._svids.certificate(peer.certificate) if self._svids is not None else None

    def _found(self, key: str, peer: Peer) -> Known | None:
        """Returns who shows a key, a token or an SVID: None where it does not hold, `_NOT_OURS` for another text."""
        if (self._tokens is not None or self._svids is not None) and _looks_like_token(key):
            if self._svids is not None and self._svids.is_one(key):
                return self._svids.token(key)
            return self._token(key, certificate_thumbprint(peer.certificate))
        known = self._callers.known(key)
        if known is None:
            return _NOT_OURS
        return known if self._callers.good(known, peer) else None

    def _token(self, key: str, certificate: str) -> Known | None:
        said = self._tokens.verified(key, certificate=certificate) if self._tokens is not None else None
        return Known(said.principal, said.until * 1000) if said is not None else None

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


def _svids(
    domains: Sequence[TrustDomain], keys: Mapping[str, str], *, tenant: str, clock: Clock, shown: str
) -> "Svids | None":
    if not domains:
        return None
    from asepsis.identity.spiffe import Svids  # noqa: PLC0415 its libraries are for those who have workloads

    return Svids(domains, keys, tenant=tenant, clock=clock, shown=shown)


def _acting(held: Grant | Ended | None) -> Principal | Ended | None:
    from asepsis.identity.grants import acting  # noqa: PLC0415 only who has grants needs it

    return acting(held) if isinstance(held, Grant) else held


def _asked(headers: Sequence[tuple[str, str]], method: str, address: str, peer: Peer) -> "Asked":
    """Returns what a handle came with; of two proofs neither counts."""
    from asepsis.identity.handles import Asked  # noqa: PLC0415 as above

    proofs = [value for name, value in headers if name == "dpop"]
    return Asked(method, address, proofs[0] if len(proofs) == 1 else "?" * len(proofs), peer.certificate)


def _keys(headers: Sequence[tuple[str, str]]) -> set[str]:
    return {_key(name, value) for name, value in headers if name in KEY_HEADERS}


def _looks_like_token(key: str) -> bool:
    """Whether a key has the form of a JWT, signed or encrypted, and a first part that begins as a JSON object does."""
    return key.startswith(("ey", "ew")) and key.count(".") in (2, 4)


def _check(issuers: Sequence[Issuer]) -> None:
    """Raises ConfigError for two issuers that can't be told apart, and for one that has no name."""
    for number, one in enumerate(issuers):
        place = f"identity.issuers[{number}]"
        for field in ("name", "issuer", "audience", "jwks", "application"):
            if not getattr(one, field):
                raise ConfigError("expected a value", place=f"{place}.{field}")
        if ":" in one.name or one.name in _OTHERS:
            raise ConfigError(f"expected a name without `:`, and another than {_OTHERS}", place=f"{place}.name")
        for field in ("name", "issuer"):
            if any(getattr(one, field) == getattr(other, field) for other in issuers[:number]):
                raise ConfigError("expected each issuer once", place=f"{place}.{field}")
        if not one.algorithms:
            raise ConfigError("expected at least one algorithm", place=f"{place}.algorithms")


def _check_domains(domains: Sequence[TrustDomain]) -> None:
    """Raises ConfigError for a trust domain twice, for what is no name of one, and for one without workloads."""
    for number, one in enumerate(domains):
        place = f"identity.trust_domains[{number}]"
        if not is_trust_domain(one.name) or any(one.name == other.name for other in domains[:number]):
            raise ConfigError(
                "expected each trust domain once, by a name such as `plan.example`", place=f"{place}.name"
            )
        if not one.bundle or not one.workloads or not one.algorithms:
            raise ConfigError("expected where its bundle is, its workloads and at least one algorithm", place=place)
        for at, rule in enumerate(one.workloads):
            if not rule.path.startswith("/") or not rule.application:
                raise ConfigError("expected a path from `/` on, and an application", place=f"{place}.workloads[{at}]")


def _key(name: str, value: str) -> str:
    if name != "authorization":
        return value.strip()
    scheme, _, key = " ".join(value.split(maxsplit=1)).partition(" ")
    return key.strip() if scheme.lower() in _SCHEMES else value
