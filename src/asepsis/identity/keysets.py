"""A provider's public keys, RFC 7517: what is used of a key set, and what is not.

Of a key set from outside only public keys with an id are kept, for signatures, of types that cannot be mistaken for a
shared secret. A set without any is refused: it would lock everybody out in the place of keys that work.
"""

from collections.abc import Mapping
from typing import Final

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from asepsis.core.errors import InputError

__all__ = ["MOST", "key_set"]

MOST: Final = 256 * 1024
"""How many bytes a key set may have."""

_KEYS: Final = 64
_BITS: Final = 2048
_BITS_A_CHARACTER: Final = 6
_PUBLIC: Final[Mapping[str, tuple[type[ECKey] | type[OKPKey] | type[RSAKey], tuple[str, ...]]]] = {
    "EC": (ECKey, ("crv", "x", "y")),
    "OKP": (OKPKey, ("crv", "x")),
    "RSA": (RSAKey, ("n", "e")),
}


class _Set(msgspec.Struct, frozen=True):
    keys: tuple[dict[str, msgspec.Raw], ...]


def key_set(data: bytes, /) -> KeySet:
    """Reads a key set; raises InputError for one without a usable key."""
    if len(data) > MOST:
        raise InputError(f"expected a key set of at most {MOST} bytes")
    try:
        read = msgspec.json.decode(data, type=_Set).keys
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError("expected a key set (RFC 7517)") from error
    found = {key.kid: key for key in map(_key, read[:_KEYS]) if key is not None and key.kid}
    if not found:
        raise InputError("expected a public key for signatures, with an id, in the key set")
    return KeySet(list(found.values()))


def _key(fields: dict[str, msgspec.Raw]) -> ECKey | OKPKey | RSAKey | None:
    said = {name: _text(fields.get(name)) for name in ("kty", "kid", "use", "alg", "crv", "x", "y", "n", "e")}
    if said["kty"] not in _PUBLIC or not said["kid"] or said["use"] not in ("", "sig"):
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
    except msgspec.DecodeError:
        return ""
