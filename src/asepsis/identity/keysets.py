"""A provider's public keys, RFC 7517, and a SPIFFE trust bundle: what is used of a key set, and what is not.

Of a key set from outside only public keys with an id are kept, for signatures, of types that cannot be mistaken for a
shared secret. A set without any is refused: it would lock everybody out in the place of keys that work.
"""

from base64 import b64decode
from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from asepsis.core.errors import InputError

__all__ = ["MOST", "TrustBundle", "key_set", "trust_bundle"]

MOST: Final = 256 * 1024
"""How many bytes a key set may have."""

_KEYS: Final = 64
_BITS: Final = 2048
_BITS_A_CHARACTER: Final = 6
_SIGNATURES: Final = ("", "sig")
_PUBLIC: Final[Mapping[str, tuple[type[ECKey] | type[OKPKey] | type[RSAKey], tuple[str, ...]]]] = {
    "EC": (ECKey, ("crv", "x", "y")),
    "OKP": (OKPKey, ("crv", "x")),
    "RSA": (RSAKey, ("n", "e")),
}


class TrustBundle(NamedTuple):
    """A SPIFFE trust bundle: the keys of JWT-SVIDs, None for none, and the authorities of X.509-SVIDs in DER."""

    keys: KeySet | None
    authorities: tuple[bytes, ...]


class _Set(msgspec.Struct, frozen=True):
    keys: tuple[dict[str, msgspec.Raw], ...]


def key_set(data: bytes, /) -> KeySet:
    """Reads a key set; raises InputError for one without a usable key."""
    found = _keys(_read(data), _SIGNATURES)
    if found is None:
        raise InputError("expected a public key for signatures, with an id, in the key set")
    return found


def trust_bundle(data: bytes, /) -> TrustBundle:
    """Reads a trust bundle (SPIFFE Trust Domain and Bundle 4); raises InputError for one without anything usable."""
    read = _read(data)
    shown = [_certificate(one) for one in read[:_KEYS] if _text(one.get("use")) == "x509-svid"]
    found = TrustBundle(_keys(read, ("jwt-svid",)), tuple(one for one in shown if one))
    if found.keys is None and not found.authorities:
        raise InputError("expected keys of JWT-SVIDs or authorities of X.509-SVIDs in the trust bundle")
    return found


def _read(data: bytes) -> tuple[dict[str, msgspec.Raw], ...]:
    if len(data) > MOST:
        raise InputError(f"expected a key set of at most {MOST} bytes")
    try:
        return msgspec.json.decode(data, type=_Set).keys
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError("expected a key set (RFC 7517)") from error


def _keys(read: tuple[dict[str, msgspec.Raw], ...], uses: tuple[str, ...]) -> KeySet | None:
    found = {key.kid: key for key in (_key(one, uses) for one in read[:_KEYS]) if key is not None and key.kid}
    return KeySet(list(found.values())) if found else None


def _certificate(fields: dict[str, msgspec.Raw]) -> bytes:
    """Returns the certificate of an authority, the one entry of `x5c`; nothing where there is none."""
    try:
        (chain,) = msgspec.json.decode(fields.get("x5c", b""), type=tuple[str])
        return b64decode(chain, validate=True)
    except (msgspec.DecodeError, ValueError):
        return b""


def _key(fields: dict[str, msgspec.Raw], uses: tuple[str, ...]) -> ECKey | OKPKey | RSAKey | None:
    said = {name: _text(fields.get(name)) for name in ("kty", "kid", "use", "alg", "crv", "x", "y", "n", "e")}
    if said["kty"] not in _PUBLIC or not said["kid"] or said["use"] not in uses:
        return None
    if said["kty"] == "RSA" and len(said["n"]) * _BITS_A_CHARACTER < _BITS:
        return None
    kind, names = _PUBLIC[said["kty"]]
    public: dict[str, str | list[str]] = {name: said[name] for name in ("kty", "kid", *names)}
    try:
        key = kind.import_key(public)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return key if not isinstance(key, RSAKey) or key.public_key.key_size >= _BITS else None


def _text(raw: msgspec.Raw | None) -> str:
    if raw is None:
        return ""
    try:
        return msgspec.json.decode(raw, type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
