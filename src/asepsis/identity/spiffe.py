"""Workloads known by SPIFFE: a JWT-SVID in the place of a key, or an X.509-SVID that the connection showed.

1. A SPIFFE ID is `spiffe://`, a trust domain, and a path (SPIFFE-ID 2); the entry of the settings whose path fits it
   says what the workload is. An ID that no entry fits is nobody's.
2. A JWT-SVID (JWT-SVID 3) is signed under a key of its own trust domain's bundle, is for our audience, and has not
   expired; what its header says beside algorithm, key and type is not believed.
3. An X.509-SVID (X509-SVID 2 to 5) has exactly one name, a SPIFFE ID, and is no authority's. That it goes back to an
   authority of the bundle was checked when the connection was made: the listener trusts one trust domain.
"""

import hashlib
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Final

import msgspec
from cryptography import x509
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from asepsis.core.errors import InputError
from asepsis.core.ports import Clock
from asepsis.core.types import Principal
from asepsis.identity.callers import Known, claims
from asepsis.identity.config import TrustDomain
from asepsis.identity.keysets import trust_bundle
from asepsis.identity.names import Workload, spiffe_id

__all__ = ["MOST", "Svids"]

MOST: Final = 16_384
"""How many characters a token, or bytes a certificate, may have."""

_LONGEST_SECONDS: Final = 86_400
_LEEWAY_SECONDS: Final = 30
_REMEMBERED: Final = 4096
_AUDIENCES: Final = 64
_TYPES: Final = ("", "jwt", "jose")


class _Refused(Exception):
    """What is not taken; why is nobody's to know."""


class _Claims(msgspec.Struct, frozen=True):
    sub: str
    aud: str | list[str]
    exp: float


class Svids:
    """Says who stands behind an SVID; `keys` are the trust bundles as fetched, by the domains' sources.

    `shown` is the one trust domain whose authorities the listener trusts, an empty text for none.
    """

    def __init__(
        self, domains: Sequence[TrustDomain], keys: Mapping[str, str], *, tenant: str, clock: Clock, shown: str
    ) -> None:
        self._domains = {one.name: one for one in domains}
        self._keys: dict[str, KeySet] = {}
        for one in domains:
            try:
                found = trust_bundle(keys.get(one.source, "").encode()).keys
            except InputError:
                continue  # without a bundle no workload of that domain is known
            if found is not None:
                self._keys[one.name] = found
        self._tenant = tenant
        self._clock = clock
        self.shown = shown
        self._tokens: dict[bytes, Known | None] = {}
        self._certificates: dict[bytes, Known | None] = {}

    def is_one(self, token: str, /) -> bool:
        """Whether a token says that it is about a workload; nothing else is believed of it."""
        try:
            payload = token.split(".")[1]
            data = urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
            said = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
            return msgspec.json.decode(said["sub"], type=str).startswith("spiffe://")
        except (LookupError, ValueError, msgspec.DecodeError, RecursionError):
            return False

    def token(self, token: str, /) -> Known | None:
        """Returns who shows a JWT-SVID, None where it does not hold."""
        if len(token) > MOST:
            return None
        digest = hashlib.sha256(token.encode()).digest()
        if digest not in self._tokens:
            _make_room(self._tokens)
            try:
                self._tokens[digest] = self._verified(token)
            except (_Refused, InputError, JoseError, LookupError, ValueError, TypeError, OverflowError, RecursionError):
                return None
        return self._good(self._tokens[digest])

    def certificate(self, der: bytes, /) -> Known | None:
        """Returns who shows an X.509-SVID, None for a certificate that is none or of another trust domain."""
        if not self.shown or len(der) > MOST:
            return None
        if der not in self._certificates:
            _make_room(self._certificates)
            try:
                self._certificates[der] = self._read(der)
            except (
                _Refused,
                InputError,
                ValueError,
                x509.InvalidVersion,
                x509.ExtensionNotFound,
                x509.DuplicateExtension,
            ):
                self._certificates[der] = None
        return self._good(self._certificates[der])

    def _good(self, held: Known | None) -> Known | None:
        return held if held is not None and self._clock.now() < held.until else None

    def _verified(self, token: str) -> Known:
        named = _unverified_subject(token)
        domain = self._domains[named.domain]
        read = jwt.decode(token, self._keys[domain.name], algorithms=list(domain.algorithms))
        if str(read.header.get("typ", "")).lower() not in _TYPES or read.header.get("crit") or not domain.audience:
            raise _Refused
        said = msgspec.convert(read.claims, _Claims)
        audiences = [said.aud] if isinstance(said.aud, str) else said.aud[:_AUDIENCES]
        now = self._clock.now() // 1000
        if domain.audience not in audiences or not now < said.exp + _LEEWAY_SECONDS:
            raise _Refused
        if said.exp - now > _LONGEST_SECONDS or said.sub != named.text:
            raise _Refused
        return Known(self._principal(domain, named), int(said.exp + _LEEWAY_SECONDS) * 1000)

    def _read(self, der: bytes) -> Known:
        found = x509.load_der_x509_certificate(der)
        names = list(found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
        if len(names) != 1 or not isinstance(names[0], x509.UniformResourceIdentifier):
            raise _Refused
        usage = found.extensions.get_extension_for_class(x509.KeyUsage).value
        if not usage.digital_signature or usage.key_cert_sign or usage.crl_sign or _is_authority(found):
            raise _Refused
        named = spiffe_id(names[0].value)
        if named.domain != self.shown or named.domain not in self._domains:
            raise _Refused
        principal = self._principal(self._domains[named.domain], named)
        return Known(principal, int(found.not_valid_after_utc.timestamp()) * 1000)

    def _principal(self, domain: TrustDomain, named: Workload) -> Principal:
        for one in domain.workloads:
            if fnmatchcase(named.path, one.path):
                said = claims(one.purpose, one.roles)
                return Principal(domain.tenant or self._tenant, named.text, one.application, said)
        raise _Refused


def _unverified_subject(token: str) -> Workload:
    """Returns the workload that a token says it is about, to look its keys up by."""
    payload = token.split(".")[1]
    said = msgspec.json.decode(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=_Claims)
    return spiffe_id(said.sub)


def _is_authority(found: x509.Certificate) -> bool:
    try:
        return found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _make_room(known: dict[bytes, Known | None]) -> None:
    if len(known) >= _REMEMBERED:
        known.clear()
