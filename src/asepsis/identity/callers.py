"""Callers' keys: looked up by their SHA-256, good until a day, from some networks, or with a certificate alone."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final, NamedTuple

from asepsis.core.errors import ConfigError
from asepsis.core.ports import Clock, Peer
from asepsis.core.types import Principal, Purpose
from asepsis.identity.config import Caller
from asepsis.infra.clock import end_of_day

__all__ = ["KEY", "Callers", "Known", "certificate_thumbprint", "claims"]

KEY: Final = "key"
"""What stands before a digest where a caller has no name, as an issuer's name does before a subject."""

_HEX: Final = frozenset("0123456789abcdef")
_HEX_DIGITS: Final = 64
_NEVER: Final = 2**53


class Known(NamedTuple):
    """Whose a key or token is, until when, in milliseconds since the epoch, and what it is bound to."""

    principal: Principal
    until: int
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    certificate: str = ""


class Callers:
    """The keys of the settings."""

    def __init__(self, callers: Sequence[Caller], *, tenant: str, clock: Clock) -> None:
        """Raises ConfigError for callers that can't be."""
        self._clock = clock
        self._known: dict[str, Known] = {}
        for number, caller in enumerate(callers):
            place = f"identity.callers[{number}]"
            digest = _digest(caller.key_sha256, f"{place}.key_sha256", "key")
            if digest in self._known:
                raise ConfigError("expected each key once", place=f"{place}.key_sha256")
            name = caller.principal or f"{KEY}:{digest[:12]}"
            principal = Principal(
                caller.tenant or tenant, name, caller.application, claims(caller.purpose, caller.roles)
            )
            self._known[digest] = _known(principal, caller, place)

    def known(self, key: str, /) -> Known | None:
        """Returns whose a key is, whether or not it is good now."""
        return self._known.get(hashlib.sha256(key.encode()).hexdigest())

    def good(self, known: Known, peer: Peer, /) -> bool:
        """Whether a key is good now, on a connection with that other end."""
        if self._clock.now() >= known.until:
            return False
        if known.certificate and known.certificate != certificate_thumbprint(peer.certificate):
            return False
        if not known.networks:
            return True
        try:
            address = ip_address(peer.address)
        except ValueError:
            return False
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in one for one in known.networks)


def claims(purpose: Purpose, roles: Sequence[str], /) -> tuple[tuple[str, str], ...]:
    """Returns the claims of a principal of that purpose, in those roles."""
    said = () if purpose is Purpose.UNSTATED else (("purpose", purpose.value),)
    return (*said, *(("role", role) for role in roles))


@lru_cache(maxsize=1024)
def certificate_thumbprint(certificate: bytes, /) -> str:
    """Returns the SHA-256 of a certificate in DER as RFC 8705 3.1 writes it, an empty text for none."""
    return _text(hashlib.sha256(certificate).digest()) if certificate else ""


def _known(principal: Principal, caller: Caller, place: str) -> Known:
    try:
        networks = tuple(map(ip_network, caller.networks))
    except ValueError as error:
        raise ConfigError("expected networks such as `10.1.0.0/16`", place=f"{place}.networks") from error
    bound = ""
    if caller.certificate_sha256:
        place_of = f"{place}.certificate_sha256"
        bound = _text(bytes.fromhex(_digest(caller.certificate_sha256, place_of, "certificate")))
    return Known(principal, _until(caller.expires, f"{place}.expires"), networks, bound)


def _text(digest: bytes) -> str:
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def _digest(text: str, place: str, what: str) -> str:
    digest = text.lower()
    if len(digest) != _HEX_DIGITS or not _HEX.issuperset(digest):
        raise ConfigError(f"expected 64 hex digits, the SHA-256 of the {what}", place=place)
    return digest


def _until(day: str, place: str) -> int:
    if not day:
        return _NEVER
    try:
        return end_of_day(day)
    except ValueError as error:
        raise ConfigError("expected a day such as 2027-01-31", place=place) from error
