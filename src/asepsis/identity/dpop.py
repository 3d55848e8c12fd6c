"""Proofs of possession, RFC 9449: a JWT that the holder of a key signs for one request.

A proof holds when its type is `dpop+jwt`, it brings a public key and is signed with it by an algorithm that needs one,
its method and address are those of the request, it is at most a minute old or early, it names the token that it goes
with (`ath`, where there is one), and it was not shown before.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Final, Protocol
from urllib.parse import urlsplit

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

__all__ = ["SECONDS", "Seen", "thumbprint"]

SECONDS: Final = 60
"""How far a proof's time may lie from now."""

_MOST: Final = 4096
_ALGORITHMS: Final = ("ES256", "Ed25519")
_KEYS: Final[Mapping[str, tuple[type[ECKey] | type[OKPKey], tuple[str, ...]]]] = {
    "EC": (ECKey, ("kty", "crv", "x", "y")),
    "OKP": (OKPKey, ("kty", "crv", "x")),
}


class Seen(Protocol):
    """Remembers what was shown once."""

    def first(self, value: bytes, /, *, seconds: int) -> bool:
        """Whether a value is shown for the first time in `seconds`; raises Unavailable where nobody can say."""


class _Head(msgspec.Struct, frozen=True):
    typ: str
    alg: str
    jwk: dict[str, str | bool | list[str]]
    crit: object = None


class _Claims(msgspec.Struct, frozen=True):
    jti: str
    htm: str
    htu: str
    iat: float
    ath: str = ""


def thumbprint(proof: str, /, *, method: str, address: str, token: str, now: int, seen: Seen) -> str:
    """Returns the thumbprint (RFC 7638) of a proof's key, an empty text for one that does not hold.

    `now` is in seconds since the epoch; `address` is compared without query and fragment; raises Unavailable where
    nobody can say whether it was shown before.
    """
    try:
        claims, key = _verified(proof)
        here = _plain(claims.htu) == _plain(address)
    except (JoseError, msgspec.MsgspecError, LookupError, ValueError, TypeError, OverflowError, RecursionError):
        return ""
    ath = urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode() if token else ""
    if claims.htm != method or not here or claims.ath != ath:
        return ""
    if abs(now - claims.iat) > SECONDS or not 0 < len(claims.jti) <= _MOST:
        return ""
    name = key.thumbprint()
    shown = hashlib.sha256(f"{name}\0{claims.jti}".encode()).digest()
    return name if seen.first(shown, seconds=2 * SECONDS + 1) else ""


def _verified(proof: str) -> tuple[_Claims, ECKey | OKPKey]:
    if len(proof) > _MOST:
        raise ValueError
    head = msgspec.convert(jws.extract_compact(proof.encode()).headers(), _Head)
    if head.typ.lower() != "dpop+jwt" or head.alg not in _ALGORITHMS or "d" in head.jwk or head.crit is not None:
        raise ValueError
    kind, names = _KEYS[str(head.jwk["kty"])]
    public: dict[str, str | list[str]] = {name: str(head.jwk[name]) for name in names}
    key = kind.import_key(public)
    read = jws.deserialize_compact(proof, key, algorithms=list(_ALGORITHMS))
    return msgspec.json.decode(read.payload, type=_Claims), key


def _plain(address: str) -> tuple[str, str, str]:
    """Returns what of an address is compared: RFC 9449 4.3, after the normal forms of RFC 3986 6.2."""
    parts = urlsplit(address)
    scheme = parts.scheme.lower()
    port = {"http": ":80", "https": ":443"}.get(scheme, "")
    return scheme, parts.netloc.lower().removesuffix(port), parts.path or "/"
